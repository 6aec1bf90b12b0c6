"""How near two items come to each other, with a bound on the error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.render.embree import Embree
from arviz.render.rays import RayScene

TOLERANCE_M = 1e-3
_MOST_TRIANGLES = 100_000
"""Pieces looked at at once; two parallel faces need many."""


class Clearance(NamedTuple):
    """The least distance between the surfaces of two items; it says nothing about one lying inside the other."""

    distance_m: float
    """Between the two points: the true distance is at most this, and inf where an item has no surface."""
    error_m: float
    """The true distance is at least ``distance_m - error_m``."""
    point_a_m: Array
    """(3,) on the first item, in the world."""
    point_b_m: Array
    """(3,) on the second."""


def clearance(rays: RayScene, a: int, b: int, *, tolerance_m: float = TOLERANCE_M, most: int = _MOST_TRIANGLES) -> Clearance:
    """Return how near the surfaces of items `a` and `b` come, to `tolerance_m` where `most` pieces of triangles suffice.

    Branch and bound: a triangle whose nearest corner is d from the other item holds no point nearer than d - L / sqrt(3),
    for no point of a triangle with longest side L is farther from its nearest corner. Triangles that may hold the least
    distance are cut in four.
    """
    soup = rays.soup
    ours, theirs = soup.triangles[rays.triangles_of(a)], soup.triangles[rays.triangles_of(b)]
    nowhere = np.full(3, np.inf)
    if not len(ours) or not len(theirs):
        return Clearance(np.inf, 0.0, nowhere, nowhere)
    embree = Embree(soup.vertices, theirs)
    corners = soup.vertices[ours].astype(np.float64)
    best, here, there, certain = np.inf, nowhere, nowhere, np.inf
    while len(corners):
        points = corners.reshape(-1, 3)
        near, _ = embree.closest(points)
        distance = np.linalg.norm(near - points, axis=1)
        at = int(distance.argmin())
        if distance[at] < best:
            best, here, there = float(distance[at]), points[at], near[at]
        sides = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
        least = np.maximum(distance.reshape(-1, 3).min(axis=1) - sides / np.sqrt(3), 0)
        open_ = least < best - tolerance_m
        certain = min(certain, float(least[~open_].min(initial=np.inf)))
        corners = corners[open_]
        if 4 * len(corners) > most:
            certain = min(certain, float(least[open_].min()))
            break
        corners = _quartered(corners)
    embree.close()
    return Clearance(best, max(best - certain, 0.0), here + soup.centre, there + soup.centre)


def _quartered(corners: Array) -> Array:
    """Return (4 N, 3, 3) triangles from (N, 3, 3), cut at the middles of the sides."""
    a, b, c = np.moveaxis(corners, 1, 0)
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    out: Array = np.concatenate([np.stack(triangle, axis=1) for triangle in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    return out
