// MIRRORED_REPEAT on the chosen axes (the sampler clamps there): 0 1 0 1 ... as a triangle wave.
vec2 mirror(vec2 uv, bvec2 axes) {
    return mix(uv, 1.0 - abs(mod(uv, 2.0) - 1.0), vec2(axes));
}
