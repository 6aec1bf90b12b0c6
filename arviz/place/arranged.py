"""`arranged`: what places that somebody chose do to the ways through a room."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.placement import Arrangement, Placement
from arviz.place.furniture import Furniture
from arviz.place.ground import Bodies
from arviz.place.paths import walks
from arviz.place.points import points_of_use
from arviz.place.rules import Rules
from arviz.place.site import Site
from arviz.place.walk import walkway_rules


def arranged(
    site: Site, furnitures: Sequence[Furniture], placements: Sequence[Placement], *, rules: Rules, fixed: Bodies = ()
) -> Arrangement:
    """Return given places as an arrangement, with the rules of the ways and the ways before and after.

    Parameters
    ----------
    placements : sequence of Placement
        One for each of `furnitures`, as `arviz.place.search.search` and `stand` return them.
    """
    chosen = tuple(zip(furnitures, placements, strict=True))
    points = points_of_use(site, (*fixed, *chosen))
    return Arrangement(
        placements=tuple(placements),
        score=float(np.clip(np.mean([placement.score for placement in placements]), 0, 1)) if placements else 0.0,
        rules=walkway_rules(site, chosen, rules=rules, fixed=fixed),
        before=walks(site, fixed, points=points),
        after=walks(site, (*fixed, *chosen), points=points),
    )
