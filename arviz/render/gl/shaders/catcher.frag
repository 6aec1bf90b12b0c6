// What a shadow catcher shows: black, as opaque as light is missing (arviz/render/gl/catcher.py).
in vec3 v_position;
out vec4 out_colour;

#include "wrap.glsl"
#include "hidden.glsl"
#include "sun.glsl"

uniform vec3 catcher_normal;
uniform vec2 catcher_shares;   // of the light on the bare plane: from the sky, from the sun
uniform float catcher_strength;
#ifdef SHADOW_MARGIN
#ifndef HIDDEN
uniform vec4 picture_from_fragment;
#endif

// 0 at the borders of the picture, 1 from the margin on.
float away_from_borders() {
    vec2 at = gl_FragCoord.xy * picture_from_fragment.xy + picture_from_fragment.zw;
    vec2 inside = smoothstep(0.0, SHADOW_MARGIN, min(at, 1.0 - at));
    return inside.x * inside.y;
}
#else
float away_from_borders() {
    return 1.0;
}
#endif
#ifdef COARSE_SHADOW
uniform sampler2D coarse_shadow;
uniform mat4x2 coarse_from_light;
#ifdef FINE_SHADOW
uniform sampler2D fine_shadow;
uniform mat4x2 fine_from_light;
#endif

float sky_hidden(vec3 position) {
    vec2 coarse = coarse_from_light * vec4(position, 1.0);
#ifdef FINE_SHADOW
    vec2 fine = fine_from_light * vec4(position, 1.0), edge = min(fine, 1.0 - fine);
    float inside = smoothstep(0.03, 0.15, min(edge.x, edge.y));
    float far = inside < 1.0 ? texture(coarse_shadow, coarse).r : 0.0;
    float near = inside > 0.0 ? texture(fine_shadow, fine).r : 0.0;
    return mix(far, near, inside);
#else
    return texture(coarse_shadow, coarse).r;
#endif
}
#endif

void main() {
    if (!gl_FrontFacing) discard;
    float missing = 0.0;
#ifdef COARSE_SHADOW
    missing += catcher_shares.x * sky_hidden(v_position);
#endif
#ifdef SUN
    if (catcher_shares.y > 0.0) missing += catcher_shares.y * (1.0 - sun_visibility(v_position, catcher_normal));
#endif
    // Most of a floor is bare: blending nothing costs as much as blending something.
    if (missing <= 0.0) discard;
    out_colour = vec4(0.0, 0.0, 0.0, clamp(missing, 0.0, 1.0) * catcher_strength * away_from_borders()) * visible_share();
}
