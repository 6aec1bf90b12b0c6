"""The default renderer: glTF physically based shading on OpenGL 3.3 (moderngl; EGL on Linux)."""
