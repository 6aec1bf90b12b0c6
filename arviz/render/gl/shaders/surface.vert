// Vertices to clip space and to "light space": world axes turned so that the environment picture lies unrotated,
// origin at the eye (small numbers, so float32 is enough anywhere in the world).
in vec3 in_position;
in vec3 in_normal;
#ifdef TANGENT
in vec4 in_tangent;
out vec4 v_tangent;
#endif
#ifdef VERTEX_COLOUR
in vec4 in_colour;
out vec4 v_colour;
#endif
UV_INPUTS
#if UV_CHANNELS > 0
uniform mat3x2 uv_matrix[UV_CHANNELS];
out vec2 v_uv[UV_CHANNELS];
#endif

uniform mat4 clip_from_piece;
// Passes compare depths for equality.
invariant gl_Position;
uniform mat4x3 light_from_piece;
uniform mat3 normal_matrix;

out vec3 v_position;
out vec3 v_normal;

void main() {
    gl_Position = clip_from_piece * vec4(in_position, 1.0);
    v_position = light_from_piece * vec4(in_position, 1.0);
    v_normal = normal_matrix * in_normal;
#ifdef TANGENT
    // A mirroring pose turns the cross product of normal and tangent around, and so the bitangent that is made of it.
    mat3 turn = mat3(light_from_piece);
    v_tangent = vec4(turn * in_tangent.xyz, determinant(turn) < 0.0 ? -in_tangent.w : in_tangent.w);
#endif
#ifdef VERTEX_COLOUR
    v_colour = in_colour;
#endif
    UV_ASSIGN
}
