// Image-based light: prefiltered levels (arviz/render/prefilter.py) and nine spherical harmonics.
uniform sampler2D environment;
uniform vec3 harmonics[9];
uniform float light_intensity;

// Radiance from direction d blurred for a roughness; mirrors LEVELS in prefilter.py.
vec3 specular_light(vec3 d, float roughness) {
    vec2 uv = vec2(atan(d.z, d.x) * 0.15915494 + 0.5, acos(clamp(d.y, -1.0, 1.0)) * 0.31830989);
    return textureLod(environment, uv, roughness * ENVIRONMENT_TOP_LEVEL).rgb * light_intensity;
}

// Irradiance over pi for the normal n.
vec3 diffuse_light(vec3 n) {
    vec3 e = harmonics[0] + harmonics[1] * n.y + harmonics[2] * n.z + harmonics[3] * n.x
        + harmonics[4] * (n.x * n.y) + harmonics[5] * (n.y * n.z) + harmonics[6] * (3.0 * n.z * n.z - 1.0)
        + harmonics[7] * (n.x * n.z) + harmonics[8] * (n.x * n.x - n.y * n.y);
    return max(e, 0.0) * light_intensity;
}
