// Velvet: fibres that stand up and shine at the rim (KHR_materials_sheen).
#ifdef SHEEN
uniform vec4 sheen_factor;
#if defined(SHEEN_COLOUR_MAP) && !defined(sheen_colour_map)
uniform sampler2D sheen_colour_map;
#endif
#if defined(SHEEN_ROUGH_MAP) && !defined(sheen_rough_map)
uniform sampler2D sheen_rough_map;
#endif

// Colour and roughness.
vec4 sheen_of_surface() {
    vec4 sheen = sheen_factor;
#ifdef SHEEN_COLOUR_MAP
    sheen.rgb *= texture(sheen_colour_map, SHEEN_COLOUR_MAP).rgb;
#endif
#ifdef SHEEN_ROUGH_MAP
    sheen.a *= texture(sheen_rough_map, SHEEN_ROUGH_MAP).a;
#endif
    return sheen;
}

// Share of the light around that the fibres send back: the fit of three.js (r183, IBLSheenBRDF), so that velvet looks as
// in web viewers. It lies below the integral of the lobe with the masking of Estevez and Kulla 2017, by a quarter at
// n.v = 0.5 and by a third at the rim.
float sheen_albedo(float n_dot_v, float roughness) {
    float inverse = 1.0 / (roughness + 0.1), squared = roughness * roughness;
    float slope = -1.9362 + 1.0678 * roughness + 0.4573 * squared - 0.8469 * inverse;
    float start = -0.6014 + 0.5538 * roughness - 0.4670 * squared - 0.1255 * inverse;
    return clamp(exp(slope * n_dot_v + start), 0.0, 1.0);
}

#ifdef DIRECT_LIGHT
// D V: Charlie distribution (Estevez and Kulla 2017, "Production Friendly Microfacet Sheen BRDF"), masking by Ashikhmin
// and Premoze 2007, as the extension allows and three.js does.
float charlie(float roughness, float n_dot_l, float n_dot_v, float n_dot_h) {
    float inverse = 1.0 / max(roughness * roughness, 0.005);
    float sine = max(1.0 - n_dot_h * n_dot_h, 1e-4);
    return (2.0 + inverse) * pow(sine, 0.5 * inverse) / (2.0 * PI) / (4.0 * max(n_dot_l + n_dot_v - n_dot_l * n_dot_v, 1e-4));
}
#endif
#endif
