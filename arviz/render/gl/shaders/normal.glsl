// A unit vector, or the fallback where v has no direction: degenerate input must still give a defined picture.
vec3 direction(vec3 v, vec3 fallback) {
    float squared = dot(v, v);
    return squared > 1e-30 ? v * inversesqrt(squared) : fallback;
}

// The smooth normal, turned to the side that is seen.
vec3 smooth_normal(vec3 to_eye) {
    vec3 flat_normal = direction(cross(dFdx(v_position), dFdy(v_position)), to_eye);
    vec3 g = direction(v_normal, flat_normal);
    return gl_FrontFacing ? g : -g;
}

#ifdef NORMAL_MAP
uniform sampler2D normal_map;
uniform float normal_scale;

// Tangent frame from the TANGENT attribute, or from how position and UV change over the screen
// (Schueler 2013, "Normal Mapping Without Precomputed Tangents"). glTF's bitangent points to -v.
vec3 mapped_normal(vec3 g) {
    vec3 m = texture(normal_map, NORMAL_MAP).xyz * 2.0 - 1.0;
    m.xy *= normal_scale;
#ifdef TANGENT
    vec3 t = v_tangent.xyz - g * dot(g, v_tangent.xyz);
    vec3 b = cross(v_normal, v_tangent.xyz) * v_tangent.w;
    b -= g * dot(g, b);
    t = direction(t, vec3(0.0));
    b = direction(b, vec3(0.0));
#else
    vec3 px = dFdx(v_position), py = dFdy(v_position);
    vec2 ux = dFdx(NORMAL_MAP_UV), uy = dFdy(NORMAL_MAP_UV);
    float side = ux.x * uy.y - ux.y * uy.x < 0.0 ? -1.0 : 1.0;
    vec3 t = (px * uy.y - py * ux.y) * side;
    vec3 b = (px * uy.x - py * ux.x) * side;
    t -= g * dot(g, t);
    b -= g * dot(g, b);
    float longest = max(dot(t, t), dot(b, b));
    float scale = longest > 1e-30 ? inversesqrt(longest) : 0.0;
    t *= scale;
    b *= scale;
#endif
    // From behind, a bump is a dent.
    m.xy = gl_FrontFacing ? m.xy : -m.xy;
    return direction(t * m.x + b * m.y + g * max(m.z, 0.0), g);
}
#endif
