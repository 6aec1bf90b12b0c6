// Share of the cosine-weighted sky that is free, by horizons in slices through the eye (Jimenez et al. 2016, equations
// 5 to 11; arviz/render/gl/ambient_occlusion.py).
#define SLICES 3
#define STEPS 6
uniform sampler2D shapes;
uniform vec4 pinhole;
uniform float radius_m;
uniform ivec2 size;
out float free_share;

const float PI = 3.14159265;

vec3 position_at(ivec2 at, float z) {
    return vec3((vec2(at) + 0.5 - pinhole.zw) / pinhole.xy, 1.0) * z;
}

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);
    vec4 shape = texelFetch(shapes, here, 0);
    free_share = 1.0;
    if (shape.w <= 0.0) return;
    vec3 position = position_at(here, shape.w), n = shape.xyz;
    vec3 v = -normalize(position);
    float reach_px = min(radius_m * pinhole.x / shape.w, 0.5 * float(max(size.x, size.y)));
    if (reach_px < 1.5) return;
    // Sixteen turns and four shifts in each 4 x 4 pixels, next to each other as different as can be.
    ivec2 cell = here & 3;
    float turn = float(((cell.x ^ cell.y) << 2 | cell.y) & 15) / 16.0;
    float shift = (float((cell.x + cell.y * 2) & 3) + 0.5) / 4.0;
    float total = 0.0, whole = 0.0;
    for (int i = 0; i < SLICES; i++) {
        float angle = (float(i) + turn) * PI / float(SLICES);
        vec2 d = vec2(cos(angle), sin(angle));
        vec3 along = vec3(d, 0.0);
        vec3 ahead = along - v * dot(along, v);
        vec3 axis = normalize(cross(along, v));
        vec3 in_slice = n - axis * dot(n, axis);
        float length_in_slice = max(length(in_slice), 1e-5);
        float cosine = clamp(dot(in_slice, v) / length_in_slice, 0.0, 1.0);
        float tilt = (dot(ahead, in_slice) < 0.0 ? -1.0 : 1.0) * acos(cosine);
        // Of three slices alone the sum would not be 1 where nothing hides anything.
        whole += length_in_slice * (cosine + tilt * sin(tilt));
        for (int side = 0; side < 2; side++) {
            float sign = side == 0 ? 1.0 : -1.0;
            // The lowest horizon is the surface itself.
            float lowest = cos(clamp(tilt + sign * 0.5 * PI, -PI, PI));
            float highest = lowest;
            for (int s = 0; s < STEPS; s++) {
                float t = (float(s) + shift) / float(STEPS);
                vec2 offset = d * (sign * max(t * t * reach_px, 1.0 + float(s)));
                ivec2 at = here + ivec2(floor(offset + 0.5));
                if (at == here || any(lessThan(at, ivec2(0))) || any(greaterThanEqual(at, size))) continue;
                float z = texelFetch(shapes, at, 0).w;
                if (z <= 0.0) continue;
                vec3 to = position_at(at, z) - position;
                float distance_m = length(to);
                // What does not rise above the surface's own plane hides nothing.
                if (dot(to, n) <= 0.01 * distance_m) continue;
                float counts = clamp(1.5 - 1.5 * distance_m / radius_m, 0.0, 1.0);
                highest = max(highest, mix(lowest, dot(to, v) / max(distance_m, 1e-9), counts));
            }
            float h = sign * acos(clamp(highest, -1.0, 1.0));
            h = tilt + clamp(h - tilt, -0.5 * PI, 0.5 * PI);
            total += length_in_slice * 0.25 * (cosine + 2.0 * h * sin(tilt) - cos(2.0 * h - tilt));
        }
    }
    free_share = whole > 0.0 ? clamp(total / whole, 0.0, 1.0) : 1.0;
}
