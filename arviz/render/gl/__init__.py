"""The default engine: a glTF rasteriser on OpenGL 3.3 (moderngl; EGL on Linux, so no window system is needed).

`renderer` draws what `assets` holds on the GPU; `pieces` and `surface` turn an `Asset` into arrays and uniforms
without any GL; `shaders/*.glsl` is the model itself. Another material extension is a define in `surface`, a
block in ``surface.frag`` and nothing else; another pass (shadows, contact) is a function beside ``_draw_depth``.
"""
