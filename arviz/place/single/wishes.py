"""Where a product likes to be beside another: before a sofa, around a table.

Told for many places at once. Products are then the rectangles around their outlines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.place.kinds import Kind, Wish
from arviz.place.plan.pose import on_plan
from arviz.place.plan.zone import Zone
from arviz.place.product.furniture import Furniture

_FADE_M = 0.5
"""So far outside the wished distance a wish counts for nothing."""
_LATER = 0.9
"""A wish for the second of several kinds counts a little less than for the first."""
_ON_RUG_M = 0.2
"""How much of a sofa or a bed stands on the rug before it: its front legs."""
_ROW_M = 0.3
_SEAT_M = 0.6
"""Edge of a table that each who sits there needs (arviz: usual practice)."""
_SQUARE = 0.85
"""A table whose one side is at least so much of the other is as good as square: it has one chair at each side before it has two."""
_ELSEWHERE = 0.5
"""What a chair at a table is worth that is not at its seat."""
_AT_M = 1e-6
_PULLED = 0.1
"""How much less a chair is worth that stands as far off the table as it may."""


class Spot(NamedTuple):
    """Where products are: site (x, z) (N, 2) of the middles of their bounds, and their yaw in the site."""

    middle_m: Array
    yaw_rad: float


def wishes(furniture: Furniture, other: Furniture, *, kinds: Mapping[str, Kind]) -> Iterator[tuple[Wish, float]]:
    """Yield what a product wishes of another, and how much that counts."""
    kind = kinds.get(furniture.kind)
    for wish in kind.wishes if kind is not None else ():
        if other.kind in wish.kinds:
            yield wish, _LATER ** wish.kinds.index(other.kind)


def sharers(other: Furniture, every: Sequence[Furniture], *, kinds: Mapping[str, Kind]) -> int:
    """Return how many of all products wish to be around each of the kind of another, as chairs do around a table."""
    sharing = sum(any(wish.where == "around" for wish, _ in wishes(each, other, kinds=kinds)) for each in every)
    return -(-sharing // max(1, sum(each.kind == other.kind for each in every)))


def with_seats(table: Furniture, count: int) -> Furniture:
    """Return a product that keeps the sides free where `count` others sit around it, whatever else its kind would do there."""
    if not count:
        return table
    low, high = table.outline_m.min(axis=0), table.outline_m.max(axis=0)
    used = [bool(len(row)) for row in _seats((high - low) / 2, count)]

    def kept(zone: Zone) -> Zone:
        first, last = zone.outline_m.min(axis=0), zone.outline_m.max(axis=0)
        ends, sides = ((last <= low + _AT_M) | (first >= high - _AT_M)).tolist()
        return replace(zone, hard=zone.hard or (sides and used[0]) or (ends and used[1]))

    return replace(table, zones=tuple(kept(zone) for zone in table.zones))


def wished(wish: Wish, furniture: Furniture, at: Spot, other: Furniture, there: Spot, *, seats: int = 1) -> Array:
    """Return how well a wish of a product is met, (N,) from 0 to 1; either of both may have many places.

    `seats`: how many share the other product, as chairs do a table.
    """
    x, z = _seen_from(at, there).T
    turn = at.yaw_rad - there.yaw_rad
    mine, its = furniture.half_m, other.half_m
    across, along = _extent(mine, turn)
    before, beside = z - its[1] - along, np.abs(x) - its[0] - across
    same, facing = (1 + np.cos(turn)) / 2, (1 - np.cos(turn)) / 2
    centred = np.clip(1 - np.abs(x) / (its[0] + across), 0, 1)
    parallel = abs(np.cos(turn)) if (mine[0] - mine[1]) * (its[0] - its[1]) >= 0 else abs(np.sin(turn))
    seat = furniture.kind.endswith("chair") or furniture.kind == "recliner"
    out: Array
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
        out = _around(wish, mine, at, its, there, seats)
    elif wish.where == "under":
        ahead = its[1] - _ON_RUG_M + along if other.kind in ("sofa", "bed") else 0.0
        out = np.clip(1 - np.hypot(x, z - ahead) / _FADE_M, 0, 1) * parallel
    elif wish.where == "over":  # on the wall behind it, looking the same way
        out = centred * (z < its[1]) * same
    else:  # on it: as nearly the same place as can be
        out = np.minimum(centred, np.clip(1 - np.abs(z) / (its[1] + along), 0, 1))
    return out


def _around(wish: Wish, mine: Array, at: Spot, its: Array, there: Spot, seats: int) -> Array:
    """Chairs look at the table, each before its edge, at a seat of its own, and pulled to it."""
    x, z = _seen_from(there, at).T
    turn = there.yaw_rad - at.yaw_rad
    across, along = _extent(its, turn)
    gap = z - mine[1] - along
    over = np.maximum(np.abs(x) + mine[0] - across, 0)
    square = abs(np.cos(2 * turn))
    pulled = 1 - _PULLED * np.clip((gap - wish.from_m) / (wish.to_m - wish.from_m), 0, 1)
    ends = abs(np.cos(turn)) < abs(np.sin(turn))  # before an end of the table, left or right
    row = _seats(its, seats)[int(ends)]
    # Rows are the same from both sides, so that the sign of x is of no matter.
    off = np.min(np.abs(x[..., None] - row), axis=-1) if len(row) else np.full(x.shape, np.inf)
    own = _ELSEWHERE + (1 - _ELSEWHERE) * np.clip(1 - off / _SEAT_M, 0, 1)
    out: Array = _band(gap, wish) * np.clip(1 - over / _ROW_M, 0, 1) * square * (z > 0) * pulled * own
    return out


def _seats(half: Array, count: int) -> tuple[Array, Array]:
    """Return where along the edge, from its middle, people sit before the front and back of a table, and at its left and right end."""
    long, short = float(half.max()), float(half.min())
    if count > 2 and short >= _SQUARE * long:
        rows = [-(-count // 4)] * 2
    else:
        most = max(1, int(2 * long / _SEAT_M + 1e-6))
        sides = min(-(-count // 2), most)
        rows = [sides, -(-(count - 2 * sides) // 2)]
    first, second = (((np.arange(row) + 0.5) / max(row, 1) - 0.5) * 2 * side for row, side in zip(rows, (long, short), strict=True))
    return (first, second) if half[0] >= half[1] else (second, first)


def _seen_from(at: Spot, there: Spot) -> Array:
    """Return `at` in the axes (x, z) of what is `there`."""
    out: Array = on_plan(at.middle_m - there.middle_m, at_m=np.zeros(2), yaw_rad=-there.yaw_rad)
    return out


def _extent(half: Array, turn: float) -> tuple[float, float]:
    c, s = abs(np.cos(turn)), abs(np.sin(turn))
    return float(c * half[0] + s * half[1]), float(s * half[0] + c * half[1])


def _band(distance: Array, wish: Wish) -> Array:
    return _within(distance, wish.from_m, wish.to_m)


def _within(distance: Array, least: float, most: float) -> Array:
    off = np.maximum(np.maximum(least - distance, distance - most), 0)
    out: Array = np.maximum(1 - off / _FADE_M, 0)
    return out
