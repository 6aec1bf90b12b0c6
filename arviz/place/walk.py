"""Whether people still get everywhere: `free_mask`, and the rules of walkways."""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot

import numpy as np

from arviz.core.frozen import Array
from arviz.core.length import Length
from arviz.core.placement import RuleResult
from arviz.place.ground import Bodies, free_mask, raster_of, unseen
from arviz.place.points import Point, points_of_use
from arviz.place.raster import cells_touched
from arviz.place.rules import Rule
from arviz.place.site import Site
from arviz.place.widths import Gap, Ways

__all__ = ["free_mask", "unseen", "walkway_rules"]

RULE = "walkway"
_SAME_M = 0.001
NO_WAY = Length(0.0, 0.0, "floor plan")


def walkway_rules(site: Site, bodies: Bodies, *, rules: Mapping[str, Rule]) -> tuple[RuleResult, ...]:
    """Return how wide the ways to all points of use are, products in their places.

    From the first door (the first point of use, where no door is known) to every other point of use; ways with the same
    narrowest place are one result. Products answer for what they change: `RuleResult.before` says what there was without.

    Parameters
    ----------
    site : Site
    bodies : sequence of (Furniture, Placement)
    rules : Mapping
        ``walkway`` says how wide; nothing is judged without it.
    """
    rule = rules.get(RULE)
    points = points_of_use(site, bodies)
    if rule is None or len(points) < 2:
        return ()
    hub, others = points[0], points[1:]
    after, before = _Widths(site, bodies), _Widths(site, ())
    found: list[tuple[list[str], Gap | None, Length, Length | None, str]] = []
    for point in others:
        gap, width = after.between(hub, point)
        was = before.between(hub, point)[1]
        swing = after.only_past_a_swing(hub, point, rule.needed_m) if width.value_m >= rule.needed_m else ""
        for names, other, length, past, also in found:
            if _same(gap, other) and length == width and also == swing and _narrowed(width, past) == _narrowed(width, was):
                names.append(point.name)
                break
        else:
            found.append(([point.name], gap, width, was, swing))
    return tuple(
        RuleResult(
            rule=RULE,
            where=_words(hub, names, gap, width, was, swing, rule.needed_m),
            needed_m=rule.needed_m,
            found=width,
            source=rule.says,
            before=was,
        )
        for names, gap, width, was, swing in found
    )


class _Widths:
    """Widths of the ways of a site, what was not seen taken as blocked and as free."""

    def __init__(self, site: Site, bodies: Bodies) -> None:
        self.site, self.bodies = site, bodies
        self.ways = Ways(site, bodies)
        self.trusting = Ways(site, bodies, trusting=True) if unseen(site).any() else self.ways

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
        """Return what sweeps through every way that is wide enough, or nothing."""
        for name, outline in _swings(self.site, self.bodies):
            if name.split(",")[0] in (start.name, end.name):
                continue
            shut = Ways(self.site, self.bodies, trusting=True, shut=cells_touched(outline, raster_of(self.site)))
            left = shut.widest(start, end)
            if left is None or left.width.value_m < needed_m:
                return f"{name} leaves {left.width if left else 'nothing'}"
        return ""


def _swings(site: Site, bodies: Bodies) -> list[tuple[str, Array]]:
    """Return name and outline, site (x, z), of everything that something solid moves through."""
    out = [(zone.name, zone.outline_m) for zone in site.keep if zone.swept]
    for furniture, placement in bodies:
        pose = np.linalg.inv(site.world_from_site) @ placement.world_from_asset
        turn, at = pose[np.ix_((0, 2), (0, 2))], pose[[0, 2], 3]
        out += [(f"{furniture.name}, {zone.name}", zone.outline_m @ turn.T + at) for zone in furniture.zones if zone.swept]
    return out


def _narrowed(width: Length, before: Length | None) -> bool:
    return before is None or width.value_m < before.value_m - _SAME_M


def _same(gap: Gap | None, other: Gap | None) -> bool:
    if gap is None or other is None:
        return gap is other
    return hypot(gap.at_m[0] - other.at_m[0], gap.at_m[1] - other.at_m[1]) < 0.05


def _words(hub: Point, names: list[str], gap: Gap | None, width: Length, was: Length | None, swing: str, needed_m: float) -> str:
    text = f"{hub.name} - {', '.join(names)}"
    if gap is None:
        text += ": no way"
    elif gap.sides[0] and gap.sides[1]:
        text += f": between {gap.sides[0]} and {gap.sides[1]}"
    if was is not None and was.value_m < needed_m:
        text += f", already {was.value_m * 1000:.0f} mm before"
    elif swing:
        text += f", and no other way: {swing} while it opens"
    return text
