// Share of the sun that reaches a point (arviz/render/gl/sun.py). The frame is that of v_position.
float sun_visibility(vec3 position, vec3 normal) {
    return 1.0;
}
