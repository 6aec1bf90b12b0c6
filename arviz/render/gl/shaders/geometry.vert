// What the planes of a layer that hold no colour need; positions in world axes, origin at the eye.
in vec3 in_position;
#ifdef NORMALS_AT
in vec3 in_normal;
uniform mat4x3 eye_from_piece;
uniform mat3 normal_matrix;
out vec3 v_position;
out vec3 v_normal;
#endif
#ifdef ALPHA_TEST
#ifdef VERTEX_COLOUR
in vec4 in_colour;
out vec4 v_colour;
#endif
UV_INPUTS
#if UV_CHANNELS > 0
uniform mat3x2 uv_matrix[UV_CHANNELS];
out vec2 v_uv[UV_CHANNELS];
#endif
#endif

uniform mat4 clip_from_piece;

void main() {
    gl_Position = clip_from_piece * vec4(in_position, 1.0);
#ifdef NORMALS_AT
    v_position = eye_from_piece * vec4(in_position, 1.0);
    v_normal = normal_matrix * in_normal;
#endif
#ifdef ALPHA_TEST
#ifdef VERTEX_COLOUR
    v_colour = in_colour;
#endif
    UV_ASSIGN
#endif
}
