// The mean of the samples of a pixel: linear and premultiplied, so a plain mean is right. With LENS each sample is looked
// up where the lens sees it; with ENCODE the result is a finished 8-bit pixel, turned upside down for the reader.
uniform sampler2D fine;
out vec4 out_colour;

#ifdef LENS
// For the centre of each pixel, with a border of one, where in `fine` it lies (0..1), and 1 where the lens shows anything.
uniform sampler2D lens_table;
#endif

vec4 mean_at(ivec2 pixel) {
    vec4 sum = vec4(0.0);
    for (int y = 0; y < FACTOR; y++)
        for (int x = 0; x < FACTOR; x++) {
#ifdef LENS
            vec2 offset = (vec2(x, y) + 0.5) / float(FACTOR);
            vec3 at = texture(lens_table, (vec2(pixel) + 1.0 + offset) / vec2(textureSize(lens_table, 0))).xyz;
            if (at.z > 0.999) sum += texture(fine, at.xy);
#else
            sum += texelFetch(fine, FACTOR * pixel + ivec2(x, y), 0);
#endif
        }
    return sum / float(FACTOR * FACTOR);
}

#ifdef ENCODE
uniform int height_px;
#ifdef BACKGROUND
uniform vec3 background;
#endif
#ifdef PHOTO
uniform sampler2D photo;  // 8-bit sRGB, row 0 first as the picture is written
uniform ivec2 photo_at;

vec3 linear(vec3 v) {
    return mix(pow((max(v, vec3(0.04045)) + 0.055) / 1.055, vec3(2.4)), v / 12.92, vec3(lessThanEqual(v, vec3(0.04045))));
}
#endif

// IEC 61966-2-1:1999, as core.colour.linear_to_srgb.
vec3 srgb(vec3 v) {
    v = clamp(v, 0.0, 1.0);
    return mix(1.055 * pow(max(v, vec3(0.0031308)), vec3(1.0 / 2.4)) - 0.055, v * 12.92, vec3(lessThanEqual(v, vec3(0.0031308))));
}
#endif

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
#ifdef ENCODE
    pixel.y = height_px - 1 - pixel.y;
#endif
    vec4 colour = mean_at(pixel);
#ifdef ENCODE
#ifdef PHOTO
    vec3 behind = texelFetch(photo, ivec2(gl_FragCoord.xy) + photo_at, 0).rgb;
    // Where nothing is, the photo comes out unchanged to the last bit.
    colour = vec4(colour.a > 0.0 ? srgb(colour.rgb + linear(behind) * (1.0 - colour.a)) : behind, 1.0);
#elif defined(BACKGROUND)
    colour = vec4(srgb(colour.rgb + background * (1.0 - colour.a)), 1.0);
#else
    // Alpha as pages blend (arviz/render/composite.py, page_alpha).
    vec3 over_black = srgb(colour.rgb), over_white = srgb(colour.rgb + (1.0 - colour.a));
    float shown = 1.0 - dot(over_white - over_black, vec3(1.0 / 3.0));
    shown = clamp(max(shown, 1.0 - min(over_white.r, min(over_white.g, over_white.b))), 0.0, 1.0);
    colour = vec4(shown >= 0.5 / 255.0 ? clamp((over_white - (1.0 - shown)) / shown, 0.0, 1.0) : vec3(0.0), shown);
#endif
    colour = floor(colour * 255.0 + 0.5) / 255.0;
#endif
    out_colour = colour;
}
