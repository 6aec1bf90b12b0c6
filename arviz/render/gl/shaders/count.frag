// One of 255 for every see-through surface of a pixel; the blend adds them up.
#include "alpha_test.glsl"
out float one;

void main() {
    if (is_hole()) discard;
    one = 1.0 / 255.0;
}
