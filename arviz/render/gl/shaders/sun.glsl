// Share of the sun that reaches a point (arviz/render/gl/sun.py). The frame is that of v_position.
#ifdef SUN
// Where a pixel is the mean of 2 x 2 fragments or more, four neighbours share the taps, and the mean brings them together:
// a picture of 1280 x 720 with 4 samples takes 288 CPU ms in place of 472 (llvmpipe), no pixel differs by more than 3/255.
#ifdef SUN_SHARED
#define SUN_SEARCH_TAPS 12
#define SUN_FILTER_TAPS 16
#define SUN_SHARES 4
#else
#define SUN_SEARCH_TAPS 6
#define SUN_FILTER_TAPS 14
#define SUN_SHARES 1
#endif
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

// How much of the map around uv lies nearer to the sun than depth t (x), and how near (y, times x).
// Of what is covered, the share in front by the Chebyshev bound (Donnelly and Lauritzen 2006, "Variance Shadow Maps"),
// which is exact for two depths, with the uncovered part kept apart: then it needs no depth that would falsify the mean.
vec2 sun_blocked(vec2 uv, float t, float lod, float bias) {
    vec3 m = textureLod(sun_map, uv, lod).rgb;
    if (m.r < 1e-3) return vec2(0.0);
    float mean = m.g / m.r;
    float behind = t - mean;
    float x = max(behind - bias, 0.0);
    if (x <= 0.0) return vec2(0.0);
    float variance = max(m.b / m.r - mean * mean, 0.0) + 0.25 * bias * bias;
    float share = x * x / (x * x + variance);
    float depth = max(t - behind / max(share, 0.05), 0.0);
    return m.r * share * vec2(1.0, depth);
}

// Percentage-closer soft shadows (Fernando 2005): blockers in the cone to the sun give the width of the penumbra. Each
// tap reads the level of the map that is as coarse as taps are apart, so that there is neither noise nor banding.
float sun_visibility(vec3 position, vec3 normal) {
    vec3 n = sun_axes * normal;
    float facing = -n.z;
    if (facing <= 0.0) return 0.0;
    float texel_m = sun_shape.w / sun_shape.z;
    // Off the surface by two texels where light grazes: enough that a facet does not shade itself.
    vec3 p = sun_from_light * vec4(position + normal * (texel_m * (0.5 + 2.0 * sqrt(max(1.0 - facing * facing, 0.0)))), 1.0);
    float reach = max(p.z, 0.0) * sun_shape.x;
    vec2 slope = n.xy * (sun_shape.y / max(facing, 0.2));
    float bias = sun_shape.y * 0.75 / sun_shape.z;

    float spacing = max(reach * 0.55, 0.75 / sun_shape.z);
    float lod = log2(spacing * sun_shape.z);
    vec2 blocked = vec2(0.0);
    float covered = 0.0;
    int first = (int(gl_FragCoord.x) % 2 + int(gl_FragCoord.y) % 2 * 2) % SUN_SHARES;
    vec2 d = SUN_FIRST[first];
    for (int i = first; i < SUN_SEARCH_TAPS; i += SUN_SHARES) {
        float r = reach * sqrt((float(i) + 0.25) / float(SUN_SEARCH_TAPS));
        vec2 b = sun_blocked(p.xy + d * r, p.z + dot(slope, d) * r, lod, bias * (1.0 + 0.5 * spacing * sun_shape.z));
        covered += b.x;
        // Only what lies inside the cone can hide the sun.
        float inside = b.x > 0.0 ? clamp(((p.z - b.y / b.x) * sun_shape.x - r) / spacing + 1.5, 0.0, 1.0) : 0.0;
        blocked += b * inside;
        d = SUN_TURN * d;
    }
    if (blocked.x < 1e-3) return 1.0;
    if (covered > 0.998 * float(SUN_SEARCH_TAPS / SUN_SHARES)) return 0.0;

    float radius = max((p.z - blocked.y / blocked.x) * sun_shape.x, 1.0 / sun_shape.z);
    spacing = max(radius * 0.45, 0.5 / sun_shape.z);
    lod = log2(max(spacing * sun_shape.z, 1.0));
    float dark = 0.0;
    d = SUN_FIRST[first];
    for (int i = first; i < SUN_FILTER_TAPS; i += SUN_SHARES) {
        float r = radius * sqrt((float(i) + 0.5) / float(SUN_FILTER_TAPS));
        dark += sun_blocked(p.xy + d * r, p.z + dot(slope, d) * r, lod, bias * (1.0 + 0.5 * spacing * sun_shape.z)).x;
        d = SUN_TURN * d;
    }
    return clamp(1.0 - dark / float(SUN_FILTER_TAPS / SUN_SHARES), 0.0, 1.0);
}
#else
float sun_visibility(vec3 position, vec3 normal) {
    return 1.0;
}
#endif
