"""Refuse what an engine cannot draw, before it draws something else: a second opinion must not be a quiet wrong one."""

from __future__ import annotations

from collections.abc import Iterator

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.scene import Item, Scene
from arviz.render.renderer import Capabilities, Feature, Output, RenderOptions
from arviz.render.variants import material_of, variant_index

_ASKED: dict[Feature, str] = {
    "distortion": "a camera with lens distortion",
    "skew": "a camera with skewed axes",
    "hidden_behind": "the depth of a photo that hides things",
    "shadow_catcher": "a shadow catcher",
    "sun": "a sun",
    "ambient_occlusion": "ambient occlusion",
    "alpha_test": "textures that cut holes",
}


def check_request(
    engine: str, capabilities: Capabilities, scene: Scene, camera: Camera, options: RenderOptions, *, hidden_behind_m: Array | None
) -> None:
    """Raise InputError ``E_ENGINE_CANNOT`` where a request needs an output or a feature that the engine does not state."""
    outputs: dict[Output, bool] = {"depth": options.depth, "normals": options.normals, "ids": options.ids}
    missing = [f"the output {name}" for name, asked in outputs.items() if asked and name not in capabilities.outputs]
    missing += [_ASKED[name] for name in _needed(scene, camera, options, hidden_behind_m) if name not in capabilities.features]
    if missing:
        raise InputError(
            "E_ENGINE_CANNOT",
            f"the engine {engine!r} cannot draw this",
            expected=", ".join(sorted(capabilities.outputs | capabilities.features)),
            found=", ".join(missing),
            hint="Leave out what is named." if engine == "gl" else "Use the engine 'gl', or leave out what is named.",
        )


def _needed(scene: Scene, camera: Camera, options: RenderOptions, hidden_behind_m: Array | None) -> Iterator[Feature]:
    if any(camera.distortion):
        yield "distortion"
    if camera.k[0, 1]:
        yield "skew"
    if hidden_behind_m is not None:
        yield "hidden_behind"
    if options.shadow > 0 and any(item.role == "shadow_catcher" for item in scene.items):
        yield "shadow_catcher"
    if scene.lighting.sun is not None:
        yield "sun"
    if options.ambient_occlusion > 0:
        yield "ambient_occlusion"
    if any(cuts_holes(item) for item in scene.items if item.role == "visible"):
        yield "alpha_test"


def cuts_holes(item: Item) -> bool:
    """Return whether a surface of an item may end inside a triangle: alpha by texture or by vertex."""
    asset = item.asset
    variant = variant_index(asset, item.variant)
    for primitive in (primitive for mesh in asset.meshes for primitive in mesh.primitives):
        material = material_of(asset, primitive, variant)
        if material.alpha_mode != "OPAQUE":
            colour = primitive.attributes.get("COLOR_0")
            if material.base_color_texture is not None or (colour is not None and colour.shape[-1] == 4):
                return True
    return False
