"""What use does to a sewn cover: puckers along the seams, folds towards the corners, an uneven filling."""

from __future__ import annotations

import numpy as np
from surfaces import Array
from upholstery import Cover


def worn(shape: Cover, *, seed: int, pucker_m: float, reach_m: float, fold_m: float, uneven_m: float) -> Cover:
    """Return the cover with its points moved along their normals.

    Parameters
    ----------
    pucker_m, reach_m : float
        Height of the puckers at the seam and how far into the panel they run out.
    fold_m : float
        Height of the tension folds that run from each corner towards the middle.
    uneven_m : float
        Height of the broad unevenness of the filling.
    """
    rng = np.random.default_rng(seed)
    height = np.zeros(len(shape.points))
    share = np.zeros(len(shape.points))
    seams = np.concatenate(shape.seams)
    for number, (index, flat) in enumerate(zip(shape.panels, shape.flat, strict=True)):
        x, z = flat[..., 0], flat[..., 1]
        low, high = flat.reshape(-1, 2).min(0), flat.reshape(-1, 2).max(0)
        relief = uneven_m * _waves(x, z, rng=rng)
        if number == 2:  # the band: seams above and below, puckers run across it
            sides = [(z - low[1], x), (high[1] - z, x)]
        else:
            sides = [(x - low[0], z), (high[0] - x, z), (z - low[1], x), (high[1] - z, x)]
        for away, along in sides:
            away = np.maximum(away, 0) / reach_m  # nought at the seam itself: the cord holds it
            relief += (0.4 if number == 2 else 1.0) * pucker_m * 2.7 * away * np.exp(-away) * _gathers(along, rng=rng)
        if number < 2 and fold_m:
            for cx, cz in ((low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])):
                relief += fold_m * _corner(x - cx, z - cz, rng=rng)
        np.add.at(height, index.reshape(-1), relief.reshape(-1))
        np.add.at(share, index.reshape(-1), 1.0)
    height[seams] *= 0.3
    return shape.at(shape.points + _normals(shape) * (height / np.maximum(share, 1))[:, None])


def _waves(x: Array, z: Array, *, rng: np.random.Generator) -> Array:
    """Sum of waves of 11 to 34 cm in all directions, deviation about 1."""
    total = np.zeros_like(x)
    for _ in range(9):
        angle, phase, length = rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi), rng.uniform(0.11, 0.34)
        total += np.cos(2 * np.pi / length * (np.cos(angle) * x + np.sin(angle) * z) + phase)
    return total / 2.1


def _gathers(along: Array, *, rng: np.random.Generator) -> Array:
    """Irregular ridges 4 to 9 cm apart along a seam: sharp between, round on top; strong here, weak there."""
    total = np.zeros_like(along)
    for _ in range(4):
        total += np.cos(2 * np.pi * along / rng.uniform(0.045, 0.09) + rng.uniform(0, 2 * np.pi))
    mask = 0.6 + 0.4 * np.cos(2 * np.pi * along / rng.uniform(0.2, 0.4) + rng.uniform(0, 2 * np.pi))
    return mask * (np.abs(total) - 1.2) / 1.2


def _corner(x: Array, z: Array, *, rng: np.random.Generator) -> Array:
    """Fan of folds that start at the corner and fade 20 cm away."""
    r = np.hypot(x, z)
    angle = np.arctan2(np.abs(z), np.abs(x))
    folds = np.cos((5 + 3 * rng.random()) * angle + rng.uniform(0, 2 * np.pi))
    return folds * np.clip(r / 0.05, 0, 1) * np.exp(-((r / 0.12) ** 2))


def _normals(shape: Cover) -> Array:
    """Return (N, 3) unit normals shared by all panels."""
    total = np.zeros_like(shape.points)
    for index in shape.panels:
        p = shape.points[index]
        n = np.cross(p[1:, 1:] - p[:-1, :-1], p[1:, :-1] - p[:-1, 1:])
        for corner in (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]):
            np.add.at(total, corner.reshape(-1), n.reshape(-1, 3))
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
