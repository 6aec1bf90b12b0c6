// A clear layer of varnish over everything else, emission included (KHR_materials_clearcoat); index of refraction 1.5.
#ifdef CLEARCOAT
uniform vec2 clearcoat_factor;
#if defined(CLEARCOAT_MAP) && !defined(clearcoat_map)
uniform sampler2D clearcoat_map;
#endif
#if defined(CLEARCOAT_ROUGHNESS_MAP) && !defined(clearcoat_roughness_map)
uniform sampler2D clearcoat_roughness_map;
#endif
#ifdef CLEARCOAT_NORMAL_MAP
#ifndef clearcoat_normal_map
uniform sampler2D clearcoat_normal_map;
#endif
uniform float clearcoat_normal_scale;
#endif

struct Clearcoat {
    float strength;
    float roughness;
    vec3 normal;
    float n_dot_v;
};

// `smooth_n` is the normal without the base's normal map: varnish flows level. `bent_within` is how much it turns in a
// fragment.
Clearcoat clearcoat_of_surface(vec3 smooth_n, vec3 to_eye, float bent_within) {
    Clearcoat clearcoat = Clearcoat(clearcoat_factor.x, clearcoat_factor.y, smooth_n, 1.0);
#ifdef CLEARCOAT_MAP
    clearcoat.strength *= texture(clearcoat_map, CLEARCOAT_MAP).r;
#endif
#ifdef CLEARCOAT_ROUGHNESS_MAP
    clearcoat.roughness *= texture(clearcoat_roughness_map, CLEARCOAT_ROUGHNESS_MAP).g;
#endif
#ifdef CLEARCOAT_NORMAL_MAP
    clearcoat.normal = bent_normal(tangent_frame(smooth_n, CLEARCOAT_NORMAL_MAP_UV), smooth_n, texture(clearcoat_normal_map, CLEARCOAT_NORMAL_MAP).xyz, clearcoat_normal_scale);
#endif
    clearcoat.roughness = clamp(max(clearcoat.roughness, LEAST_ROUGHNESS) + bent_within, 0.0, 1.0);
    clearcoat.n_dot_v = clamp(abs(dot(clearcoat.normal, to_eye)), 0.001, 1.0);
    return clearcoat;
}

// Share of what lies below that the layer keeps back.
float clearcoat_opacity(Clearcoat clearcoat) {
    return clearcoat.strength * (0.04 + 0.96 * schlick(clearcoat.n_dot_v));
}

vec3 clearcoat_mirrors(Clearcoat clearcoat, vec3 to_eye) {
    vec2 ab = split_sum(clearcoat.roughness, clearcoat.n_dot_v);
    return specular_light(mirror_direction(to_eye, clearcoat.normal, clearcoat.roughness), clearcoat.roughness) * (0.04 * ab.x + ab.y);
}
#endif
