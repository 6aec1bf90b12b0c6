"""Flat convex polygons cut by half-spaces: how walls get their openings and attics their slopes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from arviz.core.frozen import Array

_EMPTY = np.zeros((0, 3))
_SLIVER_M2 = 1e-8


def rectangle(corner_m: Array, along_m: Array, up_m: Array) -> Array:
    """Return the (4, 3) rectangle from a corner and two edges; its normal is ``cross(along, up)``."""
    corner, along, up = (np.asarray(v, np.float64) for v in (corner_m, along_m, up_m))
    return np.stack([corner, corner + along, corner + along + up, corner + up])


def clip(polygon: Array, normal: Array, offset_m: float) -> Array:
    """Return the part of a convex (N, 3) polygon where ``normal . x + offset_m >= 0`` (Sutherland & Hodgman 1974)."""
    if not len(polygon):
        return _EMPTY
    side = polygon @ np.asarray(normal) + offset_m
    side = np.where(np.abs(side) < 1e-9, 0.0, side)
    out: list[Array] = []
    for here, there, a, b in zip(polygon, np.roll(polygon, -1, axis=0), side, np.roll(side, -1), strict=True):
        if a >= 0:
            out.append(here)
        if a * b < 0:
            out.append(here + (there - here) * (a / (a - b)))
    clipped = np.array(out) if len(out) >= 3 else _EMPTY
    return clipped if area_m2(clipped) > _SLIVER_M2 else _EMPTY


def cut(pieces: Iterable[Array], hole: Array) -> list[Array]:
    """Return convex pieces that cover what `pieces` cover without the convex `hole` on the same plane."""
    normal = newell(hole)
    out: list[Array] = []
    for piece in pieces:
        rest = piece
        for here, there in zip(hole, np.roll(hole, -1, axis=0), strict=True):
            inward = np.cross(normal, there - here)
            inward /= np.linalg.norm(inward)
            outside = clip(rest, -inward, float(inward @ here))
            if len(outside):
                out.append(outside)
            rest = clip(rest, inward, -float(inward @ here))
    return out


def newell(polygon: Array) -> Array:
    """Return the unit normal of an (N, 3) polygon, towards an eye that sees it counter-clockwise."""
    total = np.cross(polygon - polygon[0], np.roll(polygon, -1, axis=0) - polygon[0]).sum(axis=0)
    out: Array = total / np.linalg.norm(total)
    return out


def area_m2(polygon: Array) -> float:
    """Return the area of an (N, 3) polygon."""
    if len(polygon) < 3:
        return 0.0
    corners = polygon - polygon[0]
    return float(np.linalg.norm(np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0)) / 2)


def in_polygon(corners: Array, x: Array, z: Array) -> Array:
    """Tell (N,) which points (x, z) lie in a polygon (M, 2): a ray along +x crosses its edges an odd number of times."""
    (ax, az), (bx, bz) = corners.T[..., None], corners[np.arange(1, len(corners) + 1) % len(corners)].T[..., None]
    spans = (az > z) != (bz > z)
    crossing = ax + (z - az) / np.where(spans, bz - az, 1.0) * (bx - ax)
    out: Array = (spans & (crossing > x)).sum(axis=0) % 2 == 1
    return out
