"""Several products together: where each may be alone, what they wish of each other, and annealing over all of it at once.

::

    places of each product alone (the search's raster) -> the largest first, then each again given all others (Gibbs sampling, cooler
    and cooler; Geman & Geman 1984, "Stochastic Relaxation, Gibbs Distributions, and the Bayesian Restoration of Images")
    -> slid to walls -> exact polygons -> facts by `stand` -> walkways, ways on foot before and after

A step looks at every place of one product, so a hundred steps are enough where random moves of Metropolis took ten thousand.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from arviz.core.placement import Arrangement, Placement
from arviz.place.floor.site import Site
from arviz.place.product.furniture import Furniture
from arviz.place.rules import Rules
from arviz.place.single.search import search, stand, why_not
from arviz.place.together.annealing import Annealing, Cell, Mover, bare, mover_of
from arviz.place.ways.arranged import Judged
from arviz.place.ways.ground import Bodies
from arviz.place.ways.paths import ways_of
from arviz.place.ways.points import Point, points_of_use
from arviz.place.ways.walk import Widths

_HEATS = (0.0, 0.1, 0.3, 0.3, 0.3)
"""Temperatures of the first places of each start, in the units of scores; all products are then annealed from the hottest."""
_MOST_SEARCHES, _BRANCHES = 30, 3
"""Of `_in_turn`: how often it searches, and how many places it tries for each product."""


def arrange(
    site: Site,
    furnitures: Sequence[Furniture],
    *,
    rules: Rules,
    fixed: Bodies = (),
    best: int = 5,
    seed: int = 0,
    budget_s: float | None = None,
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
    seed : int
        The same seed gives the same arrangements.
    budget_s : float or None
        Processor seconds after which no other start is tried; None: always as many, so that the answer does not depend on the
        machine.
    """
    if not furnitures:
        return ()
    before, known = Widths(site, fixed), points_of_use(site)
    floor = [furniture for furniture in furnitures if furniture.support == "floor"]
    first = furnitures if len(furnitures) == 1 else floor
    if len(first) == 1:
        places = search(site, first[0], rules=rules, fixed=fixed, best=2 * best)
        ranked: list[_Ranked] = [(placement.score, (placement,)) for placement in places]
    else:
        ranked = _together(site, floor, rules=rules, before=before, known=known, seed=seed, budget_s=budget_s) if floor else [(0.0, ())]
    good, bad = list[Judged](), list[Judged]()
    for value, placements in ranked:
        whole = _mounted(site, furnitures, value, dict(zip((f.name for f in first), placements, strict=True)), rules=rules, fixed=fixed)
        if whole is None:
            continue
        each = Judged.of(before, known, furnitures, whole[1], whole[0], rules=rules)
        (bad if each.arrangement.outcome == "fail" else good).append(each)
        if len(good) == best:
            break
    chosen = [*good, *bad][:best]
    if len(furnitures) > 1:
        chosen = [_with_facts(each, before, furnitures, rules=rules) for each in chosen]
    return tuple(each.with_walks(before) for each in chosen)


def why_none(site: Site, furnitures: Sequence[Furniture], *, rules: Rules, fixed: Bodies = ()) -> str:
    """Return in words why `arrange` finds no arrangement: what fits not even alone, else without which one the others fit."""
    alone = [why_not(site, each, rules=rules, fixed=fixed) for each in furnitures if each.support == "floor" or len(furnitures) == 1]
    if any(alone):
        return "; ".join(filter(None, alone))
    spare = []
    for each in furnitures:
        others = [own for own in furnitures if own is not each]
        if arrange(site, others, rules=rules, fixed=fixed, best=1):
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


def _together(
    site: Site,
    furnitures: Sequence[Furniture],
    *,
    rules: Rules,
    before: Widths,
    known: tuple[Point, ...],
    seed: int,
    budget_s: float | None,
) -> list[_Ranked]:
    """Return arrangements that are free by polygons, with how good they are, the best first."""
    rule, fixed = rules.get("walkway"), before.bodies
    used = tuple(point for point in known if point.kind != "window")
    ways = ways_of(before.ways, used, width_m=rule.needed_m) if rule else np.zeros(site.inside.shape, bool)
    movers = [mover_of(site, furniture, fixed=fixed, ways=ways) for furniture in furnitures]
    if not all(sum(map(len, mover.own)) for mover in movers):
        return _in_turn(site, sorted(movers, key=_freedom), rules=rules, fixed=fixed, names=[f.name for f in furnitures])
    table = Annealing(site, movers, fixed=fixed)
    began = time.process_time()
    found: list[tuple[float, list[Cell]]] = []
    for start, heat in enumerate(_HEATS):
        if start and budget_s is not None and time.process_time() - began > budget_s:
            break
        places = table.anneal(np.random.default_rng((seed, start)), heat=heat)
        if places is not None and all(table.differ(places, other) for _, other in found):
            found.append((table.value(places), places))
    out = []
    for value, places in sorted(found, key=lambda pair: -pair[0]):
        poses = table.settled(places, gap_m=rules["wall-gap"].needed_m)
        if poses is not None:
            out.append((value, tuple(bare(site, furniture, *pose) for furniture, pose in zip(furnitures, poses, strict=True))))
    return out or _in_turn(site, sorted(movers, key=_freedom), rules=rules, fixed=fixed, names=[f.name for f in furnitures])


def _freedom(mover: Mover) -> int:
    return sum(map(len, mover.own))


def _in_turn(site: Site, movers: Sequence[Mover], *, rules: Rules, fixed: Bodies, names: Sequence[str]) -> list[_Ranked]:
    """Return an arrangement where the raster is too coarse for one: each in turn by `search`, the least free first, going back."""
    left = _MOST_SEARCHES

    def placed(rest: Sequence[Mover], bodies: Bodies) -> Bodies | None:
        nonlocal left
        if not rest:
            return bodies
        if left == 0:
            return None
        left -= 1
        for placement in search(site, rest[0].furniture, rules=rules, fixed=(*fixed, *bodies), best=_BRANCHES):
            found = placed(rest[1:], (*bodies, (rest[0].furniture, placement)))
            if found is not None:
                return found
        return None

    bodies = placed(movers, ())
    if bodies is None:
        return []
    out = {furniture.name: placement for furniture, placement in bodies}
    return [(float(np.mean([placement.score for placement in out.values()])), tuple(out[name] for name in names))]
