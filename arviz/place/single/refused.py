"""Why a product fits nowhere: what would have to go, or how much smaller it would have to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.length import Length
from arviz.place.floor.site import Site
from arviz.place.product.furniture import Furniture
from arviz.place.single.candidates import between_cells, free_cells, site_yaw, yaws_along_walls
from arviz.place.single.exact import surroundings
from arviz.place.single.scoring import taste
from arviz.place.single.settle import is_too_high
from arviz.place.ways.ground import Bodies, free_mask

_LEAST = 0.7
"""A product that would have to be smaller than this share of its width or depth is not called nearly small enough."""
_ROUNDS = 9
_MOST_CELLS = 20_000
"""Of the raster in which the largest free place is looked for."""


class Case(NamedTuple):
    """A site, a product and what stands there: one of them made easier than it is."""

    site: Site
    furniture: Furniture
    fixed: Bodies
    yaws: Sequence[float]

    @property
    def fits(self) -> bool:
        """Whether there is a place."""
        around, likes = surroundings(self.site, self.furniture, fixed=self.fixed), taste(self.site, self.furniture)
        if is_too_high(around):
            return False
        if any(free_cells(around, likes, yaw_rad=yaw).any() for yaw in self.yaws):
            return True
        return next(iter(between_cells(around, likes, self.yaws)), None) is not None


def refusal(site: Site, furniture: Furniture, *, fixed: Bodies = (), yaw_rad: float | None = None, wall: int | None = None) -> str:
    """Return in words why a product fits nowhere on the floor; the first reason without which it would."""
    yaws = yaws_along_walls(site, wall=wall) if yaw_rad is None else [yaw_rad - site_yaw(site)]
    case = Case(site, furniture, fixed, yaws)
    name = furniture.name
    if site.height_m is not None and furniture.size_m[1] > site.height_m:
        missing = _told(case, furniture.size_m[1] - site.height_m)
        return f"{name} is higher than the room: by {missing}"
    bare = _bare(case)
    if not bare.fits:
        floor = "that was seen: measure the room with pictures of more of it" if _goes_on(site) else "of the room"
        return f"{name} is larger than the floor {floor}{_smaller(bare) or _free(case)}"
    reason = next((reason for reason, easier in _REASONS if easier(case).fits), "fits only where other things stand")
    return f"{name} {reason}{_smaller(case) or _free(case)}"


def _goes_on(site: Site) -> bool:
    """Tell whether the room may be larger than what is known of its floor."""
    floor = site.room.floor
    return floor is not None and floor.extent == "seen"


def _free(case: Case) -> str:
    """Return how large the largest rectangle along the walls is that stands free."""
    free = free_mask(case.site, case.fixed)
    step = int(np.ceil(np.sqrt(free.size / _MOST_CELLS)))
    rows, columns = (-(-size // step) for size in free.shape)
    whole = np.zeros((rows * step, columns * step), bool)
    whole[: free.shape[0], : free.shape[1]] = free
    coarse = np.asarray(whole.reshape(rows, step, columns, step).all(axis=(1, 3)))
    best = np.zeros(2, int)
    column = np.arange(columns)
    for top in range(rows):
        open_ = np.logical_and.accumulate(coarse[top:], axis=0)
        run = (column - np.maximum.accumulate(np.where(open_, -1, column), axis=1)).max(axis=1)
        deep = int((run * np.arange(1, len(run) + 1)).argmax())
        if run[deep] * (deep + 1) > best.prod():
            best = np.array([run[deep], deep + 1])
    cell = case.site.grid.cell_m * step
    sigma = float(np.hypot(case.site.sigma_m, cell / np.sqrt(12)) * np.sqrt(2))
    wide, long = (str(Length(count * cell, sigma, "floor plan")) for count in best)
    return f"; the largest free floor is {wide} x {long}" if best.all() else "; no floor is free"


def _bare(case: Case) -> Case:
    """Return the floor and the walls alone, and the product's body."""
    grid = case.site.grid
    empty = replace(grid, seen=np.ones_like(grid.seen), bottom_m=np.zeros_like(grid.bottom_m), top_m=np.zeros_like(grid.top_m))
    site = replace(case.site, grid=empty, keep=(), blocks=(), room=replace(case.site.room, obstacles=None, objects=()))
    return Case(site, replace(case.furniture, zones=()), (), case.yaws)


def _trusting(case: Case) -> Case:
    grid = case.site.grid
    room = case.site.room
    if room.obstacles is not None:
        room = replace(room, obstacles=replace(room.obstacles, seen=np.ones_like(room.obstacles.seen)))
    return case._replace(site=replace(case.site, grid=replace(grid, seen=np.ones_like(grid.seen)), room=room))


def _without_ways(case: Case) -> Case:
    return case._replace(site=replace(case.site, keep=()))


def _without_zones(case: Case) -> Case:
    return case._replace(furniture=replace(case.furniture, zones=()))


def _alone(case: Case) -> Case:
    return case._replace(fixed=())


_REASONS: tuple[tuple[str, Callable[[Case], Case]], ...] = (
    ("fits only where the floor was not seen: take a picture that shows more of it", _trusting),
    ("fits only where other products stand or need room", _alone),
    ("fits only where doors and the ways to them must stay free", _without_ways),
    ("itself fits, but not with the room that it needs to be used", _without_zones),
    ("itself fits, but not with the room that it needs, nor off the ways to doors", lambda case: _without_ways(_without_zones(case))),
    (
        "fits only where the room that it needs was not seen: take a picture that shows more of the floor",
        lambda c: _without_zones(_trusting(c)),
    ),
)


def _smaller(case: Case) -> str:
    """Return how much narrower or less deep the product would have to be, if that is not much."""
    found = []
    for axis, word in ((0, "narrower"), (2, "less deep")):
        low, high = _LEAST, 1.0
        if not _scaled(case, axis, low).fits:
            continue
        for _ in range(_ROUNDS):
            middle = (low + high) / 2
            low, high = (middle, high) if _scaled(case, axis, middle).fits else (low, middle)
        found.append((case.furniture.size_m[axis] * (1 - low), word))
    if not found:
        return ""
    missing, word = min(found)
    return f"; it would fit if it were {_told(case, missing)} {word}"


def _scaled(case: Case, axis: int, factor: float) -> Case:
    """Return the case with a product smaller along x or z; its zones keep their depth."""
    scale = np.array([factor, 1.0] if axis == 0 else [1.0, factor])
    product = case.furniture
    slabs = tuple(replace(slab, outline_m=slab.outline_m * scale) for slab in product.slabs)
    zones = []
    edge = product.outline_m * (1 - scale)
    for zone in product.zones:
        # A zone moves with the edge of the product that it lies at.
        side = np.where(zone.outline_m.mean(axis=0) > product.outline_m.mean(axis=0), edge.max(axis=0), edge.min(axis=0))
        beside = (zone.outline_m.min(axis=0) >= product.outline_m.max(axis=0) - 1e-6) | (
            zone.outline_m.max(axis=0) <= product.outline_m.min(axis=0) + 1e-6
        )
        zones.append(replace(zone, outline_m=np.where(beside, zone.outline_m - side, zone.outline_m * scale)))
    size = np.array(product.size_m)
    size[axis] *= factor
    small = replace(product, slabs=slabs, zones=tuple(zones), outline_m=product.outline_m * scale, size_m=tuple(size))
    return case._replace(furniture=small)


def _told(case: Case, missing_m: float) -> Length:
    """Return what is missing with its sigma: what is on both sides, the product, the scale, and what the halving leaves."""
    site = case.site
    walls = max((wall.sigma_m for wall in site.walls), default=site.sigma_m)
    size = max(case.furniture.size_m)
    walls = float(np.hypot(walls, site.grid.cell_m / np.sqrt(12)))
    parts = (walls * np.sqrt(2), case.furniture.sigma_m, site.sigma_scale * size, size * (1 - _LEAST) / 2**_ROUNDS / np.sqrt(12))
    return Length(missing_m, float(np.linalg.norm(parts)), "floor plan")
