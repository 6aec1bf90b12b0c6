"""The arrays on which edges are collapsed: points, wedges and triangles.

A *point* is a place in space. A *wedge* is a vertex as glTF stores it: a point with a normal, texture coordinates and
colour (Hoppe, "New quadric metric for simplifying meshes with appearance attributes", 1999). On a seam, a hard edge or
a border of materials several wedges share a point, so that moving the point moves all of them and no crack can open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array


@dataclass(slots=True, kw_only=True)
class Surface:
    """What is being simplified; all arrays change in place or are replaced.

    Parameters
    ----------
    points : ndarray (P, 3) float64
        In units of the whole asset's diagonal, about its centre.
    corners : ndarray (T, 3) int32
        Wedges of each triangle.
    point_of : ndarray (W,) int32
        Of each wedge.
    values : ndarray (W, k) float64
        Attributes in the same unit as `points`: what differs by 1 counts like a place that is off by 1.
    uv : tuple of slice
        Columns of `values` that hold texture coordinates.
    triangle : ndarray (T,) int32
        Number of each triangle in the input.
    uses : ndarray (P,) int32
        How often each point is drawn.
    part : ndarray (T,) int32
        Primitive of each triangle.
    """

    points: Array
    corners: Array
    point_of: Array
    values: Array
    uv: tuple[slice, ...]
    triangle: Array
    uses: Array
    part: Array

    @property
    def triangles(self) -> Array:
        """(T, 3) int32 points of each triangle."""
        return np.asarray(self.point_of[self.corners])

    @property
    def count(self) -> int:
        """How many triangles are drawn."""
        return int(self.uses[self.point_of[self.corners[:, 0]]].sum())

    def drop(self, rows: Array) -> None:
        """Take triangles away."""
        kept = np.ones(len(self.corners), bool)
        kept[rows] = False
        for name in ("corners", "triangle", "part"):
            setattr(self, name, getattr(self, name)[kept])


def normals_of(a: Array, b: Array, c: Array) -> Array:
    """Return (N, 3) normals of triangles as long as twice their areas (`numpy.cross` takes three times as long)."""
    u, v = b - a, c - a
    out = np.empty_like(u)
    out[:, 0] = u[:, 1] * v[:, 2] - u[:, 2] * v[:, 1]
    out[:, 1] = u[:, 2] * v[:, 0] - u[:, 0] * v[:, 2]
    out[:, 2] = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    return out
