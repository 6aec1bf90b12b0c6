"""What stands on a floor plan, as exact polygons: what places are verified against."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import HeightGrid
from arviz.place.blocks import blocks_of
from arviz.place.plan_frame import to_plan
from arviz.place.site import Site


def floor_polygon(site: Site) -> Any:
    """Return the floor between the walls as a shapely polygon, site (x, z)."""
    from shapely import Polygon

    return Polygon(site.outline_m)


def obstacles(site: Site, *, bottom_m: float, top_m: float) -> Any:
    """Return everything that fills any height between two, as a shapely geometry in site (x, z).

    The cells of the room's own height grid as they were measured, not those of `Site.grid`, and the boxes that a capture names.
    Touching a height is not filling it: a rug 12 mm high may lie below a top that begins there.
    """
    from shapely import Polygon, unary_union

    grid = site.room.obstacles
    parts = [
        Polygon(block.outline_m) for block in blocks_of(site.room, world_from_site=site.world_from_site) if _fills(block, bottom_m, top_m)
    ]
    if grid is not None:
        parts.append(_cells(grid, grid.occupied & (grid.top_m > bottom_m) & (grid.bottom_m < top_m), site))
    return unary_union(parts)


def unseen(site: Site) -> Any:
    """Return the parts of the floor of which nothing is known, as a shapely geometry in site (x, z)."""
    from shapely import Polygon

    floor, grid = floor_polygon(site), site.room.obstacles
    if grid is None:
        return Polygon()
    return floor.difference(_cells(grid, grid.seen, site))


def _fills(block: Any, bottom_m: float, top_m: float) -> bool:
    return bool(block.top_m > bottom_m and block.bottom_m < top_m)


def _cells(grid: HeightGrid, wanted: Array, site: Site) -> Any:
    """Return the wanted cells as one shapely geometry in site (x, z).

    Joined on whole numbers and turned then: GEOS loses whole pieces of a union of turned rectangles whose corners lie on each
    other's sides but for the last digit (1.4 of 18.5 m2 in one room).
    """
    from shapely import box, transform, unary_union

    begin, end, first, last = _rectangles(wanted)
    joined = unary_union(box(begin, first, end, last))

    def placed(cells: Array) -> Array:
        return to_plan(np.asarray(grid.origin_m) + cells * grid.cell_m, world_from_site=site.world_from_site)

    return transform(joined, placed)


def _rectangles(wanted: Array) -> tuple[Array, Array, Array, Array]:
    """Return first and end column, first and end row of rectangles that cover the wanted cells once each."""
    change = np.diff(np.pad(wanted, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, begin = np.nonzero(change == 1)
    end = np.nonzero(change == -1)[1]
    order = np.lexsort((row, end, begin))
    row, begin, end = row[order], begin[order], end[order]
    fresh = np.ones(len(row), bool)
    fresh[1:] = (begin[1:] != begin[:-1]) | (end[1:] != end[:-1]) | (row[1:] != row[:-1] + 1)
    start = np.flatnonzero(fresh)
    stop = np.append(start[1:], len(row))
    return begin[start], end[start], row[start], row[stop - 1] + 1 if len(start) else row[start]
