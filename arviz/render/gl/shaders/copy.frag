// The mean of a block of texels (arviz/render/gl/layers.py): of four by one bilinear sample at their corner.
uniform sampler2D picture;
out vec4 out_colour;

void main() {
#if FACTOR == 1
    out_colour = texelFetch(picture, ivec2(gl_FragCoord.xy), 0);
#else
    vec2 texel = 1.0 / vec2(textureSize(picture, 0)), corner = (gl_FragCoord.xy - 0.5) * float(FACTOR);
    vec4 sum = vec4(0.0);
    for (int y = 1; y < FACTOR; y += 2)
        for (int x = 1; x < FACTOR; x += 2) sum += textureLod(picture, (corner + vec2(x, y)) * texel, 0.0);
    out_colour = sum * (4.0 / float(FACTOR * FACTOR));
#endif
}
