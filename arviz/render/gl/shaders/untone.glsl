// Back from what is shown to the light that was there, the inverse of tone.glsl: light from behind glass must be dimmed
// and joined by reflections before the tone map bends it. What is brighter than BRIGHTEST comes back as that: near
// white the curve is so flat that half a float holds no more, and an unlit white card (which no tone map made) would
// shine through dark glass.
#define BRIGHTEST 2.0

vec3 scene_light(vec3 shown) {
#if defined(TONE_MAP_NEUTRAL)
    const float top = 1.0 - 0.0576 / (BRIGHTEST - 0.52);
    float peak = largest(shown);
    if (peak >= 0.76) {
        float squeezed = min(peak, top);
        float before = 0.0576 / (1.0 - squeezed) + 0.52;
        float grey = 1.0 - 1.0 / (0.15 * (before - squeezed) + 1.0);
        shown = max((shown * (squeezed / peak) - squeezed * grey) / (1.0 - grey), 0.0) * (before / squeezed);
    }
    float low = min(shown.r, min(shown.g, shown.b));
    shown += low < 0.04 ? 0.4 * sqrt(max(low, 0.0)) - low : 0.04;
#elif defined(TONE_MAP_ACES)
    // The inverses of the matrices of tone.glsl, and the positive root of its curve.
    const mat3 fit_from_out = mat3(
        vec3(0.64304, 0.05927, 0.00596), vec3(0.31119, 0.93144, 0.06393), vec3(0.04578, 0.00929, 0.93012));
    const mat3 in_from_fit = mat3(
        vec3(1.76474, -0.14703, -0.03634), vec3(-0.67578, 1.16025, -0.16244), vec3(-0.08896, -0.01322, 1.19877));
    vec3 y = clamp(fit_from_out * shown, 0.0, 0.9);
    vec3 a = 1.0 - 0.983729 * y, b = 0.5 * (0.0245786 - 0.4329510 * y), c = 0.000090537 + 0.238081 * y;
    shown = min(max(0.6 * (in_from_fit * ((sqrt(b * b + a * c) - b) / a)), 0.0), BRIGHTEST);
#endif
    return shown / max(exposure, 1e-6);
}
