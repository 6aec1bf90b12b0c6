"""Annealing over the places of several products: each given all others, cooler and cooler."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.placement import Placement
from arviz.place.floor.site import Site
from arviz.place.kinds import Kind, Wish, kind_of, read_kinds
from arviz.place.plan.kernels import Kernel
from arviz.place.plan.plan_frame import to_world
from arviz.place.plan.pose import on_plan, standing
from arviz.place.product.furniture import Furniture
from arviz.place.single.exact import is_free, polygons
from arviz.place.single.pieces import is_flat, on_site
from arviz.place.single.scoring import behind
from arviz.place.single.wishes import Spot, sharers, wished, wishes, with_seats
from arviz.place.together.mover import Mover
from arviz.place.together.pairs import conflicts, meeting_parts
from arviz.place.ways.ground import Bodies

_SWEEPS = 4
_MOST_SWEEPS = 5
_HOT, _COLD = 0.3, 0.02
"""Temperatures of the annealing; also where the first places meet each other."""
_WISH = 1.5
"""What a wish that is met is worth; a place alone is worth 0 to 1."""
_CONFLICT = 10.0
_CLOSE = 12
"""Cells around a place that are all tried at last."""
_SHIFT_M = 1.0
_NEAR_WALL_M = 0.06
_APART_M = 0.5
"""Arrangements are different where a product stands so far away, or is turned."""


class Cell(NamedTuple):
    """Where a mover is: its yaw and cell, by index."""

    yaw: int
    cell: int


class Annealing:
    """All movers in one site: what forbids what, who wishes what, and the annealing."""

    def __init__(self, site: Site, movers: Sequence[Mover], *, fixed: Bodies) -> None:
        self.site, self.kinds = site, read_kinds()
        kinds = self.kinds
        self.still = [*_still(site, fixed), *_things(site, kinds)]
        every = [*(mover.furniture for mover in movers), *(one for one, _ in self.still)]
        self._sharers = {each.kind: sharers(each, every, kinds=kinds) for each in every}
        self.movers = [replace(mover, furniture=with_seats(mover.furniture, self._sharers[mover.furniture.kind])) for mover in movers]
        movers = self.movers
        self._kernels: dict[tuple[int, int, int, int], Kernel | None] = {}
        self._wishes = {
            (a, b): tuple(wishes(movers[a].furniture, movers[b].furniture, kinds=kinds))
            for a in range(len(movers))
            for b in range(len(movers))
            if a != b
        }
        self._order = self._ordered()
        self._near_still = [self._wished_of_still(index) for index in range(len(movers))]
        self._alone = self._own_and_still()

    def off(self, ways: Array) -> Annealing:
        """Return the same, of which nothing likes to stand on ways (rows, columns) bool that others cut."""
        out = copy(self)
        out.movers = [mover.off(ways, cuts=True) for mover in self.movers]
        out._alone = out._own_and_still()
        return out

    def _met(self, wish: Wish, furniture: Furniture, at: Spot, other: Furniture, there: Spot) -> Array:
        return wished(wish, furniture, at, other, there, seats=max(1, self._sharers[other.kind]))

    def anneal(self, rng: np.random.Generator, *, heat: float) -> list[Cell] | None:
        """Return places of all movers in which nothing meets, None if none were found."""
        places: list[Cell | None] = [None] * len(self.movers)
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

    def _moved_together(self, places: list[Cell]) -> list[Cell]:
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

    def _shifted(self, places: list[Cell], group: Sequence[int]) -> list[Cell]:
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
        """Return the movers in the order in which they are placed: what others wish to be near first, then the large, rugs last.

        Who sits at something comes right after it: nothing else then takes that seat.
        """
        left = sorted(range(len(self.movers)), key=lambda index: (is_flat(self.movers[index].furniture), -self._size(index)))
        out: list[int] = []
        while left:
            free = [index for index in left if not any(self._wishes[index, other] for other in left if other != index)]
            seated = [index for index in free if any(self._sits_at(index, other) for other in out)]
            out.append((seated or free or left)[0])
            left.remove(out[-1])
        return out

    def _sits_at(self, index: int, other: int) -> bool:
        return any(wish.where == "around" for wish, _ in self._wishes[index, other])

    def _size(self, index: int) -> float:
        return float(np.prod(np.ptp(self.movers[index].furniture.outline_m, axis=0)))

    def _drawn(self, index: int, places: Sequence[Cell | None], rng: np.random.Generator, heat: float, *, near: Cell | None = None) -> Cell:
        """Return a place of a mover, given the others, as likely as it is good (the largest of scores with Gumbel noise).

        Of all places some, and all that are close to `near`.
        """
        mover, best, most = self.movers[index], Cell(0, 0), -np.inf
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
                best, most = Cell(yaw, int(chosen[at])), float(values[at])
        return best

    def _own_and_still(self) -> list[list[Array]]:
        """Return of each mover and yaw how good the places are, with the wishes that concern what does not move."""
        return [
            [own + _WISH * wish for own, wish in zip(mover.own, near, strict=True)]
            for mover, near in zip(self.movers, self._near_still, strict=True)
        ]

    def _wished_of_still(self, index: int) -> list[Array]:
        """Return of each yaw how well the wishes are met that concern what does not move."""
        mover, out = self.movers[index], []
        for yaw, middles in enumerate(mover.middles):
            best: dict[int, Array] = {}
            for other, there in self.still:
                for wish, weight in wishes(mover.furniture, other, kinds=self.kinds):
                    value = weight * self._met(wish, mover.furniture, Spot(middles, mover.yaws[yaw]), other, there)
                    best[id(wish)] = np.maximum(best.get(id(wish), 0.0), value)
            out.append(sum(best.values(), np.zeros(len(middles))))
        return out

    def _values(self, index: int, yaw: int, chosen: Array, places: Sequence[Cell | None]) -> Array:
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
                value = weight * self._met(wish, mover.furniture, spot, its, there)
                key = (index, id(wish))
                best[key] = np.maximum(best.get(key, 0.0), value)
            for wish, weight in self._wishes[other, index]:
                value = weight * self._met(wish, its, there, mover.furniture, spot)
                best[other, id(wish)] = np.maximum(self._else(other, index, id(wish), places), value)
        return values + _WISH * sum(best.values(), np.zeros(len(chosen)))

    def _else(self, owner: int, without: int, wish_id: int, places: Sequence[Cell | None]) -> float:
        """Return how well a wish of a mover is met by others than one of them."""
        place, most = places[owner], 0.0
        if place is None:
            return most
        for other, there in enumerate(places):
            if there is not None and other not in (owner, without):
                for wish, weight in self._wishes[owner, other]:
                    if id(wish) == wish_id:
                        its = self.movers[other].furniture
                        met = self._met(wish, self.movers[owner].furniture, self._spot(owner, place), its, self._spot(other, there))
                        most = max(most, weight * float(met[0]))
        return most

    def _spot(self, index: int, place: Cell) -> Spot:
        mover = self.movers[index]
        return Spot(mover.middles[place.yaw][place.cell][None], mover.yaws[place.yaw])

    def _hits(self, index: int, yaw: int, cells: Array, other: int, place: Cell) -> Array:
        """Return for each cell (N, 2) whether a mover there meets another."""
        out, laid = np.zeros(len(cells), bool), self._laid((index, yaw, other, place.yaw))
        if laid is not None:
            there = self.movers[other].cells[place.yaw][place.cell]
            rows, columns = (cells - there - (laid.row, laid.column)).T
            at = np.flatnonzero((rows >= 0) & (columns >= 0) & (rows < laid.cells.shape[0]) & (columns < laid.cells.shape[1]))
            out[at] = laid.cells[rows[at], columns[at]]
        return out

    def _laid(self, key: tuple[int, int, int, int]) -> Kernel | None:
        """Return where, around another mover, one cannot be: of both by index, each after the index of its yaw."""
        if key not in self._kernels:
            index, yaw, other, its_yaw = key
            if index > other:
                turned = self._laid((other, its_yaw, index, yaw))
                self._kernels[key] = None if turned is None else turned.reflected
            else:
                a, b = self.movers[index], self.movers[other]
                self._kernels[key] = conflicts(a.furniture, a.yaws[yaw], b.furniture, b.yaws[its_yaw], cell_m=self.site.grid.cell_m)
        return self._kernels[key]

    def _meetings(self, places: Sequence[Cell | None]) -> bool:
        for (i, one), (j, other) in combinations(enumerate(places), 2):
            if one is not None and other is not None:
                cell = self.movers[i].cells[one.yaw][one.cell][None]
                if self._hits(i, one.yaw, cell, j, other)[0]:
                    return True
        return False

    def value(self, places: Sequence[Cell]) -> float:
        """Return how good places are together, 0 to 1: of each product its own, and what it wishes."""
        total, most = 0.0, 0.0
        for index, place in enumerate(places):
            mover = self.movers[index]
            spot = self._spot(index, place)
            others = [(its.furniture, self._spot(i, places[i])) for i, its in enumerate(self.movers) if i != index] + self.still
            best: dict[int, float] = {}
            for other, there in others:
                for wish, weight in wishes(mover.furniture, other, kinds=self.kinds):
                    met = weight * float(self._met(wish, mover.furniture, spot, other, there)[0])
                    best[id(wish)] = max(best.get(id(wish), 0.0), met)
            total += float(mover.own[place.yaw][place.cell]) + _WISH * sum(best.values())
            most += 1 + _WISH * len(best)
        return total / most

    def differ(self, places: Sequence[Cell], others: Sequence[Cell]) -> bool:
        """Tell whether any product stands clearly elsewhere."""
        for index, (a, b) in enumerate(zip(places, others, strict=True)):
            one, two = self._spot(index, a), self._spot(index, b)
            if a.yaw != b.yaw or float(np.linalg.norm(one.middle_m - two.middle_m)) > _APART_M:
                return True
        return False

    def settled(self, places: Sequence[Cell], *, gap_m: float) -> list[tuple[Array, float]] | None:
        """Return site (x, z) of the origins and yaws, those near a wall slid to it where they then still meet nothing."""
        poses = []
        for index, place in enumerate(places):
            mover, (spot, yaw) = self.movers[index], self._spot(index, place)
            poses.append((spot[0] - on_plan(mover.furniture.middle_m, at_m=np.zeros(2), yaw_rad=yaw), yaw))
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
        return not any(_touch(mover.furniture, (at, yaw), other, pose) for other, pose in others)


def _touch(furniture: Furniture, pose: tuple[Array, float], other: Furniture, its: tuple[Array, float]) -> bool:
    for a, b in meeting_parts(furniture, other):
        mine = polygons(on_plan(a.outline_m, at_m=pose[0], yaw_rad=pose[1]))
        if mine.intersects(polygons(on_plan(b.outline_m, at_m=its[0], yaw_rad=its[1]))):
            return True
    return False


def _still(site: Site, fixed: Bodies) -> Iterator[tuple[Furniture, Spot]]:
    for furniture, placement in fixed:
        at, yaw, _ = on_site(site, placement)
        yield furniture, Spot(on_plan(furniture.middle_m, at_m=at, yaw_rad=yaw)[None], yaw)


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


def bare(site: Site, furniture: Furniture, at_m: Array, yaw_rad: float) -> Placement:
    """Return where a product stands, without facts."""
    outline = on_plan(furniture.outline_m, at_m=at_m, yaw_rad=yaw_rad)
    return Placement(
        product=furniture.name,
        support="floor",
        plane=site.floor,
        world_from_asset=site.world_from_site @ standing(at_m=at_m, yaw_rad=yaw_rad, height_m=-furniture.lowest_m),
        outline_m=to_world(outline, world_from_site=site.world_from_site),
    )
