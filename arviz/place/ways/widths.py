"""How wide the ways of a floor plan are: the widest way between two points of use, and its narrowest place, exactly.

The free width of a cell is twice its distance to the nearest thing. A way is as wide as the largest disc that gets along it, from
where it touches the one point of use to where it touches the other. The widest one is found by halving (what is connected at a
width), on the raster; its narrowest place is then measured between the polygons themselves. Measured and rejected: a maximum
spanning tree of all cells, 60 ms where the halving takes 4 ms; counting, beside a point of use, the distance to it and to the next
thing together: in corners that is not how wide the way is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.length import Length
from arviz.place.floor.site import Site
from arviz.place.plan.raster import cells_touched
from arviz.place.plan.zone import FLAT_M
from arviz.place.single.pieces import OUTSIDE, UNSEEN
from arviz.place.ways.ground import HEAD_M, Bodies, free_mask, obstacles, parts_on_plan, raster_of, unseen
from arviz.place.ways.points import REACH_M, STRIP_M, Point

_FAR_M = 2.0
"""How far ways are measured from a point of use: no way is told to be wider than twice that."""
_STEP_M = 0.004
_LESS, _MORE = 0.5, 4.0
"""Cells by which a gap is less and more than the raster says, at most: the middle of a cell that is taken is up to 0.7 before or behind
the edge, half a cell is counted as taken, on both sides; and the middle of the gap is up to 0.7 off the middle of its cell."""
_OPPOSITE = -0.5
"""Cosine: the two sides of a gap are seen from its middle under more than 120 degrees."""


class Gap(NamedTuple):
    """The narrowest place of a widest way: how wide, site (x, z) of its middle, and the names of its two sides."""

    width: Length
    at_m: tuple[float, float]
    sides: tuple[str, str]


class Ways:
    """The free floor of a site with products in it, ready to be asked for widths.

    `trusting` as in `free_mask`, which says where one walks if `free` (rows, columns) bool does not.
    """

    def __init__(self, site: Site, bodies: Bodies = (), *, trusting: bool = False, free: Array | None = None) -> None:
        self.site, self.bodies, self.trusting = site, bodies, trusting
        self.free = free_mask(site, bodies, trusting=trusting) if free is None else free
        self._framed = np.pad(self.free, 1)
        self.away_m = self._away(self._framed)
        self.width_m = 2 * self.away_m
        self._kept: dict[tuple[object, ...], Any] = {}
        self._between: list[tuple[float, float]] = []

    def _away(self, framed: Array) -> Array:
        """Return the distance of each cell's middle to the border of the nearest cell that is not free; 0 on such."""
        import cv2

        away = cv2.distanceTransform(framed.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
        out: Array = np.maximum(away - 0.5, 0) * self.site.grid.cell_m
        return out

    def without(self, cells: Array) -> Ways:
        """Return the same floor with more cells (rows, columns) bool closed."""
        return Ways(self.site, self.bodies, trusting=self.trusting, free=self.free & ~cells)

    def kept(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        """Return what was made for a key, made once."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def away_from_others_m(self, point: Point) -> Array:
        """Return the distance of free cells to everything but a point of use itself; 0 where it is not free."""
        out: Array = np.where(self.free, self._away(self._framed | point.own), 0)
        return out

    def on_foot_m(self, point: Point) -> Array:
        """Return how far (rows, columns) one walks from where a point of use is used, inf beyond 2 m and where one cannot."""
        out: Array = self.kept(("on foot", point), lambda: _on_foot(point.cells & self.free, self.free, self.site.grid.cell_m))
        return out

    def _ends(self, point: Point) -> Array:
        """Return the indices (N,) of the flattened cells at which a way has come to a point of use.

        The largest disc around such a cell touches where the point is used; and the last `REACH_M` are the thing's own affair: a
        coffee table may stand close to a sofa, a door has its own rules. A smaller disc comes there inside of the largest one, so
        that the cells are the same for ways of all widths: what is joined at a width is joined at all that are less.
        """

        def made() -> Array:
            return np.flatnonzero(self.on_foot_m(point) <= np.maximum(REACH_M, self.away_m + 1.5 * STRIP_M))

        out: Array = self.kept(("ends", point), made)
        return out

    def joined(self, start: Point, end: Point, *, width_m: float) -> bool:
        """Tell whether there is a way between two points of use that is nowhere narrower."""
        return self._joined(width_m - self.site.grid.cell_m, start, end)

    def widest(self, start: Point, end: Point) -> Gap | None:
        """Return the narrowest place of the widest way between two points of use, None where there is no way at all."""
        gap: Gap | None = self.kept(("widest", start, end), lambda: self._widest(start, end))
        return gap

    def _widest(self, start: Point, end: Point) -> Gap | None:
        low, high = _STEP_M, float(self.width_m.max(initial=0)) + _STEP_M
        if not self._joined(low, start, end):
            return None
        # Ways often have their narrowest place in common: as wide as one of the last two, they are found at once.
        for least, most in self._between[-2:]:
            if self._joined(least, start, end) and not self._joined(most, start, end):
                low, high = least, most
                break
        while high - low > _STEP_M:
            middle = (low + high) / 2
            if self._joined(middle, start, end):
                low = middle
            else:
                high = middle
        self._between.append((low, high))
        cell = self._neck(low, high, start, end)
        grid = self.site.grid
        middle_m = np.array(grid.origin_m) + (np.array(cell[::-1]) + 0.5) * grid.cell_m
        known = self.kept(("polygons",), lambda: _polygons(self.site, self.bodies, trusting=self.trusting))
        return _measured(self.site, known, middle_m, width_m=float(self.width_m[cell]))

    def _shared(self, width_m: float, start: Point, end: Point) -> tuple[Array, Array]:
        """Return labels of the parts that are that wide, and of each label whether it has ends of both points."""
        import cv2

        open_ = (self.width_m >= width_m).astype(np.uint8)
        count, labels = cv2.connectedComponents(open_, connectivity=8, ltype=cv2.CV_16U)
        both = np.zeros((2, count), bool)
        for row, point in zip(both, (start, end), strict=True):
            row[labels.ravel()[self._ends(point)]] = True
        both[:, 0] = False
        return np.asarray(labels), np.asarray(both.all(axis=0))

    def _joined(self, width_m: float, start: Point, end: Point) -> bool:
        return bool(self._shared(width_m, start, end)[1].any())

    def _neck(self, low: float, high: float, start: Point, end: Point) -> tuple[int, int]:
        """Return a cell of a way that is nowhere narrower than `low`, where it is narrower than `high`."""
        import cv2

        labels, both = self._shared(low, start, end)
        joined = both[labels]
        wide = (joined & (self.width_m >= high)).astype(np.uint8)
        count, parts = cv2.connectedComponents(wide, connectivity=8, ltype=cv2.CV_16U)
        at_start = np.zeros(count, bool)
        at_start[parts.ravel()[self._ends(start)]] = True
        at_start[0] = False
        # From all that is reached from the start without the narrow place to what is next, between which it lies.
        here, there = at_start[parts], (parts > 0) & ~at_start[parts]
        for side, point in ((here, start), (there, end)):
            if not side.any():
                side.ravel()[self._ends(point)] = True
                side &= joined
        off = _away_from(here) + _away_from(there)
        narrow = joined & (parts == 0)
        off[~(narrow if narrow.any() else joined)] = np.inf
        row, column = np.unravel_index(int(np.argmin(off)), off.shape)
        return int(row), int(column)


def _away_from(mask: Array) -> Array:
    import cv2

    out: Array = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return out


def _on_foot(cells: Array, free: Array, cell_m: float) -> Array:
    """Return how far one walks from some cells over free ones, in octagons: exact along the axes, up to 6 % too little askew."""
    import cv2

    out = np.where(cells, 0, np.inf).astype(np.float32)
    if not cells.any():
        return out
    count = round(_FAR_M / cell_m)
    rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    window = np.s_[max(rows[0] - count, 0) : rows[-1] + count + 1, max(columns[0] - count, 0) : columns[-1] + count + 1]
    here, ground = cells[window].astype(np.uint8), free[window].astype(np.uint8)
    counted = here.astype(np.uint16)
    square, cross = np.ones((3, 3), np.uint8), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    for step in range(1, count):
        here = np.asarray(cv2.dilate(here, square if step % 2 else cross), np.uint8) & ground
        counted += here
    out[window] = np.where(counted > 0, (count - counted.astype(np.float32)) * cell_m, np.inf)
    return out


class _Sides(NamedTuple):
    """What may bound a gap: shapes (N,), and of each its name (None: of the room), sigma, whether cells, and its own extent."""

    shapes: Array
    names: list[str | None]
    sigma_m: Array
    cells: Array
    half_m: Array


class _Polygons(NamedTuple):
    """What may bound a gap anywhere in the site: polygons, as in `_Sides`, and the cells (rows, columns) of all that is none."""

    shapes: list[Any]
    names: list[str]
    sigma_m: list[float]
    half_m: list[float]
    taken: Array
    hidden: Array


def _measured(site: Site, known: _Polygons, middle: Array, *, width_m: float) -> Gap:
    """Return the exact gap around a point (2,), given what the raster says of it.

    Walls, products and boxes that a capture names are polygons. What else stands in the room is known cell by cell, and a cell is
    taken where anything reaches into it: such a side lies farther away (`_unfilled`).
    """
    import shapely

    cell = site.grid.cell_m
    reach = width_m / 2 + _MORE * cell
    sides = _sides(site, known, middle, reach)
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
    a, b = (int(close[np.nanargmin(shapely.distance(part, end))]) for part, end in zip((here, there), ends, strict=True))
    if not -_LESS * cell <= line.length - width_m <= _MORE * cell:  # not between two sides: at the very thing to which the way leads
        return Gap(raw, place, ("", ""))
    across = np.diff(line.coords, axis=0)[0] / max(line.length, 1e-9)
    (one, one_sigma), (two, two_sigma) = (
        _unfilled(sides, part[sides.cells[close]], index, way, cell) for part, index, way in ((here, a, across), (there, b, -across))
    )
    value = line.length + one + two
    # A product is as large as it is, whatever the scale of the room: where the scale is wrong, its own extent is part of the error.
    scale = site.sigma_scale * (value + sides.half_m[a] + sides.half_m[b])
    sigma = float(np.linalg.norm([sides.sigma_m[a], sides.sigma_m[b], one_sigma, two_sigma, scale]))
    at = np.mean(line.coords, axis=0)
    return Gap(Length(float(value), sigma, "floor plan"), (float(at[0]), float(at[1])), (_name(site, sides, a), _name(site, sides, b)))


def _unfilled(sides: _Sides, cells: Any, index: int, towards: Array, cell_m: float) -> tuple[float, float]:
    """Return how much farther a side lies than the cells that it reaches into, and the standard deviation of that; 0 for polygons.

    An edge along the grid lies anywhere in its outermost cells. One askew crosses many of them, and that one counts which it just
    reaches into: the largest of as many even chances as there are steps.
    """
    import shapely

    if not sides.cells[index]:
        return 0.0, 0.0
    middles = shapely.get_coordinates(shapely.centroid(cells[~shapely.is_empty(cells)]))
    ahead = middles @ towards
    along = middles[ahead > ahead.max() - 1.5 * cell_m] @ np.array([-towards[1], towards[0]])
    steps = 1 + float(np.ptp(along)) * float(np.abs(towards).min()) / cell_m
    reach = cell_m * float(np.abs(towards).sum())
    return reach * steps / (steps + 1), reach * float(np.sqrt(steps / (steps + 2))) / (steps + 1)


def _cone(apex: Array, direction: Array, reach: float) -> Any:
    import shapely

    side = np.array([-direction[1], direction[0]])
    turn = np.linspace(-np.arccos(-_OPPOSITE), np.arccos(-_OPPOSITE), 13)
    arc = np.cos(turn)[:, None] * direction + np.sin(turn)[:, None] * side
    return shapely.Polygon(np.concatenate([apex[None], apex + arc * reach * 1.02]))


def _polygons(site: Site, bodies: Bodies, *, trusting: bool) -> _Polygons:
    import shapely

    edges = np.stack([site.outline_m, np.roll(site.outline_m, -1, axis=0)], axis=1)
    walls = [_wall(site, edge) for edge in edges]
    names, sigmas, halves = [name for name, _ in walls], [sigma for _, sigma in walls], [0.0] * len(walls)
    shapes = list(shapely.linestrings(edges))
    for furniture, placement in bodies:
        parts = parts_on_plan(site, furniture, placement)
        shapes += [shapely.Polygon(part) for part in parts]
        names += [furniture.name] * len(parts)
        sigmas += [furniture.sigma_m / 2] * len(parts)
        halves += [float(np.linalg.norm(np.ptp(placement.outline_m, axis=0))) / 2] * len(parts)
    taken, raster = obstacles(site), raster_of(site)
    for block in site.blocks:
        outline = block.between(FLAT_M, HEAD_M)
        if len(outline):
            shapes.append(shapely.Polygon(outline))
            names.append(block.name)
            sigmas.append(block.sigma_m)
            halves.append(0.0)
            taken &= ~cells_touched(outline, raster)
    return _Polygons(shapes, names, sigmas, halves, taken, np.zeros_like(taken) if trusting else unseen(site))


def _sides(site: Site, known: _Polygons, middle: Array, reach: float) -> _Sides:
    import shapely

    corner, hidden = (_corners(site, mask, middle, reach) for mask in (known.taken, known.hidden))
    boxes = np.concatenate([corner, hidden])
    count = len(known.shapes)
    return _Sides(
        np.array([*known.shapes, *shapely.box(*boxes.T, *(boxes + site.grid.cell_m).T)]),
        [*known.names, *[None] * len(corner), *[UNSEEN] * len(hidden)],
        np.array([*known.sigma_m, *np.full(len(boxes), site.sigma_m)]),
        np.arange(count + len(boxes)) >= count,
        np.array([*known.half_m, *np.zeros(len(boxes))]),
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
        return OUTSIDE, site.sigma_m
    wall = site.walls[int(np.argmin(off))]
    return wall.name, wall.sigma_m


def _beside(ends: Array, point: Array) -> float:
    """Return how far beyond the ends (2, 2) of a line a point lies, along it."""
    length = float(np.linalg.norm(ends[1] - ends[0]))
    along = float((point - ends[0]) @ (ends[1] - ends[0])) / max(length, 1e-9)
    return max(-along, along - length, 0.0)


def _name(site: Site, sides: _Sides, index: int) -> str:
    """Return the name of a side: of what stands in the room, the object that is nearest."""
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
