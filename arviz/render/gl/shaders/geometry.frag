// Depth, normal and id of the first surface; each only where its plane is wanted (<NAME>_AT is its location).
#include "alpha_test.glsl"
#include "hidden.glsl"
#ifdef NORMALS_AT
in vec3 v_position;
in vec3 v_normal;
#include "facing.glsl"
layout(location = NORMALS_AT) out vec4 out_normal;
#endif
#ifdef IDS_AT
uniform float id;  // exact to 2^24; an integer target cannot be cleared with the others
layout(location = IDS_AT) out float out_id;
#endif
#ifdef DEPTH_AT
#ifdef SLOPES
// Depth, and how its inverse changes to the right and upwards: linear over a flat triangle, so a neighbour can be had.
layout(location = DEPTH_AT) out vec4 out_depth;
#else
layout(location = DEPTH_AT) out float out_depth;
#endif
#endif

void main() {
    // Derivatives first: they are undefined once a neighbour is discarded.
#ifdef NORMALS_AT
    out_normal = vec4(smooth_normal(direction(-v_position, vec3(0.0, 0.0, 1.0))), 0.0);
#endif
#ifdef DEPTH_AT
#ifdef SLOPES
    out_depth = vec4(1.0 / gl_FragCoord.w, dFdx(gl_FragCoord.w), dFdy(gl_FragCoord.w), 0.0);
#else
    out_depth = 1.0 / gl_FragCoord.w;
#endif
#endif
#ifdef IDS_AT
    out_id = id;
#endif
    if (is_hole() || visible_share() < 0.5) discard;
}
