// Distance along the camera's z axis: clip w is exactly that (last row of core.frames.gl_projection).
#include "alpha_test.glsl"
out float depth_m;

void main() {
    if (is_hole()) discard;
    depth_m = 1.0 / gl_FragCoord.w;
}
