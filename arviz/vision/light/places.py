"""Where lamps can be in a room: a raster of places between its floor, walls and ceiling."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import Room

_PLAN = 11
"""Places along each side of the room."""
_CEILING, _WALL, _STANDING = 0.65, 0.25, 0.1
"""How often the main light is a lamp at the ceiling, a window, a lamp that stands somewhere: assumptions about homes."""
_HIGH, _WINDOW, _LOW = (0.8, 0.96), (0.45, 0.65), (0.35, 0.55)
"""At which share of the room's height each is."""
_CENTRAL = 0.18
"""Lamps at the ceiling hang in the middle of rooms: standard deviation, as a share of the room's sides."""
_CEILING_M = 2.6
"""Of a room whose ceiling is not known."""
_BEHIND = 0.35
"""By how much of its size the known part of a room is extended where no wall bounds it."""


def upright(room: Room) -> tuple[Array, float, float]:
    """Return the plan's axes (3, 3) as rows (along, up, across), and the heights of floor and ceiling along up."""
    floor = room.floor
    up = np.array([0.0, 1.0, 0.0]) if floor is None else np.asarray(floor.normal)
    walls = sorted(room.of_kind("wall"), key=lambda wall: -wall.area_m2)
    along = np.asarray(walls[0].normal) if walls else np.eye(3)[int(np.abs(up).argmin())]
    along = along - (along @ up) * up
    along = along / np.linalg.norm(along)
    axes = np.stack([along, up, np.cross(along, up)])
    corners = [plane.outline_m @ up for plane in room.planes if len(plane.outline_m)]
    heights = np.concatenate(corners) if corners else np.zeros(1)
    low = -floor.offset_m if floor is not None else float(heights.min())
    ceilings = [float(np.median(plane.outline_m @ up)) for plane in room.of_kind("ceiling") if len(plane.outline_m)]
    high = max(ceilings) if ceilings else max(float(heights.max()), low + (_CEILING_M if room.scale is not None else 0.0))
    return axes, low, max(high, low + 1e-3)


class Places(NamedTuple):
    """Where a lamp out of the picture may be, M places."""

    positions_m: Array
    """(M, 3)."""
    normals: Array
    """(M, 3): where a window or panel looks; 0 for a lamp that shines to all sides."""
    log_prior: Array
    """(M,)."""
    area_m2: float
    """Of the floor, walls and ceiling of a box around the room."""

    def take(self, rows: Array) -> Places:
        """Return some of the places."""
        return Places(self.positions_m[rows], self.normals[rows], self.log_prior[rows], self.area_m2)


def places(room: Room, points_m: Array, eye_m: Array) -> Places:
    """Return places for lamps, panels under the ceiling, windows in the walls."""
    axes, low, high = upright(room)
    known = np.concatenate([points_m, eye_m[None], *(plane.outline_m for plane in room.planes)]) @ axes.T
    least, most = np.percentile(known, 0.5, axis=0), np.percentile(known, 99.5, axis=0)
    margin = _BEHIND * (most - least)
    bounded = _bounded(room, axes)
    sides = []
    for axis in (0, 2):
        a = least[axis] - (0 if bounded[axis, 0] else margin[axis])
        b = most[axis] + (0 if bounded[axis, 1] else margin[axis])
        sides.append(a + (np.arange(_PLAN) + 0.5) / _PLAN * (b - a))
    families = (
        ((_HIGH[0],), _CEILING / 2, _central, _every_way),
        ((_HIGH[1],), _CEILING / 2, _central, _down),
        (_WINDOW, _WALL, _rim, _inward),
        (_LOW, _STANDING, _anywhere, _every_way),
    )
    spots, normals, prior = [], [], []
    for heights, share, shape, facing in families:
        grid = np.stack(np.meshgrid(sides[0], low + np.array(heights) * (high - low), sides[1], indexing="ij"), axis=-1)
        weight = np.broadcast_to(shape()[:, None, :], grid.shape[:3]).reshape(-1)
        used = weight > 1e-4
        spots.append(grid.reshape(-1, 3)[used])
        normals.append(np.broadcast_to(facing()[:, None, :], grid.shape).reshape(-1, 3)[used])
        prior.append(np.log(share * weight[used] / weight[used].sum()))
    x, z = (float(side[1] - side[0]) * _PLAN for side in sides)
    area = 2 * ((x + z) * (high - low) + x * z)
    return Places(np.concatenate(spots) @ axes, np.concatenate(normals) @ axes, np.concatenate(prior), area)


def _central() -> Array:
    off = ((np.arange(_PLAN) + 0.5) / _PLAN - 0.5) / _CENTRAL
    weight = np.exp(-(off**2) / 2)
    return np.outer(weight, weight)


def _rim() -> Array:
    out = np.ones((_PLAN, _PLAN))
    out[1:-1, 1:-1] = 0
    return out


def _anywhere() -> Array:
    return np.ones((_PLAN, _PLAN))


def _every_way() -> Array:
    return np.zeros((_PLAN, _PLAN, 3))


def _down() -> Array:
    return np.broadcast_to([0.0, -1.0, 0.0], (_PLAN, _PLAN, 3))


def _inward() -> Array:
    out = np.zeros((_PLAN, _PLAN, 3))
    out[0, :, 0], out[-1, :, 0] = 1, -1
    out[1:-1, 0, 2], out[1:-1, -1, 2] = 1, -1
    return out


def _bounded(room: Room, axes: Array) -> Array:
    """Tell (3, 2) at which end of each axis a wall stands."""
    out = np.zeros((3, 2), bool)
    for wall in room.of_kind("wall"):
        facing = axes @ np.asarray(wall.normal)
        axis = int(np.abs(facing).argmax())
        # A wall's normal looks into the room: one that looks along +axis stands at the low end.
        out[axis, 0 if facing[axis] > 0 else 1] = True
    return out


def middle_of_floor(room: Room, points_m: Array, planes: Array) -> Array:
    """Return the middle (3,) of the floor's outline, of its seen points, or a point below all that is seen."""
    floor = room.floor
    if floor is None:
        return np.array([*points_m.mean(axis=0)]) if len(points_m) else np.zeros(3)
    normal = np.asarray(floor.normal)
    if len(floor.outline_m) >= 3:
        a = floor.outline_m[0]
        b, c = floor.outline_m[1:-1], floor.outline_m[2:]
        area = np.cross(b - a, c - a) @ normal
        if abs(area.sum()) > 1e-9:
            out: Array = ((a + b + c) / 3 * area[:, None]).sum(axis=0) / area.sum()
            return out
    on = points_m[[room.planes[p].kind == "floor" for p in planes]] if len(points_m) else points_m
    at: Array = on.mean(axis=0) if len(on) else (points_m.mean(axis=0) if len(points_m) else np.zeros(3))
    at = at - (at @ normal + floor.offset_m) * normal
    return at
