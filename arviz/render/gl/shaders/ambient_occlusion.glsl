// Share of the light around that near surfaces let through (arviz/render/gl/ambient_occlusion.py).
#ifdef AMBIENT_OCCLUSION
uniform sampler2D ao_map;    // share, distance along the camera's z axis (0 where nothing is)
uniform mat4 ao_from_light;  // to 0..1 over the map, times that distance
uniform vec4 ao_shape;       // size in pixels, strength, difference in depth of another surface (m)

// The four pixels around, those of this surface only.
float ambient_occlusion() {
    vec4 c = ao_from_light * vec4(v_position, 1.0);
    if (c.w <= 0.0) return 1.0;
    vec2 at = c.xy / c.w * ao_shape.xy - 0.5;
    vec2 base = floor(at), part = at - base;
    ivec2 last = ivec2(ao_shape.xy) - 1;
    float sum = 0.0, weights = 0.0;
    for (int i = 0; i < 4; i++) {
        ivec2 step = ivec2(i & 1, i >> 1);
        vec2 m = texelFetch(ao_map, clamp(ivec2(base) + step, ivec2(0), last), 0).rg;
        vec2 near = mix(1.0 - part, part, vec2(step));
        float weight = (near.x * near.y + 0.01) * clamp(1.0 - abs(m.g - c.w) / ao_shape.w, 0.0, 1.0);
        sum += m.r * weight;
        weights += weight;
    }
    return weights > 1e-4 ? mix(1.0, sum / weights, ao_shape.z) : 1.0;
}
#else
float ambient_occlusion() {
    return 1.0;
}
#endif
