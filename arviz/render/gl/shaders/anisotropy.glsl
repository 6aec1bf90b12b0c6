// Brushed surfaces: highlights stretched along one direction (KHR_materials_anisotropy).
#ifdef ANISOTROPY
uniform vec3 anisotropy_factor; // strength, cosine and sine of the rotation
#if defined(ANISOTROPY_MAP) && !defined(anisotropy_map)
uniform sampler2D anisotropy_map;
#endif

struct Anisotropy {
    float strength;
    vec3 along;  // highlights are stretched this way
    vec3 across;
};

Anisotropy anisotropy_of_surface(vec3 normal) {
    vec2 turn = anisotropy_factor.yz, way = turn;
    float strength = anisotropy_factor.x;
#ifdef ANISOTROPY_MAP
    vec3 map = texture(anisotropy_map, ANISOTROPY_MAP).rgb;
    vec2 local = map.rg * 2.0 - 1.0;
    float longest = dot(local, local);
    local = longest > 1e-6 ? local * inversesqrt(longest) : vec2(1.0, 0.0);
    way = vec2(turn.x * local.x - turn.y * local.y, turn.y * local.x + turn.x * local.y);
    strength *= map.b;
#endif
#ifdef ANISOTROPY_UV
    mat2x3 frame = tangent_frame(normal, ANISOTROPY_UV);
    vec3 along = frame[0] * way.x + frame[1] * way.y;
#else
    vec3 along = vec3(0.0);
#endif
    along -= normal * dot(normal, along);
    // Without a tangent any will do, but the same for all neighbours.
    vec3 level = cross(abs(normal.y) < 0.99 ? vec3(0.0, 1.0, 0.0) : vec3(1.0, 0.0, 0.0), normal);
    along = direction(along, direction(level, vec3(1.0, 0.0, 0.0)));
    return Anisotropy(strength, along, cross(normal, along));
}

// The normal that reflects to the middle of the stretched lobe, for one look into the light around (the extension's own
// heuristic; Filament, "Anisotropic model"; as three.js does).
vec3 anisotropy_normal(Anisotropy anisotropy, vec3 normal, vec3 to_eye, float roughness) {
    vec3 bent = direction(cross(cross(anisotropy.across, to_eye), anisotropy.across), normal);
    float keep = 1.0 - anisotropy.strength * (1.0 - roughness);
    keep *= keep;
    return direction(mix(bent, normal, keep * keep), normal);
}

#ifdef DIRECT_LIGHT
// D V with two widths (Burley 2012, "Physically-Based Shading at Disney"; Heitz 2014).
float anisotropy_ggx(Anisotropy anisotropy, float alpha, vec3 l, vec3 v, vec3 h, float n_dot_l, float n_dot_v, float n_dot_h) {
    float wide = mix(alpha, 1.0, anisotropy.strength * anisotropy.strength), both = wide * alpha;
    vec3 d = vec3(alpha * dot(anisotropy.along, h), wide * dot(anisotropy.across, h), both * n_dot_h);
    float share = both / max(dot(d, d), 1e-12);
    float smith = n_dot_l * length(vec3(wide * dot(anisotropy.along, v), alpha * dot(anisotropy.across, v), n_dot_v))
        + n_dot_v * length(vec3(wide * dot(anisotropy.along, l), alpha * dot(anisotropy.across, l), n_dot_l));
    return both * share * share / PI * 0.5 / max(smith, 1e-6);
}
#endif
#endif
