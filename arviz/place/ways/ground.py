"""What of a floor plan people walk on: cells that nothing takes between their feet and their heads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.frozen import Array
from arviz.core.placement import Placement
from arviz.place.floor.site import Site
from arviz.place.plan.pose import on_plan
from arviz.place.plan.raster import Raster, cells_touched
from arviz.place.plan.zone import FLAT_M
from arviz.place.product.furniture import Furniture
from arviz.place.single.pieces import on_site

HEAD_M = 2.0
"""What hangs higher is walked under."""

Bodies = Sequence[tuple[Furniture, Placement]]


def raster_of(site: Site) -> Raster:
    """Return where the cells of a site's grid are."""
    x, z = site.grid.origin_m
    rows, columns = site.inside.shape
    return Raster(x, z, site.grid.cell_m, rows, columns)


def obstacles(site: Site) -> Array:
    """Return (rows, columns) bool: where something of the room itself stands in the way."""
    grid = site.grid
    out: Array = grid.occupied & (grid.bottom_m < HEAD_M) & (grid.top_m > FLAT_M)
    return out


def unseen(site: Site) -> Array:
    """Return (rows, columns) bool: floor of which nothing is known."""
    out: Array = site.inside & ~site.grid.seen
    return out


def parts_on_plan(site: Site, furniture: Furniture, placement: Placement) -> tuple[Array, ...]:
    """Return the convex polygons (N, 2), site (x, z), of what a placed product puts in the way."""
    at, yaw, height = on_site(site, placement)
    lift = height + furniture.lowest_m
    there = (slab for slab in furniture.slabs if slab.bottom_m + lift < HEAD_M and slab.top_m + lift > FLAT_M)
    return tuple(on_plan(slab.outline_m, at_m=at, yaw_rad=yaw) for slab in there)


def cover(site: Site, furniture: Furniture, placement: Placement) -> Array:
    """Return (rows, columns) bool: the cells that a placed product reaches into."""
    raster = raster_of(site)
    out: Array = np.zeros(site.inside.shape, bool)
    for part in parts_on_plan(site, furniture, placement):
        out |= cells_touched(part, raster)
    return out


def free_mask(site: Site, bodies: Bodies = (), *, trusting: bool = False) -> Array:
    """Return where a person's feet and shoulders can be.

    Parameters
    ----------
    site : Site
    bodies : sequence of (Furniture, Placement)
        Products that stand there too.
    trusting : bool
        Whether floor that was not seen (`unseen`) counts as free; otherwise it is not walked on.

    Returns
    -------
    ndarray (rows, columns) bool
        Cells of ``site.grid``, wholly inside the walls, that nothing between 0.03 m and 2 m above the floor reaches into.
    """
    out: Array = site.inside & ~obstacles(site)
    if not trusting:
        out &= site.grid.seen
    for furniture, placement in bodies:
        out &= ~cover(site, furniture, placement)
    return out
