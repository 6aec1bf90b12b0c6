"""Which triangles anybody can see from outside, and the nearest place that faces the same way: rays and distances by Embree."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.triangles import face_vectors, unit
from arviz.ops.texels import Rays, hemisphere

_RAYS = 24
_FEW, _MANY = 2, 10
"""Places along a side of a triangle that it is looked from: first few; where these are dark and it is large, many."""
_LARGE = 0.02
"""Of the diagonal: the longest side from which on a triangle is large."""
_LIFT = 1e-4
"""Of the diagonal: where rays begin, above the rounding of the surface."""
_AT_ONCE = 2_000_000
_CUBE = np.array(np.meshgrid(*[[-1.0, 0.0, 1.0]] * 3)).reshape(3, -1).T
_DIRECTIONS = unit(_CUBE[np.isin(np.abs(_CUBE).sum(axis=1), (1, 3))])
"""To the faces and corners of a cube: fourteen, none further than 28 degrees from any direction."""
_ALIKE = 0.2
"""Least cosine between a face and the direction of a group that it is in."""


def seen(points: Array, triangles: Array, *, both_sides: bool) -> Array:
    """Return (T,) bool: light from outside comes to a triangle's front, or with `both_sides` to either side.

    Places of each are looked from along rays that spread as the cosine wants. What is seen through a gap smaller than these lie apart
    is missed.
    """
    rays, corners = Rays(points, triangles), points[triangles]
    normals = unit(face_vectors(points, triangles))
    diagonal = float(np.linalg.norm(np.ptp(points, axis=0)))
    large = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1) > _LARGE * diagonal
    out = np.zeros(len(triangles), bool)
    for side in (1.0, -1.0)[: 1 + both_sides]:
        for count, chosen in ((_FEW, np.ones_like(out)), (_MANY, large)):
            for weights in _lattice(count):
                dark = np.flatnonzero(~out & chosen & normals.any(axis=1))
                places = np.einsum("tij,i->tj", corners[dark], weights)
                out[dark] = _open(rays, places, side * normals[dark], _LIFT * diagonal)
    return out


def _lattice(count: int) -> Array:
    """Return (N, 3) barycentric weights of places spread evenly inside a triangle, `count` along each side."""
    i, j = (each.reshape(-1) for each in np.mgrid[:count, :count])
    inside = i + j < count
    steps = np.stack([i, j, count - 1 - i - j], axis=1)[inside]
    out: Array = (steps + 1 / 3) / count
    return out


def _open(rays: Rays, places: Array, normals: Array, lift: float) -> Array:
    """Return (N,) bool: some ray from a place leaves the product."""
    helper = np.where(np.abs(normals[:, :1]) < 0.9, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    t = unit(np.cross(normals, helper))
    frames = np.stack([t, np.cross(normals, t), normals], axis=1)
    out = np.zeros(len(places), bool)
    step = max(_AT_ONCE // _RAYS, 1)
    for begin in range(0, len(places), step):
        rows = slice(begin, begin + step)
        outward = np.einsum("rk,nkj->nrj", hemisphere(_RAYS), frames[rows]).reshape(-1, 3)
        start = np.repeat(places[rows] + lift * normals[rows], _RAYS, axis=0)
        out[rows] = ~rays.blocked(start, outward, reach=np.inf).reshape(-1, _RAYS).all(axis=1)
    return out


class Facing:
    """Finds the nearest place of a surface among the triangles that face about the same way: an inner wall is not its outer one."""

    def __init__(self, points: Array, triangles: Array) -> None:
        self._normals, self._rays = unit(face_vectors(points, triangles)), Rays(points, triangles)
        facing = self._normals @ _DIRECTIONS.T > _ALIKE
        everything = np.arange(len(triangles))
        self._groups = [np.flatnonzero(facing[:, i]) for i in range(len(_DIRECTIONS))]
        self._groups = [rows if len(rows) else everything for rows in self._groups]
        self._points, self._triangles = points, triangles

    def outermost(self, places: Array, normals: Array, *, reach: float) -> tuple[Array, Array]:
        """Return the triangle (N,) and (N, 3) weights there that is seen first from `reach` above each place; the nearest if none is."""
        distance, met, weights = self._rays.first(places + reach * normals, -normals)
        found = np.flatnonzero(distance <= 2 * reach)
        found = found[np.einsum("ij,ij->i", self._normals[met[found].astype(np.int64)], normals[found]) > _ALIKE]
        triangle = met.astype(np.int64)
        rest = np.setdiff1d(np.arange(len(places)), found)
        triangle[rest], weights[rest] = self.nearest(places[rest], normals[rest])
        return triangle, weights

    def nearest(self, places: Array, normals: Array) -> tuple[Array, Array]:
        """Return the triangle (N,) and (N, 3) weights there for each place that looks along a normal (N, 3)."""
        triangle, weights = np.zeros(len(places), np.int64), np.zeros((len(places), 3))
        group = (normals @ _DIRECTIONS.T).argmax(axis=1)
        for number in np.unique(group):
            rows, faces = np.flatnonzero(group == number), self._groups[number]
            found, weights[rows] = Rays(self._points, self._triangles[faces]).nearest(places[rows])
            triangle[rows] = faces[found]
        return triangle, weights
