"""Flat surfaces that captures state as polygons or rectangles: into planes with the normal on the side of the room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array

_LEAST_AREA_M2 = 1e-4


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Flat:
    """A plane through a polygon: ``normal . x + offset_m = 0``, the outline counter-clockwise against the normal, on it."""

    normal: Array
    offset_m: float
    outline_m: Array


def flat(corners_m: Array, *, into: Array) -> Flat | None:
    """Return the plane of (N, 3) corners whose normal has a part along `into`; None if they span no area.

    The normal is the sum of the cross products along the outline (Newell), so that one corner off the plane tilts it least.
    """
    corners = np.asarray(corners_m, np.float64)
    if len(corners) < 3 or not np.isfinite(corners).all() or np.abs(corners).max() > 1e5:
        return None
    middle = corners.mean(axis=0)
    around = corners - middle
    normal = np.cross(around, np.roll(around, -1, axis=0)).sum(axis=0)
    length = float(np.linalg.norm(normal))
    if length < 2 * _LEAST_AREA_M2:
        return None
    normal = normal / length
    if normal @ into < 0:
        normal, around = -normal, around[::-1]
    around = around - np.outer(around @ normal, normal)
    return Flat(normal=normal, offset_m=-float(normal @ middle), outline_m=middle + around)


def rectangle(transform: Array, width_m: float, height_m: float) -> Array:
    """Return the (4, 3) corners of a rectangle in the x, y plane of a (4, 4) transform."""
    x, y = width_m / 2, height_m / 2
    return placed(np.array([[-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]]), transform)


def placed(points: Array, transform: Array) -> Array:
    """Return (N, 3) local points in the world."""
    out: Array = np.asarray(points, np.float64) @ transform[:3, :3].T + transform[:3, 3]
    return out


def inside(points: Array, polygon: Array) -> Array:
    """Tell which (N, 2) points lie in a (M, 2) polygon: an odd number of its edges crosses a ray from them (Shimrat 1962)."""
    x, y = points[:, 0, None], points[:, 1, None]
    a, b = polygon, np.roll(polygon, -1, axis=0)
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    rise = np.where(a[:, 1] == b[:, 1], 1.0, b[:, 1] - a[:, 1])
    crossing = a[:, 0] + (y - a[:, 1]) / rise * (b[:, 0] - a[:, 0])
    out: Array = (spans & (x < crossing)).sum(axis=1) % 2 == 1
    return out
