"""Where to cut a product so that the prisms around the pieces are small.

Triangles are sampled, and the samples sorted into the cells between all planes that may be cut at: evenly spaced ones, and two
beside each large flat face. What a piece fills is then a maximum over its cells, and all pairs of planes across an axis are
compared at once. A product is filled inside: cells count that lie between walls on four sides and below a lid (a mattress is not
a hollow box; an underside is often left out), and those in narrow gaps (a board is not two sheets).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.triangles import face_vectors

_PLANES = 24
"""To try along each axis, spread evenly; and up to two thirds as many beside flat faces."""
_BESIDE_M = 0.001
"""A plane lies so far beside a flat face, not in it, where rounding would have to say on which side the face is."""
_STEPS = 64
"""Samples along the longest side."""
_MOST_SAMPLES = 120_000
_GAP_M = 0.05
"""Between two surfaces that are nearer to each other nothing else has a place."""
_AIR_M = 0.005
"""Counted around every piece when volumes are compared: a sheet has none, and many small pieces are no gain."""
_AROUND = 12


class Cut(NamedTuple):
    """One or two parallel planes."""

    axis: int
    at: tuple[float, ...]
    layers: tuple[int, ...]
    """The last layer of cells below each plane."""
    gain: float
    """Cubic metres that the prisms around the pieces are smaller than that around all of it."""

    @property
    def worth(self) -> float:
        """What each further piece gains."""
        return self.gain / max(len(self.at), 1)


class Cells(NamedTuple):
    """What a product fills, in the cells between all planes that may be cut at."""

    layer: Array
    """(C, 3): which layer of each axis."""
    supports: Array
    """(C, 14), see `supports_of`."""
    inner: Array
    """(C, 3): the middle of a cell that is inside, NaN elsewhere."""

    def divided(self, cut: Cut) -> list[Cells]:
        """Return the cells of each piece."""
        side = np.searchsorted(cut.layers, self.layer[:, cut.axis])
        return [Cells(*(each[side == i] for each in self)) for i in range(len(cut.at) + 1)]

    @property
    def inside(self) -> Array:
        """(M, 3): points inside the product."""
        out: Array = self.inner[np.isfinite(self.inner[:, 0])]
        return out


def planes_of(points: Array, triangles: Array) -> tuple[Array, ...]:
    """Return for each axis the sorted places to cut at."""
    return tuple(_planes(points, triangles, axis) for axis in range(3))


def _planes(points: Array, triangles: Array, axis: int) -> Array:
    first, second, third = (points[:, axis][triangles[:, corner]] for corner in range(3))
    lower, upper = np.minimum(np.minimum(first, second), third), np.maximum(np.maximum(first, second), third)
    low, high = lower.min(), upper.max()
    even = np.linspace(low, high, _PLANES + 1)[1:-1]
    flat = upper - lower < _BESIDE_M / 2
    places, which = np.unique(np.round(lower[flat] / _BESIDE_M), return_inverse=True)
    sizes = np.linalg.norm(face_vectors(points, triangles[flat]), axis=1)
    largest = np.argsort(-np.bincount(which, sizes, len(places)), kind="stable")[: _PLANES // 3]
    chosen = places[largest] * _BESIDE_M
    planes = np.unique(np.concatenate([even, chosen - _BESIDE_M, chosen + _BESIDE_M]))
    out: Array = planes[(planes > low) & (planes < high)]
    return out


def cells_of(points: Array, triangles: Array, planes: tuple[Array, ...]) -> Cells:
    """Return what triangles (T, 3) of points (V, 3) and the space inside them fill."""
    used = np.zeros(len(points), bool)
    used[triangles.ravel()] = True
    used = points[used]
    low, high = used.min(axis=0), used.max(axis=0)
    samples = np.concatenate([used, _samples(points[triangles], max(float((high - low).max()) / _STEPS, 1e-6))])
    edges = [np.concatenate([[low[axis]], planes[axis], [high[axis]]]) for axis in range(3)]
    shape = tuple(len(each) - 1 for each in edges)
    layer = np.stack([np.searchsorted(planes[axis], samples[:, axis]) for axis in range(3)], axis=1)
    key = np.ravel_multi_index(tuple(layer.T), shape)
    order = np.argsort(key, kind="stable")
    there, start = np.unique(key[order], return_index=True)
    surface = np.maximum.reduceat(supports_of(samples[order]), start, axis=0)
    row = np.full(shape, -1)
    row.ravel()[there] = np.arange(len(there))
    inside = np.argwhere(_enclosed(row >= 0))
    middles = np.stack([(edges[axis][inside[:, axis]] + edges[axis][inside[:, axis] + 1]) / 2 for axis in range(3)], axis=1)
    gaps = [_gaps(row, surface, edges, axis) for axis in range(3)]
    layers = np.concatenate([layer[order[start]], inside, *(each[0] for each in gaps)])
    outside = np.full((len(layers), 3), np.nan)
    outside[len(there) : len(there) + len(inside)] = middles
    return Cells(layers, np.concatenate([surface, supports_of(middles), *(each[1] for each in gaps)]), outside)


def _samples(corners: Array, step: float) -> Array:
    """Return points on the larger ones of triangles (T, 3, 3), about a `step` apart, or further where they would be too many."""
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)
    large = sides.max(axis=1) > step
    corners, sides = corners[large], sides[large]
    longest = sides.argmax(axis=1)  # from a to b; c is opposite
    a, b, c = (corners[np.arange(len(corners)), (longest + i) % 3] for i in range(3))
    base = sides.max(axis=1)
    height = np.linalg.norm(np.cross(b - a, c - a), axis=1) / base
    while True:
        along, across = (2 ** np.ceil(np.log2(np.maximum(side / step, 1))).astype(np.int64) for side in (base, height))
        if ((along + 1) * (across + 1)).sum() <= _MOST_SAMPLES or (along.max() == 1 and across.max() == 1):
            break
        step *= 1.5
    found = [np.zeros((0, 3))]
    for m, n in np.unique(np.stack([along, across], axis=1), axis=0).tolist():
        rows = (along == m) & (across == n)
        u, v = (grid.ravel() for grid in np.meshgrid(np.arange(m + 1) / m, np.arange(n + 1) / n))
        weights = np.stack([(1 - v) * (1 - u), (1 - v) * u, v], axis=1)
        found.append((weights @ np.stack([a[rows], b[rows], c[rows]], axis=1)).reshape(-1, 3))
    return np.concatenate(found)


def _enclosed(filled: Array) -> Array:
    """Return which empty cells (X, Y, Z) have something above them and on all four sides.

    Straight ways out, not any way out: a flood would come in by every slit between two parts.
    """
    out = ~filled
    for axis, way in ((0, 1), (0, -1), (1, -1), (2, 1), (2, -1)):
        step = (slice(None),) * axis + (slice(None, None, way),)
        out &= np.logical_or.accumulate(filled[step], axis=axis)[step]
    return out


def _gaps(row: Array, supports: Array, edges: list[Array], axis: int) -> tuple[Array, Array]:
    """Return the empty cells (G, 3) in narrow gaps along an axis, and the supports (G, 14) of what lies below, moved into them.

    `row` (X, Y, Z) is the row of `supports` that belongs to a cell, -1 where it is empty.
    """
    rows = np.moveaxis(row, axis, 0)
    index = np.arange(len(rows))[:, None, None]
    before = np.maximum.accumulate(np.where(rows >= 0, index, -1), axis=0)
    after = np.minimum.accumulate(np.where(rows >= 0, index, len(rows))[::-1], axis=0)[::-1]
    between = (rows < 0) & (before >= 0) & (after < len(rows))
    at, first, second = np.nonzero(between)
    low, high = before[between], after[between]
    narrow = edges[axis][high] - edges[axis][low + 1] <= _GAP_M
    at, first, second, low = at[narrow], first[narrow], second[narrow], low[narrow]
    below = supports[rows[low, first, second]]
    moved = np.zeros((len(at), 3))
    moved[:, axis] = edges[axis][at] - edges[axis][low + 1]  # its top lies in the cell's bottom
    return np.insert(np.stack([first, second], axis=1), axis, at, axis=1), below + supports_of(moved)


def supports_of(points: Array) -> Array:
    """Return (N, 14): how far points (N, 3) lie in 16 directions around in the plan, and up and down."""
    angles = 2 * np.pi * np.arange(_AROUND) / _AROUND
    zero = np.zeros(_AROUND)
    directions = np.stack([np.r_[np.cos(angles), 0, 0], np.r_[zero, 1, -1], np.r_[np.sin(angles), 0, 0]])
    out: Array = points @ directions
    return out


def volume(supports: Array) -> Array:
    """Return (...) cubic metres of the prisms around supports (..., 14), with air; 0 where there is nothing.

    A polygon with supports h_i in directions d apart has edges of length (h_{i-1} + h_{i+1} - 2 h_i cos d) / sin d.
    """
    empty = ~np.isfinite(supports[..., 0])
    grown = np.where(empty[..., None], 0.0, supports) + _AIR_M
    around, angle = grown[..., :_AROUND], 2 * np.pi / _AROUND
    neighbours = np.roll(around, 1, -1)
    # The sum of h_i h_{i+1} is that of h_i h_{i-1}.
    area = ((around * neighbours).sum(axis=-1) - np.cos(angle) * (around * around).sum(axis=-1)) / np.sin(angle)
    out: Array = np.where(empty, 0.0, area * (grown[..., _AROUND] + grown[..., _AROUND + 1]))
    return out


def best_cut(cells: Cells, planes: tuple[Array, ...], *, most: int) -> Cut:
    """Return the one or two parallel cuts (at most `most`) worth most, without any plane where none gains anything.

    Two at once, as one alone does not free the room between two armrests.
    """
    cuts = [_best_along(cells, axis, planes[axis], most) for axis in range(3)]
    return max(cuts, key=lambda cut: cut.worth)


def _best_along(cells: Cells, axis: int, planes: Array, most: int) -> Cut:
    order = np.argsort(cells.layer[:, axis], kind="stable")
    there, start = np.unique(cells.layer[order, axis], return_index=True)
    count = len(there)
    none = Cut(axis, (), (), 0.0)
    if count < 2 or most < 1:
        return none
    layers = np.maximum.reduceat(cells.supports[order], start, axis=0)
    # volumes[i, j]: of the layers i to j together, 0 where j < i.
    spans = np.where(np.tri(count, dtype=bool).T[..., None], layers, -np.inf)
    volumes = volume(np.maximum.accumulate(spans, axis=1))
    before, after, whole = volumes[0, :-1], volumes[1:, -1], volumes[0, -1]

    def cut(gain: float, *last: int) -> Cut:
        # Any plane between two layers that are filled would do: the middle one.
        at = tuple(float(planes[(there[i] + there[i + 1] - 1) // 2]) for i in last)
        return Cut(axis, at, tuple(int(there[i]) for i in last), gain)

    one = whole - before - after
    found = [cut(float(one.max()), int(np.argmax(one)))]
    if most > 1 and count > 2:
        two = whole - before[:, None] - volumes[1:, :-1] - after
        two[np.tri(count - 1, dtype=bool)] = -np.inf
        i, j = (int(k) for k in np.unravel_index(int(np.argmax(two)), two.shape))
        found.append(cut(float(two[i, j]), i, j))
    return max([none, *found], key=lambda each: each.worth)
