// Casters flattened onto a plane along the light (arviz/render/gl/sky_shadow.py); depth is their height.
in vec3 in_position;
uniform mat4 clip_from_plane;

void main() {
    gl_Position = clip_from_plane * vec4(in_position, 1.0);
}
