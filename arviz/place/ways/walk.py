"""Whether people still get everywhere: how wide ways are, and what walkways have to be."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import hypot
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.length import Length
from arviz.core.placement import RuleResult
from arviz.place.floor.site import Site
from arviz.place.plan.pose import on_plan
from arviz.place.plan.raster import cells_touched
from arviz.place.rules import Rule
from arviz.place.single.pieces import on_site
from arviz.place.ways.ground import Bodies, raster_of, unseen
from arviz.place.ways.points import Point
from arviz.place.ways.widths import Gap, Ways

RULE = "walkway"
_NEAR_M = 0.05
NO_WAY = Length(0.0, 0.0, "floor plan")


def walkways(before: Widths, after: Widths, points: tuple[Point, ...], *, rules: Mapping[str, Rule]) -> tuple[RuleResult, ...]:
    """Return how wide the ways to all points of use are, products in their places.

    From the first door (the first point of use, where no door is known) to every other door, piece of furniture and product; ways
    with the same narrowest place are one result. Products answer for what they change: `RuleResult.before` says what there was
    without. The last 0.6 m to a thing are its own affair, as between a sofa and a coffee table.

    Parameters
    ----------
    before, after : Widths
        Without the products, and with them.
    points : tuple of Point
        Of use, with the products.
    rules : Mapping
        ``walkway`` says how wide; nothing is judged without it.
    """
    rule = rules.get(RULE)
    points = tuple(point for point in points if point.kind != "window")
    if rule is None or len(points) < 2:
        return ()
    hub, found = points[0], list[_Found]()
    for point in points[1:]:
        gap, width = after.between(hub, point)
        enough = width.value_m >= rule.needed_m
        was = None if enough else before.between(hub, point)[1]
        swing = after.only_past_a_swing(hub, point, rule.needed_m) if enough else ""
        new = _Found([point.name], gap, width, was, swing)
        same = next((other for other in found if other.like(new)), None)
        if same is None:
            found.append(new)
        else:
            same.names.append(point.name)
    return tuple(
        RuleResult(
            rule=RULE,
            where=each.words(hub),
            needed_m=rule.needed_m,
            found=each.width,
            source=rule.says,
            before=each.was,
        )
        for each in found
    )


class _Found(NamedTuple):
    """The widest way to some points of use."""

    names: list[str]
    gap: Gap | None
    width: Length
    was: Length | None
    swing: str

    def like(self, other: _Found) -> bool:
        """Tell whether another way has the same narrowest place and history."""
        if self.gap is None or other.gap is None:
            near = self.gap is other.gap
        else:
            near = hypot(self.gap.at_m[0] - other.gap.at_m[0], self.gap.at_m[1] - other.gap.at_m[1]) < _NEAR_M
        return near and (self.width, self.was, self.swing) == (other.width, other.was, other.swing)

    def words(self, hub: Point) -> str:
        """Return from where to where, and what bounds the narrowest place."""
        text = f"{hub.name} - {', '.join(self.names)}"
        if self.gap is None:
            text += ": no way"
        elif self.gap.sides[0] and self.gap.sides[1]:
            text += f": between {self.gap.sides[0]} and {self.gap.sides[1]}"
        if self.swing:
            text += f", and no other way: {self.swing} while it opens"
        return text


class Widths:
    """Widths of the ways of a site, what was not seen taken as blocked and as free."""

    def __init__(self, site: Site, bodies: Bodies) -> None:
        self.site, self.bodies = site, bodies
        self.ways = Ways(site, bodies)
        self.trusting = Ways(site, bodies, trusting=True) if unseen(site).any() else self.ways
        self._swings: dict[str, Array] | None = None

    def between(self, start: Point, end: Point) -> tuple[Gap | None, Length]:
        """Return the narrowest place of the widest way, and its width.

        Where the way may be wider through floor that was not seen, it is anything between both, each as likely.
        """
        low = self.ways.widest(start, end)
        high = self.trusting.widest(start, end) if self.trusting is not self.ways else low
        if high is None:
            return None, NO_WAY
        least, most = (low.width if low else NO_WAY), high.width
        if most.value_m - least.value_m < self.site.grid.cell_m:
            return low or high, least
        spread = (most.value_m - least.value_m) / np.sqrt(12)
        sigma = float(np.hypot(spread, max(least.sigma_m, most.sigma_m)))
        return low or high, Length((least.value_m + most.value_m) / 2, sigma, "floor plan, in part not seen")

    def only_past_a_swing(self, start: Point, end: Point, needed_m: float) -> str:
        """Return what sweeps through every way that is wide enough, and what it leaves, or nothing."""
        if self._swings is None:
            self._swings = _swings(self.site, self.bodies)
        for name, cells in self._swings.items():
            if name.split(",")[0] not in (start.name, end.name):
                ways: Ways = self.trusting.kept(("without", name), partial(self.trusting.without, cells))
                if not ways.joined(start, end, width_m=needed_m):
                    left = ways.widest(start, end)
                    return f"{name} leaves {left.width if left else 'nothing'}"
        return ""


def _swings(site: Site, bodies: Bodies) -> dict[str, Array]:
    """Return name and cells (rows, columns) bool of everything that something solid moves through."""
    found = [(zone.name, zone.outline_m) for zone in site.keep if zone.swept]
    for furniture, placement in bodies:
        at, yaw, _ = on_site(site, placement)
        swept = (zone for zone in furniture.zones if zone.swept)
        found += [(f"{furniture.name}, {zone.name}", on_plan(zone.outline_m, at_m=at, yaw_rad=yaw)) for zone in swept]
    out: dict[str, Array] = {}
    for name, outline in found:
        out[name] = cells_touched(outline, raster_of(site)) | out.get(name, False)
    return out
