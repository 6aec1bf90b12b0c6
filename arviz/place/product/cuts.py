"""Where to cut a product so that the prisms around the pieces are small.

Triangles are sampled, and the samples sorted into the cells between all planes that may be cut at: evenly spaced ones, and two
beside each large flat face. What a piece fills is then a maximum over its cells, and all pairs of planes across an axis are
compared at once. A product is filled inside: cells count that lie between walls on four sides and below a lid (a mattress is not
a hollow box; an underside is often left out), and those in narrow gaps (a board is not two sheets).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.triangles import face_vectors

_PLANES = 16
"""To try along each axis, spread evenly; and up to ten beside flat faces."""
_BESIDE_M = 0.001
"""A plane lies so far beside a flat face, not in it, where rounding would have to say on which side the face is."""
_STEPS = 48
"""Samples along the longest side."""
_MOST_SAMPLES = 120_000
_GAP_M = 0.05
"""Between two surfaces that are nearer to each other nothing else has a place."""
_AIR_M = 0.005
"""Counted around every piece when volumes are compared: a sheet has none, and many small pieces are no gain."""
_AROUND = 12
_AHEAD = 2
"""How many first cuts across each axis are tried where no cut alone frees anything."""


class Cut(NamedTuple):
    """One or two parallel planes, or none."""

    axis: int
    at: tuple[float, ...]
    layers: tuple[int, ...]
    """The first layer of cells above each plane."""
    gain: float
    """Cubic metres that the prisms around the pieces are smaller than that around all of it."""

    @property
    def worth(self) -> float:
        """What each further piece gains."""
        return self.gain / max(len(self.at), 1)


_NONE = Cut(0, (), (), 0.0)


class Cells(NamedTuple):
    """What a product fills, in the cells between all planes that may be cut at."""

    supports: Array
    """(X, Y, Z, 14), see `supports_of`; minus infinity where a cell is empty."""
    enclosed: Array
    """(X, Y, Z) bool: whether the cell lies inside, away from all surfaces."""
    edges: tuple[Array, ...]
    """Where the cells begin and end: X + 1, Y + 1 and Z + 1 numbers."""

    @property
    def inside(self) -> Array:
        """(M, 3): the corners of the cells that lie inside."""
        filled = np.pad(self.enclosed, 1)
        corners = np.zeros(tuple(n + 1 for n in self.enclosed.shape), bool)
        for x, y, z in product((0, 1), repeat=3):
            corners |= filled[x : x + corners.shape[0], y : y + corners.shape[1], z : z + corners.shape[2]]
        return np.stack([each[index] for each, index in zip(self.edges, np.nonzero(corners), strict=True)], axis=1)

    @property
    def volume(self) -> float:
        """Of the prism around them."""
        return float(volume(self.supports.max(axis=(0, 1, 2))))

    @property
    def filled(self) -> float:
        """Cubic metres of the cells that are not empty."""
        x, y, z = (np.diff(each) for each in self.edges)
        return float(np.einsum("xyz,x,y,z", np.isfinite(self.supports[..., 0]), x, y, z))

    def divided(self, cut: Cut) -> list[Cells]:
        """Return the cells of each piece."""
        ends = (0, *cut.layers, self.enclosed.shape[cut.axis])
        return [self._part(cut.axis, first, last) for first, last in pairwise(ends)]

    def _part(self, axis: int, first: int, last: int) -> Cells:
        which = (slice(None),) * axis + (slice(first, last),)
        edges = tuple(each[first : last + 1] if i == axis else each for i, each in enumerate(self.edges))
        return Cells(self.supports[which], self.enclosed[which], edges)


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


def cells_of(points: Array, triangles: Array) -> Cells:
    """Return what triangles (T, 3) of points (V, 3) and the space inside them fill."""
    used = np.zeros(len(points), bool)
    used[triangles.ravel()] = True
    low, high = points[used].min(axis=0), points[used].max(axis=0)
    samples = np.concatenate([points[used], _samples(points, triangles, max(float((high - low).max()) / _STEPS, 1e-6))])
    planes = [_planes(points, triangles, axis) for axis in range(3)]
    edges = tuple(np.concatenate([[low[axis]], planes[axis], [high[axis]]]) for axis in range(3))
    shape = tuple(len(each) - 1 for each in edges)
    key = np.ravel_multi_index(tuple(np.searchsorted(planes[axis], samples[:, axis]) for axis in range(3)), shape)
    order = np.argsort(key, kind="stable")
    there, start = np.unique(key[order], return_index=True)
    supports = np.full((*shape, _AROUND + 2), -np.inf)
    supports.reshape(-1, _AROUND + 2)[there] = np.maximum.reduceat(supports_of(samples[order]), start, axis=0)
    surface = np.isfinite(supports[..., 0])
    cells = Cells(supports.copy(), _enclosed(surface), edges)
    _fill_enclosed(cells)
    for axis in range(3):
        _fill_gaps(cells.supports, supports, surface, edges[axis], axis)
    return cells


def _samples(points: Array, triangles: Array, step: float) -> Array:
    """Return points on the larger ones of the triangles, about a `step` apart, or further where they would be too many."""
    corners = [points[triangles[:, i]] for i in range(3)]
    sides = np.stack([_lengths(corners[(i + 1) % 3] - corners[i]) for i in range(3)])
    large = np.flatnonzero(np.maximum(np.maximum(sides[0], sides[1]), sides[2]) > step)
    longest = sides[:, large].argmax(axis=0)  # from a to b; c is opposite
    three = np.stack([corner[large] for corner in corners])
    a, b, c = (three[(longest + i) % 3, np.arange(len(large))] for i in range(3))
    base = sides[longest, large]
    height = _lengths(np.cross(b - a, c - a)) / base
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


def _lengths(vectors: Array) -> Array:
    out: Array = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return out


def _enclosed(filled: Array) -> Array:
    """Return which empty cells (X, Y, Z) have something above them and on all four sides.

    Straight ways out, not any way out: a flood would come in by every slit between two parts.
    """
    out = ~filled
    for axis, way in ((0, 1), (0, -1), (1, -1), (2, 1), (2, -1)):
        step = (slice(None),) * axis + (slice(None, None, way),)
        out &= np.logical_or.accumulate(filled[step], axis=axis)[step]
    return out


def _fill_enclosed(cells: Cells) -> None:
    index = np.nonzero(cells.enclosed)
    low, high = (np.stack([each[i + end] for each, i in zip(cells.edges, index, strict=True)], axis=1) for end in (0, 1))
    cells.supports[index] = supports_of((low + high) / 2) + (high - low) / 2 @ np.abs(_directions())


def _fill_gaps(out: Array, supports: Array, surface: Array, edges: Array, axis: int) -> None:
    """Fill the empty cells in narrow gaps between cells with a surface along an axis with what lies before, moved into them."""
    filled, values, target = (np.moveaxis(each, axis, 0) for each in (surface, supports, out))
    index = np.arange(len(filled))[:, None, None]
    before = np.maximum.accumulate(np.where(filled, index, -1), axis=0)
    after = np.minimum.accumulate(np.where(filled, index, len(filled))[::-1], axis=0)[::-1]
    at, first, second = np.nonzero(~filled & (before >= 0) & (after < len(filled)))
    low, high = before[at, first, second], after[at, first, second]
    narrow = edges[high] - edges[low + 1] <= _GAP_M
    at, first, second, low = at[narrow], first[narrow], second[narrow], low[narrow]
    for end in (at, at + 1):  # what lies before is moved so that it ends at the cell's beginning, and at its end
        moved = np.zeros((len(at), 3))
        moved[:, axis] = edges[end] - edges[low + 1]
        target[at, first, second] = np.maximum(target[at, first, second], values[low, first, second] + supports_of(moved))


def supports_of(points: Array) -> Array:
    """Return (N, 14): how far points (N, 3) lie in 12 directions around in the plan, and up and down."""
    out: Array = points @ _directions()
    return out


def _directions() -> Array:
    """Return (3, 14)."""
    angles = 2 * np.pi * np.arange(_AROUND) / _AROUND
    zero = np.zeros(_AROUND)
    return np.stack([np.r_[np.cos(angles), 0, 0], np.r_[zero, 1, -1], np.r_[np.sin(angles), 0, 0]])


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


def best_cut(cells: Cells, *, most: int, least: float) -> Cut:
    """Return the one or two parallel cuts (at most `most`) worth most, without any plane where none is worth `least`.

    Two at once, as one alone does not free the room between two armrests; and where no cut frees anything but much is empty, as
    between the side panels, the back and the top of a desk, the one after which another frees most.
    """
    best = max((_best_along(cells, axis, most) for axis in range(3)), key=lambda cut: cut.worth)
    if best.worth < least and most > 1 and cells.volume - cells.filled > 2 * least:
        best = max(_first_cuts(cells, most), key=lambda cut: cut.worth, default=_NONE)
    return best if best.worth >= least else _NONE


def _first_cuts(cells: Cells, most: int) -> Iterator[Cut]:
    """Yield cuts where what is filled changes most, each with the gain of the best cut after it, for each piece of both."""
    whole, filled = cells.volume, np.isfinite(cells.supports[..., 0])
    for axis in range(3):
        others = [other for other in range(3) if other != axis]
        x, y = (np.diff(cells.edges[other]) for other in others)
        change = np.abs(np.diff(np.einsum("axy,x,y->a", np.moveaxis(filled, axis, 0), x, y)))
        for layer in (np.argsort(-change, kind="stable")[:_AHEAD] + 1).tolist():
            first = Cut(axis, (float(cells.edges[axis][layer]),), (layer,), 0.0)
            parts = cells.divided(first)
            gain = whole - sum(part.volume for part in parts)
            for part in parts:
                after = max((_best_along(part, other, most - 1) for other in others), key=lambda cut: cut.worth)
                yield first._replace(gain=(gain + after.gain) / (1 + len(after.at)))


def _best_along(cells: Cells, axis: int, most: int) -> Cut:
    layers = cells.supports.max(axis=tuple(other for other in range(3) if other != axis))
    there = np.flatnonzero(np.isfinite(layers[:, 0]))
    count = len(there)
    if count < 2 or most < 1:
        return _NONE
    # volumes[i, j]: of the layers i to j together, 0 where j < i.
    spans = np.where(np.tri(count, dtype=bool).T[..., None], layers[there], -np.inf)
    volumes = volume(np.maximum.accumulate(spans, axis=1))
    before, after, whole = volumes[0, :-1], volumes[1:, -1], volumes[0, -1]

    def cut(gain: float, *last: int) -> Cut:
        # Any plane between two layers that are filled would do: the middle one.
        first = tuple(int(there[i] + 1 + there[i + 1]) // 2 for i in last)
        return Cut(axis, tuple(float(cells.edges[axis][layer]) for layer in first), first, gain)

    one = whole - before - after
    found = [cut(float(one.max()), int(np.argmax(one)))]
    if most > 1 and count > 2:
        two = whole - before[:, None] - volumes[1:, :-1] - after
        two[np.tri(count - 1, dtype=bool)] = -np.inf
        i, j = (int(k) for k in np.unravel_index(int(np.argmax(two)), two.shape))
        found.append(cut(float(two[i, j]), i, j))
    return max([_NONE, *found], key=lambda each: each.worth)
