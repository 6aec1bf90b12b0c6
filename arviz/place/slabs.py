"""What a product fills at which heights: its triangles cut into a few pieces, each kept as the prism around it.

Cuts are planes across x, y or z, chosen from the top down where they leave the smallest volume of prisms. Two parallel cuts are
tried at once, as one alone does not free the room between two armrests. They are chosen on a cloud of points and carried out
on the triangles themselves: whatever the cloud missed, every triangle lies within the prisms of its pieces.

The cloud has points inside too, between walls on four sides and below a lid: a mattress is not a hollow box in which something
else could be. What is open only from below counts as closed, as many models have no underside.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.core.triangles import face_vectors
from arviz.place.furniture import Slab

_MOST = 12
_SPARE = 4
"""So many pieces more are cut, and joined again where that costs least."""
_LEAST_GAIN = 0.005
"""Of the volume of the prism around everything: what a cut has to free, and what joining two pieces may cost."""
_PLANES = 24
"""To try along each axis, spread evenly; and as many where the product has faces across the axis."""
_CELLS = 48
"""Along the longest side, to find what is inside."""
_BESIDE_M = 0.0005
"""A cut lies beside a flat face, not in it, where rounding would have to say on which side the face is."""
_AIR_M = 0.005
"""Counted around every piece when volumes are compared: a sheet has none, and many small pieces are no gain."""
_MOST_POINTS = 120_000
_DIRECTIONS = 16
_THIN_M = 0.0005
"""Half the width that a hull without any, such as that of a picture seen from above, is given."""


class Piece(NamedTuple):
    """Triangles: (V, 3) float64 points and (T, 3) corners."""

    points: Array
    triangles: Array

    @property
    def used(self) -> Array:
        """(U, 3): the points at which a triangle has a corner."""
        used = np.zeros(len(self.points), bool)
        used[self.triangles.ravel()] = True
        out: Array = self.points[used]
        return out


def piece_of(asset: Asset, *, nodes: frozenset[int] | None = None) -> Piece:
    """Return all finite triangles that an asset draws, in its frame; of some nodes only, if given."""
    points, triangles, count = [np.zeros((0, 3))], [np.zeros((0, 3), np.int64)], 0
    for each in drawn(asset):
        if nodes is None or each.node in nodes:
            corners = each.primitive.triangles.astype(np.int64)
            points.append(each.positions)
            triangles.append(corners[np.isfinite(each.positions[corners]).all(axis=(1, 2))] + count)
            count += len(each.positions)
    return Piece(np.concatenate(points), np.concatenate(triangles))


def slabs(piece: Piece, *, lowest_m: float | None = None, most: int = _MOST) -> tuple[Slab, ...]:
    """Return at most `most` prisms in which all of the triangles lie, from the lowest up; none where there are none.

    Parameters
    ----------
    piece : Piece
        In the asset's frame, finite.
    lowest_m : float or None
        The y from which heights count; None: its own lowest.
    """
    if not len(piece.triangles):
        return ()
    low = piece.used[:, 1].min() if lowest_m is None else lowest_m
    found = _merged([_slab(part, inner, float(low)) for part, inner in _parts(piece, most=most + _SPARE)], most=most)
    return tuple(sorted(found, key=lambda slab: (slab.bottom_m, slab.top_m, *slab.outline_m[0])))


class _Part(NamedTuple):
    piece: Piece
    cells: _Cells
    inner: Array
    """(M, 3) points inside."""
    cut: _Cut | None


def _parts(piece: Piece, *, most: int) -> list[tuple[Piece, Array]]:
    """Cut triangles into at most `most` pieces that small prisms surround; return each with the points inside it."""
    planes = tuple(_planes(piece, axis) for axis in range(3))
    surface, inner = _cloud(piece)
    cells = _cells(np.concatenate([surface, inner]), planes)
    parts = [_Part(piece, cells, inner, _best_cut(cells, planes, spare=most - 1))]
    least = _LEAST_GAIN * float(_volume(cells.supports.max(axis=0)))
    while True:
        gains = [0.0 if part.cut is None else part.cut.gain / part.cut.more for part in parts]
        at = int(np.argmax(gains))
        chosen, cut = parts[at], parts[at].cut
        if cut is None or gains[at] < least:
            return [(part.piece, part.inner) for part in parts]
        spare = most - len(parts) - cut.more
        del parts[at]
        for each in zip(_cut_triangles(chosen.piece, cut), _cut_cells(chosen.cells, cut), _cut_points(chosen.inner, cut), strict=True):
            if len(each[0].triangles):
                parts.append(_Part(*each, _best_cut(each[1], planes, spare=spare)))
        parts = [part._replace(cut=None) if part.cut is not None and part.cut.more > spare else part for part in parts]


def outline(points: Array) -> Array:
    """Return the convex hull (N >= 3, 2) of (V, 2) points, counter-clockwise; one without width is made 1 mm wide."""
    from shapely import MultiPoint

    hull = MultiPoint(_outer(points)).convex_hull
    if hull.geom_type != "Polygon" or hull.area < 1e-9:
        hull = hull.buffer(_THIN_M, cap_style="square", join_style="mitre").convex_hull
    ring: Array = np.asarray(hull.exterior.coords)[:-1]
    return ring if _area(ring) > 0 else ring[::-1]


def corners(slab: Slab) -> Array:
    """Return the corners (2 N, 3) of a slab's prism; y as the slab counts its heights."""
    return np.concatenate([np.insert(slab.outline_m, 1, height, axis=1) for height in (slab.bottom_m, slab.top_m)])


def _area(ring: Array) -> float:
    after = np.roll(ring, -1, axis=0)
    return float((ring[:, 0] * after[:, 1] - ring[:, 1] * after[:, 0]).sum() / 2)


def _outer(points: Array) -> Array:
    """Leave out points that cannot be corners of the hull: those within the polygon of the extreme ones (Akl, Toussaint 1978)."""
    if len(points) < 200:
        return points
    angles = 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    extreme = points[np.argmax(points @ np.stack([np.cos(angles), np.sin(angles)]), axis=0)]
    edges = np.roll(extreme, -1, axis=0) - extreme
    outside = np.zeros(len(points), bool)
    for start, edge in zip(extreme, edges, strict=True):
        if edge.any():
            outside |= (points[:, 0] - start[0]) * edge[1] - (points[:, 1] - start[1]) * edge[0] >= 0
    out: Array = points[outside]
    return out


def _slab(piece: Piece, inner: Array, low: float) -> Slab:
    points = np.concatenate([piece.used, inner])
    heights = points[:, 1] - low
    return Slab(outline_m=outline(points[:, [0, 2]]), bottom_m=float(heights.min()), top_m=float(heights.max()))


def _merged(found: list[Slab], *, most: int) -> list[Slab]:
    """Join slabs where one prism around both is hardly larger; the cheapest others too, down to `most`.

    A table is cut into its ends and its middle before its legs are cut off: its top is then in three.
    """
    supports = np.stack([_supports(corners(each)).max(axis=0) for each in found])
    least = _LEAST_GAIN * float(_volume(supports.max(axis=0)))
    while len(found) > 1:
        volume = _volume(supports)
        cost = _volume(np.maximum(supports[:, None], supports)) - volume[:, None] - volume
        cost[np.tri(len(found), dtype=bool)] = np.inf
        i, j = (int(k) for k in np.unravel_index(int(np.argmin(cost)), cost.shape))
        if cost[i, j] > least and len(found) <= most:
            break
        a, b = found[i], found[j]
        both = outline(np.concatenate([a.outline_m, b.outline_m]))
        found[i] = Slab(outline_m=both, bottom_m=min(a.bottom_m, b.bottom_m), top_m=max(a.top_m, b.top_m))
        supports[i] = np.maximum(supports[i], supports[j])
        del found[j]
        supports = np.delete(supports, j, axis=0)
    return found


# Choosing cuts


class _Cut(NamedTuple):
    axis: int
    layers: tuple[int, ...]
    """The last layer below each plane."""
    at: tuple[float, ...]
    """Where the planes are."""
    gain: float
    more: int
    """How many pieces more there are afterwards."""


class _Cells(NamedTuple):
    """A cloud, sorted into the cells between all planes that may be cut at."""

    layer: Array
    """(C, 3) which layer of each axis."""
    supports: Array
    """(C, 18) of the points in a cell, around in the plan, up and down."""


def _planes(piece: Piece, axis: int) -> Array:
    """Return sorted places to cut at: spread evenly, and on both sides of the largest flat faces across the axis."""
    along = piece.points[:, axis][piece.triangles]
    low, high = along.min(), along.max()
    even = np.linspace(low, high, _PLANES + 1)[1:-1]
    flat = np.ptp(along, axis=1) < _BESIDE_M
    places, which = np.unique(np.round(along[flat][:, 0] / _BESIDE_M), return_inverse=True)
    sizes = np.linalg.norm(face_vectors(piece.points, piece.triangles[flat]), axis=1)
    largest = np.argsort(-np.bincount(which, sizes, len(places)), kind="stable")[: _PLANES // 3]
    chosen = places[largest] * _BESIDE_M
    planes = np.unique(np.concatenate([even, chosen - 2 * _BESIDE_M, chosen + 2 * _BESIDE_M]))
    out: Array = planes[(planes > low) & (planes < high)]
    return out


def _cloud(piece: Piece) -> tuple[Array, Array]:
    """Return (N, 3) points of the surface and (M, 3) inside, enough to choose cuts by."""
    low, high = piece.used.min(axis=0), piece.used.max(axis=0)
    cell = max(float((high - low).max()) / _CELLS, 1e-6)
    surface = _sampled(piece, cell / 2)
    filled = np.zeros(((high - low) / cell).astype(np.int64) + 3, bool)  # a layer of air all round
    filled[tuple(((surface - low) / cell).astype(np.int64).T + 1)] = True
    return surface, low + (np.argwhere(_enclosed(filled)) - 0.5) * cell


def _sampled(piece: Piece, step: float) -> Array:
    """Return the used points, and more on larger triangles, about a `step` apart, or more where they would be too many."""
    corners = piece.points[piece.triangles]
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)
    large = sides.max(axis=1) > step
    corners, sides = corners[large], sides[large]
    longest = sides.argmax(axis=1)  # from a to b; c is opposite
    a, b, c = (corners[np.arange(len(corners)), (longest + i) % 3] for i in range(3))
    base = sides.max(axis=1)
    height = np.linalg.norm(np.cross(b - a, c - a), axis=1) / base
    while True:
        along, across = (2 ** np.ceil(np.log2(np.maximum(side / step, 1))).astype(np.int64) for side in (base, height))
        if ((along + 1) * (across + 1)).sum() <= _MOST_POINTS or (along.max() == 1 and across.max() == 1):
            break
        step *= 1.5
    found = [piece.used]
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


def _cells(points: Array, planes: tuple[Array, ...]) -> _Cells:
    layer = np.stack([np.searchsorted(planes[axis], points[:, axis]) for axis in range(3)], axis=1)
    key = np.ravel_multi_index(tuple(layer.T), tuple(len(each) + 1 for each in planes))
    order = np.argsort(key, kind="stable")
    _, start = np.unique(key[order], return_index=True)
    return _Cells(layer[order[start]], np.maximum.reduceat(_supports(points[order]), start, axis=0))


def _supports(points: Array) -> Array:
    """Return (N, 18): how far points (N, 3) lie in 16 directions around in the plan, and up and down."""
    angles = 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    zero = np.zeros(_DIRECTIONS)
    directions = np.stack([np.r_[np.cos(angles), 0, 0], np.r_[zero, 1, -1], np.r_[np.sin(angles), 0, 0]])
    out: Array = points @ directions
    return out


def _volume(supports: Array) -> Array:
    """Return (...) cubic metres of the prisms around supports (..., 18), with air; 0 where there is nothing.

    A polygon with supports h_i in directions d apart has edges of length (h_{i-1} + h_{i+1} - 2 h_i cos d) / sin d.
    """
    empty = ~np.isfinite(supports[..., 0])
    grown = np.where(empty[..., None], 0.0, supports) + _AIR_M
    around, angle = grown[..., :_DIRECTIONS], 2 * np.pi / _DIRECTIONS
    neighbours = np.roll(around, 1, -1)
    # The sum of h_i h_{i+1} is that of h_i h_{i-1}.
    area = ((around * neighbours).sum(axis=-1) - np.cos(angle) * (around * around).sum(axis=-1)) / np.sin(angle)
    out: Array = np.where(empty, 0.0, area * (grown[..., _DIRECTIONS] + grown[..., _DIRECTIONS + 1]))
    return out


def _best_cut(cells: _Cells, planes: tuple[Array, ...], *, spare: int) -> _Cut | None:
    """Return the one or two parallel cuts that free most volume for each piece that they add, None where none frees any."""
    if spare < 1 or not len(cells.layer):
        return None
    cuts = [_best_along(cells, axis, planes[axis], spare) for axis in range(3)]
    return max((cut for cut in cuts if cut is not None), key=lambda cut: cut.gain / cut.more, default=None)


def _best_along(cells: _Cells, axis: int, planes: Array, spare: int) -> _Cut | None:
    order = np.argsort(cells.layer[:, axis], kind="stable")
    there, start = np.unique(cells.layer[order, axis], return_index=True)
    count = len(there)
    if count < 2:
        return None
    layers = np.maximum.reduceat(cells.supports[order], start, axis=0)
    # volume[i, j]: of the layers i to j together, 0 where j < i.
    spans = np.where(np.tri(count, dtype=bool).T[..., None], layers, -np.inf)
    volume = _volume(np.maximum.accumulate(spans, axis=1))
    before, after, whole = volume[0, :-1], volume[1:, -1], volume[0, -1]
    # After layer i; or after layer i and after a later layer j.
    one = whole - before - after
    i = int(np.argmax(one))
    best: tuple[float, tuple[int, ...]] = (float(one[i]), (i,))
    if spare > 1 and count > 2:
        two = whole - before[:, None] - volume[1:, :-1] - after
        two[~np.tri(count - 1, k=-1, dtype=bool).T] = -np.inf
        i, j = (int(k) for k in np.unravel_index(int(np.argmax(two)), two.shape))
        if two[i, j] / 2 > best[0]:
            best = (float(two[i, j]), (i, j))
    gain, last = best
    # A cut at any plane of the empty layers between would do: the middle one.
    at = tuple(float(planes[(there[i] + there[i + 1] - 1) // 2]) for i in last)
    return _Cut(axis, tuple(int(there[i]) for i in last), at, gain, len(last)) if gain > 0 else None


def _cut_cells(cells: _Cells, cut: _Cut) -> list[_Cells]:
    side = np.searchsorted(cut.layers, cells.layer[:, cut.axis])
    return [_Cells(*(each[side == i] for each in cells)) for i in range(len(cut.at) + 1)]


def _cut_points(points: Array, cut: _Cut) -> list[Array]:
    side = np.searchsorted(cut.at, points[:, cut.axis])
    return [points[side == i] for i in range(len(cut.at) + 1)]


# Cutting


def _cut_triangles(piece: Piece, cut: _Cut) -> list[Piece]:
    below, above = _split(piece, cut.axis, cut.at[0])
    return [below, above] if cut.more == 1 else [below, *_split(above, cut.axis, cut.at[1])]


def _split(piece: Piece, axis: int, at: float) -> tuple[Piece, Piece]:
    """Cut triangles by a plane across an axis: what lies below it, and what lies above."""
    over = piece.points[:, axis] > at
    corners = over[piece.triangles]
    count = corners.sum(axis=1)
    crossed = np.flatnonzero((count > 0) & (count < 3))
    below, above = piece.triangles[count == 0], piece.triangles[count == 3]
    if not len(crossed):
        return Piece(piece.points, below), Piece(piece.points, above)
    # The corner that is alone on its side comes first; the plane meets both edges at it.
    alone = np.where(count[crossed] == 1, corners[crossed].argmax(axis=1), corners[crossed].argmin(axis=1))
    turned = piece.triangles[crossed][np.arange(len(crossed))[:, None], (alone[:, None] + np.arange(3)) % 3]
    a, b, c = (piece.points[turned[:, i]] for i in range(3))
    met = [a + ((at - a[:, axis]) / (end[:, axis] - a[:, axis]))[:, None] * (end - a) for end in (b, c)]
    for points in met:
        points[:, axis] = at
    first = len(piece.points) + np.arange(len(crossed))
    second = first + len(crossed)
    tips = np.stack([turned[:, 0], first, second], axis=1)
    rest = np.concatenate([np.stack([first, turned[:, 1], turned[:, 2]], 1), np.stack([first, turned[:, 2], second], 1)])
    points = np.concatenate([piece.points, *met])
    up = count[crossed] == 1
    twice = np.concatenate([up, up])
    return (
        Piece(points, np.concatenate([below, tips[~up], rest[twice]])),
        Piece(points, np.concatenate([above, tips[up], rest[~twice]])),
    )
