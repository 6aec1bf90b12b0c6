"""What a product fills at which heights: its triangles cut into a few pieces, each kept as the prism around it.

Cuts are chosen from the top down, on samples (`arviz.place.product.cuts`), and carried out on the triangles themselves: whatever the
samples missed, every triangle lies within the prisms of its pieces.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.place.product.cuts import Cells, Cut, best_cut, cells_of, supports_of, volume
from arviz.place.product.furniture import Slab

_MOST = 12
_SPARE = 4
"""So many pieces more are cut, and joined again where that costs least."""
_LEAST_GAIN = 0.005
"""Of the volume of the prism around everything: what a cut has to free, and what joining two pieces may cost."""
_MOST_HULLS, _LEAST_HULL = 4, 0.03
"""The same for parts that turn: a handle is cut off a door."""
_THIN_M = 0.0005
"""Half the width that a hull without any, such as that of a picture seen from above, is given."""
_EXTREMES = 16


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
            if not np.isfinite(each.positions).all():
                corners = corners[np.isfinite(each.positions[corners]).all(axis=(1, 2))]
            points.append(each.positions)
            triangles.append(corners + count)
            count += len(each.positions)
    return Piece(np.concatenate(points), np.concatenate(triangles))


def slabs(piece: Piece) -> tuple[Slab, ...]:
    """Return at most 12 prisms in which all of the triangles lie, from the lowest up; none where there are none."""
    if not len(piece.triangles):
        return ()
    low = float(piece.used[:, 1].min())
    found = _merged([_slab(part, low) for part in _parts(piece, most=_MOST + _SPARE, share=_LEAST_GAIN)], most=_MOST)
    return tuple(sorted(found, key=lambda slab: (slab.bottom_m, slab.top_m, *slab.outline_m[0])))


def hulls(piece: Piece) -> list[Array]:
    """Return a few sets of points (N, 3) whose convex hulls together contain all triangles: for things that turn."""
    parts = _parts(piece, most=_MOST_HULLS, share=_LEAST_HULL)
    return [_corners_of_hull(part.piece.used) for part in parts if len(part.piece.triangles)]


def _corners_of_hull(points: Array) -> Array:
    from scipy.spatial import ConvexHull, QhullError

    try:
        out: Array = points[ConvexHull(points).vertices]
    except QhullError:  # flat: a sheet is its own hull
        return np.unique(points, axis=0)
    return out


class _Part(NamedTuple):
    piece: Piece
    cells: Cells
    cut: Cut


def _parts(piece: Piece, *, most: int, share: float) -> list[_Part]:
    """Cut triangles into at most `most` pieces that small prisms surround; each cut frees that share of the volume."""
    cells = cells_of(piece.points, piece.triangles)
    least = share * cells.volume
    parts = [_Part(piece, cells, best_cut(cells, most=most - 1, least=least))]
    while True:
        best = max(range(len(parts)), key=lambda i: parts[i].cut.worth)
        if not parts[best].cut.at:
            return parts
        whole = parts.pop(best)
        pairs = zip(_divided(whole.piece, whole.cut), whole.cells.divided(whole.cut), strict=True)
        new = [(each, its) for each, its in pairs if len(each.triangles) or its.enclosed.any()]
        spare = most - len(parts) - len(new)
        parts = [part if len(part.cut.at) <= spare else part._replace(cut=best_cut(part.cells, most=spare, least=least)) for part in parts]
        parts += [_Part(each, its, best_cut(its, most=spare, least=least)) for each, its in new]


def outline(points: Array) -> Array:
    """Return the convex hull (N >= 3, 2) of (V, 2) points, counter-clockwise; one without width is made 1 mm wide."""
    from shapely import MultiPoint

    hull = MultiPoint(_outer(points)).convex_hull
    if hull.geom_type != "Polygon" or hull.area < 1e-9:
        hull = hull.buffer(_THIN_M, cap_style="square", join_style="mitre").convex_hull
    ring: Array = np.asarray(hull.exterior.coords)[:-1]
    return ring if _area(ring) > 0 else ring[::-1]


def _corners(slab: Slab) -> Array:
    return np.concatenate([np.insert(slab.outline_m, 1, height, axis=1) for height in (slab.bottom_m, slab.top_m)])


def _area(ring: Array) -> float:
    after = np.roll(ring, -1, axis=0)
    return float((ring[:, 0] * after[:, 1] - ring[:, 1] * after[:, 0]).sum() / 2)


def _outer(points: Array) -> Array:
    """Leave out points that cannot be corners of the hull: those within the polygon of the extreme ones (Akl, Toussaint 1978)."""
    if len(points) < 200:
        return points
    angles = 2 * np.pi * np.arange(_EXTREMES) / _EXTREMES
    extreme = points[np.argmax(np.stack([np.cos(angles), np.sin(angles)], axis=1) @ points.T, axis=1)]
    edges = np.roll(extreme, -1, axis=0) - extreme
    outside = np.zeros(len(points), bool)
    for start, edge in zip(extreme, edges, strict=True):
        if edge.any():
            outside |= (points[:, 0] - start[0]) * edge[1] - (points[:, 1] - start[1]) * edge[0] >= 0
    out: Array = points[outside]
    return out


def _slab(part: _Part, low: float) -> Slab:
    points = np.concatenate([part.piece.used, part.cells.inside])
    heights = points[:, 1] - low
    return Slab(outline_m=outline(points[:, [0, 2]]), bottom_m=float(heights.min()), top_m=float(heights.max()))


def _merged(found: list[Slab], *, most: int) -> list[Slab]:
    """Join slabs where one prism around both is hardly larger; the cheapest others too, down to `most`.

    A table is cut into its ends and its middle before its legs are cut off: its top is then in three.
    """
    supports = np.stack([supports_of(_corners(each)).max(axis=0) for each in found])
    least = _LEAST_GAIN * float(volume(supports.max(axis=0)))
    while len(found) > 1:
        each = volume(supports)
        cost = volume(np.maximum(supports[:, None], supports)) - each[:, None] - each
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


def _divided(piece: Piece, cut: Cut) -> list[Piece]:
    below, above = _split(piece, cut.axis, cut.at[0])
    return [below, above] if len(cut.at) == 1 else [below, *_split(above, cut.axis, cut.at[1])]


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
