// Share of the light around that near surfaces let through (arviz/render/gl/ambient_occlusion.py).
float ambient_occlusion() {
    return 1.0;
}
