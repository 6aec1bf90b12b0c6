// What passes a surface from behind (arviz/render/gl/glass.py, layers.py): one bend, one thickness, one blurred sample.
#ifdef TRANSMISSION
#include "untone.glsl"
uniform sampler2D behind;
uniform float transmission_factor;
#if defined(TRANSMISSION_MAP) && !defined(transmission_map)
uniform sampler2D transmission_map;
#endif
#ifdef VOLUME
uniform float thickness_factor;
uniform float thickness_scale;
uniform float index_of_refraction;
uniform vec3 absorption_per_m;
uniform mat4 clip_from_light;
#if defined(THICKNESS_MAP) && !defined(thickness_map)
uniform sampler2D thickness_map;
#endif
#endif
#ifdef BLURRED
uniform sampler2D behind_blurred;  // one texel a pixel, with smaller levels
uniform float blur_of_roughness;
uniform float blur_levels;
#endif

// Share of the light that enters which passes instead of being scattered (KHR_materials_transmission).
float transmission_share(Point point) {
    float share = transmission_factor;
#ifdef TRANSMISSION_MAP
    share *= texture(transmission_map, TRANSMISSION_MAP).r;
#endif
    share *= 1.0 - point.metallic;
#ifdef OPAQUE_PART
    if (share >= LEAST_TRANSMISSION) discard;
#endif
    return share;
}

#ifdef BLURRED
// A cubic B-spline from four bilinear samples (Sigg and Hadwiger 2005, GPU Gems 2, chapter 20): a coarse level enlarged
// bilinearly shows its squares.
vec4 smooth_level(vec2 at, float level) {
    vec2 size = vec2(textureSize(behind_blurred, int(level)));
    vec2 texel = at * size - 0.5;
    vec2 f = fract(texel), corner = texel - f + 0.5, g = 1.0 - f;
    vec2 w0 = g * g * g / 6.0, w1 = (4.0 - 6.0 * f * f + 3.0 * f * f * f) / 6.0;
    vec2 w3 = f * f * f / 6.0, w2 = 1.0 - w0 - w1 - w3;
    vec2 low = (corner - 1.0 + w1 / (w0 + w1)) / size, high = (corner + 1.0 + w3 / (w2 + w3)) / size;
    vec2 part = w2 + w3;
    return mix(
        mix(textureLod(behind_blurred, low, level), textureLod(behind_blurred, vec2(high.x, low.y), level), part.x),
        mix(textureLod(behind_blurred, vec2(low.x, high.y), level), textureLod(behind_blurred, high, level), part.x), part.y);
}
#endif

// The picture behind around a place (0..1), premultiplied, as it is shown.
vec4 behind_at(vec2 at, float roughness) {
#ifdef BLURRED
    vec2 size = vec2(textureSize(behind_blurred, 0));
    float most = floor(log2(max(size.x, size.y))) - 1.0;
    float level = clamp(blur_levels * blur_of_roughness * roughness, 0.0, max(most, 0.0));
    float below = floor(level);
    return mix(smooth_level(at, below), smooth_level(at, below + 1.0), level - below);
#else
    return textureLod(behind, at, 0.0);
#endif
}

// The finished fragment, premultiplied, over what is behind, which stays to be seen by 1 - `cover`.
// `colour` is the light from the surface itself, linear, before the tone map; `passing` the share of each channel that
// comes through to the eye from right behind the surface.
vec4 let_through(vec3 colour, vec3 passing, float cover, Point point) {
#ifdef OPAQUE_PART
    return vec4(tone_map(colour), 1.0) * cover;
#else
    vec4 straight = texelFetch(behind, ivec2(gl_FragCoord.xy), 0);
#ifdef VOLUME
    float way = thickness_factor * thickness_scale;
#ifdef THICKNESS_MAP
    way *= texture(thickness_map, THICKNESS_MAP).g;
#endif
    vec3 ray = refract(-point.to_eye, point.normal, 1.0 / index_of_refraction) * way;
    vec4 leaves = clip_from_light * vec4(point.position + ray, 1.0);
    vec2 at = leaves.w > 0.0 ? 0.5 * leaves.xy / leaves.w + 0.5 : gl_FragCoord.xy / vec2(textureSize(behind, 0));
    vec4 through = behind_at(at, point.roughness);
    passing *= exp(-absorption_per_m * way);
#elif defined(BLURRED)
    vec4 through = behind_at(gl_FragCoord.xy / vec2(textureSize(behind, 0)), point.roughness);
#else
    vec4 through = straight;
#endif
    // What is behind the picture nobody knows, and one alpha has to do for three channels: it holds what all of them let
    // through, so that clear and grey glass is right before anything. What a tint lets through besides is shown as lit
    // from behind by the light around, so that coloured glass is right where what is behind looks like its light: over
    // white in white light. (three.js takes 50 % white for what is behind, and the mean for alpha: over white that looks
    // alike, but clear glass glows before a dark photo.)
    float grey = min(passing.r, min(passing.g, passing.b)), unknown = 1.0 - through.a;
    vec3 tint = unknown * (passing - grey) * diffuse_light(-point.to_eye);
    vec3 shown = tone_map(colour + passing * scene_light(through.rgb) + tint);
    // A highlight on a clear pane hides what is behind: no colour is brighter than its alpha.
    vec4 seen = vec4(shown, clamp(max(1.0 - unknown * grey, largest(shown)), 0.0, 1.0));
    return mix(straight, seen, cover);
#endif
}
#endif
