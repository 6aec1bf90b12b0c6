"""How good a place is: terms between 0 and 1, from what is near and what the product looks at, for many places at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.placement import Placement
from arviz.place.floor.site import Site, Wall
from arviz.place.kinds import ANYTHING, Kind, Wish, read_kinds
from arviz.place.plan.pose import on_plan
from arviz.place.product.furniture import Furniture
from arviz.place.single.pieces import on_site
from arviz.place.single.wishes import Spot, wished, wishes

NEAR_M = 0.5
"""Over this distance to a wall its good fades."""
_WEIGHTS = {"place": 4.0, "wish": 4.0, "zones": 2.0, "shown": 4.0, "facing": 1.0, "window": 1.0, "middle": 0.5}
_NEXT_BEST = 0.7
"""How good the second best of the places that a kind likes is, beside the best."""
_CLOSE_M = 1.0
"""What stands so near to a window stands before it."""
_ALONG = np.cos(np.radians(10.0))


class Near(NamedTuple):
    """What is wished of a product, which stands there, how much that counts, and how many share that product."""

    wish: Wish
    weight: float
    other: Furniture
    there: Spot
    seats: int


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """What speaks for places of a product: its kind, the site, and the products that it likes to be near."""

    site: Site
    furniture: Furniture
    kind: Kind
    near: tuple[Near, ...]

    @property
    def middle_m(self) -> Array:
        """(2,): the middle of the product's bounds in the asset's (x, z)."""
        return self.furniture.middle_m


def taste(site: Site, furniture: Furniture, *, fixed: Sequence[tuple[Furniture, Placement]] = ()) -> Taste:
    """Return what speaks for places of a product beside others."""
    kinds = read_kinds()
    kind = kinds.get(furniture.kind, kinds[ANYTHING])
    near = []
    seats = 1 + sum(other.kind == furniture.kind for other, _ in fixed)
    for other, placement in fixed:
        at, yaw, _ = on_site(site, placement)
        there = Spot(on_plan(other.middle_m, at_m=at, yaw_rad=yaw)[None], yaw)
        near += [Near(wish, weight, other, there, seats) for wish, weight in wishes(furniture, other, kinds=kinds)]
    return Taste(site, furniture, kind, tuple(near))


def terms(likes: Taste, middles_m: Array, *, yaw_rad: float) -> dict[str, Array]:
    """Return what speaks for places, each (N,) from 0 to 1.

    Parameters
    ----------
    likes : Taste
    middles_m : ndarray (N, 2)
        Where the middle of the product's bounds is, site (x, z).
    yaw_rad : float
        In the site.
    """
    front = on_plan(np.array([0.0, 1.0]), at_m=np.zeros(2), yaw_rad=yaw_rad)
    inward = likes.site.outline_m.mean(axis=0) - middles_m
    away = np.linalg.norm(inward, axis=1)
    back, wall = behind(likes, middles_m, yaw_rad=yaw_rad)
    out = {
        "place": _place(likes, middles_m, yaw_rad=yaw_rad, back_m=back),
        "facing": (1 + inward @ front / np.maximum(away, 1e-6)) / 2,
        "window": 1 - before_windows(likes, middles_m, yaw_rad=yaw_rad),
        "middle": _middle(likes, middles_m, wall),
    }
    if likes.near:
        fulfilled = [_fulfilled(likes, each, middles_m, yaw_rad=yaw_rad) for each in likes.near]
        out["wish"] = np.max(fulfilled, axis=0)
    return out


def best_wish(likes: Taste, middle_m: Array, *, yaw_rad: float) -> tuple[Near | None, float]:
    """Return the wish that one place (1, 2) fulfils best, and how well."""
    values = [float(_fulfilled(likes, near, middle_m, yaw_rad=yaw_rad)[0]) for near in likes.near]
    if not values:
        return None, 0.0
    index = int(np.argmax(values))
    return likes.near[index], values[index]


def score(found: Mapping[str, Array]) -> Array:
    """Return the weighted mean (N,) of terms."""
    total = sum(_WEIGHTS[name] * values for name, values in found.items())
    out: Array = np.asarray(total) / sum(_WEIGHTS[name] for name in found)
    return out


def behind(likes: Taste, middles_m: Array, *, yaw_rad: float) -> tuple[Array, Array]:
    """Return how far (N,) the product's back is from the wall that it is turned to, and that wall's index in the site, -1: none."""
    return _at_wall(likes, middles_m, yaw_rad=yaw_rad, towards=np.array([0.0, -1.0]))


def beside(likes: Taste, middles_m: Array, *, yaw_rad: float) -> tuple[Array, Array]:
    """Return the same of the nearer of its two sides."""
    left, right = (_at_wall(likes, middles_m, yaw_rad=yaw_rad, towards=np.array([x, 0.0])) for x in (-1.0, 1.0))
    nearer = left[0] <= right[0]
    return np.where(nearer, left[0], right[0]), np.where(nearer, left[1], right[1])


def before_windows(likes: Taste, middles_m: Array, *, yaw_rad: float) -> Array:
    """Return (N,) which share of the width of a window a product higher than its sill covers, standing close to it."""
    product = likes.furniture
    corners = on_plan(product.outline_m - likes.middle_m, at_m=np.zeros(2), yaw_rad=yaw_rad)
    covered = np.zeros(len(middles_m))
    for door in likes.site.doors:
        if door.kind != "window" or product.size_m[1] <= door.bottom_m:
            continue
        run = door.ends_m[1] - door.ends_m[0]
        width = max(float(np.linalg.norm(run)), 1e-9)
        along, normal = run / width, np.asarray(door.normal)
        rel = middles_m - door.ends_m[0]
        low, high = rel @ along + (corners @ along).min(), rel @ along + (corners @ along).max()
        share = np.clip((np.minimum(high, width) - np.maximum(low, 0)) / width, 0, 1)
        close = rel @ normal + (corners @ normal).min() < _CLOSE_M
        covered = np.maximum(covered, np.where(close, share, 0))
    return covered


def _place(likes: Taste, middles_m: Array, *, yaw_rad: float, back_m: Array) -> Array:
    """Return how much a place is one of those that the kind likes: at a wall, in a corner, free in the room."""
    site = likes.site
    best = np.zeros(len(middles_m))
    for order, against in enumerate(likes.kind.against):
        if against == "any":
            value = np.ones(len(middles_m))
        elif against == "free":
            reach = np.linalg.norm(np.ptp(site.outline_m, axis=0)) / 2
            value = 1 - np.clip(np.linalg.norm(middles_m - site.outline_m.mean(axis=0), axis=1) / reach, 0, 1)
        else:
            value = _nearness(back_m)
            if against == "corner":
                value = value * _nearness(beside(likes, middles_m, yaw_rad=yaw_rad)[0])
        best = np.maximum(best, _NEXT_BEST**order * value)
    return best


def _middle(likes: Taste, middles_m: Array, wall: Array) -> Array:
    """Return how near (N,) a product stands to the middle of the wall behind it."""
    out = np.zeros(len(middles_m))
    for index in np.unique(wall[wall >= 0]):
        _, along, length = _before(likes.site.walls[index], middles_m)
        out = np.where(wall == index, 1 - np.clip(np.abs(2 * along / length - 1), 0, 1), out)
    return out


def _at_wall(likes: Taste, middles_m: Array, *, yaw_rad: float, towards: Array) -> tuple[Array, Array]:
    """Return the distance of one side of the product from a wall along it, and the index of that wall."""
    direction = on_plan(towards, at_m=np.zeros(2), yaw_rad=yaw_rad)
    reach = float(((likes.furniture.outline_m - likes.middle_m) @ towards).max())
    distance, which = np.full(len(middles_m), np.inf), np.full(len(middles_m), -1)
    for index, wall in enumerate(likes.site.walls):
        if np.asarray(wall.normal) @ direction > -_ALONG:
            continue
        gap, along, length = _before(wall, middles_m)
        # More than half of the side has the wall before it.
        nearer = (along > 0) & (along < length) & (gap > 0) & (gap - reach < distance)
        distance, which = np.where(nearer, gap - reach, distance), np.where(nearer, index, which)
    return distance, which


def _before(wall: Wall, points_m: Array) -> tuple[Array, Array, float]:
    """Return how far (N,) points are before a wall, how far along it from its first end, and its length."""
    along = wall.ends_m[1] - wall.ends_m[0]
    length = max(float(np.linalg.norm(along)), 1e-9)
    rel = points_m - wall.ends_m[0]
    return rel @ np.asarray(wall.normal), rel @ along / length, length


def _nearness(distance_m: Array) -> Array:
    out: Array = np.clip(1 - distance_m / NEAR_M, 0, 1)
    return out


def _fulfilled(likes: Taste, near: Near, middles_m: Array, *, yaw_rad: float) -> Array:
    return near.weight * wished(near.wish, likes.furniture, Spot(middles_m, yaw_rad), near.other, near.there, seats=near.seats)
