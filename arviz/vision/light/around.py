"""What the surfaces around a place send to it: planes in the photo's colours, and a guess at those that it does not show."""

from __future__ import annotations

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.room import Room
from arviz.vision.light.samples import Patches, meets

_REACH = 0.22
"""Distance at which a patch counts a quarter of what it does in place, in sizes of what is seen of the room."""
_MEAN = 0.1
"""Of how many patches in place the plane's mean has the weight."""
_SHELL = ("floor", "wall", "ceiling")


def around(every: Patches, at_m: Array, room: Room, directions: Array) -> Array:
    """Return the radiance (D, 3) that surfaces send to a place from (D, 3) directions; lamps and windows are not in it.

    Where a direction meets a plane of the room, the patches that the photo shows there, the nearest most; its other surfaces
    are as bright as those of their kind, or as all that is seen; a ceiling that it does not show is grey. Floor, walls and ceiling
    go on past what is seen of them. What is white counts as white: without the sun's spots rooms would be darker than they are.
    """
    mean = every.rgb.mean(axis=0)
    kinds = np.array([room.planes[p].kind for p in every.plane])
    means = {"floor": mean, "wall": mean, "ceiling": np.full(3, mean @ LUMINANCE)}
    means |= {kind: every.rgb[kinds == kind].mean(axis=0) for kind in _SHELL if (kinds == kind).any()}
    out: Array = np.where(directions[:, 1:2] > 0.5, means["ceiling"], np.where(directions[:, 1:2] < -0.3, means["floor"], means["wall"]))
    distance, hit = np.full(len(directions), np.inf), np.full(len(directions), -1)
    for index, plane in enumerate(room.planes):
        here = meets(plane, at_m, directions, endless=plane.kind in _SHELL)
        nearer = here < distance
        distance[nearer], hit[nearer] = here[nearer], index
    size = float(np.ptp(every.points_m, axis=0).max())
    for index in np.unique(every.plane):
        rows, own = np.flatnonzero(hit == index), np.flatnonzero(every.plane == index)
        if not len(rows):
            continue
        points = at_m + directions[rows] * distance[rows, None]
        square = ((points[:, None] - every.points_m[own]) ** 2).sum(axis=-1) / ((_REACH * size) ** 2 + 1e-12)
        weight = 1 / (1 + square) ** 2
        weight += _MEAN / len(own)
        out[rows] = weight @ every.rgb[own] / weight.sum(axis=1, keepdims=True)
    return out
