"""Places for one product: how long the search takes, whether it ever breaks a rule, and whether it misses a place."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from arviz.core.frozen import Array
from arviz.core.placement import Placement
from arviz.core.room import HeightGrid
from arviz.place.floor.site import Site
from arviz.place.floor.site_of import site_of
from arviz.place.plan.zone import Zone
from arviz.place.product.furniture import Furniture, Slab
from arviz.place.rules import Rules, read_rules
from arviz.place.single.search import search
from arviz.testing.rooms import SyntheticRoom, height_grid, make_room
from tests.bench.measure import Row, cpu_of, in_turn
from tests.place.sites import box, furniture, site_of_outline

ROOMS = 500
TIGHT = 20
BRUTE_S = 300.0
"""Processor seconds for brute force: the rooms after that are only searched."""
_STEP_M = 0.010
_CHUNK = 4096
_FLAT_M = 0.03
_PERSON_M = 2.0
_DINING_M = 0.56
"""Tables from this height on are sat at: nothing but chairs and rugs goes below."""


def bench_place_one() -> Row:
    """A sofa with 0.6 m before it in a furnished room of 5 m x 4 m: five places, verified, with all facts.

    Beside it the prototype of the notes: two kernels laid over the raster for each of four angles, a score, and no verification.
    """
    rules, site = read_rules(), _living_room()
    sofa = furniture("sofa", (2.0, 0.8, 0.9), kind="sofa", front=0.6)
    assert len(search(site, sofa, rules=rules)) == 5
    ours, prototype = in_turn(cpu_of(lambda: search(site, sofa, rules=rules)), cpu_of(lambda: _prototype(site)), rounds=15)
    return Row("place one product", ours, prototype, bar=1.56, note="the notes: 32 ms for the prototype, goal 50 ms")


def table_places() -> str:
    """Random products in random rooms: violations by polygons of the room's truth, places that brute force finds and we do not.

    The check shares no code with the search: it takes the synthetic room's own height cells, floor and doors. Brute force tries
    every 10 mm, at the same angles, with polygons only, where the search found nothing. Tight ones: the product is grown until
    the search finds no place for it, then by another 1 %, and brute force looks for one.
    """
    base = secrets.randbits(30)
    rules = read_rules()
    times: list[float] = []
    counts = dict.fromkeys(("found", "confirmed", "skipped", "tight"), 0)
    bad: list[int] = []
    missed: list[int] = []
    brute = 0.0
    for seed in range(base, base + ROOMS):
        synthetic, site, product = random_case(seed, rules)
        start = time.process_time()
        places = search(site, product, rules=rules)
        times.append(time.process_time() - start)
        bad += [seed] * breaks(synthetic, product, places, rules)
        counts["found"] += bool(places)
        tight = bool(places) and counts["tight"] < TIGHT
        if places and not tight:
            continue
        if brute > BRUTE_S:
            counts["skipped"] += not tight
            continue
        if tight:
            factor, places = largest_that_fits(site, product, rules)
            bad += [seed] * breaks(synthetic, scaled(product, factor), places, rules)
            product = scaled(product, factor * 1.01)
        start = time.process_time()
        other = next(brute_force(synthetic, site, product, rules), None)
        brute += time.process_time() - start
        missed += [seed] * (other is not None)
        counts["tight" if tight else "confirmed"] += 1
    rows = [
        ("rooms", f"{ROOMS}, seeds {base} to {base + ROOMS - 1}"),
        ("a place found", str(counts["found"])),
        ("none found, brute force run / not run", f"{counts['confirmed']} / {counts['skipped']}"),
        ("grown until 1 % too large, brute force run", str(counts["tight"])),
        ("**missed**: brute force finds a place", f"{len(missed)} {missed or ''}"),
        ("**violations**", f"{len(bad)} {bad or ''}"),
        ("processor time, median / 90 % / most", " / ".join(f"{1e3 * np.percentile(times, q):.0f} ms" for q in (50, 90, 100))),
    ]
    return "\n".join(["| places | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)])


def random_case(seed: int, rules: Rules) -> tuple[SyntheticRoom, Site, Furniture]:
    """Return a room as measured without error, its floor plan, and a product of any size, often a tight fit."""
    synthetic = make_room(seed)
    room = replace(synthetic.truth(), objects=(), obstacles=height_grid(synthetic))
    rng = np.random.default_rng(seed)
    return synthetic, site_of(room, rules=rules), _random_product(rng)


def _random_product(rng: np.random.Generator) -> Furniture:
    """Return a box, a table on four legs, or a round thing, with or without a zone before it."""
    width, depth, height = rng.uniform(0.3, 2.6), rng.uniform(0.25, 1.3), rng.uniform(0.3, 2.2)
    plan = box(-width / 2, -depth / 2, width / 2, depth / 2)
    shape = rng.choice(["box", "table", "round"])
    slabs = [Slab(outline_m=plan, bottom_m=0.0, top_m=height)]
    if shape == "table":
        legs = [box(x - 0.03, z - 0.03, x + 0.03, z + 0.03) for x, z in plan * 0.9]
        slabs = [Slab(outline_m=plan, bottom_m=height - 0.04, top_m=height)]
        slabs += [Slab(outline_m=leg, bottom_m=0.0, top_m=height - 0.04) for leg in legs]
    if shape == "round":
        angle = np.arange(12) * np.pi / 6
        plan = np.stack([np.cos(angle), np.sin(angle)], axis=1) * width / 2
        slabs = [Slab(outline_m=plan, bottom_m=0.0, top_m=height)]
    (x0, z0), (x1, z1) = plan.min(axis=0), plan.max(axis=0)
    front = Zone(name="front", outline_m=box(x0, z1, x1, z1 + rng.uniform(0.3, 1.0)), bottom_m=_FLAT_M, top_m=_PERSON_M)
    return Furniture(
        name="product",
        kind=str(rng.choice(["sofa", "wardrobe", "dining-table", "furniture", "armchair"])),
        support="floor",
        size_m=(x1 - x0, height, z1 - z0),
        sigma_m=0.0,
        lowest_m=0.0,
        back_m=z0,
        outline_m=plan,
        slabs=tuple(slabs),
        zones=(front,) if rng.random() < 0.7 else (),
    )


def breaks(synthetic: SyntheticRoom, product: Furniture, found: Sequence[Placement], rules: Rules) -> bool:
    """Tell whether any placed product meets anything, by the room's own cells, floor and doors, all in the world."""
    world = _World(synthetic, product, rules) if found else None
    poses = [place.world_from_asset for place in found]
    return world is not None and not all(world.free(pose[np.ix_((0, 2), (0, 2))], pose[[0, 2], 3][None])[0] for pose in poses)


def brute_force(synthetic: SyntheticRoom, site: Site, product: Furniture, rules: Rules) -> Iterator[tuple[Array, Array]]:
    """Yield places, world (x, z) and rotation, on a grid of 10 mm at the angles of the walls and square to the site."""
    world = _World(synthetic, product, rules)
    turn_site = site.world_from_site[np.ix_((0, 2), (0, 2))]
    ceiling = site.height_m
    if ceiling is not None and product.size_m[1] > ceiling:
        return
    yaws = [k * np.pi / 2 for k in range(4)] + [float(np.arctan2(*wall.normal)) for wall in site.walls]
    low, high = site.outline_m.min(axis=0), site.outline_m.max(axis=0)
    x, z = np.meshgrid(np.arange(low[0], high[0], _STEP_M), np.arange(low[1], high[1], _STEP_M))
    grid = np.stack([x.ravel(), z.ravel()], axis=1) @ turn_site.T + site.world_from_site[[0, 2], 3]
    grid = np.random.default_rng().permutation(grid)
    for yaw in sorted(set(np.round(np.mod(yaws, 2 * np.pi), 6))):
        c, s = np.cos(yaw), np.sin(yaw)
        turn = turn_site @ np.array([[c, s], [-s, c]])
        for start in range(0, len(grid), _CHUNK):
            places = grid[start : start + _CHUNK]
            for at in places[world.free(turn, places)]:
                yield at, turn


class _World:
    """The truth about a room, as shapely geometries in world (x, z)."""

    def __init__(self, synthetic: SyntheticRoom, product: Furniture, rules: Rules) -> None:
        self.floor = shapely.Polygon(synthetic.planes[0].outline_m[:, [0, 2]])
        self.low_floor = self.floor.buffer(1e-6)
        shapely.prepare(self.low_floor)
        self.grid = height_grid(synthetic)
        self.ways = list(_ways(synthetic, self.floor, rules))
        self.slopes = [plane.outline_m for plane in synthetic.planes if plane.part == "slope"]
        bodies = [(slab.outline_m, slab.bottom_m, slab.top_m, True) for slab in product.slabs]
        zones = [(zone.outline_m, zone.bottom_m, zone.top_m, False) for zone in product.zones if zone.hard]
        self.parts = [(outline, self._taken(bottom, top, body)) for outline, bottom, top, body in bodies + zones]

    def _taken(self, bottom: float, top: float, body: bool) -> Any:
        cells = [_cells(self.grid, (self.grid.top_m > bottom) & (self.grid.bottom_m < top) & self.grid.occupied)]
        cells += [np.array([shapely.convex_hull(shapely.MultiPoint(_below(slope, top)))]) for slope in self.slopes]
        if body:
            cells += [np.array([way]) for way, low, high in self.ways if low < top and high > bottom]
        union = shapely.union_all(np.concatenate(cells)).buffer(-1e-6)
        shapely.prepare(union)
        return union

    def free(self, turn: Array, at_m: Array) -> Array:
        """Return (N,) bool: at which places (N, 2) nothing is broken."""
        left = np.arange(len(at_m))
        for outline, taken in self.parts:
            for point in (outline.mean(axis=0), *outline):  # most places are out by a point, which is quicker told
                x, z = (at_m[left] + turn @ (point * (1 - 1e-6))).T
                left = left[shapely.intersects_xy(self.low_floor, x, z)]
                x, z = (at_m[left] + turn @ (point * (1 - 1e-6))).T
                left = left[~shapely.intersects_xy(taken, x, z)]
        for outline, taken in self.parts:
            polygons = shapely.polygons(outline @ turn.T + at_m[left, None])
            left = left[shapely.covers(self.low_floor, polygons) & ~shapely.intersects(taken, polygons)]
        out = np.zeros(len(at_m), bool)
        out[left] = True
        return out


def _below(outline_m: Array, height_m: float) -> Array:
    """Return (x, z) of the corners of the part of a polygon (N, 3) that is lower than a height."""
    out = []
    for a, b in zip(outline_m, np.roll(outline_m, -1, axis=0), strict=True):
        out += [a] if a[1] < height_m else []
        if (a[1] < height_m) != (b[1] < height_m):
            out.append(a + (b - a) * (height_m - a[1]) / (b[1] - a[1]))
    return np.array(out).reshape(-1, 3)[:, [0, 2]]


def _ways(synthetic: SyntheticRoom, floor: Any, rules: Rules) -> Iterator[tuple[Any, float, float]]:
    """Yield what doors need: the way before each, and for a door the quarter discs of both hinges; and where legs are: below tables."""
    for plane in synthetic.planes:
        height = float(plane.outline_m[:, 1].mean())
        if plane.part == "table" and height >= _DINING_M:
            yield shapely.Polygon(plane.outline_m[:, [0, 2]]), _FLAT_M, height
    middle = np.array(floor.centroid.coords[0])
    for opening in synthetic.openings:
        if opening.kind == "window":
            continue
        corners = opening.outline_m
        ends = corners[np.argsort(corners[:, 1])][:2][:, [0, 2]]
        along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
        wall = synthetic.planes[opening.wall] if opening.wall is not None else None
        normal = np.array([-along[1], along[0]])
        inward = np.array(wall.normal)[[0, 2]] if wall is not None else middle - ends[0]
        normal = normal if normal @ inward > 0 else -normal
        away = normal * rules["door-access"].needed_m
        high = float(corners[:, 1].max())
        yield floor.intersection(shapely.Polygon([*ends, ends[1] + away, ends[0] + away])), _FLAT_M, max(high, _PERSON_M)
        if opening.kind == "door":
            radius = float(np.linalg.norm(ends[1] - ends[0])) + rules["door-swing"].needed_m
            for hinge, edge in (ends, ends[::-1]):
                side = (edge - hinge) / np.linalg.norm(edge - hinge)
                square = shapely.Polygon([hinge, hinge + side * radius, hinge + (side + normal) * radius, hinge + normal * radius])
                yield floor.intersection(shapely.Point(hinge).buffer(radius, quad_segs=32)).intersection(square), 0.01, high


def _cells(grid: HeightGrid, mask: Array) -> Array:
    rows, columns = np.nonzero(mask)
    x, z = grid.origin_m[0] + columns * grid.cell_m, grid.origin_m[1] + rows * grid.cell_m
    out: Array = shapely.box(x, z, x + grid.cell_m, z + grid.cell_m)
    return out


def _living_room() -> Site:
    door = Zone(name="door 1, way", outline_m=box(3.9, 0, 4.8, 0.9), bottom_m=_FLAT_M)
    things = [(box(0.02, 0.5, 0.42, 2.3), 0.0, 1.9), (box(2, 3.4, 3.4, 3.98), 0.0, 0.5), (box(2.2, 1.6, 3.1, 2.2), 0.4, 0.45)]
    return site_of_outline(box(0, 0, 5, 4), things=things, keep=[door])


def _prototype(site: Site) -> list[tuple[float, float, int]]:
    """Return five places as the prototype of the notes finds them: one kernel for the body, one with its zone, and a cost."""
    import cv2

    occ = site.grid.occupied | ~site.inside
    keep = np.zeros(occ.shape, np.uint8)
    for zone in site.keep:
        cv2.fillPoly(keep, [np.round((zone.outline_m - site.grid.origin_m) / site.grid.cell_m).astype(np.int32)], 1)
    occ = np.pad(occ.astype(np.uint8), 100, constant_values=1)
    both = occ | np.pad(keep, 100)
    away = cv2.distanceTransform(1 - occ, cv2.DIST_L2, 5)
    options: list[tuple[float, float, int]] = []
    for k in range(4):
        body, front = np.zeros((121, 121), np.uint8), np.zeros((121, 121), np.uint8)
        body[60 - 18 : 60 + 19, 60 - 40 : 60 + 41] = 1
        front[60 - 18 : 60 + 43, 60 - 40 : 60 + 41] = 1
        taken = cv2.dilate(both, np.rot90(body, k).copy()) | cv2.dilate(occ, np.rot90(front, k).copy())
        cost = np.where(taken[100:-100, 100:-100] > 0, np.inf, away[100:-100, 100:-100])
        for _ in range(5):
            r, c = np.unravel_index(int(np.argmin(cost)), cost.shape)
            if np.isfinite(cost[r, c]):
                options.append((float(cost[r, c]), float(r * 1000 + c), k))
            cost[max(r - 20, 0) : r + 20, max(c - 20, 0) : c + 20] = np.inf
    return sorted(options)[:5]


def largest_that_fits(site: Site, product: Furniture, rules: Rules) -> tuple[float, Sequence[Placement]]:
    """Return the greatest scale across the floor, to 0.5 %, at which the search finds a place for a product that fits, and it."""
    low, high = 1.0, 1.0
    best: Sequence[Placement] = ()
    while places := search(site, scaled(product, high * 1.5), rules=rules, best=1):
        low, high, best = high * 1.5, high * 1.5, places
    high *= 1.5
    while high > low * 1.005:
        middle = (low + high) / 2
        places = search(site, scaled(product, middle), rules=rules, best=1)
        low, high, best = (middle, high, places) if places else (low, middle, best)
    return low, best


def scaled(product: Furniture, factor: float) -> Furniture:
    """Return a product made larger across the floor, not higher."""
    x, y, z = product.size_m
    return replace(
        product,
        size_m=(x * factor, y, z * factor),
        back_m=product.back_m * factor,
        outline_m=product.outline_m * factor,
        slabs=tuple(replace(slab, outline_m=slab.outline_m * factor) for slab in product.slabs),
        zones=tuple(replace(zone, outline_m=zone.outline_m * factor) for zone in product.zones),
    )
