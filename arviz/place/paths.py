"""Ways on foot between points of use: the shortest, and the narrowest place of the widest.

Shortest ways are those of a body `BODY_M` wide: Dijkstra over the cells where its middle can be, in 16 directions (at most 2.7 %
too long), then pulled tight, as a string, over what it can see. Nobody squeezes through less: then there is no way, and the
narrowest place of the widest one says why. Ways with products in the room are thus never shorter than without.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.length import Length
from arviz.core.placement import Walk
from arviz.place.ground import Bodies
from arviz.place.plan_frame import to_world
from arviz.place.points import BODY_M, Point, points_of_use
from arviz.place.site import Site
from arviz.place.widths import Ways

_KITCHEN = frozenset({"refrigerator", "fridge", "stove", "oven", "sink"})
_MOVES = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (2, -1), (1, -2))
"""Steps (rows, columns); each is walked both ways."""


def walks(site: Site, bodies: Bodies = (), *, points: tuple[Point, ...] | None = None) -> tuple[Walk, ...]:
    """Return the ways between points of use: from each door to everything, and between the appliances of a kitchen.

    Parameters
    ----------
    site : Site
    bodies : sequence of (Furniture, Placement)
        Products that stand there.
    points : tuple of Point or None
        None: `points_of_use` of the site and the bodies. Give the same to compare before and after.

    Returns
    -------
    tuple of Walk
        In the world; without a path and length where a body 0.45 m wide finds no way over floor that was seen.
    """
    points = points_of_use(site, bodies) if points is None else points
    ways = Ways(site, bodies)
    pairs = _pairs(points)
    ends: dict[str, list[Point]] = {}
    for start, end in pairs:
        ends.setdefault(start.name, []).append(end)
    paths = {}
    for start in points:
        if start.name in ends:
            found = shortest(ways, start, tuple(ends[start.name]))
            paths.update({(start.name, end.name): path for end, path in zip(ends[start.name], found, strict=True)})
    return tuple(_walk(ways, start, end, paths[start.name, end.name]) for start, end in pairs)


def _pairs(points: tuple[Point, ...]) -> list[tuple[Point, Point]]:
    doors = [point for point in points if point.is_door] or list(points[:1])
    others = [point for point in points if point not in doors]
    kitchen = [point for point in points if point.kind in _KITCHEN]
    out = [*combinations(doors, 2), *((door, point) for door in doors for point in others)]
    return out + [pair for pair in combinations(kitchen, 2) if pair not in out]


def _walk(ways: Ways, start: Point, end: Point, path: Array | None) -> Walk:
    site = ways.site
    gap = ways.widest(start, end)
    pinch, place = None, None
    if gap is not None:
        x, z = to_world(np.array(gap.at_m), world_from_site=site.world_from_site)
        pinch, place = gap.width, (float(x), float(z))
    if path is None:
        return Walk(start=start.name, end=end.name, path_m=np.zeros((0, 2)), pinch=pinch, pinch_m=place)
    length = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
    sigma = float(np.linalg.norm([site.grid.cell_m, 2 * site.sigma_m, site.sigma_scale * length]))
    world = to_world(path, world_from_site=site.world_from_site)
    return Walk(start=start.name, end=end.name, path_m=world, length=Length(length, sigma, "floor plan"), pinch=pinch, pinch_m=place)


def shortest(ways: Ways, start: Point, ends: tuple[Point, ...]) -> list[Array | None]:
    """Return the shortest path (N, 2), site (x, z), from a point of use to each of others; None where nobody gets through.

    Everywhere the body's middle keeps half its width away from things; only at both ends of a way it comes up to the thing itself.
    """
    from scipy.sparse.csgraph import dijkstra

    least = BODY_M - ways.site.grid.cell_m  # on the raster, up to half a cell is lost on each side
    core = ways.free & (2 * ways.away_m >= least) | _near(ways, start, least)
    near = [_near(ways, end, least) & ~core for end in ends]
    open_ = core.copy()
    for zone in near:
        open_ |= zone
    node = np.full(open_.shape, -1)
    node[open_] = np.arange(np.count_nonzero(open_))
    sources = node[start.cells & open_]
    if not len(sources):
        return [None] * len(ends)
    graph = _graph(node, core, ways.site.grid.cell_m)
    distance, before, _ = dijkstra(graph, indices=sources, min_only=True, return_predecessors=True)
    cells = np.argwhere(open_)
    out: list[Array | None] = []
    for end, zone in zip(ends, near, strict=True):
        goals = node[end.cells & open_]
        if not len(goals) or not np.isfinite(distance[goals]).any():
            out.append(None)
            continue
        chain = [int(goals[np.argmin(distance[goals])])]
        while before[chain[-1]] >= 0:
            chain.append(int(before[chain[-1]]))
        tight = _pulled(cells[chain[::-1]], core | zone)
        out.append(np.array(ways.site.grid.origin_m) + (tight[:, ::-1] + 0.5) * ways.site.grid.cell_m)
    return out


def _near(ways: Ways, point: Point, least: float) -> Array:
    """Return the cells next to a point of use in which the way to it is wide enough, the thing itself not counted."""
    import cv2

    if not point.cells.any():
        return np.zeros_like(point.cells)
    away = cv2.distanceTransform((~point.cells).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    out: Array = ways.free & (away * ways.site.grid.cell_m <= BODY_M / 2 + 0.05) & (ways.width_m(point) >= least)
    return out


def _graph(node: Array, core: Array, cell_m: float) -> Any:
    """Return the steps between cells as a sparse matrix; what is not core is a dead end: one may walk in and stay in."""
    from scipy.sparse import csr_matrix

    rows, columns = node.shape
    starts, stops, costs = [], [], []
    for down, right in _MOVES:
        a = np.s_[: rows - down, max(-right, 0) : columns - max(right, 0)]
        b = np.s_[down:, max(right, 0) : columns + min(right, 0)]
        there = (node[a] >= 0) & (node[b] >= 0)
        if abs(down) + abs(right) == 3:
            there &= _between(node >= 0, down, right)
        for p, q in ((a, b), (b, a)):
            walked = there & (core[p] | ~core[q])
            starts.append(node[p][walked])
            stops.append(node[q][walked])
            costs.append(np.full(len(starts[-1]), np.hypot(down, right) * cell_m))
    count = int(node.max()) + 1
    return csr_matrix((np.concatenate(costs), (np.concatenate(starts), np.concatenate(stops))), shape=(count, count))


def _between(open_: Array, down: int, right: int) -> Array:
    """Return for each knight's move whether the two cells that it passes between are open."""
    rows, columns = open_.shape
    padded = np.pad(open_, ((0, 2), (2, 2)))
    side = int(np.sign(right))
    one, two = ((1, side), (0, side)) if abs(right) == 2 else ((1, side), (1, 0))
    left = max(-right, 0)
    height, width = rows - down, columns - abs(right)

    def shifted(step: tuple[int, int]) -> Array:
        return padded[step[0] : step[0] + height, 2 + left + step[1] : 2 + left + step[1] + width]

    out: Array = shifted(one) & shifted(two)
    return out


def _pulled(chain: Array, open_: Array) -> Array:
    """Return the corners of a chain of cells (N, 2) pulled tight: from each, the last that it sees over open cells."""
    corners, at = [chain[0]], 0
    while at < len(chain) - 1:
        step = len(chain) - 1 - at
        while step > 1 and not _sees(chain[at], chain[at + step], open_):
            step -= max(step // 16, 1)
        at += step
        corners.append(chain[at])
    return np.array(corners, np.float64)


def _sees(a: Array, b: Array, open_: Array) -> bool:
    count = int(np.abs(b - a).max()) * 3 + 1
    line = np.rint(np.linspace(a, b, count)).astype(np.intp)
    return bool(open_[line[:, 0], line[:, 1]].all())
