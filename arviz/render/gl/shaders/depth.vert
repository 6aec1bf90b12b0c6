// Position only, and what an alpha test needs.
in vec3 in_position;
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
// Passes compare depths for equality.
invariant gl_Position;

void main() {
    gl_Position = clip_from_piece * vec4(in_position, 1.0);
#ifdef ALPHA_TEST
#ifdef VERTEX_COLOUR
    v_colour = in_colour;
#endif
    UV_ASSIGN
#endif
}
