"""The best places for a product on one carrier: looked at closely, slid to walls, verified by polygons, with their facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.placement import Placement, Support
from arviz.place.plan.plan_frame import to_world
from arviz.place.plan.pose import on_plan, standing
from arviz.place.rules import Rules
from arviz.place.single.candidates import Pose, between_cells, on_raster, site_yaw, terms_at, yaws_along_walls, yaws_askew
from arviz.place.single.clearances import SIDES, clearances, fits, kept_results, touch, zone_results
from arviz.place.single.exact import Surroundings, is_free
from arviz.place.single.overlaps import overlaps
from arviz.place.single.reasons import reasons
from arviz.place.single.scoring import NEAR_M, Taste, behind, beside, score

_TRIED = 2
"""Candidates that are looked at closely, for each place that is asked for."""
_APART = 0.25
"""Two places are different if they share less than this of the floor that either covers."""
_BACK, _FRONT, _LEFT, _RIGHT = (np.array(towards) for towards in SIDES.values())
_EASE_M = 0.05
"""Air that a place gets on both sides where there is as much."""


class Carrier(NamedTuple):
    """What carries a product: how, which of `Room.planes` (None: another product), its name, how high it is, and the gap to walls."""

    support: Support
    plane: int | None
    name: str
    height_m: float
    gap_m: float


def places(
    around: Surroundings,
    likes: Taste,
    carrier: Carrier,
    *,
    rules: Rules,
    best: int,
    yaw_rad: float | None = None,
    wall: int | None = None,
    tight: bool = True,
) -> list[Placement]:
    """Return the best places on a carrier, clearly different from each other, safe ones first, then the best.

    `tight` says whether places too tight for the raster are looked for where it holds none, which takes longer.
    """
    if is_too_high(around):
        return []
    found: list[Placement] = []
    for poses in _poses(around, likes, count=_TRIED * best, yaw_rad=yaw_rad, wall=wall, tight=tight):
        for pose in poses:
            if sum(placement.outcome == "pass" for placement in found) == best:
                break
            place = _settled(around, likes, pose, gap_m=carrier.gap_m)
            if place is None or (wall is not None and not _at_wall(likes, place, wall)):
                continue
            if not any(_same(around, place, other) for other in found):
                found.append(facts(around, likes, place, carrier, rules=rules))
        if found:
            break
    return ranked(found)[:best]


def ranked(found: Iterable[Placement]) -> list[Placement]:
    """Return places, safe ones first, then the best."""
    return sorted(found, key=lambda placement: (placement.outcome != "pass", -placement.score))


def is_too_high(around: Surroundings) -> bool:
    """Tell whether a product reaches above the ceiling."""
    top = max((part.top_m for part, _ in around.body), default=0.0)
    return around.site.height_m is not None and top > around.site.height_m


def facts(around: Surroundings, likes: Taste, pose: Pose, carrier: Carrier, *, rules: Rules) -> Placement:
    """Return a pose with all that is known of it."""
    site, product = around.site, around.furniture
    where: dict[str, Any] = {"at_m": pose.at_m, "yaw_rad": pose.yaw_rad}
    found = terms_at(around, likes, **where)
    air = clearances(around, **where)
    into = overlaps(around, **where)
    blocked = [each.words for each in into] + ["ceiling"] * is_too_high(around)
    if carrier.support == "wall" and carrier.plane is None:
        blocked.append("no wall behind it")
    return Placement(
        product=product.name,
        support=carrier.support,
        plane=carrier.plane,
        world_from_asset=site.world_from_site @ standing(**where, height_m=carrier.height_m - product.lowest_m),
        outline_m=to_world(on_plan(product.outline_m, **where), world_from_site=site.world_from_site),
        score=float(score(found)[0]),
        reasons=reasons(around, likes, found, support=carrier.support, on=carrier.name, **where),
        clearances=air,
        rules=(*fits(around, air, into), *zone_results(around, rules=rules, **where), *kept_results(around, rules=rules, **where)),
        blocked=tuple(dict.fromkeys(blocked)),
    )


def _poses(
    around: Surroundings, likes: Taste, *, count: int, yaw_rad: float | None, wall: int | None, tight: bool
) -> Iterable[Iterable[Pose]]:
    """Yield poses to look at closely, each lot if the one before held no place.

    Square to the walls first; askew only for what may stand free; of both the cells of the raster, then what lies between them.
    """
    site = around.site
    along = yaws_along_walls(site, wall=wall) if yaw_rad is None else [yaw_rad - site_yaw(site)]
    askew = yaws_askew(along) if yaw_rad is None and wall is None and {"free", "any"} & set(likes.kind.against) else []
    for yaws in (along, askew):
        yield on_raster(around, likes, yaws, count=count)
        if tight:
            yield between_cells(around, likes, yaws)


def _at_wall(likes: Taste, pose: Pose, wall: int) -> bool:
    middle = on_plan(likes.middle_m, at_m=pose.at_m, yaw_rad=pose.yaw_rad)
    distance, which = behind(likes, middle[None], yaw_rad=pose.yaw_rad)
    return bool(distance[0] < NEAR_M and likes.site.walls[which[0]].plane == wall)


def _settled(around: Surroundings, likes: Taste, pose: Pose, *, gap_m: float) -> Pose | None:
    """Return a pose slid to the walls that it stands near, with air at its sides; None if no such place is free by polygons."""
    moved = pose
    middle = on_plan(likes.middle_m, at_m=pose.at_m, yaw_rad=pose.yaw_rad)[None]
    against = set(likes.kind.against)
    if against & {"wall", "corner"} and behind(likes, middle, yaw_rad=pose.yaw_rad)[0][0] < NEAR_M:
        moved = _pushed(around, moved, _BACK, gap_m=gap_m)
        if "corner" in against and beside(likes, middle, yaw_rad=pose.yaw_rad)[0][0] < NEAR_M:
            moved = _pushed(around, moved, min((_LEFT, _RIGHT), key=lambda side: _air(around, moved, side)), gap_m=gap_m)
        else:
            moved = _eased(around, moved, (_LEFT, _RIGHT))
    else:
        moved = _eased(around, _eased(around, moved, (_LEFT, _RIGHT)), (_BACK, _FRONT))
    for place in (moved, pose):
        if is_free(around, at_m=place.at_m, yaw_rad=place.yaw_rad):
            return place
    return None


def _air(around: Surroundings, pose: Pose, side: Array) -> float:
    """Return how far a product can move to one of its sides, zones and all."""
    direction = on_plan(side, at_m=np.zeros(2), yaw_rad=pose.yaw_rad)
    found = touch(around.hard, at_m=pose.at_m, yaw_rad=pose.yaw_rad, direction=direction)
    return np.inf if found is None else found.distance_m


def _pushed(around: Surroundings, pose: Pose, side: Array, *, gap_m: float) -> Pose:
    """Return a pose moved to one side until just a gap is left there, or away for one, as far as the other side lets it."""
    air = _air(around, pose, side)
    if not np.isfinite(air):
        return pose
    move = air - gap_m
    if move < 0:
        move = -min(-move, _air(around, pose, -side))
    return pose._replace(at_m=pose.at_m + on_plan(side, at_m=np.zeros(2), yaw_rad=pose.yaw_rad) * move)


def _eased(around: Surroundings, pose: Pose, sides: Sequence[Array]) -> Pose:
    """Return a pose moved away from what is close to one of two opposite sides, as far as the other side lets it."""
    airs = [_air(around, pose, side) for side in sides]
    wanted = min(_EASE_M, sum(airs) / 2)
    moves = [max(wanted - air, 0.0) for air in airs]
    step = sides[1] * moves[0] + sides[0] * moves[1]
    return pose._replace(at_m=pose.at_m + on_plan(step, at_m=np.zeros(2), yaw_rad=pose.yaw_rad))


def _same(around: Surroundings, pose: Pose, other: Placement) -> bool:
    """Tell whether a pose is nearly the place of another."""
    import shapely

    world = to_world(on_plan(around.furniture.outline_m, at_m=pose.at_m, yaw_rad=pose.yaw_rad), world_from_site=around.site.world_from_site)
    mine, its = shapely.Polygon(world), shapely.Polygon(other.outline_m)
    return bool(mine.intersection(its).area >= _APART * mine.union(its).area)
