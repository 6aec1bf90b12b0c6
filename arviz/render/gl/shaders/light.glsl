// Image-based light: prefiltered levels (arviz/render/prefilter.py) and nine spherical harmonics.
uniform sampler2D environment;
uniform vec3 harmonics[9];
uniform float light_intensity;

// The angle of (x, y) as a share of a turn, -0.5..0.5 (Abramowitz and Stegun 4.4.47, within 1e-5 rad;
// atan costs more where there is no GPU).
float turn_of(float y, float x) {
    float ax = abs(x), ay = abs(y);
    float t = min(ax, ay) / max(max(ax, ay), 1e-20), s = t * t;
    float a = t * (0.15913361 + s * (-0.05256880 + s * (0.02867033 + s * (-0.01354934 + s * 0.00331601))));
    a = ay > ax ? 0.25 - a : a;
    a = x < 0.0 ? 0.5 - a : a;
    return y < 0.0 ? -a : a;
}

// acos over pi (Abramowitz and Stegun 4.4.45, within 7e-5 rad).
float half_turn_of(float cosine) {
    float x = min(abs(cosine), 1.0);
    float a = sqrt(1.0 - x) * (0.49997851 + x * (-0.06751811 + x * (0.02363801 + x * -0.00596172)));
    return cosine < 0.0 ? 1.0 - a : a;
}

// Radiance from direction d blurred for a roughness; mirrors LEVELS in prefilter.py.
vec3 specular_light(vec3 d, float roughness) {
    vec2 uv = vec2(turn_of(d.z, d.x) + 0.5, half_turn_of(d.y));
    // Between the unblurred picture and the first level a lobe's width grows by the square of the roughness: mixed in
    // a straight line, highlights of roughness 0.1 get a haze (rms error against the integral 0.103, so 0.042).
    float level = roughness * ENVIRONMENT_TOP_LEVEL;
    return textureLod(environment, uv, level < 1.0 ? level * level : level).rgb * light_intensity;
}

// Irradiance over pi for the normal n.
vec3 diffuse_light(vec3 n) {
    vec3 e = harmonics[0] + harmonics[1] * n.y + harmonics[2] * n.z + harmonics[3] * n.x
        + harmonics[4] * (n.x * n.y) + harmonics[5] * (n.y * n.z) + harmonics[6] * (3.0 * n.z * n.z - 1.0)
        + harmonics[7] * (n.x * n.z) + harmonics[8] * (n.x * n.x - n.y * n.y);
    return max(e, 0.0) * light_intensity;
}
