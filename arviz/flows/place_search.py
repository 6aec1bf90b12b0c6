"""The best places for products in a room, or the one that was given."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from arviz.core.errors import InputError
from arviz.core.placement import Arrangement
from arviz.place.floor.site import Site
from arviz.place.product.furniture import Furniture
from arviz.place.rules import Rules
from arviz.place.single.search import stand, why_not
from arviz.place.together.arrange import arrange, why_none
from arviz.place.ways.arranged import arranged

BEST = 5


def best_places(
    site: Site,
    furniture: Sequence[Furniture],
    rules: Rules,
    *,
    at: Sequence[float] | None,
    yaw_rad: float | None,
    wall: int | None,
) -> tuple[tuple[Arrangement, ...], str]:
    """Return the best arrangements; none, and why, where nothing fits."""
    if (at is not None or yaw_rad is not None or wall is not None) and len(furniture) > 1:
        raise InputError(
            "E_PLACE_ONE",
            "a place is given for one product",
            expected="one product with --at, --yaw or --wall",
            found=f"{len(furniture)} products",
            hint="Place them one after the other, or let all of them be arranged.",
        )
    if wall is not None and all(known.plane != wall for known in site.walls):
        raise InputError(
            "E_WALL_UNKNOWN",
            "the room has no wall of this number",
            expected=", ".join(str(known.plane) for known in site.walls) or "a room with walls",
            found=wall,
            hint="Draw the plan with --plan: it shows the number of each wall.",
        )
    if at is not None:
        where = np.asarray(at, np.float64)
        if where.shape != (2,) or not np.isfinite(where).all() or not isfinite(yaw_rad or 0.0):
            raise InputError("E_PLACE_AT", "not a place", expected="X,Z in metres, finite", found=list(at))
        placement = stand(site, furniture[0], at_m=where, yaw_rad=yaw_rad or 0.0, rules=rules)
        return (arranged(site, furniture, [placement], rules=rules),), ""

    found = arrange(site, furniture, rules=rules, best=BEST, yaw_rad=yaw_rad, wall=wall)
    if found:
        return found, ""
    if len(furniture) > 1:
        return (), why_none(site, furniture, rules=rules)
    return (), why_not(site, furniture[0], rules=rules, yaw_rad=yaw_rad, wall=wall)
