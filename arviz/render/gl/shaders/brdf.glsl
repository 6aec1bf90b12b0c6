// Scale and bias of F0 for image-based light, fitted (Karis 2014, "Physically Based Shading on Mobile",
// Unreal Engine blog; the fit is Lazarov's, SIGGRAPH 2013).
vec2 split_sum(float roughness, float n_dot_v) {
    vec4 q = roughness * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
    float a = min(q.x * q.x, exp2(-9.28 * n_dot_v)) * q.x + q.y;
    return vec2(-1.04, 1.04) * a + q.zw;
}

#ifdef SHEEN
// Share of the light that a velvet layer sends back, integrated over the light's directions: our fit to the integral
// of the Charlie lobe with V = 1 / (4 (l + v - lv)) (KHR_materials_sheen; Estevez and Kulla 2017), rms 0.01, largest
// error 0.07 where it nears 1. A curve without roughness, 0.04 + 0.8 (1 - n.v)^3, gave half of it at 60 degrees.
float sheen_albedo(float n_dot_v, float roughness) {
    float smoothness = 1.0 / clamp(roughness, 0.25, 1.0);
    vec3 x = vec3(1.0, 1.0 - n_dot_v, (1.0 - n_dot_v) * (1.0 - n_dot_v));
    vec3 c = vec3(-1.2866, 0.6350, -0.4631)
        + smoothness * (vec3(-0.4104, 0.1380, 0.8980) + smoothness * vec3(-0.2166, 0.5238, -0.3827));
    return min(exp(dot(c, x)), 1.0);
}
#endif
