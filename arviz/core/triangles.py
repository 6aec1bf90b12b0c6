"""Triangle arithmetic that readers and operations share."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array


def face_vectors(points: Array, triangles: Array) -> Array:
    """Return (T, 3) float64 normals whose length is twice each triangle's area; `points` (V, 3), `triangles` (T, 3)."""
    a, b, c = (np.asarray(points, np.float64)[triangles[:, i]] for i in range(3))
    out: Array = np.cross(b - a, c - a)
    return out


def unit(vectors: Array) -> Array:
    """Return (N, 3) vectors at length 1; those without a length stay zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    out: Array = np.divide(vectors, length, out=np.zeros_like(vectors, np.float64), where=length > 0)
    return out


def corner_angles(points: Array, triangles: Array) -> Array:
    """Return (T, 3) float64: the inner angle at each corner in radians, 0 where a side has no length."""
    corners = np.asarray(points, np.float64)[triangles]
    forth = np.roll(corners, -1, axis=1) - corners
    back = np.roll(corners, 1, axis=1) - corners
    sine = np.linalg.norm(np.cross(forth, back), axis=2)
    out: Array = np.arctan2(sine, np.einsum("tij,tij->ti", forth, back))
    return out


def sum_per(vectors: Array, owner: Array, *, count: int) -> Array:
    """Return (count, 3) float64: the sum of the `vectors` (N, 3) of each `owner` (N,), added in their order."""
    return np.stack([np.bincount(owner, vectors[:, i], count) for i in range(3)], axis=1)


def shell_count(triangles: Array, place: Array) -> int:
    """Return the number of connected shells of (T, 3) corners; vertices with the same `place` (V,) are one.

    Smallest labels spread along edges and jump to their own label's label (Shiloach and Vishkin 1982), so that a
    strip of n triangles needs about log n rounds. scipy.sparse.csgraph does the same, but importing it costs more than all
    of a conversion's other work on a small product.
    """
    corners = place[triangles]
    used = np.flatnonzero(np.bincount(corners.reshape(-1)))  # np.unique would import numpy.ma, 20 ms
    label = np.arange(int(place.max(initial=-1)) + 1)
    a, b = np.concatenate([corners[:, 0], corners[:, 1]]), np.concatenate([corners[:, 1], corners[:, 2]])
    while True:
        low = np.minimum(label[a], label[b])
        before = label.copy()
        for end in (label[a], label[b]):
            np.minimum.at(label, end, low)
        while not np.array_equal(label[label], label):
            label = label[label]
        if np.array_equal(label, before):
            return int(np.count_nonzero(np.bincount(label[used])))
