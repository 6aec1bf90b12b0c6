"""Floor of which nothing is known, where something could stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import HeightGrid
from arviz.place.plan.raster import Raster, cells_touched

_HIDES_M = 0.1
"""Unseen strips no wider hide nothing that would not show above them: the edges of pixels, the last cells before a wall."""


def hidden_floor(grid: HeightGrid, outline_m: Array) -> HeightGrid:
    """Return a world's height grid that covers the floor's outline (N, 2), world (x, z), and counts strips as seen.

    Its `seen` is False only on floor, and only where an unseen disc about 0.1 m across fits.
    """
    import cv2

    low, size = np.asarray(grid.origin_m), np.array(grid.seen.shape[::-1])
    before = np.maximum(np.ceil((low - outline_m.min(axis=0)) / grid.cell_m), 0).astype(int)
    after = np.maximum(np.ceil((outline_m.max(axis=0) - low) / grid.cell_m) - size, 0).astype(int)
    around = ((before[1], after[1]), (before[0], after[0]))
    low, size = low - before * grid.cell_m, size + before + after
    raster = Raster(float(low[0]), float(low[1]), grid.cell_m, int(size[1]), int(size[0]))
    unknown = cells_touched(outline_m, raster) & ~np.pad(grid.seen, around)
    reach = int(_HIDES_M / 2 / grid.cell_m + 1e-6)
    side = 2 * reach + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    opened = cv2.morphologyEx(unknown.astype(np.uint8), cv2.MORPH_OPEN, disc, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    opened = (cv2.dilate(opened, np.ones((side, side), np.uint8)) > 0) & unknown  # with the corners that no disc reaches
    return replace(
        grid,
        origin_m=(raster.x_m, raster.z_m),
        seen=~opened,
        bottom_m=np.pad(grid.bottom_m, around),
        top_m=np.pad(grid.top_m, around),
    )
