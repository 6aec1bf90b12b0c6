// Distance along the camera's z axis: clip w is exactly that (last row of core.frames.gl_projection).
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
#endif
out float depth_m;

void main() {
#ifdef ALPHA_TEST
    float alpha = base_factor.a;
#ifdef BASE_MAP
    alpha *= texture(base_map, BASE_MAP).a;
#endif
#ifdef VERTEX_COLOUR
    alpha *= v_colour.a;
#endif
    if (alpha < alpha_cutoff) discard;
#endif
    depth_m = 1.0 / gl_FragCoord.w;
}
