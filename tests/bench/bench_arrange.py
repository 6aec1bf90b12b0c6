"""Arrangements and ways on foot: time, collisions by an independent check, widths of ways against truth.

python -m tests.bench.run bench_arrange
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import shapely

from arviz.core.placement import Arrangement
from arviz.place.floor.site import Site
from arviz.place.floor.site_of import site_of
from arviz.place.product.furniture import Furniture
from arviz.place.rules import read_rules
from arviz.place.single.search import search
from arviz.place.together.arrange import arrange
from arviz.place.ways.points import points_of_use
from arviz.place.ways.walk import Widths, walkways
from arviz.testing.rooms import height_grid, make_room
from tests.bench.measure import Row, cpu_of, in_turn
from tests.place.sites import box, furniture, site_of_outline

ROOMS = 16
CORRIDORS = 60
RULES = read_rules(country="us")
SOFA = furniture("sofa", (2.0, 0.8, 0.9), front=0.6, kind="sofa")
FIVE = (
    SOFA,
    furniture("coffee table", (1.1, 0.4, 0.6), kind="coffee-table"),
    furniture("rug", (1.7, 0.012, 1.2), kind="rug"),
    furniture("lamp", (0.35, 1.6, 0.35), kind="lamp-floor"),
    furniture("armchair", (0.8, 0.9, 0.8), front=0.5, kind="armchair"),
)


class Thing(NamedTuple):
    """What stands in a room: what it covers, in the world, and from which height on."""

    shape: shapely.Polygon
    bottom_m: float


@cache
def seeds(count: int, what: str) -> tuple[int, ...]:
    """Return seeds that are drawn now, and printed."""
    drawn = tuple(int(seed) for seed in np.random.default_rng().integers(0, 2**31, count))
    print(f"{what}: {drawn}", file=sys.stderr)
    return drawn


@cache
def sites() -> tuple[tuple[Site, list[Thing]], ...]:
    """Return furnished rooms as sites, and what stands in them, exactly."""
    out = []
    for seed in seeds(ROOMS, "rooms"):
        room = make_room(seed)
        site = site_of(replace(room.truth(), obstacles=height_grid(room)), rules=RULES)
        out.append((site, [_footprint(thing) for thing in room.objects]))
    return tuple(out)


def _footprint(thing) -> Thing:
    """Return what a box of the room covers and how high its least part is: below a table's top there is room."""
    x, z = thing.size_m[0] / 2, thing.size_m[2] / 2
    corners = np.array([[-x, 0, -z, 1], [x, 0, -z, 1], [x, 0, z, 1], [-x, 0, z, 1]]) @ thing.world_from_box.T
    middle, high = float(thing.world_from_box[1, 3]), thing.size_m[1]
    return Thing(shapely.Polygon(corners[:, [0, 2]]), middle + high * (0.4 if thing.category == "table" else -0.5))


def violations(site: Site, there: list[Thing], bodies: tuple[Furniture, ...], found: Arrangement) -> int:
    """Count pairs of things that share floor, by hulls in the world; rugs may lie below, nothing leaves the floor."""
    high = [body.size_m[1] > 0.03 for body in bodies]
    outlines = [shapely.Polygon(placement.outline_m) for placement in found.placements]
    floor = shapely.Polygon(site.room.planes[site.floor].outline_m[:, [0, 2]]).buffer(1e-4)
    count = sum(not floor.covers(outline) for outline in outlines)
    for i, outline in enumerate(outlines):
        others = [outlines[j] for j in range(i) if high[i] and high[j]]
        others += [thing.shape for thing in there if high[i] and thing.bottom_m < bodies[i].size_m[1] - 1e-6]
        count += sum(outline.intersection(other).area > 1e-6 for other in others)
    return count


def table_arrange_rooms() -> str:
    """Arrange one to five products in furnished random rooms; violations are counted by shapely on hulls, apart from our own checks.

    Placed: rooms with an arrangement of all products. Each fits: rooms in which each product alone finds a place, so that more
    could not be placed. Passes: of the first arrangements, those without a failing rule. Bar: no violation.
    """
    lines = ["| products | rooms | each fits | all placed | arrangements | violations | first passes | median / largest CPU s |"]
    lines.append("|" + " --- |" * 8)
    for count in (1, 2, 3, 5):
        fits = placed = total = wrong = passes = 0
        times = []
        for site, there in sites():
            fits += all(search(site, body, rules=RULES, best=1) for body in FIVE[:count])
            began = time.process_time()
            found = arrange(site, FIVE[:count], rules=RULES, best=3)
            times.append(time.process_time() - began)
            placed += bool(found)
            total += len(found)
            wrong += sum(violations(site, there, FIVE[:count], each) for each in found)
            passes += bool(found) and found[0].outcome != "fail"
        spent = f"{np.median(times):.2f} / {max(times):.2f}"
        lines.append(f"| {count} | {len(sites())} | {fits} | {placed} | {total} | {wrong} | {passes} | {spent} |")
    return "\n".join([*lines, "", f"Seeds: {', '.join(map(str, seeds(ROOMS, 'rooms')))}."])


def table_way_widths() -> str:
    """Measure gaps of known width between two blocks and between a block and a wall, known cell by cell as measured rooms are.

    The blocks are turned by any angle; cells of 25 mm are taken where anything reaches into them. Error: measured less true, mm.
    """
    lines = ["| between | gaps | mean | median of absolute | 90 % | within 2 sigma |", "| --- | --- | --- | --- | --- | --- |"]
    for name, square, wall in (("blocks along the grid", True, False), ("blocks turned", False, False), ("block and wall", True, True)):
        errors, ratios = [], []
        for seed in seeds(CORRIDORS, "corridors"):
            rng = np.random.default_rng(seed)
            gap, yaw = rng.uniform(0.35, 1.3), 0.0 if square else rng.uniform(-0.6, 0.6)
            site = _with_gap(rng, gap, yaw, wall=wall)
            widths = Widths(site, ())
            found = walkways(widths, widths, points_of_use(site), rules=RULES)[0].found
            errors.append(found.value_m - gap)
            ratios.append(abs(errors[-1]) / found.sigma_m)
        off = np.abs(errors) * 1000
        lines.append(
            f"| {name} | {len(off)} | {np.mean(errors) * 1000:+.1f} | {np.median(off):.1f} | {np.percentile(off, 90):.1f} "
            f"| {(np.array(ratios) <= 2).mean():.3f} |"
        )
    return "\n".join([*lines, "", f"Seeds: {', '.join(map(str, seeds(CORRIDORS, 'corridors')[:8]))} ..."])


def _with_gap(rng: np.random.Generator, gap: float, yaw: float, *, wall: bool) -> Site:
    middle = np.array([3.0, rng.uniform(1.6, 2.4)])
    turn = np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])
    ahead, behind = box(-0.3, gap / 2, 0.3, 5.0) @ turn + middle, box(-0.3, -5.0, 0.3, -gap / 2) @ turn + middle
    blocks = [box(2.7, gap, 3.3, 4.0)] if wall else [ahead, behind]
    doors = [("door 1", (0.0, 1.5), (0.0, 2.4), (1, 0)), ("door 2", (6.0, 1.5), (6.0, 2.4), (-1, 0))]
    inside = shapely.Polygon(box(0, 0, 6, 4))
    cut = [np.array(shapely.Polygon(block).intersection(inside).exterior.coords)[:-1] for block in blocks]
    return site_of_outline(box(0, 0, 6, 4), doors=doors, things=[(block, 0.0, 1.0) for block in cut])


def bench_arrange_time() -> list[Row]:
    """Arrange five products at their best, with facts and ways before and after, against the budget of 2 s; one against its search alone.

    In furnished random rooms in which they fit, one thread.
    """
    import cv2

    cv2.setNumThreads(1)
    fitting = [site for site, _ in sites() if arrange(site, FIVE, rules=RULES, best=1)][:5]
    five = [cpu_of(lambda s=site: arrange(s, FIVE, rules=RULES))() for site in fitting]
    pairs = [
        in_turn(
            cpu_of(lambda s=site: arrange(s, [SOFA], rules=RULES, best=1)),
            cpu_of(lambda s=site: search(s, SOFA, rules=RULES, best=2)),
            rounds=3,
        )
        for site in fitting
    ]
    one, alone = np.median(np.array(pairs), axis=0)
    return [
        Row("five products arranged, five ways of it, against 2 s", float(np.median(five)), 2.0, 1.0, f"largest {max(five):.2f} s"),
        Row("one product with its ways judged and walked, against its search", float(one), float(alone)),
    ]
