"""Boxes with rounded edges and exact normals: what cabinets, shelves, doors and boards are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from model import joined
from surfaces import Array, Grid, Surface, ellipse_section, lathe, rounded_profile, surface, sweep

X, Y, Z = 0, 1, 2


def box(
    size_m: Sequence[float],
    centre_m: Sequence[float],
    *,
    radius_m: float = 0.002,
    steps: int = 1,
    cell_m: float = 0.25,
    grain: int = Y,
    hollow: bool = False,
    without: Sequence[str] = (),
) -> Surface:
    """Make a box (x, y, z) whose edges are arcs and whose corners are parts of a ball.

    Parameters
    ----------
    steps : int
        Faces on each side's half of an arc.
    cell_m : float
        Flat faces are cut into cells of about this size: ambient occlusion is kept at their corners.
    grain : int
        Axis that the textures' v runs along, as the grain of wood does.
    hollow : bool
        A room seen from inside: faces look to its middle.
    without : sequence of str
        Faces to leave out (``"+z"``); the arcs at their rim are left out too.
    """
    half, centre = np.asarray(size_m, np.float64) / 2, np.asarray(centre_m, np.float64)
    radius = min(radius_m, half.min() * 0.999)
    lines = [
        _lines(float(half[axis]), radius=radius, steps=steps, cell_m=cell_m, ends=tuple(s + "xyz"[axis] not in without for s in "-+"))
        for axis in range(3)
    ]
    shift = (centre * [0.317, 0.733, 0.521]).sum() + half @ [0.11, 0.23, 0.37]  # no two boards from the same piece of wood
    pieces, normals, uvs, triangles, charts, first = [], [], [], [], [], 0
    for axis in range(3):
        for sign in (-1, 1):
            if ("+" if sign > 0 else "-") + "xyz"[axis] in without:
                continue
            outside = sign * np.eye(3)[axis] * (-1 if hollow else 1)
            up_axis = grain if grain != axis else (axis + 1) % 3
            right_axis = 3 - axis - up_axis
            right = np.cross(np.eye(3)[up_axis], outside)
            across = lines[right_axis] if right[right_axis] > 0 else lines[right_axis][::-1]
            up = lines[up_axis]
            rows, columns = len(up), len(across)
            core, tilt = np.zeros((rows, columns, 3)), np.zeros((rows, columns, 3))
            core[..., axis], tilt[..., axis] = sign * (half[axis] - radius), sign
            core[..., up_axis], tilt[..., up_axis] = up[:, :1], up[:, 1:]
            core[..., right_axis], tilt[..., right_axis] = across[:, 0], across[:, 1]
            unit = tilt / np.linalg.norm(tilt, axis=-1, keepdims=True)
            points = core + radius * unit
            flat = core + radius * tilt
            uv = np.stack([flat @ right + shift, shift - flat[..., up_axis]], -1)
            pieces.append(points.reshape(-1, 3) + centre)
            normals.append((-unit if hollow else unit).reshape(-1, 3))
            uvs.append(uv.reshape(-1, 2))
            triangles.append(_net(rows, columns) + first)
            charts.append((first, rows, columns))
            first += rows * columns
    return Surface(np.concatenate(pieces), np.concatenate(normals), np.concatenate(uvs), np.concatenate(triangles), tuple(charts))


def _lines(half: float, *, radius: float, steps: int, cell_m: float, ends: tuple[bool, ...]) -> Array:
    """Return (N, 2): where the lines of a net run along one axis, and how the normal leans there (tangent of its angle)."""
    lean = np.tan(np.linspace(0, np.pi / 4, steps + 1)[1:])
    low, high = (-(half - radius) if ends[0] else -half), (half - radius if ends[1] else half)
    flat = np.linspace(low, high, max(1, round((high - low) / cell_m)) + 1)
    rows = [*((low, -t) for t in lean[::-1] if ends[0]), *((f, 0.0) for f in flat), *((high, t) for t in lean if ends[1])]
    return np.asarray(rows)


def _net(rows: int, columns: int) -> np.ndarray:
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1].ravel(), index[:-1, 1:].ravel(), index[1:, 1:].ravel(), index[1:, :-1].ravel()
    return np.stack([a, b, c, a, c, d], 1).reshape(-1, 3)


def tray(size_m: Sequence[float], centre_m: Sequence[float], *, wall_m: float, radius_m: float = 0.003, cell_m: float = 0.25) -> Surface:
    """Make an open box (x, y, z): a drawer, a crisper, a door rack; the rim of its walls is flat."""
    size, centre = np.asarray(size_m, np.float64), np.asarray(centre_m, np.float64)
    inner = size - [2 * wall_m, wall_m, 2 * wall_m]
    outside = box(size, centre, radius_m=radius_m, cell_m=cell_m, without=("+y",))
    inside = box(inner, centre + wall_m / 2 * np.eye(3)[Y], radius_m=radius_m, cell_m=cell_m, hollow=True, without=("+y",))

    def ring(inset: float) -> Array:
        loop = rounded_rectangle(size[0] - 2 * inset, size[2] - 2 * inset, radius_m=radius_m, steps=2)
        loop = np.vstack([loop, loop[:1]]) + centre[[0, 2]]
        return np.stack([loop[:, 0], np.full(len(loop), centre[1] + size[1] / 2), loop[:, 1]], -1)

    rim = np.stack([ring(wall_m), ring(0)])
    return joined([outside, inside, surface([Grid(rim, rim[..., [0, 2]])])])


def turned(points: Sequence[Sequence[float]], *, radius_m: float, sides: int = 32, steps: int = 3) -> Surface:
    """Turn a profile (radius, height) with rounded corners about +Y."""
    return surface(lathe(rounded_profile(points, radius_m=radius_m, steps=steps), sides=sides))


def rod(path: Sequence[Sequence[float]], *, diameter_m: float, sides: int = 12) -> Surface:
    """Draw a round bar along a path."""
    section = ellipse_section(sides=sides, width_m=diameter_m, height_m=diameter_m)
    return surface(sweep(np.asarray(path, np.float64), section))


def rounded_rectangle(width_m: float, depth_m: float, *, radius_m: float, steps: int = 6) -> Array:
    """Return (N, 2) of a rectangle in (x, z) with round corners, counter-clockwise seen from below (x to z)."""
    turn, r = np.linspace(0, np.pi / 2, steps + 1), radius_m
    corners = zip(np.arange(4) * np.pi / 2, ((1, 1), (-1, 1), (-1, -1), (1, -1)), strict=True)
    x, z = width_m / 2 - r, depth_m / 2 - r
    return np.vstack([np.stack([sx * x + r * np.cos(turn + a), sz * z + r * np.sin(turn + a)], 1) for a, (sx, sz) in corners])


def slab(
    outline_m: Array, *, bottom_m: float, top_m: float, radius_m: float, under_m: float | None = None, steps: int = 3, grain: int = X
) -> Surface:
    """Make a board of any convex outline (N, 2) in (x, z), as `rounded_rectangle` winds it, with rounded edges.

    `under_m` is the radius of the lower edge (None: as the upper one); `grain` the axis that the textures' v runs along.
    """
    under = radius_m if under_m is None else under_m
    ahead, behind = np.roll(outline_m, -1, 0), np.roll(outline_m, 1, 0)
    along = ahead - behind
    outward = np.stack([along[:, 1], -along[:, 0]], 1) / np.linalg.norm(along, axis=1, keepdims=True)
    profile = [(under * (1 - np.sin(a)), bottom_m + under * (1 - np.cos(a))) for a in np.linspace(0, np.pi / 2, steps + 1)]
    profile += [(radius_m * (1 - np.cos(a)), top_m - radius_m * (1 - np.sin(a))) for a in np.linspace(0, np.pi / 2, steps + 1)]

    def ring(inset: float, y: float, scale: float = 1.0) -> Array:
        loop = (outline_m - inset * outward) * scale
        loop = np.vstack([loop, loop[:1]])
        return np.stack([loop[:, 0], np.full(len(loop), y), loop[:, 1]], -1)

    walk = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(np.vstack([outline_m, outline_m[:1]]), axis=0), axis=1))]
    side = np.stack([ring(i, y) for i, y in profile])[:, ::-1]
    edge_uv = (
        np.stack(np.broadcast_arrays(-side[..., 1], walk[None]), -1)
        if grain != Y
        else np.stack(np.broadcast_arrays(walk[None], -side[..., 1]), -1)
    )
    shares = (1.0, 0.8, 0.5, 0.0)
    upper = np.stack([ring(profile[-1][0], top_m, s) for s in shares])[:, ::-1]
    lower = np.stack([ring(profile[0][0], bottom_m, s) for s in shares])
    flat = [g[..., [2, 0]] * [1, 1] if grain == X else g[..., [0, 2]] for g in (upper, lower)]
    return surface([Grid(side, edge_uv), Grid(upper, flat[0]), Grid(lower, flat[1] * [-1, 1])])


def leg(
    top_m: Sequence[float],
    foot_m: Sequence[float],
    *,
    wide_m: tuple[float, float],
    power: float = 2.0,
    sides: int = 16,
    radius_m: float = 0.002,
) -> Surface:
    """Make a straight leg from `foot_m` up to `top_m`, tapering: `wide_m` is its width below and above; power 2 is round.

    Both ends are cut level.
    """
    foot, top = np.asarray(foot_m, np.float64), np.asarray(top_m, np.float64)
    high = top[1] - foot[1]
    heights = np.r_[0, radius_m * 0.3, np.linspace(radius_m, high, max(2, round(high / 0.09)))]
    share = heights / high
    width = np.interp(share, [0, 1], wide_m)
    width[:2] -= 2 * radius_m * np.array([1, 0.3])
    section = ellipse_section(sides=sides, width_m=1, height_m=1, power=power)[::-1]
    centre = foot + share[:, None] * (top - foot)
    body = centre[:, None] + np.stack([section[:, 0], np.zeros(len(section)), section[:, 1]], -1)[None] * width[:, None, None]
    around = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(section, axis=0), axis=1))] * width[-1]
    uv = np.stack(np.broadcast_arrays(around[None] + foot[0] + 3.1 * foot[2], -heights[:, None]), -1)
    sole = np.stack([np.broadcast_to(centre[0], body[0].shape), body[0]])
    cap = np.stack([body[-1], np.broadcast_to(centre[-1], body[-1].shape)])
    return surface([Grid(body, uv), Grid(sole, sole[..., [0, 2]], 1), Grid(cap, cap[..., [0, 2]], 2)])
