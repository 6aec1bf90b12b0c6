// A clear layer of varnish over everything else, emission included (KHR_materials_clearcoat); index of refraction 1.5.
#ifdef COAT
uniform vec2 coat_factor;
#if defined(COAT_MAP) && !defined(coat_map)
uniform sampler2D coat_map;
#endif
#if defined(COAT_ROUGH_MAP) && !defined(coat_rough_map)
uniform sampler2D coat_rough_map;
#endif
#ifdef COAT_NORMAL_MAP
#ifndef coat_normal_map
uniform sampler2D coat_normal_map;
#endif
uniform float coat_normal_scale;
#endif

struct Coat {
    float strength;
    float roughness;
    vec3 normal;
    float n_dot_v;
};

// `smooth_n` is the normal without the base's normal map: varnish flows level. `bent_within` is how much it turns in a
// fragment.
Coat coat_of_surface(vec3 smooth_n, vec3 to_eye, float bent_within) {
    Coat coat = Coat(coat_factor.x, coat_factor.y, smooth_n, 1.0);
#ifdef COAT_MAP
    coat.strength *= texture(coat_map, COAT_MAP).r;
#endif
#ifdef COAT_ROUGH_MAP
    coat.roughness *= texture(coat_rough_map, COAT_ROUGH_MAP).g;
#endif
#ifdef COAT_NORMAL_MAP
    coat.normal = bent_normal(tangent_frame(smooth_n, COAT_NORMAL_MAP_UV), smooth_n, texture(coat_normal_map, COAT_NORMAL_MAP).xyz, coat_normal_scale);
#endif
    coat.roughness = clamp(max(coat.roughness, LEAST_ROUGHNESS) + bent_within, 0.0, 1.0);
    coat.n_dot_v = clamp(abs(dot(coat.normal, to_eye)), 0.001, 1.0);
    return coat;
}

// Share of what lies below that the layer keeps back.
float coat_opacity(Coat coat) {
    return coat.strength * (0.04 + 0.96 * schlick(coat.n_dot_v));
}

vec3 coat_mirrors(Coat coat, vec3 to_eye) {
    vec2 ab = split_sum(coat.roughness, coat.n_dot_v);
    return specular_light(mirror_direction(to_eye, coat.normal, coat.roughness), coat.roughness) * (0.04 * ab.x + ab.y);
}
#endif
