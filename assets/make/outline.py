"""A plate with holes and rounded edges, from the signed distance of its outline: exact contours instead of a voxel mesh."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from surfaces import Array, Surface, resample

Distance = Callable[[Array], Array]


def blend(a: Array, b: Array, *, reach: float) -> Array:
    """Return the union of two distances with a fillet of about `reach` (polynomial smooth minimum, Quilez 2008)."""
    h = np.clip(0.5 + 0.5 * (b - a) / reach, 0, 1)
    return b + (a - b) * h - reach * h * (1 - h)


def slope(distance: Distance, points: Array, *, step_m: float = 2e-5) -> Array:
    """Return (N, 2) central differences."""
    x, y = np.array([step_m, 0.0]), np.array([0.0, step_m])
    return np.stack([distance(points + x) - distance(points - x), distance(points + y) - distance(points - y)], 1) / (2 * step_m)


def trace(distance: Distance, *, start: Sequence[float], step_m: float, most: int = 4000) -> Array:
    """Walk the zero contour once round, counter-clockwise about what is negative; return (N, 2), first point not repeated."""
    at = np.asarray(start, np.float64)[None]
    points = [settled(distance, at)[0]]
    for _ in range(most):  # each point follows from the one before
        g = slope(distance, points[-1][None])[0]
        ahead = points[-1] + step_m * np.array([-g[1], g[0]]) / np.linalg.norm(g)
        points.append(settled(distance, ahead[None])[0])
        if len(points) > 4 and np.linalg.norm(points[-1] - points[0]) < step_m:
            return np.asarray(points)
    raise ValueError("the contour does not close")


def settled(distance: Distance, points: Array) -> Array:
    """Return points (N, 2) moved onto the zero contour (Newton's method along the gradient)."""
    for _ in range(8):
        g = slope(distance, points)
        points = points - (distance(points) / np.maximum((g * g).sum(1), 0.05))[:, None] * g
    return points


def even(loop: Array, *, count: int) -> Array:
    """Return `count` points at equal distances round a loop (N, 2) that does not repeat its first point."""
    return resample(np.vstack([loop, loop[:1]]), count=count + 1)[:-1]


def outward(loop: Array) -> Array:
    """Return (N, 2) unit normals to the right of the walk: outside of a counter-clockwise loop."""
    along = np.roll(loop, -1, 0) - np.roll(loop, 1, 0)
    n = np.stack([along[:, 1], -along[:, 0]], 1)
    for _ in range(2):
        n = (np.roll(n, 1, 0) + 2 * n + np.roll(n, -1, 0)) / 4
    return n / np.linalg.norm(n, axis=1, keepdims=True)


def plate(
    outer: Array, holes: Sequence[Array], *, thickness_m: float, inset_m: float, drop_m: float, steps: int = 4, lean: float = 0.7
) -> Surface:
    """Make a plate about z = 0 with elliptical edges, `inset_m` wide and `drop_m` deep on each face.

    Parameters
    ----------
    outer, holes : ndarray (N, 2)
        Counter-clockwise and clockwise loops: the material lies to their left.
    lean : float
        Texture coordinates are (x + lean z, -y + lean z), so that the edge shows pattern too.
    """
    from scipy.spatial import Delaunay

    half = thickness_m / 2
    turn = np.linspace(np.pi / 2, 0, steps + 1)
    profile = [(inset_m * (1 - np.cos(a)), half - drop_m * (1 - np.sin(a)), np.cos(a) / inset_m, np.sin(a) / drop_m) for a in turn]
    profile += [(i, -z, r, -h) for i, z, r, h in profile[::-1]]
    positions, normals, triangles, rims, first = [], [], [], [], 0
    for loop in (outer, *holes):
        n = outward(loop)
        count = len(loop)
        for inset, z, r, h in profile:
            positions.append(np.c_[loop - inset * n, np.full(count, z)])
            unit = np.c_[r * n, np.full(count, h)]
            normals.append(unit / np.linalg.norm(unit, axis=1, keepdims=True))
        rings = first + np.arange(len(profile) * count).reshape(len(profile), count)
        a, b = rings[:-1], np.roll(rings[:-1], -1, 1)
        c, d = np.roll(rings[1:], -1, 1), rings[1:]
        triangles.append(np.stack([a, d, c, a, c, b], -1).reshape(-1, 3))
        rims.append((rings[0], rings[-1]))
        first += rings.size
    points, unit = np.concatenate(positions), np.concatenate(normals)
    for face, sign in ((0, 1), (1, -1)):
        rim = np.concatenate([r[face] for r in rims])
        flat = points[rim, :2]
        net = Delaunay(flat).simplices
        p = flat[net]
        e1, e2 = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
        area = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
        net = np.where((area > 0)[:, None], net, net[:, ::-1])
        net = net[_within(flat[net].mean(1), [points[r[face], :2] for r in rims]) & (abs(area) > 1e-12)]
        triangles.append(rim[net if sign > 0 else net[:, ::-1]])
    uv = np.stack([points[:, 0] + lean * points[:, 2], -points[:, 1] + lean * points[:, 2]], 1)
    return Surface(points, unit, uv, np.concatenate(triangles))


def _within(points: Array, loops: Sequence[Array]) -> np.ndarray:
    """Return for each point whether it lies in the first loop and in none of the others (even-odd rule)."""
    crossings = np.zeros(len(points), int)
    for loop in loops:
        a, b = loop, np.roll(loop, -1, 0)
        above = (a[None, :, 1] > points[:, None, 1]) != (b[None, :, 1] > points[:, None, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            x = a[None, :, 0] + (points[:, None, 1] - a[None, :, 1]) * (b - a)[None, :, 0] / (b - a)[None, :, 1]
        crossings += (above & (points[:, None, 0] < x)).sum(1)
    return crossings % 2 == 1
