// Shares of the light from all around and of the sun that reach a fragment (arviz/render/gl/hidden.py).
#ifdef LIGHT_LEFT
uniform sampler2D light_left_map;
#ifndef HIDDEN
uniform vec4 picture_from_fragment;
#endif
#endif

vec2 light_left() {
#ifdef LIGHT_LEFT
    return texture(light_left_map, gl_FragCoord.xy * picture_from_fragment.xy + picture_from_fragment.zw).rg;
#else
    return vec2(1.0);
#endif
}
