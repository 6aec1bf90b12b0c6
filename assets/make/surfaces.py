"""Surfaces made of grids: what every demo product is built from. Metres, +Y up, counter-clockwise seen from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """A rectangular net of points, the chart of one smooth patch.

    Parameters
    ----------
    points : ndarray (R, C, 3)
        Outside is where ``d(points)/d(column) x d(points)/d(row)`` points to.
    uv : ndarray (R, C, 2)
        Texture coordinates in metres along the surface, v downwards seen from outside, as glTF has it; divided by the
        size of the tile when written.
    smooth : int
        Grids of one surface with the same number share normals where their points coincide.
    """

    points: Array
    uv: Array
    smooth: int = 0


@dataclass(frozen=True)
class Surface:
    """Triangles with smooth normals; `charts` are (first vertex, rows, columns) of the grids they came from.

    Only the first `solid` vertices (None: all) throw ambient shadow: a cord does so over millimetres, which the
    centimetres between two vertices cannot hold.
    """

    positions: Array
    normals: Array
    uv: Array
    triangles: NDArray[np.int64]
    charts: tuple[tuple[int, int, int], ...] = ()
    solid: int | None = None

    def moved(self, matrix: Array) -> Surface:
        """Return the surface transformed by a (4, 4) similarity."""
        linear = matrix[:3, :3]
        normals = self.normals @ linear.T
        normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
        return replace(self, positions=self.positions @ linear.T + matrix[:3, 3], normals=normals)


def grid_triangles(rows: int, columns: int) -> NDArray[np.int64]:
    """Return (T, 3) corners of a net of ``rows`` x ``columns`` points; the two halves of a square follow each other."""
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1].ravel(), index[:-1, 1:].ravel(), index[1:, 1:].ravel(), index[1:, :-1].ravel()
    return np.stack([a, b, c, a, c, d], 1).reshape(-1, 3)


def welded(positions: Array, *, groups: NDArray[np.int64], tolerance_m: float = 1e-6) -> NDArray[np.int64]:
    """Return for every point the number of its place: equal where position and group are."""
    keys = np.c_[groups, np.round(positions / tolerance_m).astype(np.int64)]
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)


def smooth_normals(positions: Array, triangles: NDArray[np.int64], *, groups: NDArray[np.int64]) -> Array:
    """Return (V, 3) unit normals: the angle-weighted mean over all faces that meet at a place (Thuermer 1998)."""
    place = welded(positions, groups=groups)
    p = positions[triangles]
    face = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    face /= np.maximum(np.linalg.norm(face, axis=1, keepdims=True), 1e-30)
    total = np.zeros((place.max() + 1, 3))
    for corner in range(3):
        a = p[:, (corner + 1) % 3] - p[:, corner]
        b = p[:, (corner + 2) % 3] - p[:, corner]
        cosine = (a * b).sum(1) / np.maximum(np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1), 1e-30)
        weight = np.arccos(np.clip(cosine, -1, 1))[:, None] * face
        for axis in range(3):
            total[:, axis] += np.bincount(place[triangles[:, corner]], weights=weight[:, axis], minlength=len(total))
    normals = total[place]
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)


def surface(grids: Sequence[Grid]) -> Surface:
    """Join grids into one surface; triangles without area (poles of a lathe) are left out."""
    positions = np.concatenate([g.points.reshape(-1, 3) for g in grids])
    uv = np.concatenate([g.uv.reshape(-1, 2) for g in grids])
    groups = np.concatenate([np.full(g.points[..., 0].size, g.smooth) for g in grids])
    triangles, charts, first = [], [], 0
    for g in grids:
        rows, columns = g.points.shape[:2]
        triangles.append(grid_triangles(rows, columns) + first)
        charts.append((first, rows, columns))
        first += rows * columns
    corners = np.concatenate(triangles)
    p = positions[corners]
    area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1)
    corners = corners[area > 1e-12]
    return Surface(positions, smooth_normals(positions, corners, groups=groups), uv, corners, tuple(charts))


def arc_lengths(path: Array) -> Array:
    """Return (N,) distance along a path (N, 3) from its first point."""
    return np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]


def resample(path: Array, *, count: int) -> Array:
    """Return `count` points at equal distances along a path (N, k), ends included."""
    s = arc_lengths(path)
    at = np.linspace(0, s[-1], count)
    return np.stack([np.interp(at, s, path[:, i]) for i in range(path.shape[1])], axis=1)


def smooth_path(points: Sequence[Sequence[float]], *, count: int, closed: bool = False) -> Array:
    """Return `count` points of a cubic spline through `points`, at equal distances; a closed one repeats its start."""
    from scipy.interpolate import CubicSpline

    knots = np.asarray(points, np.float64)
    if closed:
        knots = np.vstack([knots, knots[:1]])
    s = arc_lengths(knots)
    spline = CubicSpline(s, knots, bc_type="periodic" if closed else "natural")
    return resample(spline(np.linspace(0, s[-1], 40 * len(knots))), count=count)


def frames(path: Array, *, closed: bool, up: Sequence[float] | None = None) -> tuple[Array, Array]:
    """Return two unit normals (N, 3) each along a path, turning as little as possible (double reflection, Wang 2008).

    With `up` given the second normal stays as near to it as it can instead: for flat sections.
    """
    if closed:
        tangent = np.roll(path[:-1], -1, 0) - np.roll(path[:-1], 1, 0)
        tangent = np.vstack([tangent, tangent[:1]])
    else:
        tangent = np.gradient(path, axis=0)
    tangent = tangent / np.linalg.norm(tangent, axis=1, keepdims=True)
    if up is not None:
        side = np.cross(np.asarray(up, np.float64), tangent)
        side = side / np.linalg.norm(side, axis=1, keepdims=True)
        return side, np.cross(tangent, side)
    first = np.cross(tangent[0], np.eye(3)[np.argmin(np.abs(tangent[0]))])
    normal = [first / np.linalg.norm(first)]
    for i in range(len(path) - 1):  # each frame follows from the one before
        v = path[i + 1] - path[i]
        c = max(v @ v, 1e-30)
        r, t = normal[-1] - 2 / c * (v @ normal[-1]) * v, tangent[i] - 2 / c * (v @ tangent[i]) * v
        w = tangent[i + 1] - t
        d = w @ w
        normal.append(r if d < 1e-20 else r - 2 / d * (w @ r) * w)
    n = np.asarray(normal)
    if closed:  # spread what is left of the turn over the loop, so that it closes
        b = np.cross(tangent, n)
        angle = np.arctan2(n[-1] @ b[0], n[-1] @ n[0])
        turn = -angle * np.linspace(0, 1, len(path))[:, None]
        n = np.cos(turn) * n + np.sin(turn) * b
    return n, np.cross(tangent, n)


def ellipse_section(*, sides: int, width_m: float, height_m: float, power: float = 2.0) -> Array:
    """Return (sides + 1, 2) points of a closed superellipse, counter-clockwise; power 2 is an ellipse, 5 almost a box."""
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    c, s = np.cos(angle), np.sin(angle)
    section = np.stack([np.sign(c) * np.abs(c) ** (2 / power) * width_m / 2, np.sign(s) * np.abs(s) ** (2 / power) * height_m / 2], 1)
    section[-1] = section[0]
    return section


def sweep(path: Array, section: Array, *, closed: bool = False, up: Sequence[float] | None = None, smooth: int = 0) -> list[Grid]:
    """Draw a closed section along a path: a tube, a cord or a bar, with flat ends unless the path is closed.

    Parameters
    ----------
    path : ndarray (N, 3)
        A closed path repeats its first point at its end.
    section : ndarray (S, 2) or (N, S, 2)
        Closed, counter-clockwise; one for the whole path, or one for each of its points.
    """
    side, top = frames(path, closed=closed, up=up)
    section = np.broadcast_to(section, (len(path), *section.shape[-2:]))
    points = path[:, None] + section[..., :1] * side[:, None] + section[..., 1:] * top[:, None]
    if closed:
        points[-1] = points[0]
    along = arc_lengths(path)
    around = arc_lengths(section[len(path) // 2])
    uv = np.stack(np.meshgrid(around, -along), axis=-1)
    grids = [Grid(points, uv, smooth)]
    if not closed:
        ends = ((points[0][::-1], section[0][::-1, ::-1] * [1, -1], 1), (points[-1], section[-1] * [1, -1], 2))
        for ring, turn, number in ends:
            middle = np.broadcast_to(ring[:-1].mean(0), ring.shape)
            grids.append(Grid(np.stack([ring, middle]), np.stack([turn, np.zeros_like(turn)]), smooth + number))
    return grids


def round_sections(count: int, *, section: Array, ease: int = 4) -> Array:
    """Return (count, S, 2) copies of a section that shrink to a point over the first and last `ease`: rounded ends."""
    scale = np.ones(count)
    t = np.sin(np.linspace(0.04, 1, ease, endpoint=False) * np.pi / 2) ** 0.5
    scale[:ease], scale[-ease:] = t, t[::-1]
    return section[None] * scale[:, None, None]


def lathe(profile: Sequence[Sequence[float]], *, sides: int, smooth: Sequence[int] | None = None) -> list[Grid]:
    """Turn profiles (radius, height) about +Y, from bottom to top on the outside.

    `profile` is a list of points; a point given twice is a sharp edge there.
    """
    points = np.asarray(profile, np.float64)
    cuts = [i + 1 for i in range(len(points) - 1) if np.array_equal(points[i], points[i + 1])]
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    s, c = np.sin(angle), np.cos(angle)
    s[-1], c[-1] = s[0], c[0]
    grids, start = [], 0.0
    for number, part in enumerate(np.split(points, cuts)):
        r, y = part[:, :1], part[:, 1:]
        net = np.stack([r * s, np.broadcast_to(y, (len(part), sides + 1)), r * c], axis=-1)
        along = start + arc_lengths(np.c_[part, np.zeros(len(part))])
        start = along[-1]
        widest = part[:, 0].max()
        uv = np.stack(np.meshgrid(angle * widest, -along), axis=-1)
        grids.append(Grid(net, uv, number if smooth is None else smooth[number]))
    return grids


def rounded_profile(points: Sequence[Sequence[float]], *, radius_m: float, steps: int = 4) -> list[list[float]]:
    """Return a profile whose inner corners are rounded by arcs of about `radius_m` (quadratic Bezier)."""
    p = np.asarray(points, np.float64)
    out = [p[0].tolist()]
    for before, corner, after in zip(p[:-2], p[1:-1], p[2:], strict=True):
        a, b = before - corner, after - corner
        la, lb = np.linalg.norm(a), np.linalg.norm(b)
        reach = min(radius_m, la * 0.5, lb * 0.5)
        start, end = corner + a / la * reach, corner + b / lb * reach
        for t in np.linspace(0, 1, steps + 1):
            out.append(((1 - t) ** 2 * start + 2 * t * (1 - t) * corner + t * t * end).tolist())
    return [*out, p[-1].tolist()]
