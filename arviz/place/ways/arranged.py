"""What places do to the ways through a room: of products that were arranged, and where somebody chose them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.placement import Arrangement, Placement
from arviz.place.floor.site import Site
from arviz.place.product.furniture import Furniture
from arviz.place.rules import Rules
from arviz.place.ways.paths import walks_between
from arviz.place.ways.points import Point, points_of_use
from arviz.place.ways.walk import Widths, walkways


def arranged(site: Site, furnitures: Sequence[Furniture], placements: Sequence[Placement], *, rules: Rules) -> Arrangement:
    """Return given places as an arrangement, with the rules of the ways and the ways before and after.

    Parameters
    ----------
    placements : sequence of Placement
        One for each of `furnitures`, as `arviz.place.single.search.search` and `stand` return them.
    """
    value = float(np.mean([placement.score for placement in placements])) if placements else 0.0
    empty = Widths(site, ())
    return Judged.of(empty, points_of_use(site), furnitures, tuple(placements), value, rules=rules).with_walks(empty)


class Judged(NamedTuple):
    """An arrangement with what its ways are measured on."""

    arrangement: Arrangement
    points: tuple[Point, ...]
    after: Widths

    @classmethod
    def of(
        cls,
        before: Widths,
        known: tuple[Point, ...],
        furnitures: Sequence[Furniture],
        placements: tuple[Placement, ...],
        value: float,
        *,
        rules: Rules,
    ) -> Judged:
        """Judge the ways of an arrangement, whose score is `value`; `known` are the points of use of the room itself."""
        bodies = (*before.bodies, *zip(furnitures, placements, strict=True))
        points, after = points_of_use(before.site, bodies, known=known), Widths(before.site, bodies)
        results = walkways(before, after, points, rules=rules)
        return cls(Arrangement(placements=placements, score=float(np.clip(value, 0, 1)), rules=results), points, after)

    def with_walks(self, before: Widths) -> Arrangement:
        """Return the arrangement with its ways before and after."""
        was, now = (walks_between(widths.ways, self.points) for widths in (before, self.after))
        return replace(self.arrangement, before=was, after=now)
