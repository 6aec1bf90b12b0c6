// Colours of a thin film (KHR_materials_iridescence, "Iridescence Fresnel", after Belcour and Barla 2017, "A Practical
// Extension to Microfacet Theory for the Modeling of Varying Iridescence"): interference summed over the spectrum in
// Fourier space, without polarisation, for light that comes and goes at the angle of the eye.
#ifdef IRIDESCENCE
uniform vec4 iridescence_factor; // strength, index of refraction, least and most thickness in nanometres
#if defined(IRIDESCENCE_MAP) && !defined(iridescence_map)
uniform sampler2D iridescence_map;
#endif
#if defined(IRIDESCENCE_THICKNESS_MAP) && !defined(iridescence_thickness_map)
uniform sampler2D iridescence_thickness_map;
#endif

struct Iridescence {
    float strength;
    float ior;
    float thickness_nm;
};

Iridescence iridescence_of_surface() {
    Iridescence iridescence = Iridescence(iridescence_factor.x, iridescence_factor.y, iridescence_factor.w);
#ifdef IRIDESCENCE_MAP
    iridescence.strength *= texture(iridescence_map, IRIDESCENCE_MAP).r;
#endif
#ifdef IRIDESCENCE_THICKNESS_MAP
    iridescence.thickness_nm = mix(iridescence_factor.z, iridescence_factor.w, texture(iridescence_thickness_map, IRIDESCENCE_THICKNESS_MAP).g);
#endif
    if (iridescence.thickness_nm <= 0.0) iridescence.strength = 0.0;
    return iridescence;
}

const mat3 REC709_FROM_XYZ = mat3(3.2404542, -0.9692660, 0.0556434, -1.5371385, 1.8760108, -0.2040259, -0.4985314, 0.0415560, 1.0572252);

// The eye's three sensitivities as Gaussians over the wave number, transformed: how a cosine of this path shows.
vec3 iridescence_sensitivity(float path_nm, vec3 shift) {
    float phase = 2.0 * PI * 1e-9 * path_nm;
    const vec3 strength = vec3(5.4856e-13, 4.4201e-13, 5.2481e-13), place = vec3(1.6810e6, 1.7953e6, 2.2084e6);
    const vec3 spread = vec3(4.3278e9, 9.3046e9, 6.6121e9);
    vec3 xyz = strength * sqrt(2.0 * PI * spread) * cos(place * phase + shift) * exp(-phase * phase * spread);
    xyz.x += 9.7470e-14 * sqrt(2.0 * PI * 4.5282e9) * cos(2.2399e6 * phase + shift.x) * exp(-4.5282e9 * phase * phase);
    return REC709_FROM_XYZ * (xyz / 1.0685e-7);
}

// Reflectance of the film over a base of reflectance `f0` as seen at `cosine`, 0..1.
vec3 iridescence_fresnel(Iridescence iridescence, float cosine, vec3 f0) {
    // No thickness, no film: its index runs to that of air.
    float ior = mix(1.0, iridescence.ior, smoothstep(0.0, 0.03, iridescence.thickness_nm));
    float squared = 1.0 - (1.0 - cosine * cosine) / (ior * ior);
    if (squared < 0.0) return vec3(1.0); // total reflection
    float inside = sqrt(squared);
    float r0 = (ior - 1.0) / (ior + 1.0);
    float r12 = mix(r0 * r0, 1.0, schlick(cosine)), t121 = 1.0 - r12;
    vec3 root = sqrt(clamp(f0, 0.0, 0.9999));
    vec3 base = (1.0 + root) / (1.0 - root);
    vec3 r1 = (base - ior) / (base + ior);
    vec3 r23 = mix(r1 * r1, vec3(1.0), schlick(inside));
    // Half a wave is lost where light meets what is denser.
    vec3 shift = vec3(ior < 1.0 ? 0.0 : PI) + mix(vec3(0.0), vec3(PI), lessThan(base, vec3(ior)));
    float path_nm = 2.0 * ior * iridescence.thickness_nm * inside;
    vec3 r123 = clamp(r12 * r23, 1e-5, 0.9999);
    vec3 around = t121 * t121 * r23 / (1.0 - r123);
    vec3 ripple = (around - t121) * sqrt(r123);
    vec3 sum = r12 + around + 2.0 * ripple * iridescence_sensitivity(path_nm, shift);
    ripple *= sqrt(r123);
    sum += 2.0 * ripple * iridescence_sensitivity(2.0 * path_nm, 2.0 * shift);
    return clamp(sum, 0.0, 1.0);
}

// The F0 that gives this reflectance at this angle by Schlick's formula: what the sums over all light need.
vec3 iridescence_f0(vec3 fresnel, float cosine) {
    float x = min(schlick(cosine), 0.9999);
    return clamp((fresnel - x) / (1.0 - x), 0.0, 1.0);
}
#endif
