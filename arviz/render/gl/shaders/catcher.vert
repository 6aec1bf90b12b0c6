// A shadow catcher: position to clip space and to light space, as surface.vert.
in vec3 in_position;
uniform mat4 clip_from_piece;
uniform mat4x3 light_from_piece;
out vec3 v_position;

void main() {
    gl_Position = clip_from_piece * vec4(in_position, 1.0);
    v_position = light_from_piece * vec4(in_position, 1.0);
}
