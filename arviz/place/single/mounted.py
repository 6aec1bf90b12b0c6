"""Places for what does not stand on the floor: on walls and on table tops, by the same search between other heights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.placement import Placement
from arviz.place.floor.site import Site
from arviz.place.plan.pose import on_plan
from arviz.place.plan.zone import Zone
from arviz.place.product.furniture import Furniture
from arviz.place.rules import Rules
from arviz.place.single.exact import Surroundings, surroundings
from arviz.place.single.pieces import is_flat, on_site, parts_of
from arviz.place.single.scoring import Taste, behind, taste
from arviz.place.single.settle import Carrier, places, ranked
from arviz.place.ways.ground import Bodies

_OVER_M = 0.02
"""What of a thing on a table is lower than this does not meet the table, whose height is not known better."""
_BEFORE_M = 0.05
"""What hangs so near before an opening covers it."""
_ON_WALL_M = 0.1
"""What is given a place so near to a wall was meant to hang on it."""
_STEP_M = 0.15
_LOWEST_M = 0.3
_EYES_M = 1.5
"""Height of the middle of what hangs, where its kind says nothing: that of eyes."""


def on_tables(
    site: Site,
    furniture: Furniture,
    *,
    rules: Rules,
    fixed: Bodies,
    best: int,
    yaw_rad: float | None,
    wall: int | None,
) -> list[Placement]:
    """Return the best places on the room's table tops and on other products, as `arviz.place.single.search.search` does on the floor."""
    raised = _raised(furniture)
    for tight in (False, True):
        found: list[Placement] = []
        for top in _tops(site, fixed):
            likes = taste(replace(site, outline_m=top.outline_m), furniture, fixed=fixed)
            found += places(top.around(site, raised), likes, top.carrier, rules=rules, best=best, yaw_rad=yaw_rad, wall=wall, tight=tight)
        if found:
            return ranked(found)[:best]
    return []


def hang(site: Site, furniture: Furniture, *, rules: Rules, fixed: Bodies, best: int, wall: int | None) -> list[Placement]:
    """Return the best places on walls: at the height of the kind, off openings and off what stands before the wall."""
    kept = replace(site, keep=(*site.keep, *_openings(site)))
    likes = taste(site, furniture, fixed=fixed)
    likes = replace(likes, kind=replace(likes.kind, against=("wall",)))
    found: list[Placement] = []
    for height, other in _over(site, likes, fixed):
        placements = _at_height(kept, furniture, likes, height, rules=rules, fixed=fixed, best=best, wall=wall)
        found += [each for each in placements if f"over the {other}" in each.reasons]
    for height in (*_liked_heights(likes), *_other_heights(site, furniture)):
        if len(found) >= best:
            break
        placements = _at_height(kept, furniture, likes, height, rules=rules, fixed=fixed, best=best, wall=wall)
        found += placements
        if placements:
            break
    return ranked(found)[:best]


def carried(site: Site, furniture: Furniture, *, at_m: Array, yaw_rad: float, fixed: Bodies = ()) -> tuple[Surroundings, Carrier]:
    """Return what a product meets, and what carries it, at a given place: the table top there, or the wall behind it.

    `at_m` is site (x, z) of its origin. Where no table is, and for a wall that is not there, nothing is made up: it is on the
    floor, or at the height of its kind on no wall.
    """
    if furniture.support == "wall":
        likes = taste(site, furniture, fixed=fixed)
        height = (*_liked_heights(likes), 0.0)[0]
        middle = on_plan(likes.middle_m, at_m=at_m, yaw_rad=yaw_rad)
        away, walls = behind(likes, middle[None], yaw_rad=yaw_rad)
        which = int(walls[0])
        carrier = Carrier("wall", None, "no wall", height, 0.0)
        if which >= 0 and away[0] < _ON_WALL_M:
            carrier = carrier._replace(plane=site.walls[which].plane, name=site.walls[which].name)
        kept = replace(site, keep=(*site.keep, *_openings(site)))
        return surroundings(kept, _grounded(furniture, height), fixed=fixed, height_m=height), carrier
    for top in sorted(_tops(site, fixed), key=lambda top: -top.carrier.height_m):
        if _within(top.outline_m, at_m):
            return top.around(site, _raised(furniture)), top.carrier
    return surroundings(site, furniture, fixed=fixed), Carrier("floor", site.floor, "the floor", 0.0, 0.0)


def has_tops(site: Site, fixed: Bodies) -> bool:
    """Tell whether there is anything, of the room or of other products, on which things can stand."""
    return next(_tops(site, fixed), None) is not None


def _within(outline_m: Array, at_m: Array) -> bool:
    import shapely

    return bool(shapely.Polygon(outline_m).covers(shapely.Point(at_m)))


def _raised(furniture: Furniture) -> Furniture:
    """Return a product that does not meet the table it stands on, without zones: nobody stands on tables."""
    slabs = tuple(replace(slab, bottom_m=min(max(slab.bottom_m, _OVER_M), slab.top_m)) for slab in furniture.slabs)
    return replace(furniture, slabs=slabs, zones=())


def _grounded(furniture: Furniture, height_m: float) -> Furniture:
    """Return a product so high up of which the zones for people are on the floor still."""
    zones = tuple(
        zone if zone.swept else replace(zone, bottom_m=zone.bottom_m - height_m, top_m=zone.top_m - height_m) for zone in furniture.zones
    )
    return replace(furniture, zones=zones)


def _at_height(
    site: Site, furniture: Furniture, likes: Taste, height_m: float, *, rules: Rules, fixed: Bodies, best: int, wall: int | None
) -> list[Placement]:
    """Return places whose lowest point is so high; people before them still stand on the floor."""
    around = surroundings(site, _grounded(furniture, height_m), fixed=fixed, height_m=height_m)
    out = []
    for own in site.walls:
        if wall is None or own.plane == wall:
            carrier = Carrier("wall", own.plane, own.name, height_m, 0.0)
            out += [
                placement
                for placement in places(around, likes, carrier, rules=rules, best=best, wall=own.plane, tight=False)
                if _hangs_on(placement, own.name)
            ]
    return out


def _hangs_on(placement: Placement, wall: str) -> bool:
    return any(air.side == "behind" and air.to == wall and air.length.value_m < 1e-3 for air in placement.clearances)


def _over(site: Site, likes: Taste, fixed: Bodies) -> Iterator[tuple[float, str]]:
    """Yield how high the lowest point hangs over what the product likes to hang over, and what that is."""
    for near in likes.near:
        for own, placement in fixed:
            if own is near.other and near.wish.where == "over":
                top = on_site(site, placement)[2] + own.lowest_m + own.size_m[1]
                yield top + (near.wish.from_m + near.wish.to_m) / 2, own.name


def _liked_heights(likes: Taste) -> list[float]:
    """Return how high the lowest point hangs where the middle is as high as the kind has it."""
    low, most = likes.kind.centre_m or (_EYES_M, _EYES_M)
    heights = [middle - likes.furniture.size_m[1] / 2 for middle in dict.fromkeys(((low + most) / 2, low, most))]
    return [height for height in heights if height > 0]


def _other_heights(site: Site, furniture: Furniture) -> Iterable[float]:
    top = 2.5 if site.height_m is None else site.height_m
    return [float(height) for height in np.arange(_LOWEST_M, top - furniture.size_m[1], _STEP_M)]


def _openings(site: Site) -> Iterator[Zone]:
    """Yield the openings as zones in which nothing hangs."""
    for door in site.doors:
        away = np.asarray(door.normal) * _BEFORE_M
        ends = np.asarray(door.ends_m)
        outline = np.concatenate([ends, (ends + away)[::-1]])
        yield Zone(name=door.name, outline_m=outline, bottom_m=door.bottom_m, top_m=door.top_m, swept=True, sigma_m=door.sigma_m)


class _Top(NamedTuple):
    """What things can stand on: its outline in site (x, z), what it is as a carrier, and what else is there."""

    outline_m: Array
    carrier: Carrier
    others: Bodies

    def around(self, site: Site, furniture: Furniture) -> Surroundings:
        """Return what a product on it must not meet."""
        edge = f"the edge of {self.carrier.name}"
        return surroundings(site, furniture, fixed=self.others, height_m=self.carrier.height_m, within_m=self.outline_m, beyond=edge)


def _tops(site: Site, fixed: Bodies) -> Iterator[_Top]:
    """Yield the table tops of the room, and the tops of other products."""
    for table in site.tables:
        yield _Top(table.outline_m, Carrier("table", table.plane, table.name, table.height_m, 0.0), fixed)
    for other, placement in fixed:
        if other.support != "floor" or is_flat(other) or not other.slabs:
            continue
        at, yaw, height = on_site(site, placement)
        parts = [part for part in parts_of(other, height_m=height + other.lowest_m) if part.zone is None]
        top = max(parts, key=lambda part: part.top_m)
        others = [pair for pair in fixed if pair[0] is not other]
        yield _Top(on_plan(top.outline_m, at_m=at, yaw_rad=yaw), Carrier("table", None, f"the {other.name}", top.top_m, 0.0), others)
