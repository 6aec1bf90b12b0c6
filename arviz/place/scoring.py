"""How good a place is: terms between 0 and 1, from what is near and what the product looks at, for many places at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from arviz.core.frozen import Array
from arviz.place.exact import Surroundings
from arviz.place.pose import on_plan
from arviz.place.site import Wall

NEAR_M = 0.5
"""Over this distance to a wall its good fades."""
_ALONG = np.cos(np.radians(10.0))


def terms(around: Surroundings, middles_m: Array, *, yaw_rad: float) -> Mapping[str, Array]:
    """Return what speaks for places, each (N,) from 0 to 1.

    Parameters
    ----------
    around : Surroundings
    middles_m : ndarray (N, 2)
        Where the middle of the product's bounds is, site (x, z).
    yaw_rad : float
        In the site.
    """
    site = around.site
    front = on_plan(np.array([0.0, 1.0]), at_m=np.zeros(2), yaw_rad=yaw_rad)
    back = _nearness(behind(around, middles_m, yaw_rad=yaw_rad)[0])
    middle = site.outline_m.mean(axis=0)
    reach = np.linalg.norm(np.ptp(site.outline_m, axis=0)) / 2
    inward = middle - middles_m
    away = np.linalg.norm(inward, axis=1)
    return {
        "wall": back,
        "centre": 1 - np.clip(away / reach, 0, 1),
        "facing": (1 + inward @ front / np.maximum(away, 1e-6)) / 2,
        "window": 1 - _before_windows(around, middles_m, yaw_rad=yaw_rad),
    }


def score(around: Surroundings, found: Mapping[str, Array]) -> Array:
    """Return the weighted mean (N,) of terms."""
    weights = {"wall": 4.0, "centre": 0.5, "facing": 1.0, "window": 1.0, "free": 2.0, "side": 1.0}
    total = sum(weights[name] * values for name, values in found.items())
    out: Array = np.asarray(total) / sum(weights[name] for name in found)
    return out


def behind(around: Surroundings, middles_m: Array, *, yaw_rad: float) -> tuple[Array, Array]:
    """Return how far (N,) the product's back is from the wall that it is turned to, and that wall's index in the site, -1: none."""
    front = on_plan(np.array([0.0, 1.0]), at_m=np.zeros(2), yaw_rad=yaw_rad)
    half = np.ptp(around.furniture.outline_m, axis=0) / 2
    distance, which = np.full(len(middles_m), np.inf), np.full(len(middles_m), -1)
    for index, wall in enumerate(around.site.walls):
        if np.asarray(wall.normal) @ front < _ALONG:
            continue
        gap, along = _beside(wall, middles_m)
        length = float(np.linalg.norm(wall.ends_m[1] - wall.ends_m[0]))
        gap = gap - half[1]
        # More than half of the back has the wall behind it.
        beside = (along > 0) & (along < length) & (gap > -half[1])
        nearer = beside & (gap < distance)
        distance, which = np.where(nearer, gap, distance), np.where(nearer, index, which)
    return distance, which


def _beside(wall: Wall, points_m: Array) -> tuple[Array, Array]:
    """Return how far (N,) points are before a wall, and how far along it from its first end."""
    along = wall.ends_m[1] - wall.ends_m[0]
    rel = points_m - wall.ends_m[0]
    return rel @ np.asarray(wall.normal), rel @ along / max(float(np.linalg.norm(along)), 1e-9)


def _nearness(distance_m: Array) -> Array:
    return np.clip(1 - distance_m / NEAR_M, 0, 1)


def _before_windows(around: Surroundings, middles_m: Array, *, yaw_rad: float) -> Array:
    """Return (N,) which share of the width of the windows a product as high as their sills covers, standing close to them."""
    product = around.furniture
    corners = on_plan(product.outline_m - product.outline_m.mean(axis=0), at_m=np.zeros(2), yaw_rad=yaw_rad)
    covered = np.zeros(len(middles_m))
    for door in around.site.doors:
        if door.kind != "window" or product.size_m[1] <= door.bottom_m:
            continue
        run = door.ends_m[1] - door.ends_m[0]
        width = max(float(np.linalg.norm(run)), 1e-9)
        along, normal = run / width, np.asarray(door.normal)
        rel = middles_m - door.ends_m[0]
        low, high = rel @ along + (corners @ along).min(), rel @ along + (corners @ along).max()
        share = np.clip((np.minimum(high, width) - np.maximum(low, 0)) / width, 0, 1)
        close = rel @ normal + (corners @ normal).min() < 1.0
        covered = np.maximum(covered, np.where(close, share, 0))
    return covered
