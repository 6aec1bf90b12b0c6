// The mean over a period of the 4 x 4 pattern, on the same surface only.
uniform sampler2D shapes;
uniform sampler2D raw;
uniform vec4 pinhole;
uniform float radius_m;
uniform ivec2 size;
out vec2 smooth_share;

vec3 position_at(ivec2 at, float z) {
    return vec3((vec2(at) + 0.5 - pinhole.zw) / pinhole.xy, 1.0) * z;
}

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);
    vec4 shape = texelFetch(shapes, here, 0);
    smooth_share = vec2(1.0, 0.0);
    if (shape.w <= 0.0) return;
    vec3 position = position_at(here, shape.w);
    float sum = 0.0, weights = 0.0;
    for (int y = -2; y <= 2; y++) {
        for (int x = -2; x <= 2; x++) {
            ivec2 at = clamp(here + ivec2(x, y), ivec2(0), size - 1);
            vec4 other = texelFetch(shapes, at, 0);
            if (other.w <= 0.0) continue;
            float off = abs(dot(position_at(at, other.w) - position, shape.xyz));
            float weight = (abs(x) == 2 ? 0.5 : 1.0) * (abs(y) == 2 ? 0.5 : 1.0);
            weight *= clamp(1.0 - 8.0 * off / radius_m, 0.0, 1.0) * clamp(dot(shape.xyz, other.xyz) * 2.0 - 0.8, 0.0, 1.0);
            sum += texelFetch(raw, at, 0).r * weight;
            weights += weight;
        }
    }
    smooth_share = vec2(weights > 0.0 ? sum / weights : texelFetch(raw, here, 0).r, shape.w);
}
