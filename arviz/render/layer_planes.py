"""The planes of a `Layer` that a request wants, before they are filled."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from arviz.core.frozen import Array
from arviz.render.renderer import RenderOptions


def empty_planes(width_px: int, height_px: int, options: RenderOptions) -> dict[str, Array]:
    """Return the planes of a `Layer` that are wanted, unfilled, by the names of its fields."""
    shape = (height_px, width_px)
    planes: dict[str, tuple[bool, tuple[int, ...], DTypeLike]] = {
        "depth_m": (options.depth, shape, np.float32),
        "normals": (options.normals, (*shape, 3), np.float32),
        "ids": (options.ids, shape, np.int32),
    }
    return {name: np.empty(size, dtype) for name, (wanted, size, dtype) in planes.items() if wanted}
