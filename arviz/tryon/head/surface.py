"""How far points are from the skin of a head: `Skin`."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.head_model import head_model


class Skin:
    """The skin of a head as points with normals, close enough together that planes at them are the surface.

    The fine mesh has a point each 1 to 2 mm at nose and ears; a plane at the nearest one is off by less than 0.1 mm there.

    Parameters
    ----------
    points_m, normals : ndarray (N, 3)
        Fine points of `arviz.core.head_model`.
    ears : bool
        Whether ears count: temples pass between them and the head.
    """

    def __init__(self, points_m: Array, normals: Array, *, ears: bool) -> None:
        from scipy.spatial import cKDTree

        used = _used(ears)
        self.points, self.normals = points_m[used], normals[used]
        self._tree: Any = cKDTree(self.points)

    def distance(self, points: Array) -> tuple[Array, Array]:
        """Return the distance (N,) of points (N, 3) from the skin, negative inside, and the skin's normal (N, 3) there."""
        nearest = self._tree.query(points)[1]
        normals = self.normals[nearest]
        return ((points - self.points[nearest]) * normals).sum(1), normals


def _used(ears: bool) -> Array:
    """Return the points (N,) of the outer skin."""
    model = head_model()
    points = np.unique(model.fine_triangles("skin"))
    hidden = model.finer(model.masks["inside-mouth"])[points] > 0.5
    if not ears:
        hidden |= model.finer(model.masks["ears"])[points] > 0.3
    out: Array = points[~hidden]
    return out
