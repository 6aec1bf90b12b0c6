// The mean of two by two pixels: linear and premultiplied, so a plain mean is right.
uniform sampler2D fine;
out vec4 out_colour;

void main() {
    ivec2 at = 2 * ivec2(gl_FragCoord.xy);
    out_colour = 0.25 * (texelFetch(fine, at, 0) + texelFetch(fine, at + ivec2(1, 0), 0)
        + texelFetch(fine, at + ivec2(0, 1), 0) + texelFetch(fine, at + ivec2(1, 1), 0));
}
