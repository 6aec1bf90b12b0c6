"""A height grid in other axes, on the safe side: a cell is taken where any taken cell touches it."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import HeightGrid
from arviz.place.plan.plan_frame import to_world
from arviz.place.plan.raster import Raster

_EPSILON = 1e-4
"""Of a cell: cells that only share a border do not touch."""


def resampled(grid: HeightGrid, raster: Raster, *, world_from_site: Array) -> tuple[Array, Array, Array]:
    """Return seen, bottom_m, top_m (rows, columns) of a world's height grid on a raster of the site.

    Two squares touch where their shadows overlap along the axes of both (the separating axis theorem).
    """
    grid = _pooled(grid, raster.cell_m)
    x = raster.x_m + (np.arange(raster.columns) + 0.5) * raster.cell_m
    z = raster.z_m + (np.arange(raster.rows) + 0.5) * raster.cell_m
    middle = to_world(np.stack(np.meshgrid(x, z), axis=-1), world_from_site=world_from_site)
    place = (middle - grid.origin_m) / grid.cell_m - 0.5
    near = np.round(place)
    off_x, off_z = np.moveaxis(near - place, -1, 0)  # from a cell's middle to that of the nearest cell of the grid, in its cells
    turn = world_from_site[np.ix_((0, 2), (0, 2))]
    wide = float(np.abs(turn[0]).sum())  # of the shadow of a turned unit square
    ours = raster.cell_m / grid.cell_m
    along_theirs, along_ours = 0.5 + ours / 2 * wide - _EPSILON, ours / 2 + wide / 2 - _EPSILON
    reach = int(along_theirs + 0.5)
    pad = 2 * reach + 1
    rows, columns = grid.seen.shape
    stride = columns + 2 * pad
    at = np.clip(near.astype(np.int64), -reach - 1, (columns + reach, rows + reach)) + pad
    flat = at[..., 1] * stride + at[..., 0]
    seen, bottom, top = (
        np.pad(plane, pad, constant_values=outside).reshape(-1)
        for plane, outside in (
            (grid.seen, False),
            (np.where(grid.occupied, grid.bottom_m, np.inf).astype(np.float32), np.inf),
            (grid.top_m, 0),
        )
    )
    all_seen, lowest, highest = np.ones(flat.shape, bool), np.full(flat.shape, np.inf, np.float32), np.zeros(flat.shape, np.float32)
    for row in range(-reach, reach + 1):
        for column in range(-reach, reach + 1):
            dx, dz = off_x + column, off_z + row
            touches = (np.abs(dx) < along_theirs) & (np.abs(dz) < along_theirs)
            touches &= (np.abs(turn[0, 0] * dx + turn[1, 0] * dz) < along_ours) & (np.abs(turn[0, 1] * dx + turn[1, 1] * dz) < along_ours)
            source = flat + (row * stride + column)
            all_seen &= seen[source] | ~touches
            np.minimum(lowest, bottom[source], out=lowest, where=touches)
            np.maximum(highest, top[source], out=highest, where=touches)
    taken = highest > 0
    return all_seen, np.where(taken, lowest, 0).astype(np.float32), np.where(taken, highest, 0)


def _pooled(grid: HeightGrid, cell_m: float) -> HeightGrid:
    """Return a much finer grid with its cells joined to at most `cell_m`, on the safe side."""
    many = int(cell_m / grid.cell_m + _EPSILON)
    if many < 2:
        return grid
    rows, columns = (-(-size // many) for size in grid.seen.shape)
    after = [(0, rows * many - grid.seen.shape[0]), (0, columns * many - grid.seen.shape[1])]

    def blocks(plane: Array, outside: float) -> Array:
        padded: Array = np.pad(plane, after, constant_values=outside)
        return padded.reshape(rows, many, columns, many)

    top = blocks(grid.top_m, 0).max(axis=(1, 3))
    bottom = blocks(np.where(grid.occupied, grid.bottom_m, np.inf), np.inf).min(axis=(1, 3))
    return HeightGrid(
        origin_m=grid.origin_m,
        cell_m=grid.cell_m * many,
        seen=np.asarray(blocks(grid.seen, False).all(axis=(1, 3))),
        bottom_m=np.where(top > 0, bottom, 0),
        top_m=top,
        sigma_m=grid.sigma_m,
    )
