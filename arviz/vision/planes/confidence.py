"""Whether a plane is one flat surface of the room: facets of something round and what is seen in a mirror are not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import Rays
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
    sums, plane = assigned.sums, assigned.plane
    bows = _bows(thetas, assigned, noise)
    distance = 1 / np.linalg.norm(thetas, axis=1)
    normals = -thetas * distance[:, None]
    beside = np.zeros((count + 1, len(near)), np.float32)
    beside[near.T, np.arange(len(near))] = 1
    beside = beside[1:] * (near[:, 1] > 0)
    borders, rims = beside @ beside.T, beside.sum(axis=1)
    cells = np.maximum(np.bincount(plane[sums[:, 5] > 0.5 * rays.cell_px**2], minlength=count), 1)
    total = assigned.per_plane(sums[:, 3:6], count)
    middles = total / np.maximum((total * thetas).sum(axis=1), 1e-9)[:, None]
    bent, framed = np.zeros(count), np.zeros(count)
    angles = np.arccos(np.clip(normals @ normals.T, -1, 1))
    behind = middles @ normals.T + distance < -_BEHIND_M
    touch = (borders > 0) & ~np.eye(count, dtype=bool)
    for i, j in zip(*np.nonzero(touch & behind & (borders > _FRAMED * rims[:, None])), strict=True):
        if _around(np.flatnonzero(beside[i] * beside[j]), assigned.cell[plane == i], rays.columns):
            framed[i] = 1.0
    for i, j in zip(*np.nonzero(touch & (angles > _BEND_RAD[0]) & (angles < _BEND_RAD[1]) & (cells > 0.1 * cells[:, None])), strict=True):
        border = np.flatnonzero(beside[i] * beside[j])
        depth = 1 / np.maximum(rays.jacobian[border, :, 2] @ thetas[[i, j]].T, 1 / noise.far_m)
        touching = float((np.abs(depth[:, 0] - depth[:, 1]) < _CONTACT_M + 2 * noise.sigma_m(depth[:, 0])).sum())
        bent[i] += touching / _ZONE / (_HALF_SIDE * np.sqrt(cells[i]))
    curvature = np.hypot(bows, bent)
    return Judged(curvature, np.where(framed > 0, 0.3, 1.0) / (1 + curvature**2))


def _around(border: Array, cells: Array, columns: int) -> bool:
    """Tell whether a border runs on all four sides of some cells."""
    if not len(cells):
        return False
    row, column = np.divmod(border, columns)
    middle = np.divmod(cells, columns)
    sides = [row - np.median(middle[0]), column - np.median(middle[1])]
    return bool(min(min((side > 0.5).mean(), (side < -0.5).mean()) for side in sides) > _SIDE)


def _bows(thetas: Array, assigned: Assigned, noise: DepthNoise) -> Array:
    """Return (K,) the sagitta of the best parabola through each plane's residuals by cells, over what flat surfaces show."""
    count = len(thetas)
    used = assigned.well_filled(0.2)
    plane, sums = assigned.plane[used], assigned.sums[used]
    some = assigned._replace(plane=plane)
    number = sums[:, 5]
    ray = sums[:, 3:6] / number[:, None]
    inverse = np.maximum((ray * thetas[plane]).sum(axis=1), 1 / noise.far_m)
    distance = 1 / np.linalg.norm(thetas, axis=1)
    points = ray / inverse[:, None]
    off = sums[:, 8] / number * distance[plane] / inverse
    total = np.maximum(some.per_plane(number[:, None], count), 1e-9)
    weight = number / total[plane, 0]
    # Any two coordinates do that tell points of the plane apart.
    others = np.array([[1, 2], [0, 2], [0, 1]])[np.abs(thetas).argmax(axis=1)]
    local = np.take_along_axis(points, others[plane], axis=1)
    local -= some.per_plane(weight[:, None] * local, count)[plane]
    local /= np.maximum(np.sqrt(some.per_plane(weight[:, None] * local**2, count)), 1e-9)[plane]
    a, b = local.T
    columns = np.stack([np.ones_like(a), a, b, a * a, a * b, b * b, off], axis=1)
    squares = (columns[:, :, None] * columns[:, None, :]).reshape(-1, 49) * weight[:, None]
    system = some.per_plane(squares, count).reshape(-1, 7, 7)
    left = []
    for size in (3, 6):
        matrix, right = (system[:, :size, :size] + 1e-9 * np.eye(size), system[:, :size, 6])
        left.append(system[:, 6, 6] - (right * np.linalg.solve(matrix, right[:, :, None])[:, :, 0]).sum(axis=1))
    sagitta = _SAGITTA * np.sqrt(np.maximum(left[0] - left[1], 0.0))
    depth = some.per_plane((weight / inverse)[:, None], count)[:, 0]
    bow = sagitta / (_BOW_M + (_BOW_SHARE + 2 * noise.smooth_share) * depth)
    return np.where(np.bincount(plane, minlength=count) < 8, 0.0, bow)
