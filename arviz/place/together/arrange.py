"""Several products together: where each may be alone, what they wish of each other, and annealing over all of it at once.

::

    places of each product alone (the search's raster) -> the largest first, then each again given all others (Gibbs sampling, cooler
    and cooler; Geman & Geman 1984, "Stochastic Relaxation, Gibbs Distributions, and the Bayesian Restoration of Images")
    -> slid to walls -> exact polygons -> facts by `stand` -> walkways, ways on foot before and after

Where all that is found cuts a way, another round keeps off the ways that are cut.
A step looks at every place of one product, so a hundred steps are enough where random moves of Metropolis took ten thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.placement import Arrangement, Placement
from arviz.place.floor.site import Site
from arviz.place.product.furniture import Furniture
from arviz.place.rules import Rules
from arviz.place.single.search import search, stand, why_not
from arviz.place.together.annealing import Annealing, Cell, bare
from arviz.place.together.mover import Mover, mover_of
from arviz.place.ways.arranged import Judged
from arviz.place.ways.ground import Bodies
from arviz.place.ways.paths import ways_of
from arviz.place.ways.points import Point, points_of_use
from arviz.place.ways.walk import RULE, Widths

_HEATS = (0.0, 0.1, 0.3, 0.3, 0.3)
"""Temperatures of the first places of each start, in the units of scores; all products are then annealed from the hottest."""
_HEATS_AGAIN = (0.0, 0.3, 0.3)
"""The same of the round that keeps off ways."""
_SEED = 0
_MOST_SEARCHES, _BRANCHES = 30, 3
"""Of `_in_turn`: how often it searches, and how many places it tries for each product."""


def arrange(
    site: Site,
    furnitures: Sequence[Furniture],
    *,
    rules: Rules,
    fixed: Bodies = (),
    best: int = 5,
    yaw_rad: float | None = None,
    wall: int | None = None,
) -> tuple[Arrangement, ...]:
    """Return the best arrangements of products, clearly different from each other, the best first; none if they do not all fit.

    Parameters
    ----------
    site : Site
    furnitures : sequence of Furniture
        At most eight, of different names.
    rules : Rules
    fixed : sequence of (Furniture, Placement)
        What stands there already and stays.
    best : int
        At most so many. Those that cut a way come last and say which.
    yaw_rad, wall
        Of the only product, as `search` takes them.
    """
    if not furnitures:
        return ()
    before, known = Widths(site, fixed), points_of_use(site)
    floor = [furniture for furniture in furnitures if furniture.support == "floor"]
    first = furnitures if len(furnitures) == 1 else floor
    names = [furniture.name for furniture in first]

    def judged(ranked: Sequence[_Ranked]) -> tuple[list[Judged], list[Judged]]:
        good, bad = list[Judged](), list[Judged]()
        for value, placements in ranked:
            whole = _mounted(site, furnitures, value, dict(zip(names, placements, strict=True)), rules=rules, fixed=fixed)
            if whole is None:
                continue
            each = Judged.of(before, known, furnitures, whole[1], whole[0], rules=rules)
            (bad if each.arrangement.outcome == "fail" else good).append(each)
            if len(good) == best:
                break
        return good, bad

    if len(first) == 1:
        places = search(site, first[0], rules=rules, fixed=fixed, best=2 * best, yaw_rad=yaw_rad, wall=wall)
        good, bad = judged([(placement.score, (placement,)) for placement in places])
    elif not floor:
        good, bad = judged([(0.0, ())])
    else:
        several = _Several.of(before, known, floor, rules=rules)
        good, bad = judged(several.ranked(_HEATS))
        cut = _cut(before, bad, rules=rules) if not good else None
        if cut is not None:
            good, more = judged(several.off(cut).ranked(_HEATS_AGAIN))
            bad += more

    chosen = [each for lot in (good, bad) for each in sorted(lot, key=lambda each: -each.arrangement.score)][:best]
    if len(furnitures) > 1:
        chosen = [_with_facts(each, before, furnitures, rules=rules) for each in chosen]
    return tuple(each.with_walks(before) for each in chosen)


def why_none(site: Site, furnitures: Sequence[Furniture], *, rules: Rules) -> str:
    """Return in words why `arrange` finds no arrangement: what fits not even alone, else without which one the others fit."""
    alone = [why_not(site, each, rules=rules) for each in furnitures if each.support == "floor" or len(furnitures) == 1]
    if any(alone):
        return "; ".join(filter(None, alone))
    spare = []
    for each in furnitures:
        others = [own for own in furnitures if own is not each]
        if arrange(site, others, rules=rules, best=1):
            spare.append(each.name)
    return f"not all of them fit together{'; the others would without ' if spare else ''}{' or without '.join(spare)}"


def _mounted(
    site: Site, furnitures: Sequence[Furniture], value: float, placements: Mapping[str, Placement], *, rules: Rules, fixed: Bodies
) -> _Ranked | None:
    """Return an arrangement with what hangs on walls and stands on tables or on other products, None where that finds no place."""
    out = dict(placements)
    total = value * len(out)
    for furniture in furnitures:
        if furniture.name not in out:
            others = [(other, out[other.name]) for other in furnitures if other.name in out]
            found = search(site, furniture, rules=rules, fixed=(*fixed, *others), best=1)
            if not found:
                return None
            out[furniture.name] = found[0]
            total += found[0].score
    return total / len(out), tuple(out[furniture.name] for furniture in furnitures)


_Ranked = tuple[float, tuple[Placement, ...]]


def _with_facts(judged: Judged, before: Widths, furnitures: Sequence[Furniture], *, rules: Rules) -> Judged:
    """Return an arrangement with all that is known of each place on the floor, beside all others."""
    placements, out = judged.arrangement.placements, []
    for index, (furniture, placement) in enumerate(zip(furnitures, placements, strict=True)):
        if furniture.support != "floor":
            out.append(placement)
            continue
        pose = placement.world_from_asset
        others = [pair for i, pair in enumerate(zip(furnitures, placements, strict=True)) if i != index]
        yaw = float(np.arctan2(pose[0, 2], pose[2, 2]))
        out.append(stand(before.site, furniture, at_m=pose[[0, 2], 3], yaw_rad=yaw, rules=rules, fixed=(*before.bodies, *others)))
    return judged._replace(arrangement=replace(judged.arrangement, placements=tuple(out)))


class _Several(NamedTuple):
    """Products that are arranged together, and where each may be."""

    site: Site
    furnitures: tuple[Furniture, ...]
    table: Annealing
    rules: Rules
    fixed: Bodies

    @classmethod
    def of(cls, before: Widths, known: tuple[Point, ...], furnitures: Sequence[Furniture], *, rules: Rules) -> _Several:
        """Return products with their places beside what stands there, off the ways between points of use."""
        site, rule, fixed = before.site, rules.get(RULE), before.bodies
        used = tuple(point for point in known if point.kind != "window")
        ways = ways_of(before.ways, used, width_m=rule.needed_m) if rule else np.zeros(site.inside.shape, bool)
        movers = [mover_of(site, furniture, fixed=fixed, ways=ways) for furniture in furnitures]
        return cls(site, tuple(furnitures), Annealing(site, movers, fixed=fixed), rules, fixed)

    def off(self, ways: Array) -> _Several:
        """Return the same products, kept off ways that they cut."""
        return self._replace(table=self.table.off(ways))

    def ranked(self, heats: Sequence[float]) -> list[_Ranked]:
        """Return arrangements that are free by polygons, with how good they are, the best first; the same each time."""
        table = self.table
        if not all(map(_freedom, table.movers)):
            return self._in_turn()
        found: list[tuple[float, list[Cell]]] = []
        for start, heat in enumerate(heats):
            places = table.anneal(np.random.default_rng((_SEED, start)), heat=heat)
            if places is not None and all(table.differ(places, other) for _, other in found):
                found.append((table.value(places), places))
        out = []
        for value, places in sorted(found, key=lambda pair: -pair[0]):
            poses = table.settled(places, gap_m=self.rules["wall-gap"].needed_m)
            if poses is not None:
                placed = (bare(self.site, furniture, *pose) for furniture, pose in zip(self.furnitures, poses, strict=True))
                out.append((value, tuple(placed)))
        return out or self._in_turn()

    def _in_turn(self) -> list[_Ranked]:
        """Return an arrangement where the raster is too coarse for one: each in turn by `search`, the least free first, going back."""
        left = _MOST_SEARCHES

        def placed(rest: Sequence[Furniture], bodies: Bodies) -> Bodies | None:
            nonlocal left
            if not rest:
                return bodies
            if left == 0:
                return None
            left -= 1
            there = (*self.fixed, *bodies)
            for placement in search(self.site, rest[0], rules=self.rules, fixed=there, best=_BRANCHES):
                found = placed(rest[1:], (*bodies, (rest[0], placement)))
                if found is not None:
                    return found
            return None

        freedom = map(_freedom, self.table.movers)
        least_first = [each for _, each in sorted(zip(freedom, self.furnitures, strict=True), key=lambda pair: pair[0])]
        bodies = placed(least_first, ())
        if bodies is None:
            return []
        out = {furniture.name: placement for furniture, placement in bodies}
        return [(float(np.mean([placement.score for placement in out.values()])), tuple(out[each.name] for each in self.furnitures))]


def _cut(before: Widths, bad: Sequence[Judged], *, rules: Rules) -> Array | None:
    """Return (rows, columns) bool: the ways of the room without products that arrangements make too narrow; None where there are none."""
    rule, cut = rules.get(RULE), np.zeros(before.site.inside.shape, bool)
    if rule is None:
        return None
    for each in bad:
        hub, *others = (point for point in each.points if point.kind != "window")
        narrow = [point for point in others if each.after.between(hub, point)[1].value_m < rule.needed_m]
        cut |= ways_of(before.ways, (hub, *narrow), width_m=rule.needed_m)
    return cut if cut.any() else None


def _freedom(mover: Mover) -> int:
    return sum(map(len, mover.own))
