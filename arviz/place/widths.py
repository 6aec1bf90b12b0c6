"""How wide the ways of a floor plan are: the widest way between two points of use, and its narrowest place, exactly.

The free width of a cell is twice its distance to the nearest thing. Beside a point of use that would be nothing, however much room
there is, so there it is the distance to the point plus that to the nearest other thing: between a sofa and a table, their gap.
The widest way is found by halving (what is connected at a width), on the raster; its narrowest place is then measured between the
polygons themselves. Measured and rejected: a maximum spanning tree of all cells, 60 ms where the halving takes 4 ms.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.length import Length
from arviz.place.ground import Bodies, free_mask, obstacles, parts_on_plan, raster_of, unseen
from arviz.place.points import Point
from arviz.place.site import Site

UNSEEN = "floor that was not seen"
_STEP_M = 0.001
_OPPOSITE = -0.5
"""Cosine: the two sides of a gap are seen from its middle under more than 120 degrees."""


class Gap(NamedTuple):
    """The narrowest place of a widest way: how wide, site (x, z) of its middle, and the names of its two sides."""

    width: Length
    at_m: tuple[float, float]
    sides: tuple[str, str]


class Ways:
    """The free floor of a site with products in it, ready to be asked for widths.

    `trusting` as in `free_mask`; `shut` (rows, columns) bool is closed as well.
    """

    def __init__(self, site: Site, bodies: Bodies = (), *, trusting: bool = False, shut: Array | None = None) -> None:
        self.site, self.bodies, self.trusting = site, bodies, trusting
        self.free = free_mask(site, bodies, trusting=trusting)
        if shut is not None:
            self.free &= ~shut
        self._framed = np.pad(self.free, 1)
        self.away_m = self._away(self._framed)
        self._others: dict[str, Array] = {}

    def _away(self, framed: Array) -> Array:
        """Return the distance of each cell's middle to the border of the nearest cell that is not free; 0 on such."""
        import cv2

        away = cv2.distanceTransform(framed.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
        out: Array = np.maximum(away - 0.5, 0) * self.site.grid.cell_m
        return out

    def width_m(self, *points: Point) -> Array:
        """Return the free width (rows, columns) of each cell for one who walks between points of use."""
        farther = self.away_m
        for point in points:
            if point.name not in self._others:
                self._others[point.name] = self._away(self._framed | point.own)
            farther = np.maximum(farther, self._others[point.name])
        out: Array = np.where(self.free, self.away_m + farther, 0)
        return out

    def widest(self, start: Point, end: Point) -> Gap | None:
        """Return the narrowest place of the widest way between two points of use, None where there is no way at all."""
        width = self.width_m(start, end)
        low, high = 0.0, float(min(width[start.cells].max(initial=0), width[end.cells].max(initial=0))) + _STEP_M
        if not _joined(width > 0, start, end):
            return None
        while high - low > _STEP_M:
            middle = (low + high) / 2
            if _joined(width >= middle, start, end):
                low = middle
            else:
                high = middle
        cell = _neck(width, low, high, start, end)
        return self.gap(cell, float(width[cell]))

    def gap(self, cell: tuple[int, int], width_m: float) -> Gap:
        """Return the exact gap in which a cell lies that is the narrowest of a way."""
        grid = self.site.grid
        middle = np.array(grid.origin_m) + (np.array(cell[::-1]) + 0.5) * grid.cell_m
        return measure(self.site, self.bodies, middle, near_m=float(self.away_m[cell]), width_m=width_m, trusting=self.trusting)


def _shared(open_: Array, start: Point, end: Point) -> tuple[Array, Array]:
    """Return labels of the parts of what is open, and those that hold cells of both points."""
    import cv2

    labels = cv2.connectedComponents(open_.astype(np.uint8), connectivity=8, ltype=cv2.CV_16U)[1]
    return labels, np.setdiff1d(np.intersect1d(labels[start.cells], labels[end.cells]), [0])


def _joined(open_: Array, start: Point, end: Point) -> bool:
    return len(_shared(open_, start, end)[1]) > 0


def _neck(width: Array, low: float, high: float, start: Point, end: Point) -> tuple[int, int]:
    """Return a cell of a way that is nowhere narrower than `low`, where it is narrower than `high`."""
    import cv2

    labels, both = _shared(width >= low, start, end)
    wide = width >= high
    narrow = np.isin(labels, both) & ~wide
    count, groups = cv2.connectedComponents(narrow.astype(np.uint8), connectivity=8, ltype=cv2.CV_16U)
    group = next((group for group in range(1, count) if _joined(wide | (groups == group), start, end)), None)
    # Several narrow places follow each other: the first that completes the way.
    group = group or next(group for group in range(1, count) if _joined(wide | ((groups > 0) & (groups <= group)), start, end))
    cells = np.argwhere(groups == group)
    middle = cells[np.argmin(np.linalg.norm(cells - cells.mean(axis=0), axis=1))]
    return int(middle[0]), int(middle[1])


class _Sides(NamedTuple):
    """What may bound a gap: shapes (N,), and of each its name (None: of the room), sigma, whether cells, and its own extent."""

    shapes: Array
    names: list[str | None]
    sigma_m: Array
    cells: Array
    half_m: Array


def measure(site: Site, bodies: Bodies, middle: Array, *, near_m: float, width_m: float, trusting: bool) -> Gap:
    """Return the exact gap around a point (2,), given what the raster says of it.

    Walls and products are polygons. What stands in the room is known cell by cell, and a cell is taken where anything reaches into
    it: such a side lies half a cell farther away on average, give or take a cell / sqrt(12).
    """
    import shapely

    cell = site.grid.cell_m
    reach = max(near_m, width_m - near_m) + 2 * cell
    sides = _sides(site, bodies, middle, reach, trusting)
    raw, place = Length(width_m, cell, "floor plan"), (float(middle[0]), float(middle[1]))
    point = shapely.Point(middle)
    away = shapely.distance(sides.shapes, point)
    close = np.flatnonzero(away < reach)
    if not len(close):
        return Gap(raw, place, ("", ""))
    first = close[np.argmin(away[close])]
    way = np.array(shapely.shortest_line(point, sides.shapes[first]).coords[1]) - middle
    if away[first] < 1e-9:
        return Gap(raw, place, (_name(site, sides, first), ""))
    way = way / away[first]
    here = shapely.intersection(sides.shapes[close], _cone(middle, way, reach))
    there = shapely.intersection(sides.shapes[close], _cone(middle, -way, reach))
    line = shapely.shortest_line(shapely.GeometryCollection(list(here)), shapely.GeometryCollection(list(there)))
    if line is None:
        return Gap(raw, place, (_name(site, sides, first), ""))
    ends = [shapely.Point(corner) for corner in line.coords]
    a, b = (int(close[np.argmin(shapely.distance(part, end))]) for part, end in zip((here, there), ends, strict=True))
    half_cells = int(sides.cells[a]) + int(sides.cells[b])
    value = line.length + half_cells * cell / 2
    # A product is as large as it is, whatever the scale of the room: where the scale is wrong, its own extent is part of the error.
    scale = site.sigma_scale * (value + sides.half_m[a] + sides.half_m[b])
    sigma = float(np.linalg.norm([sides.sigma_m[a], sides.sigma_m[b], np.sqrt(half_cells / 12) * cell, scale]))
    at = np.mean(line.coords, axis=0)
    return Gap(
        Length(float(value), sigma, "floor plan"), (float(at[0]), float(at[1])), (_name(site, sides, a), _name(site, sides, b))
    )


def _cone(apex: Array, direction: Array, reach: float) -> Any:
    import shapely

    side = np.array([-direction[1], direction[0]])
    turn = np.linspace(-np.arccos(-_OPPOSITE), np.arccos(-_OPPOSITE), 13)
    arc = np.cos(turn)[:, None] * direction + np.sin(turn)[:, None] * side
    return shapely.Polygon(np.concatenate([apex[None], apex + arc * reach * 1.02]))


def _sides(site: Site, bodies: Bodies, middle: Array, reach: float, trusting: bool) -> _Sides:
    import shapely

    edges = np.stack([site.outline_m, np.roll(site.outline_m, -1, axis=0)], axis=1)
    names, sigmas = zip(*(_wall(site, edge) for edge in edges), strict=True)
    shapes, halves = list(shapely.linestrings(edges)), [0.0] * len(edges)
    names, sigmas = list(names), list(sigmas)
    for furniture, placement in bodies:
        parts = parts_on_plan(site, furniture, placement)
        shapes += [shapely.Polygon(part) for part in parts]
        names += [furniture.name] * len(parts)
        sigmas += [furniture.sigma_m / 2] * len(parts)
        halves += [float(np.linalg.norm(np.ptp(placement.outline_m, axis=0))) / 2] * len(parts)
    corner = np.concatenate([_corners(site, obstacles(site), middle, reach)])
    hidden = np.zeros((0, 2)) if trusting else _corners(site, unseen(site), middle, reach)
    boxes = np.concatenate([corner, hidden])
    names += [None] * len(corner) + [UNSEEN] * len(hidden)
    return _Sides(
        np.array([*shapes, *shapely.box(*boxes.T, *(boxes + site.grid.cell_m).T)]),
        names,
        np.array([*sigmas, *np.full(len(boxes), site.sigma_m)]),
        np.arange(len(names)) >= len(shapes),
        np.array([*halves, *np.zeros(len(boxes))]),
    )


def _corners(site: Site, mask: Array, middle: Array, reach: float) -> Array:
    """Return the least x and z (N, 2) of the outermost cells of a mask within a reach."""
    raster = raster_of(site)
    low = np.floor((middle - reach - (raster.x_m, raster.z_m)) / raster.cell_m).astype(int) - 1
    high = np.ceil((middle + reach - (raster.x_m, raster.z_m)) / raster.cell_m).astype(int) + 1
    left, down = np.maximum(low, 0)
    window = np.pad(mask[down : max(high[1], 0), left : max(high[0], 0)], 1, mode="edge")
    inner = window[:-2, 1:-1] & window[2:, 1:-1] & window[1:-1, :-2] & window[1:-1, 2:]
    cells = np.argwhere(window[1:-1, 1:-1] & ~inner)
    out: Array = (cells[:, ::-1] + (left, down)) * raster.cell_m + (raster.x_m, raster.z_m)
    return out


def _wall(site: Site, edge: Array) -> tuple[str, float]:
    """Return the name and sigma of the wall that an edge (2, 2) of the floor belongs to."""
    middle = edge.mean(axis=0)
    off = [abs(float((middle - wall.ends_m[0]) @ np.asarray(wall.normal))) + _beside(wall.ends_m, middle) for wall in site.walls]
    if not off or min(off) > 2 * site.grid.cell_m:
        return "the edge of the floor", site.sigma_m
    wall = site.walls[int(np.argmin(off))]
    return wall.name, wall.sigma_m


def _beside(ends: Array, point: Array) -> float:
    """Return how far beyond the ends (2, 2) of a line a point lies, along it."""
    length = float(np.linalg.norm(ends[1] - ends[0]))
    along = float((point - ends[0]) @ (ends[1] - ends[0])) / max(length, 1e-9)
    return max(-along, along - length, 0.0)


def _name(site: Site, sides: _Sides, index: int) -> str:
    """Return the name of a side: of what stands in the room, the object in whose box the cell lies, or that is nearest."""
    name = sides.names[index]
    if name is not None:
        return name
    x, z = np.array(sides.shapes[index].centroid.coords[0])
    best, least = "what stands there", 3 * site.grid.cell_m
    for thing in site.room.objects:
        box = np.linalg.inv(thing.world_from_box) @ site.world_from_site @ np.array([x, 0, z, 1])
        off = float(np.hypot(*np.maximum(np.abs(box[[0, 2]]) - np.array(thing.size_m)[[0, 2]] / 2, 0)))
        if off < least:
            best, least = thing.category, off
    return best
