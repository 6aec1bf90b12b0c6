uniform float exposure;

// From light to what the picture shows, both linear.
vec3 tone_map(vec3 colour) {
    colour = clamp(colour * exposure, 0.0, 60000.0);
#ifdef TONE_MAP_NEUTRAL
    // Khronos PBR Neutral: base colours below 0.8 come out unchanged under unit light (KhronosGroup/ToneMapping,
    // PBR_Neutral/README.md: start of compression 0.8 - F90 offset 0.04, desaturation 0.15).
    float low = min(colour.r, min(colour.g, colour.b));
    colour -= low < 0.08 ? low - 6.25 * low * low : 0.04;
    float peak = max(colour.r, max(colour.g, colour.b));
    if (peak >= 0.76) {
        float squeezed = 1.0 - 0.0576 / (peak + 0.24 - 0.76);
        float grey = 1.0 - 1.0 / (0.15 * (peak - squeezed) + 1.0);
        colour = mix(colour * (squeezed / peak), vec3(squeezed), grey);
    }
#endif
#ifdef TONE_MAP_ACES
    // Stephen Hill's fit to the ACES reference and output transforms (MJP/BakingLab, ACES.hlsl), with the factor 1 / 0.6
    // by which three.js's ACESFilmicToneMapping brightens it.
    const mat3 into = mat3(0.59719, 0.07600, 0.02840, 0.35458, 0.90834, 0.13383, 0.04823, 0.01566, 0.83777);
    const mat3 back = mat3(1.60475, -0.10208, -0.00327, -0.53108, 1.10813, -0.07276, -0.07367, -0.00605, 1.07602);
    colour = into * (colour / 0.6);
    colour = (colour * (colour + 0.0245786) - 0.000090537) / (colour * (0.983729 * colour + 0.4329510) + 0.238081);
    colour = clamp(back * colour, 0.0, 1.0);
#endif
    return colour;
}
