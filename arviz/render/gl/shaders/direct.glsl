// Light from one direction: the sun and the lamps of KHR_lights_punctual (arviz/render/gl/lights.py).
#ifdef SUN
uniform vec3 sun_to_light;
uniform vec3 sun_irradiance;
#endif
#ifdef LAMPS
uniform vec4 lamp_place[LAMPS];  // position, or unit vector to a distant light and 0
uniform vec4 lamp_power[LAMPS];  // colour times intensity; 1 / range, 0 for none
uniform vec3 lamp_aim[LAMPS];    // unit vector that a spot shines along
uniform vec2 lamp_cone[LAMPS];   // scale and offset of the cone's falloff; 0 and 1 without a cone

// Irradiance of lamp i on a surface at `position` that faces it; `l` is the unit vector to it.
vec3 lamp_irradiance(int i, vec3 position, out vec3 l) {
    vec4 place = lamp_place[i], power = lamp_power[i];
    vec3 way = place.xyz - position * place.w;
    float squared = max(dot(way, way), 1e-12);
    l = way * inversesqrt(squared);
    float windowed = squared * power.w * power.w;
    // The falloffs that KHR_lights_punctual recommends ("Range Property", "Inner and Outer Cone Angles").
    float falloff = place.w > 0.0 ? clamp(1.0 - windowed * windowed, 0.0, 1.0) / max(squared, 1e-4) : 1.0;
    float cone = clamp(-dot(lamp_aim[i], l) * lamp_cone[i].x + lamp_cone[i].y, 0.0, 1.0);
    return power.rgb * (falloff * cone * cone);
}
#endif

#if defined(SUN) && defined(NORMAL_MAP)
// Share of light from `l` that the bumps of a normal map leave each other: where the shape turns away, bumps that still face the
// light go dark with it, not in torn patches at its edge (Conty Estevez, Lecocq and Stein 2019, "A Microfacet-Based Shadowing
// Function to Solve the Bump Terminator Problem", Ray Tracing Gems, chapter 12). A flat texel loses nothing.
float bump_visibility(vec3 shape, vec3 bump, vec3 l) {
    vec2 cosine = max(vec2(dot(shape, bump), dot(shape, l)), 1e-3);
    vec2 squared_tangent = 1.0 / (cosine * cosine) - 1.0;
    return 2.0 / (1.0 + sqrt(1.0 + min(0.125 * max(squared_tangent.x, 0.0), 1.0) * max(squared_tangent.y, 0.0)));
}
#endif

#ifdef DIRECT_LIGHT
// Adds what a surface sends to the eye of light from `l`; `irradiance` is what arrives on a surface that faces it.
void add_direct(inout vec3 below, inout vec3 above, Point point, vec3 l, vec3 irradiance) {
    vec3 h = direction(l + point.to_eye, point.normal);
    float n_dot_l = clamp(dot(point.normal, l), 0.0, 1.0);
    float n_dot_h = clamp(dot(point.normal, h), 0.0, 1.0);
    float v_dot_h = clamp(dot(point.to_eye, h), 0.0, 1.0);
    float rise = schlick(v_dot_h);
    vec3 dielectric = mix(point.f0, vec3(point.f90), rise);
    vec3 mirror = mix(dielectric, mix(point.base, vec3(1.0), rise), point.metallic);
#ifdef IRIDESCENCE
    dielectric = mix(dielectric, point.iridescence_dielectric, point.iridescence);
    mirror = mix(mirror, mix(point.iridescence_dielectric, point.iridescence_metal, point.metallic), point.iridescence);
#endif
    float alpha = point.roughness * point.roughness;
#ifdef ANISOTROPY
    float lobe = anisotropy_ggx(point.anisotropy, alpha, l, point.to_eye, h, n_dot_l, point.n_dot_v, n_dot_h);
#else
    float lobe = ggx(alpha, n_dot_l, point.n_dot_v, n_dot_h);
#endif
    vec3 reflected = mirror * lobe * point.regain + point.matte * (1.0 - largest(dielectric)) / PI;
    vec3 arriving = irradiance * n_dot_l;
#ifdef SHEEN
    float shade = largest(point.sheen.rgb) * max(sheen_albedo(point.n_dot_v, point.sheen.a), sheen_albedo(n_dot_l, point.sheen.a));
    reflected = reflected * (1.0 - shade) + point.sheen.rgb * charlie(point.sheen.a, n_dot_l, point.n_dot_v, n_dot_h);
#endif
    below += arriving * reflected;
#ifdef CLEARCOAT
    float c_dot_l = clamp(dot(point.clearcoat.normal, l), 0.0, 1.0), c_dot_h = clamp(dot(point.clearcoat.normal, h), 0.0, 1.0);
    float clearcoat = ggx(point.clearcoat.roughness * point.clearcoat.roughness, c_dot_l, point.clearcoat.n_dot_v, c_dot_h);
    above += irradiance * (c_dot_l * clearcoat * (0.04 + 0.96 * rise));
#endif
}
#endif
