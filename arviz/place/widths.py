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


class _Side(NamedTuple):
    """Something that bounds a gap."""

    name: str
    shape: Any
    sigma_m: float
    raster: bool
    half_m: float = 0.0


def measure(site: Site, bodies: Bodies, middle: Array, *, near_m: float, width_m: float, trusting: bool) -> Gap:
    """Return the exact gap around a point (2,), given what the raster says of it.

    Walls and products are polygons. What stands in the room is known cell by cell, and a cell is taken where anything reaches into
    it: such a side lies half a cell farther away on average, give or take a cell / sqrt(12).
    """
    import shapely

    cell = site.grid.cell_m
    reach = max(near_m, width_m - near_m) + 2 * cell
    disc = shapely.Point(middle).buffer(reach)
    sides = [side for side in _sides(site, bodies, middle, reach, trusting) if side.shape.intersects(disc)]
    raw = Length(width_m, cell, "floor plan")
    place = (float(middle[0]), float(middle[1]))
    if not sides:
        return Gap(raw, place, ("", ""))
    point = shapely.Point(middle)
    first = min(sides, key=lambda side: float(side.shape.distance(point)))
    nearest = np.array(shapely.shortest_line(point, first.shape).coords[1])
    way = nearest - middle
    length = float(np.linalg.norm(way))
    if length < 1e-9:
        return Gap(raw, place, (first.name, ""))
    here = [side._replace(shape=side.shape.intersection(_cone(middle, way / length, reach))) for side in sides]
    there = [side._replace(shape=side.shape.intersection(_cone(middle, -way / length, reach))) for side in sides]
    pairs = [(a, b) for a in here for b in there if not (a.shape.is_empty or b.shape.is_empty)]
    if not pairs:
        return Gap(raw, place, (first.name, ""))
    a, b = min(pairs, key=lambda pair: float(pair[0].shape.distance(pair[1].shape)))
    line = np.array(shapely.shortest_line(a.shape, b.shape).coords)
    between = float(np.linalg.norm(line[1] - line[0]))
    half_cells = a.raster + b.raster
    value = between + half_cells * cell / 2
    # A product is as large as it is, whatever the scale of the room: where the scale is wrong, its own extent is part of the error.
    scale = site.sigma_scale * (value + a.half_m + b.half_m)
    sigma = np.sqrt(a.sigma_m**2 + b.sigma_m**2 + half_cells * cell**2 / 12 + scale**2)
    at = line.mean(axis=0)
    return Gap(Length(value, float(sigma), "floor plan"), (float(at[0]), float(at[1])), (a.name, b.name))


def _cone(apex: Array, direction: Array, reach: float) -> Any:
    import shapely

    side = np.array([-direction[1], direction[0]])
    turn = np.linspace(-np.arccos(-_OPPOSITE), np.arccos(-_OPPOSITE), 13)
    arc = np.cos(turn)[:, None] * direction + np.sin(turn)[:, None] * side
    return shapely.Polygon(np.concatenate([apex[None], apex + arc * reach * 1.02]))


def _sides(site: Site, bodies: Bodies, middle: Array, reach: float, trusting: bool) -> list[_Side]:
    import shapely

    out = []
    for start, end in zip(site.outline_m, np.roll(site.outline_m, -1, axis=0), strict=True):
        out.append(_wall(site, shapely.LineString([start, end])))
    for furniture, placement in bodies:
        half = float(np.linalg.norm(np.ptp(np.asarray(placement.outline_m), axis=0))) / 2
        for part in parts_on_plan(site, furniture, placement):
            out.append(_Side(furniture.name, shapely.Polygon(part), furniture.sigma_m / 2, False, half))
    raster = raster_of(site)
    low = np.floor((middle - reach - (raster.x_m, raster.z_m)) / raster.cell_m).astype(int)
    high = np.ceil((middle + reach - (raster.x_m, raster.z_m)) / raster.cell_m).astype(int)
    window = np.s_[max(low[1], 0) : max(high[1], 0), max(low[0], 0) : max(high[0], 0)]
    masks = [("", obstacles(site))] + ([] if trusting else [("floor that was not seen", unseen(site))])
    for name, mask in masks:
        cells = np.argwhere(mask[window])
        if len(cells):
            corner = (cells[:, ::-1] + (window[1].start, window[0].start)) * raster.cell_m + (raster.x_m, raster.z_m)
            boxes = shapely.union_all(shapely.box(*corner.T, *(corner + raster.cell_m).T))
            parts = list(boxes.geoms) if hasattr(boxes, "geoms") else [boxes]
            out += [_Side(name or _thing(site, part), part, site.sigma_m, True) for part in parts]
    return out


def _wall(site: Site, edge: Any) -> _Side:
    import shapely

    middle = edge.interpolate(0.5, normalized=True)
    walls = [(wall, shapely.LineString(wall.ends_m).distance(middle)) for wall in site.walls]
    wall = min(walls, key=lambda pair: pair[1], default=None)
    if wall is None or wall[1] > 2 * site.grid.cell_m:
        return _Side("the edge of the floor", edge, site.sigma_m, False)
    return _Side(wall[0].name, edge, wall[0].sigma_m, False)


def _thing(site: Site, shape: Any) -> str:
    """Return the name of the room's object in whose box something stands."""
    import shapely

    best, most = "what stands there", 0.0
    for thing in site.room.objects:
        pose = np.linalg.inv(site.world_from_site) @ thing.world_from_box
        half = np.array([thing.size_m[0], thing.size_m[2]]) / 2
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half @ pose[np.ix_((0, 2), (0, 2))].T + pose[[0, 2], 3]
        shared = float(shapely.Polygon(corners).intersection(shape).area)
        if shared > most:
            best, most = thing.category, shared
    return best
