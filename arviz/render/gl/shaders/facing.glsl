// Directions and the normal of the shape (needs v_position and v_normal).

// A unit vector, or the fallback where v has no direction: degenerate input must still give a defined picture.
vec3 direction(vec3 v, vec3 fallback) {
    float squared = dot(v, v);
    return squared > 1e-30 ? v * inversesqrt(squared) : fallback;
}

// The smooth normal, turned to the side that is seen.
vec3 smooth_normal(vec3 to_eye) {
    // Without normals the triangle's own, which faces the eye already: the screen's axes are right-handed with the way to it.
    if (dot(v_normal, v_normal) <= 1e-30) return direction(cross(dFdx(v_position), dFdy(v_position)), to_eye);
    vec3 g = direction(v_normal, to_eye);
    return gl_FrontFacing ? g : -g;
}
