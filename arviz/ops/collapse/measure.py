"""How far a simplified surface is from its input, and how far pictures slipped on it."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.ops.collapse.nearest import Groups, Nearest, nearest
from arviz.ops.collapse.rounds import Progress
from arviz.ops.collapse.surface import Surface

_AT_ONCE = 1 << 16


def deviations(progress: Progress) -> Array:
    """Return (N,): distances of the points of the input from the surface, at most a little too large."""
    used = np.unique(progress.input_point_of[progress.used_wedges])
    if progress.watch is not None:
        return np.asarray(np.sqrt(progress.watch.squared[used]))
    surface = progress.surface
    found = _found(progress.input_points[used], _last(progress.into)[used], surface, surface.triangles)
    return np.asarray(np.sqrt(found.squared[found.row >= 0]))


def slips(progress: Progress) -> Array:
    """Return (N,): how far each vertex of the input lies from where its texture coordinates are now, in the unit of `values`.

    Of vertices whose part of the picture is still shown.
    """
    surface = progress.surface
    if not surface.uv:
        return np.zeros(0)
    wedges = progress.used_wedges
    places = progress.input_points[progress.input_point_of[wedges]]
    found = _found(places, _last(progress.wedge_into)[wedges], surface, surface.corners)
    wedges, found = wedges[found.row >= 0], found.of(found.row >= 0)
    now = np.einsum("nc,ncu->nu", found.weights, surface.values[surface.corners[found.row]][:, :, surface.uv[0]])
    return np.asarray(np.linalg.norm(now - progress.input_uv[wedges], axis=1))


def _found(points: Array, start: Array, surface: Surface, corners: Array) -> Nearest:
    """Return the nearest of the triangles round the `start` of each point, then of those round the corner nearest to it, while that helps.

    `corners` (T, 3) are points of the surface, or wedges: then the search stays on one side of every seam.
    """
    around = Groups(corners.ravel(), count=len(surface.point_of), per=3)
    places = surface.points[surface.triangles]
    found = nearest(points, start, places, around)
    rows = np.flatnonzero(found.row >= 0)
    for first in range(0, len(rows), _AT_ONCE):
        _walk(points, found, places, corners, around, rows[first : first + _AT_ONCE])
    return found


def _walk(points: Array, found: Nearest, places: Array, corners: Array, around: Groups, active: Array) -> None:
    """Go on from what was found for the `active` points, while that comes nearer."""
    while len(active):
        corner = corners[found.row[active], found.weights[active].argmax(axis=1)]
        further = nearest(points[active], corner, places, around)
        better = further.squared < found.squared[active]
        active, further = active[better], further.of(better)
        for of, to in zip(further, found, strict=True):
            to[active] = of


def _last(into: Array) -> Array:
    """Return where each number ends that points to another, which points to another."""
    while True:
        further = into[into]
        if np.array_equal(further, into):
            return into
        into = further
