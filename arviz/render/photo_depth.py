"""The depth of a photo that hides what lies behind it: its form, and how softly it hides.

A depth image is noisy and its edges lie a pixel off, so a hard test would leave holes and crumbs: a surface is whole up to
`TOLERANCE_M` behind the photo's depth and gone `SOFT_M` later (measured on a depth image with 4 mm noise).
"""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array

TOLERANCE_M = 0.01
SOFT_M = 0.03
UNKNOWN_M = 1e30
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
    return np.where(np.isfinite(depth) & (depth > 0), depth, np.float32(UNKNOWN_M))
