"""Several products together: where each may be alone, what they wish of each other, and annealing over all of it at once.

::

    places of each product alone (the search's raster) -> the largest first, then each again given all others (Gibbs sampling, cooler
    and cooler; Geman & Geman 1984, "Stochastic Relaxation, Gibbs Distributions, and the Bayesian Restoration of Images")
    -> slid to walls -> exact polygons -> facts by `stand` -> walkways, ways on foot before and after

A step looks at every place of one product, so a hundred steps are enough where random moves of Metropolis took ten thousand.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.placement import Arrangement, Placement
from arviz.place.candidates import free_cells, yaws_along_walls
from arviz.place.exact import Surroundings, is_free, polygons, surroundings
from arviz.place.furniture import Furniture
from arviz.place.ground import Bodies
from arviz.place.kernels import kernel, share
from arviz.place.kinds import Kind, kind_of, read_kinds
from arviz.place.pairs import Apart, Spot, conflicts, meeting_parts, wished, wishes
from arviz.place.paths import walks_between, ways_of
from arviz.place.pieces import is_flat, on_site
from arviz.place.plan_frame import to_world
from arviz.place.points import Point, points_of_use
from arviz.place.pose import on_plan, standing
from arviz.place.rules import Rules
from arviz.place.scoring import Taste, behind, middle_of, score, taste, terms
from arviz.place.search import search, stand
from arviz.place.site import Site
from arviz.place.walk import Widths
from arviz.place.walk import judged as walkways

_HEATS = (0.0, 0.1, 0.3, 0.3, 0.3)
"""Temperatures of the first places of each start, in the units of scores; all products are then annealed from the hottest."""
_SWEEPS = 4
_MOST_SWEEPS = 5
_HOT, _COLD = 0.3, 0.02
"""Temperatures of the annealing; also where the first places meet each other."""
_WISH = 1.5
"""What a wish that is met is worth; a place alone is worth 0 to 1."""
_CONFLICT = 10.0
_IN_THE_WAY, _MUCH_OF_IT = 0.6, 0.2
"""What is lost where a product stands on the ways of the room, with that share of what it covers or more."""
_STRIDE = 4
_CLOSE = 12
"""Cells around a place that are all tried at last."""
_SHIFT_M = 1.0
_MOST_SEARCHES, _BRANCHES = 30, 3
"""Of `_in_turn`: how often it searches, and how many places it tries for each product."""
_NEAR_WALL_M = 0.06
_APART_M = 0.5
"""Arrangements are different where a product stands so far away, or is turned."""


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
    good, bad = list[_Judged](), list[_Judged]()
    for value, placements in ranked:
        whole = _mounted(site, furnitures, value, dict(zip((f.name for f in first), placements, strict=True)), rules=rules, fixed=fixed)
        if whole is None:
            continue
        each = _Judged.of(before, known, furnitures, whole[1], whole[0], rules=rules)
        (bad if each.arrangement.outcome == "fail" else good).append(each)
        if len(good) == best:
            break
    chosen = [*good, *bad][:best]
    if len(furnitures) > 1:
        chosen = [each.with_facts(before, furnitures, rules=rules) for each in chosen]
    return tuple(each.with_walks(before) for each in chosen)


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


class _Judged(NamedTuple):
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
    ) -> _Judged:
        """Judge the ways of an arrangement."""
        bodies = (*before.bodies, *zip(furnitures, placements, strict=True))
        points, after = points_of_use(before.site, bodies, known=known), Widths(before.site, bodies)
        results = walkways(before, after, points, rules=rules)
        return cls(Arrangement(placements=placements, score=float(np.clip(value, 0, 1)), rules=results), points, after)

    def with_facts(self, before: Widths, furnitures: Sequence[Furniture], *, rules: Rules) -> _Judged:
        """Return the same with all that is known of each place, beside all others."""
        out, site = [], before.site
        for index, (furniture, placement) in enumerate(zip(furnitures, self.arrangement.placements, strict=True)):
            if furniture.support != "floor":
                out.append(placement)
                continue
            pose = placement.world_from_asset
            others = [pair for i, pair in enumerate(zip(furnitures, self.arrangement.placements, strict=True)) if i != index]
            yaw = float(np.arctan2(pose[0, 2], pose[2, 2]))
            fixed = (*before.bodies, *others)
            out.append(stand(site, furniture, at_m=pose[[0, 2], 3], yaw_rad=yaw, rules=rules, fixed=fixed))
        return self._replace(arrangement=replace(self.arrangement, placements=tuple(out)))

    def with_walks(self, before: Widths) -> Arrangement:
        """Return the arrangement with its ways before and after."""
        was, now = (walks_between(widths.ways, self.points) for widths in (before, self.after))
        return replace(self.arrangement, before=was, after=now)


@dataclass(frozen=True, eq=False)
class _Mover:
    """A product and all places where it may be alone: of each yaw, cells (N, 2), their middles (N, 2), and how good they are (N,)."""

    furniture: Furniture
    around: Surroundings
    likes: Taste
    yaws: tuple[float, ...]
    cells: tuple[Array, ...]
    middles: tuple[Array, ...]
    own: tuple[Array, ...]
    some: tuple[Array, ...]


class _Place(NamedTuple):
    """Where a mover is: its yaw and cell, by index."""

    yaw: int
    cell: int


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
    movers = [_mover(site, furniture, fixed=fixed, ways=ways) for furniture in furnitures]
    if not all(sum(map(len, mover.own)) for mover in movers):
        return _in_turn(site, sorted(movers, key=_freedom), rules=rules, fixed=fixed, names=[f.name for f in furnitures])
    table = _Table(site, movers, fixed=fixed)
    began = time.process_time()
    found: list[tuple[float, list[_Place]]] = []
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
            out.append((value, tuple(_bare(site, furniture, *pose) for furniture, pose in zip(furnitures, poses, strict=True))))
    return out or _in_turn(site, sorted(movers, key=_freedom), rules=rules, fixed=fixed, names=[f.name for f in furnitures])


def _freedom(mover: _Mover) -> int:
    return sum(map(len, mover.own))


def _in_turn(site: Site, movers: Sequence[_Mover], *, rules: Rules, fixed: Bodies, names: Sequence[str]) -> list[_Ranked]:
    """Return an arrangement where the raster is too coarse for one: each in turn by `search`, the least free first, going back."""
    left = _MOST_SEARCHES

    def placed(rest: Sequence[_Mover], bodies: Bodies) -> Bodies | None:
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


def _mover(site: Site, furniture: Furniture, *, fixed: Bodies, ways: Array) -> _Mover:
    """Return the places of a product alone in a site, beside what is fixed there."""
    import cv2

    around, likes = surroundings(site, furniture, fixed=fixed), taste(site, furniture)
    yaws, cells, middles, own, some = yaws_along_walls(site), [], [], [], []
    for yaw in yaws:
        free = free_cells(around, likes, yaw_rad=yaw)
        where = np.argwhere(free)
        places = np.asarray(site.grid.origin_m) + (where[:, ::-1] + 0.5) * site.grid.cell_m
        # Every fourth cell, every second along the edges: what stands at a wall stands there.
        inner = cv2.erode(free.astype(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
        edge = ~inner[tuple(where.T)] & (where.sum(axis=1) % 2 == 0)
        coarse = edge | (where % _STRIDE == 0).all(axis=1)
        cells.append(where)
        middles.append(places)
        value = score(terms(likes, places, yaw_rad=yaw)) if len(where) else np.zeros(0)
        if not is_flat(furniture) and len(where):
            outline = on_plan(furniture.outline_m - likes.middle_m, at_m=np.zeros(2), yaw_rad=yaw)
            taken = share(ways, kernel(outline, cell_m=site.grid.cell_m))[tuple(where.T)]
            value = value - _IN_THE_WAY * np.minimum(taken / _MUCH_OF_IT, 1)
        own.append(value)
        some.append(np.flatnonzero(coarse))
    return _Mover(furniture, around, likes, tuple(yaws), tuple(cells), tuple(middles), tuple(own), tuple(some))


class _Table:
    """All movers in one site: what forbids what, who wishes what, and the annealing."""

    def __init__(self, site: Site, movers: Sequence[_Mover], *, fixed: Bodies) -> None:
        self.site, self.movers, self.kinds = site, movers, read_kinds()
        kinds = self.kinds
        self.still = [*_still(site, fixed), *_things(site, kinds)]
        self._kernels: dict[tuple[int, int, int, int], tuple[Apart, ...]] = {}
        self._wishes = {
            (a, b): tuple(wishes(movers[a].furniture, movers[b].furniture, kinds=kinds))
            for a in range(len(movers))
            for b in range(len(movers))
            if a != b
        }
        self._order = self._ordered()
        self._alone = [self._with_own(index) for index in range(len(movers))]

    def anneal(self, rng: np.random.Generator, *, heat: float) -> list[_Place] | None:
        """Return places of all movers in which nothing meets, None if none were found."""
        places: list[_Place | None] = [None] * len(self.movers)
        for index in self._order:
            places[index] = self._drawn(index, places, rng, heat)
        if heat >= _HOT or self._meetings(places):
            for sweep in range(_SWEEPS):
                for index in rng.permutation(len(places)):
                    places[index] = self._drawn(int(index), places, rng, _HOT * (_COLD / _HOT) ** (sweep / (_SWEEPS - 1)))
        for _ in range(_MOST_SWEEPS):
            before = list(places)
            for index in self._order:
                places[index] = self._drawn(index, places, rng, 0.0, near=places[index])
            if before == places:
                break
        if self._meetings(places):
            return None
        return self._moved_together([place for place in places if place is not None])

    def _moved_together(self, places: list[_Place]) -> list[_Place]:
        """Return places in which each product with all that belongs to it stands where they are best together, turned as they are.

        One at a time they cannot move: a sofa would leave its coffee table behind.
        """
        for leader in self._order:
            group = {leader}
            for other in self._order:
                if any(self._wishes.get((other, own)) for own in group):
                    group.add(other)
            if len(group) > 1:
                tried = self._shifted(places, sorted(group))
                places = tried if self.value(tried) > self.value(places) + 1e-9 and not self._meetings(tried) else places
        return places

    def _shifted(self, places: list[_Place], group: Sequence[int]) -> list[_Place]:
        """Return places with a group moved by up to a metre to where each of it is best by itself."""
        steps = round(_SHIFT_M / self.site.grid.cell_m)
        offsets = np.stack(np.meshgrid(*[np.arange(-steps, steps + 1)] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
        total, cells = np.zeros(len(offsets)), {}
        for index in group:
            mover, place = self.movers[index], places[index]
            number = np.full(self.site.inside.shape, -1)
            number[tuple(mover.cells[place.yaw].T)] = np.arange(len(mover.cells[place.yaw]))
            to = mover.cells[place.yaw][place.cell] + offsets
            within = ((to >= 0) & (to < number.shape)).all(axis=1)
            cells[index] = np.where(within, number[tuple(np.where(within[:, None], to, 0).T)], -1)
            total += np.where(cells[index] >= 0, self._alone[index][place.yaw][cells[index]], -np.inf)
            for other in set(range(len(places))) - set(group):
                total -= _CONFLICT * self._hits(index, place.yaw, to, other, places[other])
        best = int(np.argmax(total))
        return [place._replace(cell=int(cells[i][best])) if i in cells else place for i, place in enumerate(places)]

    def _ordered(self) -> list[int]:
        """Return the movers in the order in which they are placed: what others wish to be near first, then the large, rugs last."""
        left = sorted(range(len(self.movers)), key=lambda index: (is_flat(self.movers[index].furniture), -self._size(index)))
        out: list[int] = []
        while left:
            free = [index for index in left if not any(self._wishes[index, other] for other in left if other != index)]
            out.append((free or left)[0])
            left.remove(out[-1])
        return out

    def _size(self, index: int) -> float:
        return float(np.prod(np.ptp(self.movers[index].furniture.outline_m, axis=0)))

    def _drawn(
        self, index: int, places: Sequence[_Place | None], rng: np.random.Generator, heat: float, *, near: _Place | None = None
    ) -> _Place:
        """Return a place of a mover, given the others, as likely as it is good (the largest of scores with Gumbel noise).

        Of all places some, and all that are close to `near`.
        """
        mover, best, most = self.movers[index], _Place(0, 0), -np.inf
        for yaw in range(len(mover.yaws)):
            chosen = mover.some[yaw]
            if near is not None and near.yaw == yaw:
                off = np.abs(mover.cells[yaw] - mover.cells[yaw][near.cell]).max(axis=1)
                chosen = np.union1d(chosen, np.flatnonzero(off <= _CLOSE))
            if not len(chosen):
                continue
            values = self._values(index, yaw, chosen, places)
            if heat > 0:
                values = values + heat * rng.gumbel(size=len(values))
            at = int(np.argmax(values))
            if values[at] > most:
                best, most = _Place(yaw, int(chosen[at])), float(values[at])
        return best

    def _with_own(self, index: int) -> list[Array]:
        """Return of each yaw how good the places are, with the wishes that concern what does not move."""
        mover, out = self.movers[index], []
        for yaw, middles in enumerate(mover.middles):
            best: dict[int, Array] = {}
            for other, there in self.still:
                for wish, weight in wishes(mover.furniture, other, kinds=self.kinds):
                    value = weight * wished(wish, mover.furniture, Spot(middles, mover.yaws[yaw]), other, there)
                    best[id(wish)] = np.maximum(best.get(id(wish), 0.0), value)
            out.append(mover.own[yaw] + _WISH * sum(best.values(), np.zeros(len(middles))))
        return out

    def _values(self, index: int, yaw: int, chosen: Array, places: Sequence[_Place | None]) -> Array:
        mover = self.movers[index]
        values = self._alone[index][yaw][chosen].copy()
        spot = Spot(mover.middles[yaw][chosen], mover.yaws[yaw])
        best: dict[tuple[int, int], Array] = {}
        for other, place in enumerate(places):
            if place is None or other == index:
                continue
            values -= _CONFLICT * self._hits(index, yaw, mover.cells[yaw][chosen], other, place)
            there, its = self._spot(other, place), self.movers[other].furniture
            for wish, weight in self._wishes[index, other]:
                value = weight * wished(wish, mover.furniture, spot, its, there)
                key = (index, id(wish))
                best[key] = np.maximum(best.get(key, 0.0), value)
            for wish, weight in self._wishes[other, index]:
                value = weight * wished(wish, its, there, mover.furniture, spot)
                best[other, id(wish)] = np.maximum(self._else(other, index, id(wish), places), value)
        return values + _WISH * sum(best.values(), np.zeros(len(chosen)))

    def _else(self, owner: int, without: int, wish_id: int, places: Sequence[_Place | None]) -> float:
        """Return how well a wish of a mover is met by others than one of them."""
        place, most = places[owner], 0.0
        if place is None:
            return most
        for other, there in enumerate(places):
            if there is not None and other not in (owner, without):
                for wish, weight in self._wishes[owner, other]:
                    if id(wish) == wish_id:
                        its = self.movers[other].furniture
                        met = wished(wish, self.movers[owner].furniture, self._spot(owner, place), its, self._spot(other, there))
                        most = max(most, weight * float(met[0]))
        return most

    def _spot(self, index: int, place: _Place) -> Spot:
        mover = self.movers[index]
        return Spot(mover.middles[place.yaw][place.cell][None], mover.yaws[place.yaw])

    def _hits(self, index: int, yaw: int, cells: Array, other: int, place: _Place) -> Array:
        """Return for each cell (N, 2) whether a mover there meets another."""
        key = (index, yaw, other, place.yaw)
        if key not in self._kernels:
            a, b = self.movers[index], self.movers[other]
            self._kernels[key] = conflicts(
                a.furniture, a.yaws[yaw], b.furniture, b.yaws[place.yaw], cell_m=self.site.grid.cell_m, kinds=self.kinds
            )
        out = np.zeros(len(cells), bool)
        there = self.movers[other].cells[place.yaw][place.cell]
        for laid in self._kernels[key]:
            rows, columns = cells[:, 0] - there[0] - laid.row, cells[:, 1] - there[1] - laid.column
            within = (rows >= 0) & (columns >= 0) & (rows < laid.cells.shape[0]) & (columns < laid.cells.shape[1])
            at = np.flatnonzero(within)
            out[at] |= laid.cells[rows[at], columns[at]]
        return out

    def _meetings(self, places: Sequence[_Place | None]) -> bool:
        for (i, one), (j, other) in combinations(enumerate(places), 2):
            if one is not None and other is not None:
                cell = self.movers[i].cells[one.yaw][one.cell][None]
                if self._hits(i, one.yaw, cell, j, other)[0]:
                    return True
        return False

    def value(self, places: Sequence[_Place]) -> float:
        """Return how good places are together, 0 to 1: of each product its own, and what it wishes."""
        total, most = 0.0, 0.0
        for index, place in enumerate(places):
            mover = self.movers[index]
            spot = self._spot(index, place)
            others = [(its.furniture, self._spot(i, places[i])) for i, its in enumerate(self.movers) if i != index] + self.still
            best: dict[int, float] = {}
            for other, there in others:
                for wish, weight in wishes(mover.furniture, other, kinds=self.kinds):
                    met = weight * float(wished(wish, mover.furniture, spot, other, there)[0])
                    best[id(wish)] = max(best.get(id(wish), 0.0), met)
            total += float(mover.own[place.yaw][place.cell]) + _WISH * sum(best.values())
            most += 1 + _WISH * len(best)
        return total / most

    def differ(self, places: Sequence[_Place], others: Sequence[_Place]) -> bool:
        """Tell whether any product stands clearly elsewhere."""
        for index, (a, b) in enumerate(zip(places, others, strict=True)):
            one, two = self._spot(index, a), self._spot(index, b)
            if a.yaw != b.yaw or float(np.linalg.norm(one.middle_m - two.middle_m)) > _APART_M:
                return True
        return False

    def settled(self, places: Sequence[_Place], *, gap_m: float) -> list[tuple[Array, float]] | None:
        """Return site (x, z) of the origins and yaws, those near a wall slid to it where they then still meet nothing."""
        poses = []
        for index, place in enumerate(places):
            mover, (spot, yaw) = self.movers[index], self._spot(index, place)
            poses.append((spot[0] - on_plan(middle_of(mover.furniture), at_m=np.zeros(2), yaw_rad=yaw), yaw))
        if not all(self._free(index, poses) for index in range(len(poses))):
            return None
        for index, place in enumerate(places):
            spot, yaw = self._spot(index, place)
            gap = float(behind(self.movers[index].likes, spot, yaw_rad=yaw)[0][0])
            if 0 <= gap - gap_m < _NEAR_WALL_M:
                back = on_plan(np.array([0.0, -1.0]), at_m=np.zeros(2), yaw_rad=yaw)
                tried = [*poses[:index], (poses[index][0] + back * (gap - gap_m), yaw), *poses[index + 1 :]]
                poses = tried if self._free(index, tried) else poses
        return poses

    def _free(self, index: int, poses: Sequence[tuple[Array, float]]) -> bool:
        """Tell by polygons whether a product meets nothing."""
        mover, (at, yaw) = self.movers[index], poses[index]
        if not is_free(mover.around, at_m=at, yaw_rad=yaw):
            return False
        others = [(self.movers[i].furniture, poses[i]) for i in range(len(poses)) if i != index]
        return not any(_touch(mover.furniture, (at, yaw), other, pose, kinds=self.kinds) for other, pose in others)


def _touch(
    furniture: Furniture, pose: tuple[Array, float], other: Furniture, its: tuple[Array, float], *, kinds: Mapping[str, Kind]
) -> bool:
    for a, b in meeting_parts(furniture, other, kinds=kinds):
        mine = polygons(on_plan(a.outline_m, at_m=pose[0], yaw_rad=pose[1]))
        if mine.intersects(polygons(on_plan(b.outline_m, at_m=its[0], yaw_rad=its[1]))):
            return True
    return False


def _still(site: Site, fixed: Bodies) -> Iterator[tuple[Furniture, Spot]]:
    for furniture, placement in fixed:
        at, yaw, _ = on_site(site, placement)
        yield furniture, Spot(on_plan(middle_of(furniture), at_m=at, yaw_rad=yaw)[None], yaw)


def _things(site: Site, kinds: Mapping[str, Kind]) -> Iterator[tuple[Furniture, Spot]]:
    """Yield the room's own furniture, for wishes: it is an obstacle already."""
    for thing in site.room.objects:
        pose = np.linalg.inv(site.world_from_site) @ thing.world_from_box
        half = np.array([thing.size_m[0], thing.size_m[2]]) / 2
        outline = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
        kind = kind_of(thing.category, size_m=thing.size_m, kinds=kinds)
        furniture = Furniture(
            name=thing.category,
            kind=kind,
            support="floor",
            size_m=thing.size_m,
            sigma_m=thing.sigma_m,
            lowest_m=-thing.size_m[1] / 2,
            back_m=float(-half[1]),
            outline_m=outline,
            slabs=(),
        )
        yield furniture, Spot(pose[[0, 2], 3][None], float(np.arctan2(pose[0, 2], pose[2, 2])))


def _bare(site: Site, furniture: Furniture, at_m: Array, yaw_rad: float) -> Placement:
    """Return where a product stands, without facts."""
    outline = on_plan(furniture.outline_m, at_m=at_m, yaw_rad=yaw_rad)
    return Placement(
        product=furniture.name,
        support="floor",
        plane=site.floor,
        world_from_asset=site.world_from_site @ standing(at_m=at_m, yaw_rad=yaw_rad, height_m=-furniture.lowest_m),
        outline_m=to_world(outline, world_from_site=site.world_from_site),
    )
