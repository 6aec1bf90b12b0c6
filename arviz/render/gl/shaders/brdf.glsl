// Microfacet reflection as in glTF 2.0, appendix B: GGX, height-correlated Smith, Schlick's Fresnel.
const float PI = 3.14159265;

// Scale and bias of F0 for light from all around: our rational fit (in n.v and roughness squared, the form of MaterialX's
// mx_ggx_dir_albedo) to the integral over GGX half vectors (Karis 2013, "Real Shading in Unreal Engine 4"). Scale: rms
// 0.014, bias: rms 0.006, largest error 0.07 below n.v = 0.01. Karis's own fit for phones (2014) loses a sixth of what a
// metal of roughness 0.3 mirrors.
vec2 split_sum(float roughness, float n_dot_v) {
    float x = n_dot_v, y = roughness * roughness;
    vec4 flat_part = vec4(0.032, 0.943, 1.0, 1.0) + x * (vec4(2.916, -2.231, 0.626, 0.522) + x * vec4(11.566, 1.317, 12.870, 14.504));
    vec4 once = vec4(8.449, 5.218, 6.570, 19.495) + x * (vec4(-23.713, -11.374, -11.459, -73.107) + x * vec4(19.372, 6.180, 7.247, 99.808));
    vec4 twice = vec4(-6.723, -2.220, -5.565, 85.125) + x * (vec4(33.470, 4.188, 29.872, 361.958) + x * vec4(-33.494, -1.799, -1.273, -320.424));
    vec4 r = flat_part + y * (once + y * twice);
    return clamp(r.xy / r.zw, 0.0, 1.0);
}

// What a rough mirror sends back of light from all around: by one bounce, mirrored, and by more, from everywhere.
// Without the second a rough metal loses up to 0.7 between its facets (Fdez-Aguera 2019, JCGT 8(1)).
struct Mirrored {
    vec3 once;
    vec3 more;
};

Mirrored mirrored(vec3 f0, float f90, vec2 ab) {
    vec3 once = f0 * ab.x + f90 * ab.y;
    float lost = max(1.0 - (ab.x + ab.y), 0.0);
    vec3 average = f0 + (f90 - f0) * (1.0 / 21.0);
    return Mirrored(once, once * average / (1.0 - lost * average) * lost);
}

float schlick(float cosine) {
    float x = 1.0 - clamp(cosine, 0.0, 1.0);
    float squared = x * x;
    return squared * squared * x;
}

// How much of the light around reaches what is mirrored, from the occlusion of matte light: smooth surfaces look past it
// (Lagarde and de Rousiers 2014, "Moving Frostbite to PBR", listing 26; as three.js does).
float mirror_occlusion(float n_dot_v, float occlusion, float roughness) {
    return clamp(pow(n_dot_v + occlusion, exp2(-16.0 * roughness - 1.0)) - 1.0 + occlusion, 0.0, 1.0);
}

#ifdef DIRECT_LIGHT
// D V of the isotropic lobe (Heitz 2014, "Understanding the Masking-Shadowing Function in Microfacet-Based BRDFs").
float ggx(float alpha, float n_dot_l, float n_dot_v, float n_dot_h) {
    float squared = alpha * alpha;
    float bend = n_dot_h * n_dot_h * (squared - 1.0) + 1.0;
    float smith = n_dot_l * sqrt(squared + (1.0 - squared) * n_dot_v * n_dot_v)
        + n_dot_v * sqrt(squared + (1.0 - squared) * n_dot_l * n_dot_l);
    return squared / (PI * bend * bend) * 0.5 / max(smith, 1e-6);
}
#endif
