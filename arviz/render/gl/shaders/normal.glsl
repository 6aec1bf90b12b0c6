#include "facing.glsl"

// Where a look along -to_eye goes after a mirror of this roughness. The middle of a rough lobe leans to the normal,
// because its far side lies below the surface (KHR_materials_anisotropy, "Image-based lighting"; three.js up to r178, since
// then by the fourth power, which doubles the error of a white metal under a sloping sky, 0.03 to 0.06 rms).
vec3 mirror_direction(vec3 to_eye, vec3 normal, float roughness) {
    return direction(mix(reflect(-to_eye, normal), normal, roughness * roughness), normal);
}

// Tangent and bitangent around the normal g, from the TANGENT attribute, or from how position and UV change over the
// screen (Schueler 2013, "Normal Mapping Without Precomputed Tangents"). glTF's bitangent points to -v.
mat2x3 tangent_frame(vec3 g, vec2 uv) {
#ifdef TANGENT
    vec3 t = v_tangent.xyz - g * dot(g, v_tangent.xyz);
    vec3 b = cross(v_normal, v_tangent.xyz) * v_tangent.w;
    b -= g * dot(g, b);
    t = direction(t, vec3(0.0));
    b = direction(b, vec3(0.0));
#else
    vec3 px = dFdx(v_position), py = dFdy(v_position);
    vec2 ux = dFdx(uv), uy = dFdy(uv);
    float side = ux.x * uy.y - ux.y * uy.x < 0.0 ? -1.0 : 1.0;
    vec3 t = (px * uy.y - py * ux.y) * side;
    vec3 b = (px * uy.x - py * ux.x) * side;
    t -= g * dot(g, t);
    b -= g * dot(g, b);
    // Unit length each, as MikkTSpace's tangents that glTF 2.0 section 3.7.2.1 asks for.
    t = direction(t, vec3(0.0));
    b = direction(b, vec3(0.0));
#endif
    return mat2x3(t, b);
}

// The normal that a texel 0..1 of a normal map stands for. From behind, a bump is a dent.
vec3 bent_normal(mat2x3 frame, vec3 g, vec3 texel, float scale) {
    vec3 m = texel * 2.0 - 1.0;
    m.xy *= gl_FrontFacing ? scale : -scale;
    return direction(frame * m.xy + g * max(m.z, 0.0), g);
}

#ifdef NORMAL_MAP
#ifndef normal_map
uniform sampler2D normal_map;
#endif
uniform float normal_scale;
#endif
