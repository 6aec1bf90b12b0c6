"""Products side by side: where one likes to be beside another, and where it cannot be.

Both are told for many places at once. Products are then the rectangles around their outlines for what they like, and their exact
convex pieces for what is impossible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.place.kinds import Kind, Wish
from arviz.place.plan.kernels import SLACK_M, half_planes
from arviz.place.plan.pose import on_plan
from arviz.place.product.furniture import Furniture
from arviz.place.single.pieces import Part, is_flat, lets, parts_of
from arviz.place.single.scoring import middle_of

_FADE_M = 0.5
"""So far outside the wished distance a wish counts for nothing."""
_LATER = 0.9
"""A wish for the second of several kinds counts a little less than for the first."""
_ON_RUG_M = 0.2
"""How much of a sofa or a bed stands on the rug before it: its front legs."""
_ROW_M = 0.3


class Spot(NamedTuple):
    """Where products are: site (x, z) (N, 2) of the middles of their bounds, and their yaw in the site."""

    middle_m: Array
    yaw_rad: float


class Apart(NamedTuple):
    """Where one product cannot be beside another: of `cells` (h, w) bool the first is `row`, `column` cells away from it."""

    cells: Array
    row: int
    column: int


def wishes(furniture: Furniture, other: Furniture, *, kinds: Mapping[str, Kind]) -> Iterator[tuple[Wish, float]]:
    """Yield what a product wishes of another, and how much that counts."""
    kind = kinds.get(furniture.kind)
    for wish in kind.wishes if kind is not None else ():
        if other.kind in wish.kinds:
            yield wish, _LATER ** wish.kinds.index(other.kind)


def wished(wish: Wish, furniture: Furniture, at: Spot, other: Furniture, there: Spot) -> Array:
    """Return how well a wish of a product is met, (N,) from 0 to 1; either of both may have many places."""
    x, z = _seen_from(at, there).T
    turn = at.yaw_rad - there.yaw_rad
    mine, its = _half(furniture), _half(other)
    across, along = _extent(mine, turn)
    before, beside = z - its[1] - along, np.abs(x) - its[0] - across
    same, facing = (1 + np.cos(turn)) / 2, (1 - np.cos(turn)) / 2
    centred = np.clip(1 - np.abs(x) / (its[0] + across), 0, 1)
    parallel = abs(np.cos(turn)) if (mine[0] - mine[1]) * (its[0] - its[1]) >= 0 else abs(np.sin(turn))
    out: Array = np.zeros(np.broadcast_shapes(x.shape, z.shape))
    seat = furniture.kind.endswith("chair") or furniture.kind == "recliner"
    if wish.where == "before":
        out = _band(before, wish) * centred * (facing if seat else parallel) * (z > 0)
    elif wish.where == "opposite":
        out = _band(before, wish) * centred * facing * (z > 0)
    elif wish.where == "beside" and seat:
        inward = np.maximum(-np.sign(x) * np.sin(turn), np.cos(turn))
        out = _band(beside, wish) * np.clip(inward, 0, 1) * _within(z, -its[1], its[1] + 1.0)
    elif wish.where == "beside":
        backs = np.abs((z - along) + its[1])
        out = _band(beside, wish) * np.clip(1 - backs / (2 * its[1]), 0, 1) * same
    elif wish.where == "around":
        out = _around(wish, mine, at, its, there)
    elif wish.where == "under":
        ahead = its[1] - _ON_RUG_M + along if other.kind in ("sofa", "bed") else 0.0
        out = np.clip(1 - np.hypot(x, z - ahead) / _FADE_M, 0, 1) * parallel
    elif wish.where == "over":
        out = centred * (z < 0) * same
    return out


def _around(wish: Wish, mine: Array, at: Spot, its: Array, there: Spot) -> Array:
    """Chairs look at the table, each before its edge."""
    x, z = _seen_from(there, at).T
    across, along = _extent(its, there.yaw_rad - at.yaw_rad)
    gap = z - mine[1] - along
    over = np.maximum(np.abs(x) + mine[0] - across, 0)
    square = abs(np.cos(2 * (there.yaw_rad - at.yaw_rad)))
    out: Array = _band(gap, wish) * np.clip(1 - over / _ROW_M, 0, 1) * square * (z > 0)
    return out


def _seen_from(at: Spot, there: Spot) -> Array:
    """Return `at` in the axes (x, z) of what is `there`."""
    out: Array = on_plan(at.middle_m - there.middle_m, at_m=np.zeros(2), yaw_rad=-there.yaw_rad)
    return out


def _half(furniture: Furniture) -> Array:
    out: Array = np.ptp(furniture.outline_m, axis=0) / 2
    return out


def _extent(half: Array, turn: float) -> tuple[float, float]:
    c, s = abs(np.cos(turn)), abs(np.sin(turn))
    return float(c * half[0] + s * half[1]), float(s * half[0] + c * half[1])


def _band(distance: Array, wish: Wish) -> Array:
    return _within(distance, wish.from_m, wish.to_m)


def _within(distance: Array, least: float, most: float) -> Array:
    off = np.maximum(np.maximum(least - distance, distance - most), 0)
    out: Array = np.clip(1 - off / _FADE_M, 0, 1)
    return out


def conflicts(
    mover: Furniture, yaw_rad: float, other: Furniture, other_yaw_rad: float, *, cell_m: float, kinds: Mapping[str, Kind]
) -> tuple[Apart, ...]:
    """Return where the middle of a product cannot be, in cells around the middle of another, both turned.

    A body meets a body where their heights do; it meets a hard zone of the other unless that lets it (`lets`). What lies flat is
    in the way of flat things only. Exact for products whose middles lie on the raster (Lozano-Perez 1983).
    """
    out = []
    for a, b in meeting_parts(mover, other, kinds=kinds):
        mine = on_plan(a.outline_m - middle_of(mover), at_m=np.zeros(2), yaw_rad=yaw_rad)
        its = on_plan(b.outline_m - middle_of(other), at_m=np.zeros(2), yaw_rad=other_yaw_rad)
        out.append(_lattice((its[:, None] - mine).reshape(-1, 2), cell_m))
    return tuple(out)


def meeting_parts(mover: Furniture, other: Furniture, *, kinds: Mapping[str, Kind]) -> Iterator[tuple[Part, Part]]:
    """Yield the pairs of convex parts of two products that must not meet."""
    for a in parts_of(mover):
        yield from ((a, b) for b in parts_of(other) if _meet(a, mover, b, other, kinds))


def _meet(a: Part, mover: Furniture, b: Part, other: Furniture, kinds: Mapping[str, Kind]) -> bool:
    if not (a.bottom_m < b.top_m and b.bottom_m < a.top_m) or (a.zone is not None and b.zone is not None):
        return False
    if a.zone is None and b.zone is None:
        return is_flat(mover) == is_flat(other)
    owner, zone, guest = (mover, a.zone, other) if a.zone is not None else (other, b.zone, mover)
    return zone is not None and zone.hard and not is_flat(guest) and not lets(kinds, owner, zone, guest)


def _lattice(points_m: Array, cell_m: float) -> Apart:
    """Return which whole numbers of cells lie inside the hull of points (N, 2); those on its edge do not."""
    import shapely

    hull = np.asarray(shapely.convex_hull(shapely.MultiPoint(points_m)).exterior.coords)[:-1]
    normals, offsets = half_planes(hull)
    low, high = np.floor(hull.min(axis=0) / cell_m).astype(int), np.ceil(hull.max(axis=0) / cell_m).astype(int)
    x, z = np.arange(low[0], high[0] + 1) * cell_m, np.arange(low[1], high[1] + 1)[:, None] * cell_m
    cells = np.ones((z.size, x.size), bool)
    for (nx, nz), offset in zip(normals, offsets, strict=True):
        cells &= nx * x + nz * z < offset - SLACK_M
    return Apart(cells, int(low[1]), int(low[0]))
