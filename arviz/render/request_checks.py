"""Refuse what an engine cannot draw, before it draws something else: a second opinion must not be a quiet wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import InputError, LimitError
from arviz.core.frozen import Array
from arviz.core.scene import Item, Scene
from arviz.core.variants import variant_index
from arviz.render.material_of import material_of
from arviz.render.photo_depth import check_hidden
from arviz.render.renderer import Capabilities, Feature, Output, RenderOptions, check_options

_ASKED: dict[Feature, str] = {
    "distortion": "a camera with lens distortion",
    "skew": "a camera with skewed axes",
    "hidden_behind": "the depth of a photo that hides things",
    "shadow_catcher": "a shadow catcher",
    "sun": "a sun",
    "light_left": "light that is kept off of parts of the picture",
    "ambient_occlusion": "ambient occlusion",
    "alpha_test": "textures that cut holes",
    "punctual_lights": "a product with lights of its own",
}
MOST_PIXELS = 8192 * 8192
"""A `Layer` holds 16 bytes a pixel, 20 with depth: 1.3 GiB."""


class Request(NamedTuple):
    """What of a request is checked and in the form that engines work with."""

    world_from_camera: Array
    """(4, 4) float64, with an inverse."""
    hidden_behind_m: Array | None
    """(H, W) float32, `UNKNOWN_M` where nothing hides."""


def checked_request(
    engine: str,
    capabilities: Capabilities,
    scene: Scene,
    camera: Camera,
    *,
    world_from_camera: Array,
    options: RenderOptions,
    hidden_behind_m: Array | None,
) -> Request:
    """Return a request as engines take it; every engine calls this first, before it makes room for the picture.

    Raises
    ------
    InputError
        ``E_ENGINE_CANNOT``: the engine does not state an output or a feature that is asked for; ``E_CAMERA_POSE``,
        ``E_HIDDEN_SIZE``, and what `check_options` refuses.
    LimitError
        ``E_LIMIT_PICTURE``: more pixels than any engine draws, or a longer side than this one does.
    """
    check_options(options)
    _check_features(engine, capabilities, scene, camera, options, hidden_behind_m=hidden_behind_m)
    _check_size(camera, most_side_px=capabilities.max_size_px)
    hidden = None if hidden_behind_m is None else check_hidden(hidden_behind_m, camera)
    return Request(_checked_pose(world_from_camera), hidden)


def _check_features(
    engine: str, capabilities: Capabilities, scene: Scene, camera: Camera, options: RenderOptions, *, hidden_behind_m: Array | None
) -> None:
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


def _check_size(camera: Camera, *, most_side_px: int) -> None:
    most = min(most_side_px**2, MOST_PIXELS)
    if camera.width_px * camera.height_px > most or max(camera.width_px, camera.height_px) > most_side_px:
        raise LimitError(
            "E_LIMIT_PICTURE",
            "the picture is too large",
            expected=f"at most {most:,} pixels, {most_side_px:,} on a side",
            found=f"{camera.width_px:,} x {camera.height_px:,}",
            hint="Draw it smaller.",
        )


def _checked_pose(world_from_camera: Array) -> Array:
    pose = np.asarray(world_from_camera, np.float64)
    if pose.shape != (4, 4) or not np.isfinite(pose).all() or abs(np.linalg.det(pose)) < 1e-12:
        raise InputError("E_CAMERA_POSE", "the camera has no pose", expected="a finite (4, 4) matrix with an inverse", found=pose.tolist())
    return pose


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
    if scene.lighting.left is not None:
        yield "light_left"
    if options.ambient_occlusion > 0:
        yield "ambient_occlusion"
    if any(cuts_holes(item) for item in scene.items if item.role == "visible"):
        yield "alpha_test"
    if any(node.light is not None for item in scene.items if item.role == "visible" and item.asset.lights for node in item.asset.nodes):
        yield "punctual_lights"


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
