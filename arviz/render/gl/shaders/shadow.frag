// What a light sees of a caster: 1, depth and squared depth (0..1), whose means say how much of a region is covered and
// how deep (arviz/render/gl/sun.py).
#ifdef ALPHA_TEST
#ifdef VERTEX_COLOUR
in vec4 v_colour;
#endif
#if UV_CHANNELS > 0
in vec2 v_uv[UV_CHANNELS];
#endif
#ifdef BASE_MAP
uniform sampler2D base_map;
#endif
#include "wrap.glsl"
uniform vec4 base_factor;
uniform float alpha_cutoff;
#ifdef TRANSMISSION_MAP
uniform sampler2D transmission_map;
#endif
#endif
#ifdef TRANSLUCENT
uniform float opacity;
#endif
out vec4 moments;

void main() {
    float alpha = 1.0;
#ifdef ALPHA_TEST
#if defined(ALPHA_BLEND) || defined(ALPHA_MASK)
    alpha = base_factor.a;
#ifdef BASE_MAP
    alpha *= texture(base_map, BASE_MAP).a;
#endif
#ifdef VERTEX_COLOUR
    alpha *= v_colour.a;
#endif
#if defined(ALPHA_MASK) || !defined(TRANSLUCENT)
    if (alpha < alpha_cutoff) discard;
    alpha = 1.0;
#endif
#endif
#endif
#ifdef TRANSLUCENT
    float kept = opacity;
#if defined(ALPHA_TEST) && defined(TRANSMISSION_MAP)
    kept = 1.0 - (1.0 - opacity) * texture(transmission_map, TRANSMISSION_MAP).r;
#endif
    // Thresholds of an ordered 4 x 4 dither (Bayer 1973): bits of x ^ y and y, interlaced.
    ivec2 at = ivec2(gl_FragCoord.xy);
    int mixed = at.x ^ at.y;
    int rank = (mixed & 1) << 3 | (at.y & 1) << 2 | (mixed & 2) | (at.y & 2) >> 1;
    if (alpha * kept <= (float(rank) + 0.5) / 16.0) discard;
#endif
    float depth = gl_FragCoord.z;
    moments = vec4(1.0, depth, depth * depth, 1.0);
}
