// glTF 2.0 metallic-roughness under image-based light, with sheen and transmission; linear, tone-mapped,
// premultiplied. The eye is at the origin of v_position.
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
#include "ambient_occlusion.glsl"
#include "sun.glsl"

uniform vec4 base_factor;
#ifdef BASE_MAP
uniform sampler2D base_map;
#endif
#ifdef ALPHA_MASK
uniform float alpha_cutoff;
#endif
#ifndef UNLIT
uniform vec2 metallic_roughness;
uniform vec3 dielectric_f0;
#ifdef METAL_ROUGH_MAP
uniform sampler2D metal_rough_map;
#endif
#ifdef OCCLUSION_MAP
uniform sampler2D occlusion_map;
uniform float occlusion_strength;
#endif
#ifdef EMISSIVE
uniform vec3 emissive_factor;
#endif
#ifdef EMISSIVE_MAP
uniform sampler2D emissive_map;
#endif
#ifdef SHEEN
uniform vec4 sheen_factor;
#endif
#ifdef SHEEN_COLOUR_MAP
uniform sampler2D sheen_colour_map;
#endif
#ifdef SHEEN_ROUGH_MAP
uniform sampler2D sheen_rough_map;
#endif

float largest(vec3 v) { return max(v.x, max(v.y, v.z)); }

// What the lobes need to know of a fragment; light space (surface.vert), unit vectors.
struct Point {
    vec3 position;
    vec3 normal;
    vec3 to_eye;
    float n_dot_v;
    vec3 base;
    float metallic;
    float roughness;
    vec3 f0;
};

#include "light.glsl"
#include "brdf.glsl"
#include "tone.glsl"
#include "normal.glsl"
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
    vec3 v = direction(-v_position, vec3(0.0, 0.0, 1.0));
    vec3 n = smooth_normal(v);
#ifdef NORMAL_MAP
    n = mapped_normal(n);
#endif
    float n_dot_v = clamp(abs(dot(n, v)), 0.001, 1.0);
    vec3 r = reflect(-v, n);

    float metallic = metallic_roughness.x, roughness = metallic_roughness.y;
#ifdef METAL_ROUGH_MAP
    vec3 orm = texture(metal_rough_map, METAL_ROUGH_MAP).rgb;
    metallic *= orm.b;
    roughness *= orm.g;
#endif
    metallic = clamp(metallic, 0.0, 1.0);
    roughness = clamp(roughness, 0.045, 1.0);
    float occlusion = 1.0;
#ifdef OCCLUSION_MAP
#ifdef OCCLUSION_MAP_SHARED
    float darkening = orm.r;
#else
    float darkening = texture(occlusion_map, OCCLUSION_MAP).r;
#endif
    occlusion = 1.0 + occlusion_strength * (darkening - 1.0);
#endif

    // Energy that rough metals lose between facets is given back (Fdez-Aguera 2019, JCGT 8(1)).
    vec3 f0 = mix(dielectric_f0, base.rgb, metallic);
    Point point = Point(v_position, n, v, n_dot_v, base.rgb, metallic, roughness, f0);
    vec2 ab = split_sum(roughness, n_dot_v);
    vec3 single = f0 * ab.x + ab.y;
    float lost = 1.0 - (ab.x + ab.y);
    vec3 average = f0 + (1.0 - f0) * (1.0 / 21.0);
    vec3 multiple = single * average / (1.0 - lost * average) * lost;
    vec3 diffuse = base.rgb * (1.0 - metallic) * (1.0 - single - multiple);
#ifdef TRANSMISSION
    // What is let through takes the place of what is scattered, under the same coats.
    float transmission = transmission_share(point);
    vec3 passing = diffuse * transmission;
    diffuse *= 1.0 - transmission;
#endif
    vec3 around = diffuse_light(n);
    vec3 colour = specular_light(r, roughness) * single + around * (multiple + diffuse);
#ifdef SHEEN
    vec4 sheen = sheen_factor;
#ifdef SHEEN_COLOUR_MAP
    sheen.rgb *= texture(sheen_colour_map, SHEEN_COLOUR_MAP).rgb;
#endif
#ifdef SHEEN_ROUGH_MAP
    sheen.a *= texture(sheen_rough_map, SHEEN_ROUGH_MAP).a;
#endif
    float albedo = sheen_albedo(n_dot_v, sheen.a);
    colour = colour * (1.0 - largest(sheen.rgb) * albedo) + around * sheen.rgb * albedo;
#ifdef TRANSMISSION
    passing *= 1.0 - largest(sheen.rgb) * albedo;
#endif
#endif
    colour *= min(occlusion, ambient_occlusion());
#ifdef EMISSIVE
    vec3 emission = emissive_factor;
#ifdef EMISSIVE_MAP
    emission *= texture(emissive_map, EMISSIVE_MAP).rgb;
#endif
    colour += emission;
#endif
#ifdef TRANSMISSION
    out_colour = let_through(colour, passing, base.a * visible_share(), point);
#else
    out_colour = vec4(tone_map(colour) * base.a, base.a) * visible_share();
#endif
#endif
}
