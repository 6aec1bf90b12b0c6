"""What a photo shows of a floor plan: a product that its edge cuts is a worse answer to who took it."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import View
from arviz.place.floor.site import Site

_ALONG = 8
"""Points along each edge of a photo, which a lens bends."""
_NEAREST_M = 0.1


def unshown_cells(site: Site, view: View, *, height_m: float) -> Array:
    """Return (rows, columns) bool: of which cells of the site's grid the middle, so high above the floor, is outside of a photo.

    What stands before it does not count.
    """
    import shapely

    grid = site.grid
    rows, columns = np.indices(site.inside.shape)
    x, z = grid.origin_m[0] + (columns.ravel() + 0.5) * grid.cell_m, grid.origin_m[1] + (rows.ravel() + 0.5) * grid.cell_m
    world = np.stack([x, np.full(len(x), height_m), z], axis=1) @ site.world_from_site[:3, :3].T + site.world_from_site[:3, 3]
    local = (world - view.world_from_camera[:3, 3]) @ view.world_from_camera[:3, :3]
    ahead = local[:, 2] > _NEAREST_M
    # Points far beside a photo may not be projected: the polynomial of a lens brings some of them back into it.
    shown = np.zeros(len(x), bool)
    shown[ahead] = shapely.contains_xy(_frustum(view), *(local[ahead, :2] / local[ahead, 2:]).T)
    return ~shown.reshape(rows.shape)


def _frustum(view: View) -> object:
    """Return the photo's edge as a shapely polygon, in lengths at depth 1."""
    import shapely

    width, height = view.camera.width_px - 1, view.camera.height_px - 1
    along = np.arange(_ALONG) / _ALONG
    edge = np.concatenate([np.stack([along, 0 * along], 1), np.stack([1 + 0 * along, along], 1)])
    rays = view.camera.rays(np.concatenate([edge, 1 - edge]) * (width, height))
    polygon = shapely.Polygon(rays[np.isfinite(rays).all(axis=1), :2])
    shapely.prepare(polygon)
    return polygon
