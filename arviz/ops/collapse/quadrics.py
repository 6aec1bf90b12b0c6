"""What a collapse costs: squared distances to planes, and squared differences of attributes.

Geometry is the sum over faces of area times squared distance to the face's plane (Garland and Heckbert, "Surface
simplification using quadric error metrics", 1997). Each attribute is a linear function over each face (Hoppe 1999); a
wedge keeps the mean function of its faces, and the quadric of a point the deviations from that mean. Two wedges that
become one cost what their mean functions differ by: w1 w2 / (w1 + w2) (s1(x) - s2(x))^2, which is again a quadric of x.
So the best value of an attribute needs no unknown of its own, and wedges that stay apart cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array
from arviz.ops.collapse.surface import Surface, normals_of

_FLATTEST = 1e-2
"""Height of a triangle in parts of its longest side below which its attributes count as if it were so high: a sliver's
gradients are noise."""
BORDER_WEIGHT = 3.0
"""Of the planes that hold borders and material borders in place, against the faces beside them."""
SEAM_WEIGHT = 0.3
"""Of those that hold seams of texture coordinates in place."""
_SAME_UV = 1e-6
_AT_ONCE = 1 << 17


@dataclass(slots=True, kw_only=True)
class Quadrics:
    """Errors that accumulate: per point a quadric, per wedge the mean linear functions of its attributes.

    Parameters
    ----------
    errors : ndarray (P, 4, 4) float64
        x^T E x for x = (place, 1).
    functions : ndarray (W, k, 4) float64
        Mean gradient and offset of each attribute.
    weights : ndarray (W,) float64
        Area behind each mean.
    areas : ndarray (P,) float64
        A third of the faces round each point.
    """

    errors: Array
    functions: Array
    weights: Array
    areas: Array


def quadrics(surface: Surface) -> Quadrics:
    """Return the quadrics of the faces of a surface; `hold_edges` adds those of borders and seams."""
    state = Quadrics(
        errors=np.zeros((len(surface.points), 4, 4)),
        functions=np.zeros((len(surface.point_of), surface.values.shape[1], 4)),
        weights=np.zeros(len(surface.point_of)),
        areas=np.zeros(len(surface.points)),
    )
    for start in range(0, len(surface.corners), _AT_ONCE):
        _add_faces(state, surface, surface.corners[start : start + _AT_ONCE])
    state.areas += np.bincount(surface.point_of, state.weights, len(state.areas))
    known = state.weights > 0
    np.divide(state.functions, state.weights[:, None, None], out=state.functions, where=known[:, None, None])
    state.functions[~known, :, 3] = surface.values[~known]
    for start in range(0, len(surface.point_of), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        mean = state.functions[rows]
        add_rows(state.errors, surface.point_of[rows], np.matmul(mean.transpose(0, 2, 1), mean) * -state.weights[rows, None, None])
    return state


def _add_faces(state: Quadrics, surface: Surface, corners: Array) -> None:
    """Add the planes of faces, and their attributes: to `functions` the sums that become means."""
    triangles = surface.point_of[corners]
    a, b, c = (surface.points[triangles[:, i]] for i in range(3))
    normal = normals_of(a, b, c)
    doubled = np.linalg.norm(normal, axis=1)
    facing = np.divide(normal, doubled[:, None], out=np.zeros_like(normal), where=doubled[:, None] > 0)
    plane = np.c_[facing, -np.einsum("ti,ti->t", facing, a)]
    third = doubled / 6
    linear = _linear(surface, corners, a, b, c, normal)
    of_face = plane[:, :, None] * plane[:, None, :] + np.matmul(linear.transpose(0, 2, 1), linear)
    of_face *= third[:, None, None]
    linear *= third[:, None, None]
    for i in range(3):
        add_rows(state.errors, triangles[:, i], of_face)
        add_rows(state.functions, corners[:, i], linear)
        state.weights += np.bincount(corners[:, i], third, len(state.weights))


def _linear(surface: Surface, corners: Array, a: Array, b: Array, c: Array, normal: Array) -> Array:
    """Return (T, k, 4): gradient within the face and offset of each attribute over each face."""
    values = surface.values[corners]
    longest = np.maximum.reduce([np.einsum("ti,ti->t", e, e) for e in (b - a, c - b, a - c)])
    squared = np.maximum(np.einsum("ti,ti->t", normal, normal), (_FLATTEST * longest) ** 2)
    squared[squared == 0] = 1
    along_b = _cross(c - a, normal) / squared[:, None]
    along_c = _cross(normal, b - a) / squared[:, None]
    out = np.empty((*values[:, 0].shape, 4))
    out[:, :, :3] = (values[:, 1] - values[:, 0])[:, :, None] * along_b[:, None] + (values[:, 2] - values[:, 0])[:, :, None] * along_c[
        :, None
    ]
    out[:, :, 3] = values.mean(axis=1) - np.einsum("tki,ti->tk", out[:, :, :3], (a + b + c) / 3)
    return out


def _cross(u: Array, v: Array) -> Array:
    return normals_of(np.zeros_like(u), u, v)


def hold_edges(surface: Surface, errors: Array, *, ends: Array, pairs: Array, faces: Array) -> None:
    """Add planes upright on the faces beside borders, material borders and seams, so that these stay where they are.

    Parameters
    ----------
    ends : ndarray (E, 2)
        Points of each edge.
    pairs : ndarray (E, 2, 2)
        Up to two (wedge, wedge) of each edge, -1 where there is none.
    faces : ndarray (E,)
        Number of faces at each edge.
    """
    count = len(surface.points)
    part_of = np.zeros(len(surface.point_of), np.int32)
    part_of[surface.corners.ravel()] = np.repeat(surface.part, 3)
    two = pairs[:, 1, 0] >= 0
    first, second = pairs[:, 0], np.where(two[:, None], pairs[:, 1], pairs[:, 0])
    border = (faces != 2) | (part_of[first[:, 0]] != part_of[second[:, 0]])
    seam = np.zeros(len(ends), bool)
    for columns in surface.uv:
        uv = surface.values[:, columns]
        for end in range(2):
            seam |= (np.abs(uv[first[:, end]] - uv[second[:, end]]) > _SAME_UV).any(axis=1)
    weight = np.where(border, BORDER_WEIGHT, np.where(seam, SEAM_WEIGHT, 0.0))
    key = ends[:, 0].astype(np.int64) * count + ends[:, 1]
    order = np.argsort(key)
    key, weight = key[order], weight[order]
    for start in range(0, len(surface.corners), _AT_ONCE):
        triangles = surface.point_of[surface.corners[start : start + _AT_ONCE]]
        for i in range(3):
            p, q, r = (triangles[:, (i + j) % 3] for j in range(3))
            edge = np.searchsorted(key, np.minimum(p, q).astype(np.int64) * count + np.maximum(p, q))
            held = np.flatnonzero(weight[edge])
            _hold(surface.points, errors, p[held], q[held], r[held], weight[edge[held]])


def _hold(points: Array, errors: Array, p: Array, q: Array, r: Array, weight: Array) -> None:
    """Add planes through the edges pq, upright on the faces pqr, to both ends; `weight` is that of the planes of both faces of an edge."""
    along = points[q] - points[p]
    upright = _cross(along, normals_of(points[p], points[q], points[r]))
    length = np.linalg.norm(upright, axis=1, keepdims=True)
    upright = np.divide(upright, length, out=np.zeros_like(upright), where=length > 0)
    plane = np.c_[upright, -np.einsum("ti,ti->t", upright, points[p])]
    plane *= np.sqrt(weight / 2 * np.einsum("ti,ti->t", along, along))[:, None]
    squares = plane[:, :, None] * plane[:, None, :]
    add_rows(errors, p, squares)
    add_rows(errors, q, squares)


def add_rows(out: Array, owner: Array, rows: Array) -> None:
    """Add `rows` (N, ...) to `out` (M, ...) at `owner` (N,), each sum in the order of the rows."""
    width = int(np.prod(out.shape[1:]))
    flat, into = rows.reshape(len(rows), width), out.reshape(len(out), width)
    for column in range(width):
        into[:, column] += np.bincount(owner, flat[:, column], len(out))
