"""Find places for one product: exact search on the raster of a site, then contact with walls, then exact polygons.

::

    site, product, rules -> surroundings -> free cells per yaw -> scores -> the best, apart -> slid to the wall -> verified -> facts
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.placement import Placement
from arviz.place.clearances import clearances, contact, fits, zone_results
from arviz.place.exact import Surroundings, free_space, is_free, meets, surroundings
from arviz.place.furniture import Furniture
from arviz.place.kernels import kernel, met
from arviz.place.plan_frame import to_world
from arviz.place.pose import on_plan, standing
from arviz.place.rules import Rules
from arviz.place.scoring import NEAR_M, behind, score, terms
from arviz.place.site import Site

Fixed = Sequence[tuple[Furniture, Placement]]
_SAME_YAW_RAD = np.radians(0.5)
_TRIED = 2
"""Candidates that are looked at closely, for each place that is asked for."""
_APART = 0.5
"""Two places are different if they share less than this of the floor that either covers."""


class Pose(NamedTuple):
    """A place in the site: (x, z) of the product's origin, its yaw, and how good it is."""

    at_m: Array
    yaw_rad: float
    score: float


def search(
    site: Site,
    furniture: Furniture,
    *,
    rules: Rules,
    fixed: Fixed = (),
    best: int = 5,
    yaw_rad: float | None = None,
    wall: int | None = None,
) -> tuple[Placement, ...]:
    """Return the best places for a product, clearly different from each other, the best first; none if it fits nowhere.

    Parameters
    ----------
    site : Site
    furniture : Furniture
    rules : Rules
    fixed : sequence of (Furniture, Placement)
        What stands there already; its zones are kept.
    best : int
        At most so many.
    yaw_rad : float or None
        In the world; None tries all along the walls.
    wall : int or None
        Index in `Room.planes` of the wall to stand at.
    """
    around = surroundings(site, furniture, fixed=fixed)
    yaws = _yaws(around, yaw_rad=yaw_rad, wall=wall)
    placements = _verified(around, _candidates(around, yaws, count=_TRIED * best), rules=rules) or _verified(
        around, _between_cells(around, yaws), rules=rules
    )
    placements.sort(key=lambda placement: (placement.outcome != "pass", -placement.score))
    return tuple(_apart(placements))[:best]


def stand(site: Site, furniture: Furniture, *, at_m: Sequence[float] | Array, yaw_rad: float, rules: Rules, fixed: Fixed = ()) -> Placement:
    """Return the facts of one given place, also where the product does not fit: then `blocked` names what is in the way.

    `at_m` is world (x, z) of the product's origin, `yaw_rad` its yaw in the world.
    """
    around = surroundings(site, furniture, fixed=fixed)
    turn = _site_yaw(site)
    at = (np.asarray(at_m, np.float64) - site.world_from_site[[0, 2], 3]) @ site.world_from_site[np.ix_((0, 2), (0, 2))]
    return _facts(around, _scored(around, at, yaw_rad - turn), rules=rules)


def why_not(
    site: Site, furniture: Furniture, *, rules: Rules, fixed: Fixed = (), yaw_rad: float | None = None, wall: int | None = None
) -> str:
    """Return in words why a product fits nowhere."""
    return f"{furniture.name} fits nowhere in the room"


def _site_yaw(site: Site) -> float:
    return float(np.arctan2(site.world_from_site[0, 2], site.world_from_site[2, 2]))


def _yaws(around: Surroundings, *, yaw_rad: float | None, wall: int | None) -> list[float]:
    """Return the yaws in the site that are tried: backs to the walls, square to the site."""
    site = around.site
    if yaw_rad is not None:
        return [yaw_rad - _site_yaw(site)]
    walls = [w for w in site.walls if wall is None or w.plane == wall]
    wanted = [float(np.arctan2(*w.normal)) for w in walls]
    if wall is None:
        wanted = [0.0, np.pi / 2, np.pi, -np.pi / 2, *wanted]
    out: list[float] = []
    for yaw in wanted:
        if all(abs(np.angle(np.exp(1j * (yaw - other)))) > _SAME_YAW_RAD for other in out):
            out.append(yaw)
    return out


def _verified(around: Surroundings, poses: Iterable[Pose], *, rules: Rules) -> list[Placement]:
    """Return the places that are free by polygons, slid to the wall where they can be."""
    out = []
    for pose in poses:
        slid = _to_wall(around, pose, gap_m=rules["wall-gap"].needed_m)
        free = next((p for p in (slid, pose) if is_free(around, at_m=p.at_m, yaw_rad=p.yaw_rad)), None)
        if free is not None:
            out.append(_facts(around, free, rules=rules))
    return out


def _between_cells(around: Surroundings, yaws: Iterable[float]) -> Iterable[Pose]:
    """Yield the places that are too tight for the raster: the middle of each area where the product can be."""
    import shapely

    for yaw in yaws:
        for area in shapely.get_parts(free_space(around, yaw_rad=yaw)):
            if area.geom_type == "Polygon" and not area.is_empty:
                middle = shapely.get_coordinates(shapely.maximum_inscribed_circle(area))[0]
                yield _scored(around, middle, yaw)


def _candidates(around: Surroundings, yaws: Iterable[float], *, count: int) -> list[Pose]:
    """Return free places: the best cell of each yaw, then the best that is not near it, and so on; the best of all first."""
    grid = around.site.grid
    middle = _middle(around)
    found = []
    for yaw in yaws:
        free = free_cells(around, yaw_rad=yaw)
        rows, columns = np.nonzero(free)
        if not len(rows):
            continue
        places = np.asarray(grid.origin_m) + (np.stack([columns, rows], axis=1) + 0.5) * grid.cell_m
        values = score(around, terms(around, places, yaw_rad=yaw))
        found.append((values, places, yaw))
    apart = float(np.ptp(around.furniture.outline_m, axis=0).min()) / 2
    chosen = []
    for values, places, yaw in found:
        values = values.copy()
        for _ in range(count):
            index = int(np.argmax(values))
            if not np.isfinite(values[index]):
                break
            chosen.append(Pose(places[index] - on_plan(middle, at_m=np.zeros(2), yaw_rad=yaw), yaw, float(values[index])))
            values[np.abs(places - places[index]).max(axis=1) < apart] = -np.inf
    chosen.sort(key=lambda pose: -pose.score)
    return chosen[:count]


def free_cells(around: Surroundings, *, yaw_rad: float) -> Array:
    """Return (rows, columns) bool: in the middles of which cells of the site's grid the middle of the product can be."""
    grid = around.site.grid
    middle = _middle(around)
    taken = np.zeros(grid.seen.shape, bool)
    for part, layer in around.hard:
        outline = on_plan(part.outline_m - middle, at_m=np.zeros(2), yaw_rad=yaw_rad)
        taken |= met(layer.taken, kernel(outline, cell_m=grid.cell_m))
    return ~taken


def _middle(around: Surroundings) -> Array:
    outline = around.furniture.outline_m
    out: Array = (outline.min(axis=0) + outline.max(axis=0)) / 2
    return out


def _scored(around: Surroundings, at_m: Array, yaw_rad: float) -> Pose:
    middle = on_plan(_middle(around), at_m=at_m, yaw_rad=yaw_rad)
    return Pose(at_m, yaw_rad, float(score(around, terms(around, middle[None], yaw_rad=yaw_rad))[0]))


def _to_wall(around: Surroundings, pose: Pose, *, gap_m: float) -> Pose:
    """Return a pose slid back until its back is as far from the wall as the rule says, if it stands near one."""
    middle = on_plan(_middle(around), at_m=pose.at_m, yaw_rad=pose.yaw_rad)
    distance = behind(around, middle[None], yaw_rad=pose.yaw_rad)[0][0]
    if not distance < NEAR_M:
        return pose
    back = on_plan(np.array([0.0, -1.0]), at_m=np.zeros(2), yaw_rad=pose.yaw_rad)
    met_by = contact(around, around.hard, at_m=pose.at_m, yaw_rad=pose.yaw_rad, direction=back)
    if met_by is None:
        return pose
    return _scored(around, pose.at_m + back * (met_by.distance_m - min(gap_m, met_by.distance_m)), pose.yaw_rad)


def _facts(around: Surroundings, pose: Pose, *, rules: Rules) -> Placement:
    site, product = around.site, around.furniture
    air = clearances(around, at_m=pose.at_m, yaw_rad=pose.yaw_rad)
    blocked = dict.fromkeys(meeting.what for meeting in meets(around, at_m=pose.at_m, yaw_rad=pose.yaw_rad))
    to_world_ = site.world_from_site
    outline = on_plan(product.outline_m, at_m=pose.at_m, yaw_rad=pose.yaw_rad)
    return Placement(
        product=product.name,
        support="floor",
        plane=site.floor,
        world_from_asset=to_world_ @ standing(at_m=pose.at_m, yaw_rad=pose.yaw_rad, height_m=-product.lowest_m),
        outline_m=to_world(outline, world_from_site=to_world_),
        score=pose.score,
        clearances=air,
        rules=(*fits(around, air), *zone_results(around, at_m=pose.at_m, yaw_rad=pose.yaw_rad, rules=rules)),
        blocked=tuple(blocked),
    )


def _apart(placements: Iterable[Placement]) -> list[Placement]:
    """Return the placements, best first, without those that are nearly in the place of a better one."""
    import shapely

    kept: list[tuple[Placement, Any]] = []
    for placement in placements:
        polygon = shapely.Polygon(placement.outline_m)
        if all(polygon.intersection(other).area < _APART * polygon.union(other).area for _, other in kept):
            kept.append((placement, polygon))
    return [placement for placement, _ in kept]
