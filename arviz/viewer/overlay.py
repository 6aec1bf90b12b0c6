"""What is drawn over a picture: measures as lines and words in its pixels; no Qt in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.flows.preview import Seen, Touched


class Mark(NamedTuple):
    """A line of a picture (pixels, centres at integers) with arrow heads, and what stands at its middle."""

    start: tuple[float, float]
    end: tuple[float, float]
    text: str
    kind: str
    """``dimension`` or ``ruler``."""


def dimension_marks(seen: Seen, size_m: Sequence[float]) -> tuple[Mark, ...]:
    """Return width, depth and height of a product on the edges of its box that the eye sees best.

    Parameters
    ----------
    size_m : (3,) float
        x, y, z.
    """
    low, high = np.asarray(seen.box_m, np.float64)
    eye = seen.world_from_camera[:3, 3]
    near = np.where(eye > (low + high) / 2, high, low)
    far = low + high - near
    front, side = (low[0], low[1], near[2]), (near[0], low[1], low[2])
    edges = (
        (front, (high[0], low[1], near[2]), size_m[0]),
        (side, (near[0], low[1], high[2]), size_m[2]),
        # The upright edge at the end of the front one that is not in the middle of the picture.
        ((far[0], low[1], near[2]), (far[0], high[1], near[2]), size_m[1]),
    )
    marks = (_mark(seen, start, end, f"{length * 1000:.0f} mm", "dimension") for start, end, length in edges)
    return tuple(mark for mark in marks if mark is not None)


def ruler_marks(seen: Seen, ruler: Sequence[Touched]) -> tuple[Mark, ...]:
    """Return the distance between two points with its standard deviation; one point alone is a dot without words."""
    if not ruler:
        return ()
    start, end = ruler[0], ruler[-1]
    length = float(np.linalg.norm(np.subtract(start.point_m, end.point_m)))
    sigma = float(np.hypot(start.sigma_m, end.sigma_m))
    text = f"{length * 1000:.0f} ± {max(sigma * 1000, 0.5):.0f} mm" if len(ruler) > 1 else ""
    mark = _mark(seen, start.point_m, end.point_m, text, "ruler")
    return () if mark is None else (mark,)


def _mark(seen: Seen, start: Sequence[float], end: Sequence[float], text: str, kind: str) -> Mark | None:
    """Return a line of the world as the picture shows it, None where it is not before the eye."""
    points = _pixels(seen, np.array([start, end], np.float64))
    if points is None:
        return None
    (x0, y0), (x1, y1) = points.tolist()
    return Mark((x0, y0), (x1, y1), text, kind)


def _pixels(seen: Seen, points_m: Array) -> Array | None:
    pose = seen.world_from_camera
    local = (points_m - pose[:3, 3]) @ pose[:3, :3]
    if (local[:, 2] <= 0).any():
        return None
    projected = local @ seen.camera.k.T
    out: Array = projected[:, :2] / projected[:, 2:]
    return out
