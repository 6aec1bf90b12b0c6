// Normal of the triangle and distance along the camera's z axis; axes of the camera: right, up, ahead.
#include "alpha_test.glsl"
uniform vec4 pinhole;  // focal lengths, then the principal point in fragments
out vec4 shape;

void main() {
    float z = 1.0 / gl_FragCoord.w;
    vec3 position = vec3((gl_FragCoord.xy - pinhole.zw) / pinhole.xy, 1.0) * z;
    vec3 n = cross(dFdx(position), dFdy(position));
    if (is_hole()) discard;
    float squared = dot(n, n);
    n = squared > 1e-36 ? n * inversesqrt(squared) : -normalize(position);
    shape = vec4(dot(n, position) > 0.0 ? -n : n, z);
}
