// Scale and bias of F0 for image-based light, fitted (Karis 2014, "Physically Based Shading on Mobile",
// Unreal Engine blog; the fit is Lazarov's, SIGGRAPH 2013).
vec2 split_sum(float roughness, float n_dot_v) {
    vec4 q = roughness * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
    float a = min(q.x * q.x, exp2(-9.28 * n_dot_v)) * q.x + q.y;
    return vec2(-1.04, 1.04) * a + q.zw;
}

#ifdef SHEEN
// Share of the light that a velvet layer sends back, integrated over the light's directions.
float sheen_albedo(float n_dot_v, float roughness) {
    float grazing = 1.0 - n_dot_v;
    return 0.04 + 0.8 * grazing * grazing * grazing;
}
#endif
