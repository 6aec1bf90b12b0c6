"""The default engine: a glTF rasteriser on OpenGL 3.3 (moderngl; EGL on Linux, so no window system is needed).

`renderer` draws pass by pass what `assets` holds on the GPU. `surface` turns a material into defines, uniforms and texture
slots (`lobes`, `glass`) without any GL; `painter` draws one piece with them, lit by the `Inputs` that each light makes
(`environment`, `sun`, `lights`, `ambient_occlusion`, `hidden`). ``shaders/`` is the model itself: another material extension
is a define from `lobes` and a block in ``surface.frag``; another pass is a module beside `catcher`, called by `renderer`.
"""
