"""Find places for one product: exact search on the raster of a site, then contact with walls, then exact polygons.

::

    site, product, rules -> surroundings -> free cells per yaw -> scores -> the best -> slid to the wall -> verified -> apart -> facts
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.frozen import Array
from arviz.core.placement import Placement
from arviz.place.floor.site import Site
from arviz.place.plan.plan_frame import to_plan
from arviz.place.product.furniture import Furniture
from arviz.place.rules import Rules
from arviz.place.single.candidates import Pose, site_yaw
from arviz.place.single.exact import surroundings
from arviz.place.single.mounted import carried, hang, has_tops, on_tables
from arviz.place.single.refused import refusal
from arviz.place.single.scoring import taste
from arviz.place.single.settle import Carrier, facts, places
from arviz.place.ways.ground import Bodies


def search(
    site: Site,
    furniture: Furniture,
    *,
    rules: Rules,
    fixed: Bodies = (),
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
    if furniture.support == "wall":
        return tuple(hang(site, furniture, rules=rules, fixed=fixed, best=best, wall=wall))
    if furniture.support == "table":
        return tuple(on_tables(site, furniture, rules=rules, fixed=fixed, best=best, yaw_rad=yaw_rad, wall=wall))
    around, likes = surroundings(site, furniture, fixed=fixed), taste(site, furniture, fixed=fixed)
    return tuple(places(around, likes, _floor(site, rules), rules=rules, best=best, yaw_rad=yaw_rad, wall=wall))


def stand(
    site: Site, furniture: Furniture, *, at_m: Sequence[float] | Array, yaw_rad: float, rules: Rules, fixed: Bodies = ()
) -> Placement:
    """Return the facts of one given place, also where the product does not fit: then `blocked` names what is in the way.

    `at_m` is world (x, z) of the product's origin, `yaw_rad` its yaw in the world; what stands on tables stands on the one that
    is there, what hangs on walls hangs at the height of its kind.
    """
    pose = Pose(to_plan(np.asarray(at_m, np.float64), world_from_site=site.world_from_site), yaw_rad - site_yaw(site))
    likes = taste(site, furniture, fixed=fixed)
    if furniture.support == "floor":
        around, carrier = surroundings(site, furniture, fixed=fixed), _floor(site, rules)
    else:
        around, carrier = carried(site, furniture, at_m=pose.at_m, yaw_rad=pose.yaw_rad, fixed=fixed)
    return facts(around, likes, pose, carrier, rules=rules)


def why_not(
    site: Site, furniture: Furniture, *, rules: Rules, fixed: Bodies = (), yaw_rad: float | None = None, wall: int | None = None
) -> str:
    """Return in words why `search` finds no place, as far as one reason alone says it; empty where it finds one."""
    if search(site, furniture, rules=rules, fixed=fixed, best=1, yaw_rad=yaw_rad, wall=wall):
        return ""
    if furniture.support == "table" and not has_tops(site, fixed):
        return f"{furniture.name} stands on tables, and the room shows none: choose one with it, or --on floor"
    if furniture.support != "floor":
        return f"{furniture.name} finds no place on a {furniture.support} of the room: all are too small, or taken"
    return refusal(site, furniture, fixed=fixed, yaw_rad=yaw_rad, wall=wall)


def _floor(site: Site, rules: Rules) -> Carrier:
    return Carrier("floor", site.floor, "the floor", 0.0, rules["wall-gap"].needed_m)
