// One layer of what is see-through: only what lies before the layer behind it (arviz/render/gl/layers.py).
#include "alpha_test.glsl"
uniform sampler2D behind_depth;
uniform float nearer_than;

void main() {
    if (is_hole()) discard;
    if (gl_FragCoord.z >= texelFetch(behind_depth, ivec2(gl_FragCoord.xy), 0).r + nearer_than) discard;
}
