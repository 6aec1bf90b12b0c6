"""Ways on foot between points of use: the shortest, and the narrowest place of the widest.

Shortest ways are those of a body `BODY_M` wide: Dijkstra over the cells where its middle can be, in 16 directions (at most 2.7 %
too long), then pulled tight, as a string, over what it can see. Nobody squeezes through less: then there is no way, and the
narrowest place of the widest one says why. Ways with products in the room are thus never shorter than without.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any, NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.length import Length
from arviz.core.placement import Walk
from arviz.place.floor.site import Site
from arviz.place.plan.plan_frame import to_world
from arviz.place.ways.ground import Bodies
from arviz.place.ways.points import BODY_M, REACH_M, STRIP_M, Point, points_of_use
from arviz.place.ways.widths import Ways

SIDEWAYS_M = 0.25
"""Depth of a standing person at the chest (about the mean of men, same source): the last step to a thing may be sideways."""
_KITCHEN = frozenset({"refrigerator", "fridge", "stove", "oven", "sink"})
_PULLS, _SHORTER = 8, 0.1
"""How often a path is pulled at most, and by how many cells that has to shorten it."""
_OFFSET_M = 1.0
"""Added to distances inside the graph, in which an edge of length 0 is none."""
_Step = tuple[int, int]


def _moves() -> list[tuple[_Step, tuple[_Step, ...]]]:
    """Return 16 steps (rows, columns), and the cells between which a knight's move passes."""
    near = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if (down, right) != (0, 0)]
    out: list[tuple[_Step, tuple[_Step, ...]]] = [(step, ()) for step in near]
    for down in (-1, 1):
        for right in (-1, 1):
            out += [((2 * down, right), ((down, 0), (down, right))), ((down, 2 * right), ((0, right), (down, right)))]
    return out


_MOVES = _moves()


def walks(site: Site, bodies: Bodies = (), *, points: tuple[Point, ...] | None = None) -> tuple[Walk, ...]:
    """Return the ways between points of use: from each door to everything, and between the appliances of a kitchen.

    Where no door is known, from the first piece of furniture to the others.

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
    return walks_between(Ways(site, bodies), points_of_use(site, bodies) if points is None else points)


def walks_between(ways: Ways, points: tuple[Point, ...]) -> tuple[Walk, ...]:
    """Return `walks` over a floor that is there already."""
    return tuple(_walk(ways, start, end) for start, end in _pairs(points))


def _pairs(points: tuple[Point, ...]) -> list[tuple[Point, Point]]:
    doors = [point for point in points if point.is_door]
    if not doors:  # nobody comes in through a window
        points = tuple(point for point in points if point.kind != "window")
        doors = list(points[:1])
    others = [point for point in points if point not in doors]
    kitchen = [point for point in points if point.kind in _KITCHEN]
    out = [*combinations(doors, 2), *((door, point) for door in doors for point in others)]
    return out + [pair for pair in combinations(kitchen, 2) if pair not in out]


def _walk(ways: Ways, start: Point, end: Point) -> Walk:
    walk: Walk = ways.kept(("walk", start, end), lambda: _walked(ways, start, end))
    return walk


def _walked(ways: Ways, start: Point, end: Point) -> Walk:
    site = ways.site
    path, gap = shortest(ways, start, end), ways.widest(start, end)
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


def shortest(ways: Ways, start: Point, end: Point) -> Array | None:
    """Return the shortest path (N, 2), site (x, z), between two points of use; None where nobody gets through.

    Everywhere the body's middle keeps half its width away from things; only at both ends it comes up to the thing itself.
    """
    first = ways.kept(("from", start), lambda: _from(ways, start))
    zone = _last_steps(ways, end)
    known = _grown(zone) & np.isfinite(first.distance_m)
    if not known.any():
        return None
    window = _bounds(zone | known)
    last = _Field.over(ways.site, (zone | known)[window], np.where(known, first.distance_m, np.inf)[window])
    goals = np.argwhere(end.cells[window] & np.isfinite(last.distance_m))
    if not len(goals):
        return None
    corner = np.array([part.start for part in window])
    chain = last.back(goals[np.argmin(last.distance_m[tuple(goals.T)])]) + corner
    chain = np.concatenate([first.back(chain[0]), chain[1:]])
    tight = _pulled(chain, first.open_ | zone)
    out: Array = np.array(ways.site.grid.origin_m) + (tight[:, ::-1] + 0.5) * ways.site.grid.cell_m
    return out


def ways_of(ways: Ways, points: tuple[Point, ...], *, width_m: float) -> Array:
    """Return (rows, columns) bool: the floor that ways of a width take from the first point of use to all others, where there are such."""
    import cv2

    cell, out = ways.site.grid.cell_m, np.zeros(ways.free.shape, np.uint8)
    open_ = ways.width_m >= width_m - cell
    if len(points) < 2 or not open_.any():
        return out > 0
    reach = max(REACH_M, width_m / 2 + 1.5 * STRIP_M)
    first = _Field.over(ways.site, open_, np.where(open_ & (ways.on_foot_m(points[0]) <= reach), 0.0, np.inf))
    for point in points[1:]:
        goals = np.argwhere((ways.on_foot_m(point) <= reach) & np.isfinite(first.distance_m))
        if len(goals):
            out[tuple(first.back(goals[np.argmin(first.distance_m[tuple(goals.T)])]).T)] = 1
    size = 2 * round(width_m / 2 / cell) + 1
    return np.asarray(cv2.dilate(out, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))) > 0)


def _bounds(mask: Array) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


class _Field(NamedTuple):
    """How far (rows, columns) cells are over open ones, inf where there is no way, and from which flattened cell one comes, -1."""

    open_: Array
    distance_m: Array
    before: Array

    @classmethod
    def over(cls, site: Site, open_: Array, sources_m: Array) -> _Field:
        """Measure from all cells whose distance `sources_m` (rows, columns) is finite."""
        from scipy.sparse.csgraph import dijkstra

        distance, before = np.full(open_.shape, np.inf), np.full(open_.size, -1)
        at = np.flatnonzero(open_)
        seeds = np.flatnonzero(np.isfinite(sources_m.ravel()[at]))
        if len(seeds):
            graph = _graph(open_, at, site.grid.cell_m, seeds, sources_m.ravel()[at[seeds]])
            found, came = dijkstra(graph, indices=len(at), return_predecessors=True)
            distance.ravel()[at] = found[:-1] - _OFFSET_M
            inner = (came[:-1] >= 0) & (came[:-1] < len(at))
            before[at[inner]] = at[came[:-1][inner]]
        return cls(open_, distance, before)

    def back(self, cell: Array) -> Array:
        """Return the cells (N, 2) on the way from a source to a cell."""
        columns = self.open_.shape[1]
        chain = [int(cell[0]) * columns + int(cell[1])]
        while self.before[chain[-1]] >= 0:
            chain.append(int(self.before[chain[-1]]))
        return np.stack(np.divmod(chain[::-1], columns), axis=1)


def _from(ways: Ways, start: Point) -> _Field:
    zone = _last_steps(ways, start)
    open_ = ways.free & (ways.width_m >= _least(ways, BODY_M)) | zone
    return _Field.over(ways.site, open_, np.where(start.cells & open_, 0.0, np.inf))


def _least(ways: Ways, width_m: float) -> float:
    # On the raster, up to half a cell is lost on each side.
    return width_m - ways.site.grid.cell_m


def _last_steps(ways: Ways, point: Point) -> Array:
    """Return the cells next to a point of use in which the way to it is wide enough, the thing itself not counted."""
    width = SIDEWAYS_M if not point.is_door else BODY_M
    out: Array = (ways.on_foot_m(point) <= REACH_M) & (2 * ways.away_from_others_m(point) >= _least(ways, width))
    return out


def _grown(mask: Array) -> Array:
    import cv2

    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)


def _graph(open_: Array, at: Array, cell_m: float, seeds: Array, seeds_m: Array) -> Any:
    """Return the steps between open cells as a sparse matrix, and as its last node one from which the seeds are reached."""
    from scipy.sparse import csr_matrix

    framed = np.pad(open_, 2)
    width = framed.shape[1]
    flat, node = framed.ravel(), np.full(framed.size, -1, np.int32)
    cells = np.flatnonzero(framed)
    node[cells] = np.arange(len(cells))
    steps = [step for step, _ in _MOVES]
    offsets = np.array([down * width + right for down, right in steps])
    into = cells[:, None] + offsets
    walked = flat[into]
    for column, (_, between) in enumerate(_MOVES):
        for down, right in between:
            walked[:, column] &= flat[cells + down * width + right]
    lengths = np.hypot(*np.array(steps).T) * cell_m
    ends = np.concatenate([[0], np.cumsum(walked.sum(axis=1))])
    return csr_matrix(
        (
            np.concatenate([np.broadcast_to(lengths, walked.shape)[walked], seeds_m + _OFFSET_M]),
            np.concatenate([node[into[walked]], seeds.astype(np.int32)]),
            np.concatenate([ends, [ends[-1] + len(seeds)]]),
        ),
        shape=(len(at) + 1, len(at) + 1),
    )


def _pulled(chain: Array, open_: Array) -> Array:
    """Return the corners of a chain of cells (N, 2) pulled tight over open cells: from its ends in turn, as long as that helps."""
    corners = _seen(chain, open_)
    for _ in range(_PULLS):
        again = _seen(_between(corners)[::-1], open_)[::-1]
        if _length(again) > _length(corners) - _SHORTER:
            break
        corners = again
    return corners.astype(np.float64)


def _seen(chain: Array, open_: Array) -> Array:
    """Return from each corner of a chain on the last cell that it sees."""
    corners, at = [chain[0]], 0
    while at < len(chain) - 1:
        step = len(chain) - 1 - at
        while step > 1 and not _sees(chain[at], chain[at + step], open_):
            step -= max(step // 16, 1)
        at += step
        corners.append(chain[at])
    return np.array(corners)


def _between(corners: Array) -> Array:
    """Return all cells (N, 2) along a path of corners."""
    lines = [np.rint(np.linspace(a, b, int(np.abs(b - a).max()) + 1)[:-1]).astype(np.intp) for a, b in pairwise(corners)]
    return np.concatenate([*lines, corners[-1:]])


def _length(corners: Array) -> float:
    return float(np.linalg.norm(np.diff(corners, axis=0), axis=1).sum())


def _sees(a: Array, b: Array, open_: Array) -> bool:
    steps = int(np.abs(b - a).max()) * 3
    line = np.rint(a + np.arange(steps + 1)[:, None] * ((b - a) / max(steps, 1))).astype(np.intp)
    return bool(open_[line[:, 0], line[:, 1]].all())
