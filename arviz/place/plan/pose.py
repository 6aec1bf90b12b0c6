"""Poses on a floor plan: turned by a yaw about +Y, and moved."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array


def on_plan(points_m: Array, *, at_m: Array, yaw_rad: float) -> Array:
    """Return (..., 2) site (x, z) of an asset's (..., 2) (x, z), turned about +Y and moved to `at_m` (2,).

    **Convention** a yaw of 90 degrees turns the front (0, 1) to (1, 0): from +Z to +X.
    """
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    out: Array = np.asarray(points_m, np.float64) @ np.array([[c, -s], [s, c]]) + np.asarray(at_m, np.float64)
    return out


def standing(*, at_m: Array, yaw_rad: float, height_m: float) -> Array:
    """Return site_from_asset (4, 4): the asset's origin at (x, z) and that height, turned about +Y."""
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    return np.array([[c, 0, s, at_m[0]], [0, 1, 0, height_m], [-s, 0, c, at_m[1]], [0, 0, 0, 1]])
