"""Whether a plane is one flat surface of the room: facets of something round and what is seen in a mirror are not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import Rays
from arviz.vision.planes.covariance import in_plane_axes
from arviz.vision.planes.noise import DepthNoise
from arviz.vision.planes.refine import Assigned

_BOW_M, _BOW_SHARE = 0.004, 0.005
"""Bows that walls and sensors have: 4 mm and 0.5 % of the depth."""
_SAGITTA = 3.36
"""Of a parabola, over its root mean square about its best line: sqrt(45 / 4)."""
_BEND_RAD = np.radians([3.0, 30.0])
"""Flat surfaces of rooms that touch at such an angle are rare; facets of round ones do."""
_CONTACT_M = 0.03
_BEHIND_M = 0.1
_FRAMED = 0.6
"""Share of a plane's surroundings that one nearer plane fills, if it is seen in a mirror or through a window."""
_SIDE = 0.2
"""Share of a frame that lies on each side at least."""
_HALF_SIDE = 0.5
"""A contact as long as half a plane's side halves the confidence in it."""
_ZONE = 3.0
"""Cells on both sides of a border that know of it."""


class Judged(NamedTuple):
    """``curvature`` (K,): bends over what flat surfaces have; ``confidence`` (K,): 0 to 1."""

    curvature: Array
    confidence: Array


def judge(thetas: Array, assigned: Assigned, near: Array, *, rays: Rays, noise: DepthNoise) -> Judged:
    """Return how much each plane bends and how far it can be taken for a flat surface of the room."""
    count = len(thetas)
    own = [assigned.sums[assigned.plane == index] for index in range(count)]
    bows = np.array([_bow(theta, sums, noise) for theta, sums in zip(thetas, own, strict=True)])
    distance = 1 / np.linalg.norm(thetas, axis=1)
    normals = -thetas * distance[:, None]
    depth = 1 / np.maximum(thetas @ rays.jacobian[:, :, 2].T, 1 / noise.far_m)
    beside = np.zeros((count + 1, len(near)), np.float32)
    beside[near.T, np.arange(len(near))] = 1
    others = (near > 0).sum(axis=1) > 1
    beside = beside[1:] * others
    borders, rims = beside @ beside.T, beside.sum(axis=1)
    cells = np.array([max(int((sums[:, 5] > 0.5 * rays.cell_px**2).sum()), 1) for sums in own])
    bent, framed = np.zeros(count), np.zeros(count)
    middles = np.array([_middle(theta, sums) for theta, sums in zip(thetas, own, strict=True)])
    angles = np.arccos(np.clip(normals @ normals.T, -1, 1))
    behind = middles @ normals.T + distance < -_BEHIND_M
    for i, j in zip(*np.nonzero(borders * ~np.eye(count, dtype=bool)), strict=True):
        if behind[i, j] and _around(np.flatnonzero(beside[i] * beside[j]), assigned.cell[assigned.plane == i], rays.columns):
            framed[i] = max(framed[i], borders[i, j] / rims[i])
        if _BEND_RAD[0] < angles[i, j] < _BEND_RAD[1] and cells[j] > 0.1 * cells[i]:
            border = np.flatnonzero(beside[i] * beside[j])
            gap = np.abs(depth[i, border] - depth[j, border])
            touching = float((gap < _CONTACT_M + 2 * noise.sigma_m(depth[i, border])).sum())
            bent[i] += touching / _ZONE / (_HALF_SIDE * np.sqrt(cells[i]))
    curvature = np.hypot(bows, bent)
    return Judged(curvature, np.where(framed > _FRAMED, 0.3, 1.0) / (1 + curvature**2))


def _around(border: Array, cells: Array, columns: int) -> bool:
    """Tell whether a border runs on all four sides of some cells."""
    if not len(cells):
        return False
    row, column = np.divmod(border, columns)
    middle = np.divmod(cells, columns)
    sides = [row - np.median(middle[0]), column - np.median(middle[1])]
    return bool(min(min((side > 0.5).mean(), (side < -0.5).mean()) for side in sides) > _SIDE)


def _middle(theta: Array, sums: Array) -> Array:
    total = sums.sum(axis=0)
    ray = total[3:6] / max(total[5], 1.0)
    out: Array = ray / max(float(ray @ theta), 1e-9)
    return out


def _bow(theta: Array, sums: Array, noise: DepthNoise) -> float:
    """Return the sagitta of the best parabola through the cells' residuals, over what flat surfaces show."""
    number = sums[:, 5]
    used = number > 0.2 * number.max(initial=0.0)
    if used.sum() < 8:
        return 0.0
    sums, number = sums[used], number[used]
    ray = sums[:, 3:6] / number[:, None]
    inverse = np.maximum(ray @ theta, 1 / noise.far_m)
    distance = 1 / float(np.linalg.norm(theta))
    points = ray / inverse[:, None]
    off = sums[:, 8] / number * distance / inverse
    a, b = in_plane_axes(-theta * distance) @ (points - points.mean(axis=0)).T
    a, b = a / max(float(a.std()), 1e-9), b / max(float(b.std()), 1e-9)
    weight = number / number.sum()
    flat = np.stack([np.ones_like(a), a, b], axis=1)
    curved = np.concatenate([flat, np.stack([a * a, a * b, b * b], axis=1)], axis=1)
    left = []
    for columns in (flat, curved):
        weighted = columns * weight[:, None]
        solution = np.linalg.solve(weighted.T @ columns + 1e-9 * np.eye(columns.shape[1]), weighted.T @ off)
        left.append(float((weight * (off - columns @ solution) ** 2).sum()))
    sagitta = _SAGITTA * np.sqrt(max(left[0] - left[1], 0.0))
    depth = float((weight / inverse).sum())
    return float(sagitta / (_BOW_M + (_BOW_SHARE + 2 * noise.smooth_share) * depth))
