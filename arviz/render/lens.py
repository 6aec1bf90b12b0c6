"""Pictures of a lens from pictures of a pinhole: which pinhole sees enough, and where in its picture each pixel lies."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import LimitError
from arviz.core.frozen import Array
from arviz.core.lens import coefficients, undistort

MARGIN_PX = 2
"""What the pinhole sees beyond the outermost pixel, for the filter."""
MOST_TIMES = 4.0
"""The pinhole's picture is at most this many times as wide and as high; beyond it, its resolution is lowered."""
WIDEST_RAD = math.radians(80)
"""Directions farther from the axis stay empty: a pinhole's picture grows without end towards 90 degrees."""

MOST_PIXELS = 4096 * 4096
"""Of a picture: its lookup takes 40 bytes a pixel."""
_ROWS = 64
"""Rows looked up at once: in float64 a whole picture would take gigabytes."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Lens:
    """What a distorting camera sees, as a lookup into an ideal one's picture."""

    camera: Camera
    ideal: Camera
    table_px: Array
    """(H + 2, W + 2, 2) float32: where in the ideal picture the centre of each pixel lies, with a border of one pixel; NaN
    where the lens shows nothing."""

    @cached_property
    def nearest(self) -> Array:
        """(h, w) int32: for each pixel of the ideal picture the nearest of the camera's, counted row by row; -1 outside."""
        y, x = np.mgrid[: self.ideal.height_px, : self.ideal.width_px].astype(np.float64)
        rays = np.stack([x, y, np.ones_like(x)], axis=-1).reshape(-1, 3) @ np.linalg.inv(self.ideal.k).T
        with np.errstate(all="ignore"):
            found = self.camera.project_distorted(rays) + 0.5
        width, height = self.camera.width_px, self.camera.height_px
        inside: Array = np.asarray(((found >= 0) & (found < np.array([width, height]))).all(axis=1))
        column, row = np.where(inside[:, None], found, 0).astype(np.int32).T
        return np.where(inside, row * width + column, -1).astype(np.int32).reshape(x.shape)


def lens_of(camera: Camera) -> Lens | None:
    """Return the lookup for a camera, None for one without distortion.

    Raises
    ------
    InputError, LimitError
        Not OpenCV's coefficients; more than `MOST_PIXELS`.
    """
    if coefficients(camera.distortion) is None:
        return None
    if camera.width_px * camera.height_px > MOST_PIXELS:
        raise LimitError(
            "E_LIMIT_PICTURE",
            "the picture is too large for a camera with distortion",
            expected=f"at most {MOST_PIXELS:,} pixels",
            found=f"{camera.width_px:,} x {camera.height_px:,}",
            hint="Draw it smaller, or without distortion.",
        )
    table = np.empty((camera.height_px + 2, camera.width_px + 2, 2), np.float32)
    for top in range(0, len(table), _ROWS):
        table[top : top + _ROWS] = _ideal_pixels(camera, top - 1, min(top + _ROWS, len(table)) - 1)
    inside = np.isfinite(table[..., 0])
    if not inside.any():
        return Lens(camera=camera, ideal=replace(camera, distortion=()), table_px=table)
    low, high = (np.array([f(table[..., axis]) for axis in (0, 1)], np.float64) for f in (np.nanmin, np.nanmax))
    scale = min(1.0, float((MOST_TIMES * np.array([camera.width_px, camera.height_px]) / (high - low + 1)).min()))
    # The two grids fall together around the axis, where a lens changes little: what is looked up there is not blurred.
    axis = camera.k[:2, 2]
    corner = np.floor(low * scale + axis) - axis - MARGIN_PX
    width, height = (np.ceil(high * scale) + MARGIN_PX + 1 - corner).astype(int).tolist()
    k = np.array([[*(camera.k[0, :2] * scale), -corner[0]], [0, camera.k[1, 1] * scale, -corner[1]], [0, 0, 1]])
    ideal = replace(camera, k=k, width_px=width, height_px=height, distortion=())
    table *= np.float32(scale)
    table -= corner.astype(np.float32)
    return Lens(camera=camera, ideal=ideal, table_px=table)


def _ideal_pixels(camera: Camera, first: int, last: int) -> Array:
    """Return (rows, W + 2, 2): pixels from the axis at which a pinhole of the same K sees what is in some rows; NaN for nothing."""
    y, x = np.mgrid[first:last, -1 : camera.width_px + 1].astype(np.float64)
    inverse = np.linalg.inv(camera.k[:2, :2])
    seen = undistort(np.stack([x - camera.k[0, 2], y - camera.k[1, 2]], axis=-1) @ inverse.T, camera.distortion)
    seen[np.hypot(seen[..., 0], seen[..., 1]) > math.tan(WIDEST_RAD)] = np.nan
    out: Array = seen @ camera.k[:2, :2].T
    return out


def seen_by_pinhole(lens: Lens, plane: Array, *, outside: float) -> Array:
    """Return a plane (H, W) of the camera's picture as its ideal pinhole would have it, by nearest pixel."""
    out: Array = np.append(plane.ravel(), plane.dtype.type(outside))[lens.nearest]
    return out
