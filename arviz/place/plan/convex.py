"""Simple polygons as a few convex ones."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array

_MANY = 12
_COARSER_M = 0.002
"""Arcs of many corners are told by fewer, which lie outside of them, up to so far."""


def convex_pieces(outline_m: Array) -> list[Array]:
    """Return convex polygons that together are a simple polygon (N, 2), itself where it is convex.

    One of many corners becomes larger first, by up to 4 mm. Triangles are put together as long as they stay convex: at most four
    times as many as can be (Hertel & Mehlhorn 1983, "Fast triangulation of simple polygons").
    """
    import shapely

    polygon = shapely.Polygon(outline_m)
    if polygon.convex_hull.area - polygon.area <= 1e-9:
        return [np.asarray(outline_m)]
    if len(outline_m) > _MANY:
        polygon = polygon.buffer(_COARSER_M, join_style="mitre").simplify(_COARSER_M)
        if polygon.geom_type != "Polygon":
            polygon = polygon.convex_hull
        polygon = shapely.Polygon(polygon.exterior)
    triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(polygon))
    pieces = [shapely.get_coordinates(shapely.orient_polygons(triangle))[:-1] for triangle in triangles]
    joined = True
    while joined:
        joined = False
        for i in range(len(pieces)):
            for j in range(i + 1, len(pieces)):
                both = _joined(pieces[i], pieces[j])
                if both is not None:
                    pieces[i] = both
                    del pieces[j]
                    joined = True
                    break
            if joined:
                break
    return pieces


def _joined(a: Array, b: Array) -> Array | None:
    """Return two polygons, counter-clockwise, as one if they have an edge in common and are convex together."""
    after = {tuple(corner): index for index, corner in enumerate(b.tolist())}
    corners = [tuple(corner) for corner in a.tolist()]
    for index, here in enumerate(corners):
        there = corners[(index + 1) % len(corners)]
        start = after.get(there)
        if start is not None and after.get(here) == (start + 1) % len(b):
            rest = np.roll(b, -(start + 1), axis=0)[1:-1]  # from `here` on, without the two common corners
            ring = np.concatenate([a[: index + 1], rest, a[index + 1 :]])
            return ring if _is_convex(ring) else None
    return None


def _is_convex(ring: Array) -> bool:
    edges = np.roll(ring, -1, axis=0) - ring
    following = np.roll(edges, -1, axis=0)
    return bool((edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0] >= -1e-12).all())
