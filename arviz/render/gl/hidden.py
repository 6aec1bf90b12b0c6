"""What the depth of a photo hides: a soft test per fragment against a float texture of the picture's size.

A depth image is noisy and its edges lie a pixel off, so a hard test would leave holes and crumbs: a surface is whole up to
`TOLERANCE_M` behind the photo's depth and gone `SOFT_M` later (measured on a depth image with 4 mm noise).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.render.gl.inputs import Inputs
from arviz.render.lens import Lens, seen_by_pinhole

TOLERANCE_M = 0.01
SOFT_M = 0.03
_UNKNOWN_M = 1e30
"""Depth where the photo has none: hides nothing."""


def check_hidden(hidden_behind_m: Array, camera: Camera) -> Array:
    """Return the depth as (H, W) float32 with what is unknown far away.

    Raises
    ------
    InputError
        ``E_HIDDEN_SIZE``: not the picture's size.
    """
    depth = np.asarray(hidden_behind_m, np.float32)
    if depth.shape != (camera.height_px, camera.width_px):
        raise InputError(
            "E_HIDDEN_SIZE",
            "the photo's depth has another size than the picture",
            expected=f"{camera.width_px} x {camera.height_px}",
            found=" x ".join(map(str, depth.shape[::-1])),
            hint="Resize the depth to the camera's picture, by nearest pixel.",
        )
    return np.where(np.isfinite(depth) & (depth > 0), depth, np.float32(_UNKNOWN_M))


@contextmanager
def hidden_inputs(context: Any, hidden_behind_m: Array | None, camera: Camera, lens: Lens | None) -> Iterator[Inputs]:
    """Give what `hidden.glsl` needs; nothing for None. The depth belongs to `camera`, with its distortion."""
    if hidden_behind_m is None:
        yield Inputs()
        return
    depth = check_hidden(hidden_behind_m, camera)
    if lens is not None:
        depth = seen_by_pinhole(lens, depth, outside=_UNKNOWN_M)
    height, width = depth.shape
    texture = context.texture((width, height), 1, np.ascontiguousarray(depth[::-1], np.float32).tobytes(), dtype="f4")
    texture.filter = context.NEAREST, context.NEAREST
    texture.repeat_x = texture.repeat_y = False
    try:
        defines = {"HIDDEN": "1", "HIDDEN_TOLERANCE_M": str(TOLERANCE_M), "HIDDEN_SOFT_M": str(SOFT_M)}
        yield Inputs(defines=defines, textures={"hidden_behind": (texture, None)})
    finally:
        texture.release()
