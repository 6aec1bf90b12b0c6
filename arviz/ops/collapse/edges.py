"""The edges of a surface, and what each costs to collapse."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from arviz.core.frozen import Array
from arviz.ops.collapse.quadrics import Quadrics
from arviz.ops.collapse.surface import Surface

_HELD = 1e-3
"""How much the middle of the edge pulls at the new point, in parts of the faces' area: where the quadric is flat, it decides."""
_SHORT = 1e-6
"""What the squared length of an edge costs, in parts of the faces' area: of equals the shortest goes first."""
_FARTHEST = 1.5
"""Distance of the new point from the middle of the edge, in lengths of the edge, above which it is not trusted."""
_AT_ONCE = 1 << 16
PLACES = 3
"""Where the new point may lie: at the least error or at either end."""


@dataclass(slots=True, kw_only=True)
class Edges:
    """Edges by their points, with the cheapest way of collapsing each.

    Parameters
    ----------
    ends : ndarray (E, 2) int32
        Points, the smaller number first.
    pairs : ndarray (E, 2, 2) int32
        Wedges at both ends that become one: one pair, two on a seam; -1 where there is none. Of more, where several sheets meet, the
        others stay apart.
    faces : ndarray (E,) int32
        Number of triangles at the edge.
    tried : ndarray (E,) int8
        How many of the `PLACES` were found to be impossible.
    places : ndarray (E, 3) float64
        Where the new point lies.
    costs : ndarray (E,) float64
        inf where the edge cannot collapse as things are.
    """

    ends: Array
    pairs: Array
    faces: Array
    tried: Array
    places: Array
    costs: Array

    def __len__(self) -> int:
        return len(self.ends)

    def take(self, chosen: Array | slice) -> Edges:
        """Return some of the edges."""
        return Edges(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    def put(self, rows: Array, others: Edges) -> None:
        """Write `others` (n,) over the edges at `rows` (n,)."""
        for field in fields(self):
            getattr(self, field.name)[rows] = getattr(others, field.name)

    def remove(self, rows: Array) -> None:
        """Mark edges as gone: they join point 0 with itself and never collapse."""
        self.ends[rows], self.faces[rows], self.tried[rows], self.costs[rows] = 0, 0, PLACES, np.inf


def edges_of(surface: Surface, corners: Array, near: Array | None = None) -> Edges:
    """Return the edges of some triangles, without costs; with `near` (P,) bool only those that have an end there."""
    first = corners.ravel().astype(np.int64)
    second = corners[:, [1, 2, 0]].ravel().astype(np.int64)
    a, b = surface.point_of[first], surface.point_of[second]
    kept = a != b
    if near is not None:
        kept &= near[a] | near[b]
    first, second, a, b = first[kept], second[kept], a[kept], b[kept]
    turned = a > b
    first, second = np.where(turned, second, first), np.where(turned, first, second)
    wedges = np.int64(len(surface.point_of))
    key, faces = np.unique(first * wedges + second, return_counts=True)
    first, second = key // wedges, key % wedges
    ends = np.stack([surface.point_of[first], surface.point_of[second]], axis=1)
    place = ends[:, 0].astype(np.int64) * len(surface.points) + ends[:, 1]
    order = np.argsort(place, kind="stable")
    new = np.r_[True, np.diff(place[order]) > 0][: len(order)]
    start = np.flatnonzero(new)
    many = np.diff(np.r_[start, len(order)])
    pairs = np.full((len(start), 2, 2), -1, np.int32)
    pairs[:, 0, 0], pairs[:, 0, 1] = first[order[start]], second[order[start]]
    two = many > 1
    pairs[two, 1, 0], pairs[two, 1, 1] = first[order[start[two] + 1]], second[order[start[two] + 1]]
    count = len(start)
    return Edges(
        ends=ends[order[start]],
        pairs=pairs,
        faces=(np.add.reduceat(faces[order], start) if count else np.zeros(0, np.int64)).astype(np.int32),
        tried=np.zeros(count, np.int8),
        places=np.zeros((count, 3)),
        costs=np.full(count, np.inf),
    )


def price(edges: Edges, surface: Surface, state: Quadrics) -> None:
    """Set `places` and `costs` of all edges."""
    for start in range(0, len(edges), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        edges.places[rows], edges.costs[rows] = _priced(edges.take(rows), surface, state)


def errors_of(edges: Edges, state: Quadrics) -> Array:
    """Return (E, 4, 4): the quadric of the point that each edge becomes."""
    out: Array = state.errors[edges.ends[:, 0]] + state.errors[edges.ends[:, 1]]
    for i in range(2):
        rows = np.flatnonzero(edges.pairs[:, i, 0] >= 0)
        one, other = edges.pairs[rows, i, 0], edges.pairs[rows, i, 1]
        w1, w2 = state.weights[one], state.weights[other]
        both = w1 + w2
        weight = np.divide(w1 * w2, both, out=np.zeros_like(both), where=both > 0)
        apart = state.functions[one] - state.functions[other]
        out[rows] += np.matmul(apart.transpose(0, 2, 1), apart) * weight[:, None, None]
    return out


def _priced(edges: Edges, surface: Surface, state: Quadrics) -> tuple[Array, Array]:
    errors = errors_of(edges, state)
    a, b = surface.points[edges.ends[:, 0]], surface.points[edges.ends[:, 1]]
    middle, along = (a + b) / 2, b - a
    length = np.einsum("ei,ei->e", along, along)
    scale = np.einsum("eii->e", errors[:, :3, :3])
    best = _least(errors, middle, _HELD * scale)
    off = best - middle
    far = ~(np.einsum("ei,ei->e", off, off) <= _FARTHEST**2 * length)
    places = np.stack([np.where(far[:, None], middle, best), a, b])
    costs = np.stack([evaluate(errors, place) for place in places])
    order = np.argsort(costs, axis=0, kind="stable")
    choice = order[np.minimum(edges.tried, PLACES - 1), np.arange(len(edges))]
    cost = np.maximum(costs[choice, np.arange(len(edges))], 0) + _SHORT * scale * length
    return places[choice, np.arange(len(edges))], np.where(edges.tried < PLACES, cost, np.inf)


def evaluate(errors: Array, places: Array) -> Array:
    """Return (N,): the value of each quadric (N, 4, 4) at its place (N, 3)."""
    half = np.einsum("eij,ej->ei", errors[:, :3, :3], places) + 2 * errors[:, :3, 3]
    return np.asarray(np.einsum("ei,ei->e", half, places) + errors[:, 3, 3])


def _least(errors: Array, middle: Array, hold: Array) -> Array:
    """Return (N, 3): where each quadric, with a pull of weight `hold` to `middle`, is least (Cramer's rule)."""
    m = errors[:, :3, :3] + hold[:, None, None] * np.eye(3)
    right = hold[:, None] * middle - errors[:, :3, 3]
    c00 = m[:, 1, 1] * m[:, 2, 2] - m[:, 1, 2] ** 2
    c01 = m[:, 0, 2] * m[:, 1, 2] - m[:, 0, 1] * m[:, 2, 2]
    c02 = m[:, 0, 1] * m[:, 1, 2] - m[:, 0, 2] * m[:, 1, 1]
    c11 = m[:, 0, 0] * m[:, 2, 2] - m[:, 0, 2] ** 2
    c12 = m[:, 0, 1] * m[:, 0, 2] - m[:, 0, 0] * m[:, 1, 2]
    c22 = m[:, 0, 0] * m[:, 1, 1] - m[:, 0, 1] ** 2
    determinant = m[:, 0, 0] * c00 + m[:, 0, 1] * c01 + m[:, 0, 2] * c02
    x, y, z = right.T
    out = np.stack([c00 * x + c01 * y + c02 * z, c01 * x + c11 * y + c12 * z, c02 * x + c12 * y + c22 * z], axis=1)
    return np.asarray(np.divide(out, determinant[:, None], out=middle.copy(), where=determinant[:, None] > 0))
