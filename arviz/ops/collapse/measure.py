"""How far a simplified surface is from its input, and how far pictures slipped on it."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.ops.collapse.nearest import Groups, nearest
from arviz.ops.collapse.rounds import Progress


def deviations(progress: Progress) -> Array:
    """Return (N,): distances of the points of the input from the surface, at most a little too large.

    From the triangles round what a point became the search goes on to those round the corner nearest to it, while that helps.
    """
    surface = progress.surface
    used = np.unique(progress.input_point_of[progress.used_wedges])
    if progress.watch is not None:
        return np.asarray(np.sqrt(progress.watch.squared[used]))
    triangles = surface.triangles
    around = Groups(triangles.ravel(), count=len(surface.points), per=3)
    found = nearest(progress.input_points[used], _last(progress.into)[used], surface.points[triangles], around)
    points, found = progress.input_points[used[found.row >= 0]], found.of(found.row >= 0)
    row, squared, weights = found
    active = np.arange(len(points))
    while len(active):
        corner = triangles[row[active], weights[active].argmax(axis=1)]
        further = nearest(points[active], corner, surface.points[triangles], around)
        better = further.squared < squared[active]
        active, further = active[better], further.of(better)
        row[active], squared[active], weights[active] = further
    return np.asarray(np.sqrt(squared))


def slips(progress: Progress) -> Array:
    """Return (N,): how far each vertex of the input lies from where its texture coordinates are now, in the unit of `values`.

    Of vertices whose part of the picture is still shown.
    """
    surface = progress.surface
    if not surface.uv:
        return np.zeros(0)
    wedges = progress.used_wedges
    around = Groups(surface.corners.ravel(), count=len(surface.point_of), per=3)
    places = progress.input_points[progress.input_point_of[wedges]]
    found = nearest(places, _last(progress.wedge_into)[wedges], surface.points[surface.triangles], around)
    wedges, found = wedges[found.row >= 0], found.of(found.row >= 0)
    columns = surface.uv[0]
    now = np.einsum("nc,ncu->nu", found.weights, surface.values[surface.corners[found.row]][:, :, columns])
    return np.asarray(np.linalg.norm(now - progress.input_uv[wedges], axis=1))


def _last(into: Array) -> Array:
    """Return where each number ends that points to another, which points to another."""
    while True:
        further = into[into]
        if np.array_equal(further, into):
            return into
        into = further
