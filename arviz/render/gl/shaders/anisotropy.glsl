// Brushed surfaces: highlights stretched along one direction (KHR_materials_anisotropy).
#ifdef BRUSHED
uniform vec3 brushed_factor; // strength, cosine and sine of the rotation
#if defined(BRUSHED_MAP) && !defined(brushed_map)
uniform sampler2D brushed_map;
#endif

struct Brush {
    float strength;
    vec3 along;  // highlights are stretched this way
    vec3 across;
};

Brush brush_of_surface(vec3 normal) {
    vec2 turn = brushed_factor.yz, way = turn;
    float strength = brushed_factor.x;
#ifdef BRUSHED_MAP
    vec3 map = texture(brushed_map, BRUSHED_MAP).rgb;
    vec2 local = map.rg * 2.0 - 1.0;
    float longest = dot(local, local);
    local = longest > 1e-6 ? local * inversesqrt(longest) : vec2(1.0, 0.0);
    way = vec2(turn.x * local.x - turn.y * local.y, turn.y * local.x + turn.x * local.y);
    strength *= map.b;
#endif
#ifdef BRUSHED_UV
    mat2x3 frame = tangent_frame(normal, BRUSHED_UV);
    vec3 along = frame[0] * way.x + frame[1] * way.y;
#else
    vec3 along = vec3(0.0);
#endif
    along -= normal * dot(normal, along);
    // Without a tangent any will do, but the same for all neighbours.
    vec3 level = cross(abs(normal.y) < 0.99 ? vec3(0.0, 1.0, 0.0) : vec3(1.0, 0.0, 0.0), normal);
    along = direction(along, direction(level, vec3(1.0, 0.0, 0.0)));
    return Brush(strength, along, cross(normal, along));
}

// The normal that reflects to the middle of the stretched lobe, for one look into the light around (the extension's own
// heuristic; Filament, "Anisotropic model"; as three.js does).
vec3 brushed_normal(Brush brush, vec3 normal, vec3 to_eye, float roughness) {
    vec3 bent = direction(cross(cross(brush.across, to_eye), brush.across), normal);
    float keep = 1.0 - brush.strength * (1.0 - roughness);
    keep *= keep;
    return direction(mix(bent, normal, keep * keep), normal);
}

#ifdef DIRECT_LIGHT
// D V with two widths (Burley 2012, "Physically-Based Shading at Disney"; Heitz 2014).
float brushed_ggx(Brush brush, float alpha, vec3 l, vec3 v, vec3 h, float n_dot_l, float n_dot_v, float n_dot_h) {
    float wide = mix(alpha, 1.0, brush.strength * brush.strength), both = wide * alpha;
    vec3 d = vec3(alpha * dot(brush.along, h), wide * dot(brush.across, h), both * n_dot_h);
    float share = both / max(dot(d, d), 1e-12);
    float smith = n_dot_l * length(vec3(wide * dot(brush.along, v), alpha * dot(brush.across, v), n_dot_v))
        + n_dot_v * length(vec3(wide * dot(brush.along, l), alpha * dot(brush.across, l), n_dot_l));
    return both * share * share / PI * 0.5 / max(smith, 1e-6);
}
#endif
#endif
