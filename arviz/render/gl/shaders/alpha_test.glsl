// Holes that a texture or a vertex colour cuts; names are those of surface.frag.
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

bool is_hole() {
#ifdef ALPHA_TEST
    float alpha = base_factor.a;
#ifdef BASE_MAP
    alpha *= texture(base_map, BASE_MAP).a;
#endif
#ifdef VERTEX_COLOUR
    alpha *= v_colour.a;
#endif
    return alpha < alpha_cutoff;
#else
    return false;
#endif
}
