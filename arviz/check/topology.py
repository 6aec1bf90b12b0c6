"""Edges, shells and volumes of a triangle mesh, vertices at the same place counted as one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array

SAME_PLACE = 1e-6
"""In parts of the diagonal: what float32 coordinates and an exporter's sines and cosines leave between equal places."""


class Topology(NamedTuple):
    """What the edges of a mesh tell.

    `edges`: undirected edges; `odd`: those without exactly two faces; `turned`: those that two faces run through
    in the same direction, so that one of the two faces is wound the wrong way; `inside_out`: closed, consistently
    wound shells whose signed volume is negative; `shells`: connected shells.
    """

    edges: int
    odd: int
    turned: int
    shells: int
    inside_out: int


def topology(positions: Array, triangles: Array) -> Topology:
    """Examine (V, 3) positions and (T, 3) triangles without area-less ones; triangles are counter-clockwise outside."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    corners = welded(positions, triangles)
    points = np.zeros((int(corners.max(initial=-1)) + 1, 3))
    points[corners.reshape(-1)] = np.asarray(positions, np.float64)[triangles.reshape(-1)]
    corners = corners[(corners != np.roll(corners, 1, axis=1)).all(axis=1)].astype(np.int64)
    if not len(corners):
        return Topology(0, 0, 0, 0, 0)
    count = len(points)
    start, end = corners.reshape(-1), np.roll(corners, -1, axis=1).reshape(-1)
    edge, faces = np.unique(np.minimum(start, end) * count + np.maximum(start, end), return_counts=True)
    way, times = np.unique(start * count + end, return_counts=True)
    links = coo_matrix((np.ones(len(start), bool), (start, end)), shape=(count, count))
    _, owner = connected_components(links, directed=False)
    shell = owner[corners[:, 0]]
    # A shell is judged by its volume only where every edge has its two faces, once in each direction.
    open_ = np.zeros(owner.max() + 1, bool)
    open_[owner[edge[faces != 2] // count]] = True
    open_[owner[way[times > 1] // count]] = True
    centred = points - points.mean(axis=0)
    a, b, c = (centred[corners[:, i]] for i in range(3))
    volume = np.bincount(shell, np.einsum("ij,ij->i", a, np.cross(b, c)) / 6, len(open_))
    flat = 1e-9 * float(np.linalg.norm(np.ptp(points, axis=0))) ** 3
    return Topology(
        edges=len(edge),
        odd=int(np.count_nonzero(faces != 2)),
        turned=int(np.count_nonzero(times > 1)),
        shells=len(np.unique(shell)),
        inside_out=int(np.count_nonzero((volume < -flat) & ~open_)),
    )


def welded(positions: Array, triangles: Array) -> Array:
    """Return the (T, 3) corners renumbered so that places closer than `SAME_PLACE` have equal numbers.

    Places are rounded to a grid, so two that straddle a cell's border stay apart: rare, and one open edge more.
    """
    points = np.nan_to_num(np.asarray(positions, np.float64)[triangles.reshape(-1)])
    low = points.min(axis=0, initial=np.inf)
    cell = max(float(np.linalg.norm(points.max(axis=0, initial=-np.inf) - low)) * SAME_PLACE, 1e-300) if len(points) else 1.0
    grid = np.round((points - low) / cell).astype(np.int64)
    _, place = np.unique((grid[:, 0] << 42) | (grid[:, 1] << 21) | grid[:, 2], return_inverse=True)
    out: Array = place.reshape(-1, 3)
    return out
