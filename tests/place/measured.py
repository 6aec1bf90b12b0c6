"""Measured rooms made by hand, for tests of floor plans; all in metres, +Y up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.room import HeightGrid, Plane, Room, RoomObject, Scale
from arviz.place.floor.site_of import CELL_M
from arviz.place.plan.plan_frame import to_plan
from arviz.place.plan.pose import standing

METRES = Scale(sigma=0.01, source="a4")


def flat(kind, corners, normal, *, confidence=1.0, sigma_m=0.0, sigma_rad=0.0):
    corners = np.asarray(corners, float)
    return Plane(
        kind=kind,
        normal=normal,
        offset_m=-float(np.asarray(normal) @ corners[0]),
        outline_m=corners,
        sigma_normal_rad=sigma_rad,
        sigma_offset_m=sigma_m,
        source="given",
        confidence=confidence,
    )


def floor(points, y=0.0):
    return flat("floor", [(x, y, z) for x, z in points], (0, 1, 0))


def wall(a, b, *, height=2.5, y=0.0, **options):
    """Return a wall from left to right for one who looks at it."""
    (ax, az), (bx, bz) = a, b
    along = np.array([bx - ax, bz - az]) / np.hypot(bx - ax, bz - az)
    return flat("wall", [(ax, y, az), (bx, y, bz), (bx, y + height, bz), (ax, y + height, az)], (-along[1], 0, along[0]), **options)


def room_of(*planes, **fields):
    return Room(planes=planes, scale=METRES, **fields)


def turned(room, yaw_rad, by_m):
    """Return the same room in a world turned about +Y and moved."""
    pose = standing(at_m=np.array([by_m[0], by_m[2]]), yaw_rad=yaw_rad, height_m=by_m[1])
    turn, shift = pose[:3, :3], pose[:3, 3]
    planes = []
    for plane in room.planes:
        normal = turn @ plane.normal
        moved = plane.outline_m @ turn.T + shift
        planes.append(replace(plane, normal=tuple(normal), offset_m=plane.offset_m - float(normal @ shift), outline_m=moved))
    openings = tuple(replace(opening, outline_m=opening.outline_m @ turn.T + shift) for opening in room.openings)
    objects = tuple(replace(thing, world_from_box=pose @ thing.world_from_box) for thing in room.objects)
    return replace(room, planes=tuple(planes), openings=openings, objects=objects)


SQUARE = [(-2, 2), (2, 2), (2, -2), (-2, -2)]
WALLS = [wall(SQUARE[(i + 1) % 4], SQUARE[i]) for i in range(4)]


def thing(category, at, size, *, yaw=0.0, sigma_m=0.02):
    """Return a box that stands on the floor."""
    pose = standing(at_m=np.array(at), yaw_rad=yaw, height_m=size[1] / 2)
    return RoomObject(category=category, world_from_box=pose, size_m=size, sigma_m=sigma_m, source="capture")


def grid_of(seen, *, cell=CELL_M, origin=(-2.0, -2.0), bottom=None, top=None):
    zero = np.zeros(seen.shape)
    bottom, top = (zero if plane is None else plane for plane in (bottom, top))
    return HeightGrid(origin_m=origin, cell_m=cell, seen=seen, bottom_m=bottom, top_m=top, sigma_m=0.02)


def centres(grid):
    rows, columns = grid.seen.shape
    x = grid.origin_m[0] + (np.arange(columns) + 0.5) * grid.cell_m
    z = grid.origin_m[1] + (np.arange(rows) + 0.5) * grid.cell_m
    return np.stack(np.meshgrid(x, z), axis=-1).reshape(-1, 2)


def cell_of(grid, points):
    """Return flat indices of the cells that hold points (N, 2), -1 outside."""
    rows, columns = grid.seen.shape
    at = np.floor((points - grid.origin_m) / grid.cell_m).astype(int)
    inside = ((at >= 0) & (at < (columns, rows))).all(axis=1)
    return np.where(inside, at[:, 1] * columns + at[:, 0], -1)


def taken_at(site, points):
    """Return whether anything stands at world (x, z) points (N, 2)."""
    return site.grid.occupied.reshape(-1)[cell_of(site.grid, to_plan(points, world_from_site=site.world_from_site))]


def box_corners(thing):
    half = np.asarray(thing.size_m) / 2
    local = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * half
    return (local @ thing.world_from_box[:3, :3].T + thing.world_from_box[:3, 3])[:, [0, 2]]
