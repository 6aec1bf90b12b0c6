"""What a zygote loads, so that no child pays for it: whatever jobs import and starts no thread.

Measured (processor seconds): scipy .8, pxr .2, Pillow's formats .16, our formats and renderer .15, cv2 and mediapipe .1 each.
A `convert` of a small OBJ takes 1.3 s without all this and .7 s with it. open3d (1.5 s) is left to who needs it.
A test converts and looks that nothing more is imported.
"""

PRELOAD = (
    "PIL.Image:init",
    "PIL.ImageDraw",
    "PIL.ImageOps",
    "PIL.ImageText",
    "arviz.formats.dae",
    "arviz.formats.gltf.codecs.draco",
    "arviz.formats.gltf.codecs.meshopt",
    "arviz.formats.gltf.read",
    "arviz.formats.gltf.write",
    "arviz.formats.mtl_textures",
    "arviz.formats.obj",
    "arviz.formats.ply",
    "arviz.formats.stl",
    "arviz.formats.threemf",
    "arviz.formats.usdz.rules",
    "arviz.formats.usdz.write",
    "arviz.render.gl.renderer",
    "cv2",
    "glcontext.egl",
    "mediapipe",
    "moderngl",
    "pxr.UsdUtils",
    "pxr.UsdValidation",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.sparse.csgraph",
    "scipy.spatial",
    "shapely",
)
"""Modules, and functions of modules that are called once. What is not installed is left out: who needs it says so."""
