"""How far points are from the skin of a head: `Skin`."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.head_model import head_model
from arviz.tryon.head.fitted import FittedHead


class Skin:
    """The skin of a head without its ears, between which and the head temples pass; points with normals.

    A plane at the nearest point stands for the surface: the fine mesh has one each 1 to 2 mm at the nose, so that planes are off
    by less than 0.1 mm there.

    Parameters
    ----------
    head : FittedHead
    low_m : float
        What is lower in the head's frame does not count.
    """

    def __init__(self, head: FittedHead, *, low_m: float) -> None:
        from scipy.spatial import cKDTree

        used = _outer()
        used = used[head.points_m[used, 1] > low_m]
        self.points, self.normals = head.points_m[used], head.normals[used]
        self._tree: Any = cKDTree(self.points)

    def distance(self, points: Array) -> tuple[Array, Array]:
        """Return the distance (N,) of points (N, 3) from the skin, negative inside, and the skin's normal (N, 3) there."""
        nearest = self._tree.query(points)[1]
        normals = self.normals[nearest]
        return ((points - self.points[nearest]) * normals).sum(1), normals


@cache
def _outer() -> Array:
    """Return the points (N,) of the skin that is neither ear nor inside of the mouth."""
    model = head_model()
    points = np.unique(model.fine_triangles("skin"))
    inside = model.finer(model.masks["inside-mouth"])[points] > 0.5
    ears = model.finer(model.masks["ears"])[points] > 0.3
    out: Array = points[~inside & ~ears]
    return out
