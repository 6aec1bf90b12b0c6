// glTF 2.0 metallic-roughness and its KHR_materials_* layers under light from all around, a sun and lamps; linear,
// tone-mapped, premultiplied. The eye is at the origin of v_position.
in vec3 v_position;
in vec3 v_normal;
#ifdef TANGENT
in vec4 v_tangent;
#endif
#ifdef VERTEX_COLOUR
in vec4 v_colour;
#endif
#if UV_CHANNELS > 0
in vec2 v_uv[UV_CHANNELS];
#endif
out vec4 out_colour;

#include "wrap.glsl"
#include "hidden.glsl"
#include "light_left.glsl"
#include "ambient_occlusion.glsl"
#include "sun.glsl"

uniform vec4 base_factor;
#if defined(BASE_MAP) && !defined(base_map)
uniform sampler2D base_map;
#endif
#ifdef ALPHA_MASK
uniform float alpha_cutoff;
#endif
#ifndef UNLIT
#if defined(SUN) || defined(LAMPS)
#define DIRECT_LIGHT
#endif
#define LEAST_ROUGHNESS 0.045
uniform vec2 metallic_roughness;
uniform vec3 dielectric_f0;
#if defined(METAL_ROUGH_MAP) && !defined(metal_rough_map)
uniform sampler2D metal_rough_map;
#endif
#ifdef SPECULAR
uniform float specular_weight;
#if defined(SPECULAR_MAP) && !defined(specular_map)
uniform sampler2D specular_map;
#endif
#if defined(SPECULAR_COLOUR_MAP) && !defined(specular_colour_map)
uniform sampler2D specular_colour_map;
#endif
#ifdef GLOSSINESS
uniform float glossiness;
#endif
#endif
#ifdef OCCLUSION_MAP
#ifndef occlusion_map
uniform sampler2D occlusion_map;
#endif
uniform float occlusion_strength;
#endif
#ifdef EMISSIVE
uniform vec3 emissive_factor;
#endif
#if defined(EMISSIVE_MAP) && !defined(emissive_map)
uniform sampler2D emissive_map;
#endif

float largest(vec3 v) { return max(v.x, max(v.y, v.z)); }

#include "brdf.glsl"
#include "light.glsl"
#include "tone.glsl"
#include "normal.glsl"
#include "sheen.glsl"
#include "clearcoat.glsl"
#include "iridescence.glsl"
#include "anisotropy.glsl"

// What the lobes need to know of a fragment; light space (surface.vert), unit vectors.
struct Point {
    vec3 position;
    vec3 normal;
    vec3 to_eye;
    float n_dot_v;
    vec3 base;
    float metallic;
    float roughness;
    vec3 f0;       // of the dielectric; that of the metal is the base colour
    float f90;
    vec3 matte;    // what is scattered, without what is let through
    vec3 regain;   // factor that gives back what the mirroring facets lose among each other
#ifdef SHEEN
    vec4 sheen;
#endif
#ifdef CLEARCOAT
    Clearcoat clearcoat;
#endif
#ifdef IRIDESCENCE
    float iridescence;
    vec3 iridescence_dielectric;
    vec3 iridescence_metal;
#endif
#ifdef ANISOTROPY
    Anisotropy anisotropy;
#endif
};

#include "direct.glsl"
#include "transmission.glsl"
#endif

void main() {
    vec4 base = base_factor;
#ifdef BASE_MAP
    base *= texture(base_map, BASE_MAP);
#endif
#ifdef VERTEX_COLOUR
    base *= v_colour;
#endif
    base = clamp(base, 0.0, 1.0);
#ifdef ALPHA_MASK
    if (base.a < alpha_cutoff) discard;
#endif
#ifndef ALPHA_BLEND
    base.a = 1.0;
#endif

#ifdef UNLIT
    // Already what the picture shall show: neither light nor tone map (KHR_materials_unlit).
    out_colour = vec4(base.rgb * base.a, base.a) * visible_share();
#else
    Point point;
    point.position = v_position;
    point.base = base.rgb;
    vec3 v = direction(-v_position, vec3(0.0, 0.0, 1.0));
    point.to_eye = v;
    vec3 smooth_n = smooth_normal(v);
    vec3 n = smooth_n;
#ifdef NORMAL_MAP
    n = bent_normal(tangent_frame(smooth_n, NORMAL_MAP_UV), smooth_n, texture(normal_map, NORMAL_MAP).xyz, normal_scale);
#endif
    point.normal = n;
    point.n_dot_v = clamp(abs(dot(n, v)), 0.001, 1.0);

    point.metallic = metallic_roughness.x;
    point.roughness = metallic_roughness.y;
#ifdef METAL_ROUGH_MAP
    vec3 orm = texture(metal_rough_map, METAL_ROUGH_MAP).rgb;
    point.metallic *= orm.b;
    point.roughness *= orm.g;
#endif
#ifdef METALLIC
    point.metallic = METALLIC;
#endif
    point.metallic = clamp(point.metallic, 0.0, 1.0);
#if defined(GLOSSINESS) && defined(SPECULAR_COLOUR_MAP)
    point.roughness = 1.0 - glossiness * texture(specular_colour_map, SPECULAR_COLOUR_MAP).a;
#endif
    // A fragment in which the normal turns mirrors like a rough one: thin wires do not glitter, and look as in three.js,
    // which does the same per pixel (lights_physical_fragment.glsl.js).
    vec3 turning = max(abs(dFdx(smooth_n)), abs(dFdy(smooth_n)));
    float bent_within = largest(turning);
    point.roughness = clamp(max(point.roughness, LEAST_ROUGHNESS) + bent_within, 0.0, 1.0);
    point.f0 = dielectric_f0;
    point.f90 = 1.0;
#ifdef SPECULAR
    float weight = specular_weight;
#ifdef SPECULAR_MAP
    weight *= texture(specular_map, SPECULAR_MAP).a;
#endif
#ifdef SPECULAR_COLOUR_MAP
    point.f0 *= texture(specular_colour_map, SPECULAR_COLOUR_MAP).rgb;
#endif
    point.f0 = min(point.f0, 1.0) * weight;
    point.f90 = weight;
#endif

    vec3 f0 = point.f0, metal_f0 = base.rgb;
#ifdef IRIDESCENCE
    Iridescence iridescence = iridescence_of_surface();
    point.iridescence = iridescence.strength;
    point.iridescence_dielectric = iridescence_fresnel(iridescence, point.n_dot_v, f0);
    point.iridescence_metal = iridescence_fresnel(iridescence, point.n_dot_v, metal_f0);
    f0 = mix(f0, iridescence_f0(point.iridescence_dielectric, point.n_dot_v), iridescence.strength);
    metal_f0 = mix(metal_f0, iridescence_f0(point.iridescence_metal, point.n_dot_v), iridescence.strength);
#endif
    vec2 ab = split_sum(point.roughness, point.n_dot_v);
    Mirrored mirror = mirrored(f0, point.f90, ab);
    // The brightest channel counts: else what is mirrored in one colour would be scattered in the opposite one.
    vec3 diffuse = base.rgb * ((1.0 - point.metallic) * (1.0 - largest(mirror.once + mirror.more)));
    Mirrored metal = mirrored(metal_f0, 1.0, ab);
    mirror.once = mix(mirror.once, metal.once, point.metallic);
    mirror.more = mix(mirror.more, metal.more, point.metallic);
    point.matte = base.rgb * (1.0 - point.metallic);
    point.regain = 1.0 + mix(f0, metal_f0, point.metallic) * (1.0 / (ab.x + ab.y) - 1.0);
#ifdef TRANSMISSION
    // What is let through takes the place of what is scattered, under the same coats.
    float transmission = transmission_share(point);
    vec3 passing = diffuse * transmission;
    diffuse *= 1.0 - transmission;
    point.matte *= 1.0 - transmission;
#endif

    vec3 mirroring = n;
#ifdef ANISOTROPY
    point.anisotropy = anisotropy_of_surface(n);
    mirroring = anisotropy_normal(point.anisotropy, n, v, point.roughness);
#endif
    float occlusion = 1.0;
#ifdef OCCLUSION_MAP
    float darkening = texture(occlusion_map, OCCLUSION_MAP).r;
    occlusion = 1.0 + occlusion_strength * (darkening - 1.0);
#endif
    occlusion = min(occlusion, ambient_occlusion());
    vec2 left = light_left();
    vec3 around = diffuse_light(n) * (occlusion * left.x);
    vec3 mirrored_light = specular_light(mirror_direction(v, mirroring, point.roughness), point.roughness) * left.x;
    float in_mirror = occlusion < 1.0 ? mirror_occlusion(point.n_dot_v, occlusion, point.roughness) : 1.0;
    vec3 colour = mirrored_light * mirror.once * in_mirror + around * (mirror.more + diffuse);
#ifdef SHEEN
    point.sheen = sheen_of_surface();
    float albedo = sheen_albedo(point.n_dot_v, point.sheen.a);
    float shade = 1.0 - largest(point.sheen.rgb) * albedo;
    colour = colour * shade + around * point.sheen.rgb * albedo;
#ifdef TRANSMISSION
    passing *= shade;
#endif
#endif
    vec3 above = vec3(0.0);
#ifdef CLEARCOAT
    point.clearcoat = clearcoat_of_surface(smooth_n, v, bent_within);
    above = clearcoat_mirrors(point.clearcoat, v) * (occlusion * left.x);
#endif
#ifdef SUN
    float lit = sun_visibility(v_position, smooth_n) * left.y;
#ifdef NORMAL_MAP
    lit *= bump_visibility(smooth_n, n, sun_to_light);
#endif
    if (lit > 0.0) add_direct(colour, above, point, sun_to_light, sun_irradiance * lit);
#endif
#ifdef LAMPS
    for (int i = 0; i < LAMPS; i++) {
        vec3 l;
        vec3 irradiance = lamp_irradiance(i, v_position, l);
        if (largest(irradiance) > 0.0) add_direct(colour, above, point, l, irradiance);
    }
#endif
#ifdef EMISSIVE
    vec3 emission = emissive_factor;
#ifdef EMISSIVE_MAP
    emission *= texture(emissive_map, EMISSIVE_MAP).rgb;
#endif
    colour += emission;
#endif
#ifdef CLEARCOAT
    float kept = 1.0 - clearcoat_opacity(point.clearcoat);
    colour = colour * kept + above * point.clearcoat.strength;
#ifdef TRANSMISSION
    passing *= kept;
#endif
#endif
#ifdef TRANSMISSION
    out_colour = let_through(colour, passing, base.a * visible_share(), point);
#else
    out_colour = vec4(tone_map(colour) * base.a, base.a) * visible_share();
#endif
#endif
}
