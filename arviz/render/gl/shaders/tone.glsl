uniform float exposure;

// Khronos PBR Neutral: base colours below 0.8 come out unchanged under unit light (KhronosGroup/ToneMapping,
// PBR_Neutral/README.md: start of compression 0.8 - F90 offset 0.04, desaturation 0.15).
vec3 tone_map(vec3 colour) {
    colour = clamp(colour * exposure, 0.0, 60000.0);
#ifdef TONE_MAP_NEUTRAL
    float low = min(colour.r, min(colour.g, colour.b));
    colour -= low < 0.08 ? low - 6.25 * low * low : 0.04;
    float peak = max(colour.r, max(colour.g, colour.b));
    if (peak >= 0.76) {
        float squeezed = 1.0 - 0.0576 / (peak + 0.24 - 0.76);
        float grey = 1.0 - 1.0 / (0.15 * (peak - squeezed) + 1.0);
        colour = mix(colour * (squeezed / peak), vec3(squeezed), grey);
    }
#endif
    return colour;
}
