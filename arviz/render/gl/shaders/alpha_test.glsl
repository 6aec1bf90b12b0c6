// Holes that a texture or a vertex colour cuts, and what a texture makes more than half transmitting; names are those of
// surface.frag. For a see-through layer (LAYER) a hole is what transmits nothing: that is drawn as opaque.
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
uniform float transmission_factor;
#endif
#endif

bool is_hole() {
#ifdef ALPHA_TEST
    bool hole = false;
#if defined(ALPHA_BLEND) || defined(ALPHA_MASK)
    float alpha = base_factor.a;
#ifdef BASE_MAP
    alpha *= texture(base_map, BASE_MAP).a;
#endif
#ifdef VERTEX_COLOUR
    alpha *= v_colour.a;
#endif
    hole = alpha < alpha_cutoff;
#endif
#ifdef TRANSMISSION_MAP
    float share = transmission_factor * texture(transmission_map, TRANSMISSION_MAP).r;
#ifdef LAYER
    hole = hole || share < LEAST_TRANSMISSION;
#else
    hole = hole || share > 0.5;
#endif
#endif
    return hole;
#else
    return false;
#endif
}
