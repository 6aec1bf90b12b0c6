#ifdef TRANSMISSION
uniform float transmission_factor;
#ifdef TRANSMISSION_MAP
uniform sampler2D transmission_map;
#endif

// Share of the light that enters which passes instead of being scattered (KHR_materials_transmission).
float transmission_share(Point point) {
    float share = transmission_factor;
#ifdef TRANSMISSION_MAP
    share *= texture(transmission_map, TRANSMISSION_MAP).r;
#endif
    return share * (1.0 - point.metallic);
}

// The finished fragment, premultiplied, from the light of its own side (`colour`, linear, before the tone map).
// `reflected` is the share that the surface mirrors.
vec4 let_through(vec3 colour, float alpha, Point point, vec3 reflected, float transmission) {
    vec3 shown = tone_map(colour) * alpha;
    // One alpha for three channels: a tinted pane dims what is behind by its brightest channel. Reflections are not
    // dimmed, so alpha must hold them.
    float opacity = 1.0 - transmission * (1.0 - largest(reflected)) * largest(point.base);
    return vec4(shown, max(alpha * opacity, largest(shown)));
}
#endif
