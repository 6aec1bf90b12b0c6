"""The floor's outline and the walls on it: through places that the user points at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.vision.photo.floor import CLICK_SIGMA_PX, PhotoFloor, check_floor_points

_BORDER = 0.01
"""Of the longer side: places this near to the picture's border say where the picture ends, not where the floor does."""


class FloorOutline(NamedTuple):
    """Where the floor ends, in pixels."""

    points_px: Array
    """(N, 2) corners in turn."""
    is_wall: Array
    """(N,) bool: does a wall stand on the side from corner k to k + 1?"""
    sigma_px: float
    confidence: float
    source: str
    """``given`` or ``photo``."""


def given_outline(points_px: Array, *, floor: PhotoFloor) -> FloorOutline:
    """Return the outline through (N >= 3, 2) places on the floor that the user gives in turn.

    Sides of which both ends touch the picture's border are where the picture ends: no wall stands there.

    Raises
    ------
    InputError
        ``E_FLOOR_POINTS``: fewer than three places, or sides that cross; ``E_POINT_OUTSIDE``, ``E_POINT_ABOVE_HORIZON``.
    """
    points = np.asarray(points_px, np.float64).reshape(-1, 2)
    points = check_floor_points(points, floor=floor) if len(points) else points
    if len(points) < 3 or _crosses(points) or polygon_area(points) < 1:
        raise InputError(
            "E_FLOOR_POINTS",
            "the points do not go around a piece of floor",
            expected="three or more corners of the floor in turn",
            found=f"{len(points)} points" if len(points) < 3 else "sides that cross, or points on one line",
            hint="Go around the floor along its edges, one way.",
        )
    camera = floor.camera
    margin = _BORDER * max(camera.width_px, camera.height_px)
    x, y = points.T
    edges = np.stack([x < margin, y < margin, x > camera.width_px - 1 - margin, y > camera.height_px - 1 - margin])
    at_border = edges.any(axis=0)
    return FloorOutline(points, ~(at_border & np.roll(at_border, -1)), CLICK_SIGMA_PX, 0.9, "given")


def polygon_area(points: Array) -> float:
    """Return the area of a polygon (N, 2)."""
    x, y = points.T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def _crosses(points: Array) -> bool:
    """Tell whether two sides of a polygon cross that share no corner."""
    ends = np.roll(points, -1, axis=0)

    def side(a: Array, b: Array, c: Array) -> float:
        return float(np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])))

    count = len(points)
    for i in range(count):
        for j in range(i + 2, count - (i == 0)):
            a, b, c, d = points[i], ends[i], points[j], ends[j]
            if side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0:
                return True
    return False
