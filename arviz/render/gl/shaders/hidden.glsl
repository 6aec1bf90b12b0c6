// Share of a fragment that the depth of a photo leaves to see (arviz/render/gl/hidden.py).
#ifdef HIDDEN
uniform sampler2D hidden_behind;
uniform vec4 picture_from_fragment;
#endif

float visible_share() {
#ifdef HIDDEN
    vec2 at = gl_FragCoord.xy * picture_from_fragment.xy + picture_from_fragment.zw;
    float behind = 1.0 / gl_FragCoord.w - texture(hidden_behind, at).r - HIDDEN_TOLERANCE_M;
    return 1.0 - smoothstep(0.0, HIDDEN_SOFT_M, behind);
#else
    return 1.0;
#endif
}
