"""What stands on a floor plan, as exact polygons: what places are verified against."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import HeightGrid
from arviz.place.floor.blocks import Block
from arviz.place.floor.hidden import hidden_floor
from arviz.place.floor.shell import Slope, partitions, slopes_of
from arviz.place.floor.site import Site
from arviz.place.plan.plan_frame import to_plan, to_world


def floor_polygon(site: Site) -> Any:
    """Return the floor between the walls as a shapely polygon, site (x, z)."""
    from shapely import Polygon

    return Polygon(site.outline_m)


def obstacles(site: Site, *, bottom_m: float, top_m: float) -> Any:
    """Return everything that fills any height between two, as a shapely geometry in site (x, z).

    The cells of the room's own height grid as they were measured, not those of `Site.grid`, and what `solids_of` returns. Touching a
    height is not filling it: a rug 12 mm high may lie below a top that begins there.
    """
    from shapely import Polygon, unary_union

    outlines = [solid.between(bottom_m, top_m) for solid in solids_of(site)]
    parts = [Polygon(outline) for outline in outlines if len(outline)]
    grid = site.room.obstacles
    if grid is not None:
        parts.append(_cells(grid, grid.occupied & (grid.top_m > bottom_m) & (grid.bottom_m < top_m), site.world_from_site))
    return unary_union(parts)


def solids_of(site: Site) -> list[Block | Slope]:
    """Return what stands or hangs there and is no cell: boxes that a capture names, walls that end in the room, slopes of the roof."""
    fixed = partitions(site.walls, site.doors, site.outline_m)
    return [*site.blocks, *fixed, *slopes_of(site.room, world_from_site=site.world_from_site)]


def unseen(site: Site) -> Any:
    """Return the parts of the floor of which nothing is known, as a shapely geometry in site (x, z).

    Strips narrower than 0.1 m do not count; nor does anything where no height grid says what was seen: see
    `Site.obstacles_known`.
    """
    from shapely import Polygon

    pose = site.world_from_site
    if site.room.obstacles is None:
        return Polygon()
    grid = hidden_floor(site.room.obstacles, to_world(site.outline_m, world_from_site=pose))
    return floor_polygon(site).intersection(_cells(grid, ~grid.seen, pose))


def _cells(grid: HeightGrid, wanted: Array, world_from_site: Array) -> Any:
    """Return the wanted cells as one shapely geometry in site (x, z).

    Their borders, on whole numbers, are put together to polygons, which are turned then. A union of turned cells takes four times
    as long, and GEOS loses pieces where corners lie on other cells' sides but for the last digit (1.4 of 18.5 m2 in one room).
    """
    from shapely import MultiPolygon, get_coordinates, get_exterior_ring, get_parts, is_ccw, linestrings, polygonize, transform

    faces = get_parts(polygonize(linestrings(_borders(wanted))))
    rings = get_exterior_ring(faces)
    points, owner = get_coordinates(rings, return_index=True)
    first = np.searchsorted(owner, np.arange(len(faces)))
    step = np.sign(points[first + 1] - points[first])
    inward = np.stack([-step[:, 1], step[:, 0]], axis=1) * np.where(is_ccw(rings), 1, -1)[:, None]
    cell = np.floor(points[first] + (step + inward) / 2).astype(np.int64)
    filled = faces[wanted[cell[:, 1], cell[:, 0]]]

    def placed(corners: Array) -> Array:
        return to_plan(np.asarray(grid.origin_m) + corners * grid.cell_m, world_from_site=world_from_site)

    return transform(MultiPolygon(list(filled)), placed)


def _borders(wanted: Array) -> Array:
    """Return the straight pieces (N, 2, 2) of the border of the wanted cells, as (column, row); they meet at their ends only."""
    out = []
    padded = np.pad(wanted, 1).astype(np.int8)
    for across in (False, True):
        change = np.diff(padded.T if across else padded, axis=0)
        for side in (1, -1):
            run = np.diff(np.pad(change == side, ((0, 0), (1, 1))).astype(np.int8), axis=1)
            row, begin = np.nonzero(run == 1)
            end = np.nonzero(run == -1)[1]
            pieces = np.stack([np.stack([begin - 1, row], axis=1), np.stack([end - 1, row], axis=1)], axis=1)
            out.append(pieces[..., ::-1] if across else pieces)
    return np.concatenate(out)
