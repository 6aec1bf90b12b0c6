"""Pictures of a lens from pictures of a pinhole: which pinhole sees enough, and where in its picture each pixel lies."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.lens import coefficients, undistort

MARGIN_PX = 2
"""What the pinhole sees beyond the outermost pixel, for the filter."""
MOST_TIMES = 4.0
"""The pinhole's picture is at most this many times as wide and as high; beyond it, its resolution is lowered."""
WIDEST_RAD = math.radians(80)
"""Directions farther from the axis stay empty: a pinhole's picture grows without end towards 90 degrees."""


class Lens(NamedTuple):
    """What a distorting camera sees, as a lookup into an ideal one's picture."""

    ideal: Camera
    table_px: Array
    """(H + 2, W + 2, 2) float32: where in the ideal picture the centre of each pixel lies, with a border of one pixel; NaN
    where the lens shows nothing."""


def lens_of(camera: Camera) -> Lens | None:
    """Return the lookup for a camera, None for one without distortion."""
    if coefficients(camera.distortion) is None:
        return None
    y, x = np.mgrid[-1 : camera.height_px + 1, -1 : camera.width_px + 1].astype(np.float64)
    inverse = np.linalg.inv(camera.k[:2, :2])
    seen = undistort(np.stack([x - camera.k[0, 2], y - camera.k[1, 2]], axis=-1) @ inverse.T, camera.distortion)
    seen[np.hypot(seen[..., 0], seen[..., 1]) > math.tan(WIDEST_RAD)] = np.nan
    pixels = seen @ camera.k[:2, :2].T
    inside = pixels[np.isfinite(pixels).all(axis=-1)]
    if not len(inside):
        return Lens(replace(camera, distortion=()), pixels.astype(np.float32))
    low, high = inside.min(axis=0), inside.max(axis=0)
    scale = min(1.0, float((MOST_TIMES * np.array([camera.width_px, camera.height_px]) / (high - low + 1)).min()))
    corner = np.floor(low * scale) - MARGIN_PX
    width, height = (np.ceil(high * scale) + MARGIN_PX + 1 - corner).astype(int).tolist()
    k = np.array([[*(camera.k[0, :2] * scale), -corner[0]], [0, camera.k[1, 1] * scale, -corner[1]], [0, 0, 1]])
    ideal = replace(camera, k=k, width_px=width, height_px=height, distortion=())
    return Lens(ideal, (pixels * scale - corner).astype(np.float32))


def seen_by_pinhole(lens: Lens, camera: Camera, plane: Array) -> Array:
    """Return a plane (H, W) of the camera's picture as its ideal pinhole would have it, by nearest pixel; NaN outside."""
    y, x = np.mgrid[: lens.ideal.height_px, : lens.ideal.width_px].astype(np.float64)
    inverse = np.linalg.inv(lens.ideal.k)
    rays = np.stack([x, y, np.ones_like(x)], axis=-1).reshape(-1, 3) @ inverse.T
    with np.errstate(all="ignore"):
        found = camera.project_distorted(rays)
    inside: Array = np.asarray(((found >= -0.5) & (found <= np.array([camera.width_px, camera.height_px]) - 0.5)).all(axis=1))
    column, row = np.where(inside[:, None], found + 0.5, 0).astype(int).T
    height, width = plane.shape
    out = np.where(inside, plane[np.minimum(row, height - 1), np.minimum(column, width - 1)], np.nan)
    return out.reshape(lens.ideal.height_px, lens.ideal.width_px)
