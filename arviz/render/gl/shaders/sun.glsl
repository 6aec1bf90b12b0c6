// Share of the sun that reaches a point (arviz/render/gl/sun.py). The frame is that of v_position.
#ifdef SUN
// Where a pixel is the mean of 2 x 2 fragments or more, four neighbours share the taps, and the mean brings them together.
#ifdef SUN_SHARED
#define SUN_SEARCH 3
#define SUN_FILTER 4
#define SUN_SHARES 4
#else
#define SUN_SEARCH 6
#define SUN_FILTER 14
#define SUN_SHARES 1
#endif
#define SUN_TAPS (1 + SUN_SEARCH + SUN_FILTER)
uniform sampler2D sun_map;
uniform mat4x3 sun_from_light;  // u, v and depth, each 0..1 over the map
uniform mat3 sun_axes;          // across, up, away from the sun; unit vectors
uniform vec4 sun_shape;         // growth of the penumbra, u per unit of depth; depth per u; texels along u; width in metres

// Points spread evenly over a disc: a golden angle further each time (Vogel 1979).
#ifdef SUN_SHARED
const mat2 SUN_TURN = mat2(-0.98471349, -0.17418195, 0.17418195, -0.98471349);
const vec2 SUN_FIRST[4] = vec2[4](vec2(1.0, 0.0), vec2(-0.73736888, 0.67549029), vec2(0.08742572, -0.99617104), vec2(0.60843886, 0.79360075));
#else
const mat2 SUN_TURN = mat2(-0.73736888, 0.67549029, -0.67549029, -0.73736888);
const vec2 SUN_FIRST[1] = vec2[1](vec2(1.0, 0.0));
#endif

// Percentage-closer soft shadows (Fernando 2005): blockers in the cone to the sun give the width of the penumbra. Each
// tap reads the level of the map that is as coarse as taps are apart, so that there is neither noise nor banding.
//
// Of what a tap covers the share in front is the Chebyshev bound (Donnelly and Lauritzen 2006, "Variance Shadow Maps"),
// which is exact for two depths, with the uncovered part kept apart: then it needs no depth that would falsify the mean.
//
// One loop for all taps, because llvmpipe runs both sides of an `if` and leaves out only further turns of a loop.
float sun_visibility(vec3 position, vec3 normal) {
    vec3 n = sun_axes * normal;
    float facing = -n.z;
    float texel = 1.0 / sun_shape.z;
    // Off the surface by most of a texel where light grazes: enough that a facet does not shade itself; more lets light into
    // the joints of cushions (0.5 + 2 instead: a third more light that rays do not find there).
    vec3 off = normal * (sun_shape.w * texel * (0.25 + 0.5 * sqrt(max(1.0 - facing * facing, 0.0))));
    vec3 p = sun_from_light * vec4(position + off, 1.0);
    vec2 slope = n.xy * (sun_shape.y / max(facing, 0.2));
    float bias = sun_shape.y * 0.75 * texel;
    int first = (int(gl_FragCoord.x) % 2 + int(gl_FragCoord.y) % 2 * 2) % SUN_SHARES;

    // First one look at a square around the cone: most points lie far from any edge of light. A plane's own depths vary
    // by 1/12 of its slope squared within a texel and by f (1 - f) between two; what varies more has a blocker in it.
    float radius = max(p.z, 0.0) * sun_shape.x;
    float lod = ceil(log2(max(2.0 * radius * sun_shape.z, 2.0)));
    float wide = exp2(lod) * texel;
    vec2 f = fract(p.xy / wide - 0.5), rise = slope * slope * (wide * wide);
    float most = 0.1 * (rise.x + rise.y) + bias * bias;
    float own = dot(rise, 1.0 / 12.0 + f - f * f) + most;
    most = sqrt(most);

    vec2 blocked = vec2(0.0);  // how much is in front, and how near to the sun, times that
    float covered = 0.0, dark = facing > 0.0 ? 0.0 : 1.0, tap_bias = 0.0, spacing = 0.0, r = 0.0;
    vec2 d = vec2(0.0);
    for (int tap = facing > 0.0 ? 0 : SUN_TAPS; tap < SUN_TAPS;) {
        vec3 m = textureLod(sun_map, p.xy + d * r, lod).rgb;
        float there = max(m.r, 1e-5);
        float mean = m.g / there, variance = max(m.b / there - mean * mean, 0.0);
        float t = p.z + dot(slope, d) * r, behind = t - mean;
        if (tap == 0) {
            if (m.r < 1e-5 || (variance <= own && behind <= most)) break;
            if (m.r > 0.9999 && behind > 0.0 && variance < 0.004 * behind * behind) {
                dark = 1.0;
                break;
            }
            spacing = max(radius * 0.55, 0.75 * texel);
            lod = log2(spacing * sun_shape.z);
            tap_bias = bias * (1.0 + 0.5 * spacing * sun_shape.z);
            d = SUN_FIRST[first];
        } else {
            float x = m.r < 1e-3 ? 0.0 : max(behind - tap_bias, 0.0);
            float share = x * x / (x * x + variance + 0.25 * tap_bias * tap_bias);
            float front = m.r * share;
            if (tap <= SUN_SEARCH) {
                covered += front;
                float depth = max(t - behind / max(share, 0.05), 0.0);
                // Only what lies inside the cone can hide the sun.
                blocked += vec2(1.0, depth) * (front * clamp(((p.z - depth) * sun_shape.x - r) / spacing + 1.5, 0.0, 1.0));
            } else {
                dark += front * (1.0 / float(SUN_FILTER));
            }
            d = SUN_TURN * d;
        }
        if (tap == SUN_SEARCH) {
            if (blocked.x < 1e-3) break;
            if (covered > 0.998 * float(SUN_SEARCH)) {
                dark = 1.0;
                break;
            }
            radius = max((p.z - blocked.y / blocked.x) * sun_shape.x, texel);
            spacing = max(radius * 0.45, 0.5 * texel);
            lod = log2(max(spacing * sun_shape.z, 1.0));
            tap_bias = bias * (1.0 + 0.5 * spacing * sun_shape.z);
            d = SUN_FIRST[first];
        }
        tap++;
        float i = tap <= SUN_SEARCH ? float((tap - 1) * SUN_SHARES + first) + 0.25 : float((tap - 1 - SUN_SEARCH) * SUN_SHARES + first) + 0.5;
        r = radius * sqrt(i / float(SUN_SHARES * (tap <= SUN_SEARCH ? SUN_SEARCH : SUN_FILTER)));
    }
    return clamp(1.0 - dark, 0.0, 1.0);
}
#else
float sun_visibility(vec3 position, vec3 normal) {
    return 1.0;
}
#endif
