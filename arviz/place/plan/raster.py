"""Polygons on rasters, exactly: which cells one touches, and which lie wholly within it.

`cv2.fillPoly` and tests of cell centres are half a cell off, to either side; places are told to the millimetre.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array

_EPSILON = 1e-6
"""Of a cell: a polygon whose edge lies on the border between two cells crosses neither."""


class Raster(NamedTuple):
    """Where the cells of a raster are: cell [r, c] begins at x = x_m + c cell_m, z = z_m + r cell_m."""

    x_m: float
    z_m: float
    cell_m: float
    rows: int
    columns: int


def cells_touched(polygon_m: Array, raster: Raster) -> Array:
    """Return (rows, columns) bool: the cells of which a simple polygon (N, 2) in (x, z) covers any part."""
    points = _in_cells(polygon_m, raster)
    return _crossed(points, raster) | _centres(points, raster)


def cells_within(polygon_m: Array, raster: Raster) -> Array:
    """Return (rows, columns) bool: the cells that a simple polygon (N, 2) in (x, z) covers wholly."""
    points = _in_cells(polygon_m, raster)
    return ~_crossed(points, raster) & _centres(points, raster)


def _in_cells(polygon_m: Array, raster: Raster) -> Array:
    out: Array = (np.asarray(polygon_m, np.float64) - (raster.x_m, raster.z_m)) / raster.cell_m
    return out


def _centres(points: Array, raster: Raster) -> Array:
    """Return whether the middle of each cell lies inside: an odd number of edges lies to its left (Shimrat 1962)."""
    a, b = points[:, None], np.roll(points, -1, axis=0)[:, None]
    z = np.arange(raster.rows) + 0.5
    spans = (a[..., 1] > z) != (b[..., 1] > z)
    edge, row = np.nonzero(spans)
    share = (z[row] - points[edge, 1]) / (b[edge, 0, 1] - points[edge, 1])
    x = points[edge, 0] + share * (b[edge, 0, 0] - points[edge, 0])
    first = np.clip(np.ceil(x - 0.5), 0, raster.columns).astype(np.int64)  # the first cell whose middle is to the right
    count = np.zeros((raster.rows, raster.columns + 1), np.int64)
    np.add.at(count, (row, first), 1)
    out: Array = np.cumsum(count[:, :-1], axis=1) % 2 == 1
    return out


def _crossed(points: Array, raster: Raster) -> Array:
    """Return the cells through whose inside an edge passes: in each row of cells, those between where it enters and leaves it."""
    ends = np.roll(points, -1, axis=0)
    lower = np.where((points[:, 1] <= ends[:, 1])[:, None], points, ends)[:, None]
    upper = np.where((points[:, 1] <= ends[:, 1])[:, None], ends, points)[:, None]
    row = np.arange(raster.rows)
    low, high = np.maximum(lower[..., 1], row), np.minimum(upper[..., 1], row + 1)
    rise = upper[..., 1] - lower[..., 1]
    level = rise < _EPSILON
    slope = (upper[..., 0] - lower[..., 0]) / np.where(level, 1.0, rise)
    enters = np.where(level, lower[..., 0], lower[..., 0] + (low - lower[..., 1]) * slope)
    leaves = np.where(level, upper[..., 0], lower[..., 0] + (high - lower[..., 1]) * slope)
    left = np.floor(np.minimum(enters, leaves) + _EPSILON)
    right = np.ceil(np.maximum(enters, leaves) - _EPSILON)
    inside = np.where(level, (lower[..., 1] > row + _EPSILON) & (lower[..., 1] < row + 1 - _EPSILON), high - low > _EPSILON)
    edge, at = np.nonzero(inside & (right > left))
    change = np.zeros((raster.rows, raster.columns + 1), np.int64)
    np.add.at(change, (at, np.clip(left[edge, at], 0, raster.columns).astype(np.int64)), 1)
    np.add.at(change, (at, np.clip(right[edge, at], 0, raster.columns).astype(np.int64)), -1)
    out: Array = np.cumsum(change[:, :-1], axis=1) > 0
    return out
