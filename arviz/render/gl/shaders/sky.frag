// The shadow of one direction of the sky, blurred as wide as the cone it stands for is at the height of what casts it
// (arviz/render/gl/sky_shadow.py).
uniform sampler2D mask;   // share covered, and height 0..1 times that
uniform vec2 texel;
uniform float widest_px;  // radius of the cone at height 1
uniform float weight;
out float share;

void main() {
    vec2 uv = gl_FragCoord.xy * texel;
    // From the widest cone down to the one at the height found: near a foot the foot counts, not the table above.
    vec2 m = textureLod(mask, uv, log2(max(widest_px * 1.6, 2.0))).rg;
    if (m.r < 0.002) discard;
    float radius = max(widest_px * m.g / m.r, 0.5);
    for (int i = 0; i < 2; i++) {
        m = textureLod(mask, uv, log2(max(radius * 1.6, 2.0))).rg;
        if (m.r < 0.002) break;
        radius = max(widest_px * m.g / m.r, 0.5);
    }
    float lod = log2(max(radius, 1.0));
    vec2 a = texel * radius * 0.7, b = vec2(-a.y, a.x) * 0.4;
    float covered = textureLod(mask, uv + a * 0.9 + b, lod).r + textureLod(mask, uv - a * 0.9 - b, lod).r
        + textureLod(mask, uv + vec2(-a.x, a.y) * 0.9 + b.yx, lod).r + textureLod(mask, uv + vec2(a.x, -a.y) * 0.9 - b.yx, lod).r;
    share = covered * weight * 0.25;
}
