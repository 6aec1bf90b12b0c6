"""`site_of`: a measured room as a floor plan, whoever measured it: depth, photos, a capture, or an app that knows a few planes."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.errors import InputError, LimitError
from arviz.core.frozen import Array
from arviz.core.room import HeightGrid, Plane, Room
from arviz.place.floor.blocks import Block, blocks_of
from arviz.place.floor.floor_outline import cut_by_walls
from arviz.place.floor.given import GIVEN
from arviz.place.floor.hidden import hidden_floor
from arviz.place.floor.keep import keep_zones
from arviz.place.floor.shell import SURE, partitions, slope_heights, slopes_of
from arviz.place.floor.site import Site
from arviz.place.floor.structure import ceiling_m, dominant_yaw, doors_of, tables_of, walls_of
from arviz.place.plan.plan_frame import to_plan, to_world
from arviz.place.plan.pose import standing
from arviz.place.plan.raster import Raster, cells_touched, cells_within
from arviz.place.plan.resample import resampled
from arviz.place.rules import Rules

CELL_M = 0.025
MAX_CELLS = 4_000_000
"""50 m x 50 m."""
_LEAST_M2 = 0.05
"""A floor of 0.2 m x 0.25 m carries nothing that is worth a search."""
_LEVEL = np.cos(np.radians(5.0))
_ALIGNED_RAD = 1e-9
_SAME_CELL_M = 1e-9
"""Cells that differ by more than rounding drift apart over a large floor."""


def site_of(room: Room, *, rules: Rules) -> Site:
    """Return the floor plan of a room.

    Its axes run along most of the walls, its floor is what was seen of the floor, cut by the walls; nothing is assumed about what
    was not seen. Heights are above the floor at the middle of its outline, along the world's +Y.

    Parameters
    ----------
    room : Room
    rules : Rules
        They say how much doors, windows, radiators and appliances need.

    Raises
    ------
    InputError
        ``E_SCALE_UNKNOWN``: the room is not in metres; ``E_NO_FLOOR``; ``E_FLOOR_EMPTY``: no area is known of the floor;
        ``E_FLOOR_SLOPES``: the world is not +Y up.
    LimitError
        ``E_ROOM_TOO_LARGE``.
    """
    if room.scale is None:
        raise InputError(
            "E_SCALE_UNKNOWN",
            "nobody knows how large the room is, so no product can be placed in it to scale",
            where="room.scale",
            expected="a room in metres",
            found="lengths without a unit",
            hint="Measure it again with one thing of known size in the picture: `arviz room PHOTO --scale a4` (a sheet of paper on the "
            "floor; also card, marker=15cm, or length=X,Y,X,Y,1.2m between two pixels), or with depth from a phone or depth camera.",
        )
    floor = _floor(room)
    index = next(number for number, plane in enumerate(room.planes) if plane is floor)
    world_from_site = standing(at_m=np.zeros(2), yaw_rad=dominant_yaw(room), height_m=_height_m(floor))
    seen = to_plan(floor.outline_m, world_from_site=world_from_site)
    low, high = seen.min(axis=0), seen.max(axis=0)
    walls = walls_of(room, world_from_site=world_from_site, reach_m=np.stack([low, high]))
    outline = cut_by_walls(seen, [wall for wall in walls if wall.confidence >= SURE])
    if len(outline) < 3:
        raise _empty(0.0)
    doors = doors_of(room, walls, world_from_site=world_from_site, middle_m=outline.mean(axis=0))
    blocks = blocks_of(room, world_from_site=world_from_site)
    fixed = partitions(walls, doors, outline)
    tables = tuple(tables_of(room, world_from_site=world_from_site, floor_sigma_m=floor.sigma_offset_m))
    raster = _raster(outline, room.obstacles, world_from_site)
    inside = cells_within(outline, raster)
    return Site(
        room=room,
        world_from_site=world_from_site,
        outline_m=outline,
        floor=index,
        walls=tuple(walls),
        doors=tuple(doors),
        tables=tables,
        blocks=tuple(blocks),
        grid=_grid(room, [*blocks, *fixed], raster, outline, world_from_site),
        inside=inside,
        keep=keep_zones(outline, doors, blocks, rules=rules, tables=tables),
        height_m=ceiling_m(room, floor_y_m=float(world_from_site[1, 3])),
        sigma_m=_sigma_m(room),
        sigma_scale=room.scale.sigma,
        obstacles_known=room.obstacles is not None or any(thing.source != GIVEN for thing in room.objects),
    )


def _floor(room: Room) -> Plane:
    floor = room.floor
    if floor is None:
        raise InputError(
            "E_NO_FLOOR",
            "the room has no floor to stand on",
            where="room.planes",
            expected="a plane of the kind floor",
            found=", ".join(sorted({plane.kind for plane in room.planes})) or "no planes",
            hint="Take a frame that shows the floor, or give the floor's corners in the photo.",
        )
    if floor.normal[1] < _LEVEL:
        raise InputError(
            "E_FLOOR_SLOPES",
            "the floor is not level, or the world is not +Y up",
            where="room.planes",
            expected="a floor whose normal is (0, 1, 0) within 5 degrees",
            found=f"({', '.join(f'{value:.3f}' for value in floor.normal)})",
            hint="Turn the planes into a world with +Y up, metres, right-handed.",
        )
    if floor.area_m2 < _LEAST_M2:
        raise _empty(floor.area_m2)
    return floor


def _empty(area_m2: float) -> InputError:
    return InputError(
        "E_FLOOR_EMPTY",
        "too little of the floor is known to place anything",
        where="room.planes",
        expected=f"an outline of at least {_LEAST_M2} m2 before the walls",
        found=f"{area_m2:.3f} m2",
        hint="Take a frame that shows more of the floor, or give the floor's corners in the photo.",
    )


def _height_m(floor: Plane) -> float:
    """Return the floor's y at the middle of its outline."""
    middle = floor.outline_m.mean(axis=0)
    return float(middle[1] - floor.distance_m(middle[None])[0] / floor.normal[1])


def _raster(outline_m: Array, grid: HeightGrid | None, world_from_site: Array) -> Raster:
    """Return the raster over the floor's outline; on the cells of the room's own grid where that has the same axes."""
    low, high = outline_m.min(axis=0), outline_m.max(axis=0)
    if grid is not None and abs(world_from_site[0, 2]) < _ALIGNED_RAD and abs(grid.cell_m - CELL_M) < _SAME_CELL_M:
        phase = to_plan(np.asarray(grid.origin_m), world_from_site=world_from_site)
        low = phase + np.floor((low - phase) / CELL_M + 1e-6) * CELL_M
    columns, rows = np.maximum(np.ceil((high - low) / CELL_M - 1e-6), 1)
    if rows * columns > MAX_CELLS:
        raise LimitError(
            "E_ROOM_TOO_LARGE",
            "the floor is too large to search",
            where="room.planes",
            expected=f"at most {MAX_CELLS:,} cells of {CELL_M * 1000:.0f} mm: 50 m x 50 m",
            found=f"{columns * CELL_M:.0f} m x {rows * CELL_M:.0f} m",
            hint="Check the unit of the room: it is read in metres.",
        )
    return Raster(float(low[0]), float(low[1]), CELL_M, int(rows), int(columns))


def _grid(room: Room, blocks: list[Block], raster: Raster, outline_m: Array, world_from_site: Array) -> HeightGrid:
    """Return what stands on the floor; all of the floor counts as seen where no grid says otherwise."""
    floor = cells_touched(outline_m, raster)
    if room.obstacles is None:
        seen, bottom, top = floor, np.zeros(floor.shape), np.zeros(floor.shape)
    else:
        grid = hidden_floor(room.obstacles, to_world(outline_m, world_from_site=world_from_site))
        seen, bottom, top = resampled(grid, raster, world_from_site=world_from_site)
    layers: list[tuple[Array, Any, Any]] = [(cells_touched(block.outline_m, raster), block.bottom_m, block.top_m) for block in blocks]
    for slope in slopes_of(room, world_from_site=world_from_site):
        low, high = slope_heights(slope, raster)
        layers.append((high > 0, low, high))
    for covered, low, high in layers:
        bottom = np.where(covered, np.where(top > 0, np.minimum(bottom, low), low), bottom)
        top = np.where(covered, np.maximum(top, high), top)
        seen |= covered & (np.asarray(low) <= 0)  # what hangs says nothing about the floor below it
    return HeightGrid(
        origin_m=(raster.x_m, raster.z_m),
        cell_m=raster.cell_m,
        seen=seen & floor,
        bottom_m=bottom,
        top_m=top,
        sigma_m=_sigma_m(room),
    )


def _sigma_m(room: Room) -> float:
    """Return how sure the edges of obstacles are: as those of the least sure kind; without any, as the walls."""
    known = [thing.sigma_m for thing in room.objects] + ([] if room.obstacles is None else [room.obstacles.sigma_m])
    return max(known or [plane.sigma_offset_m for plane in room.of_kind("wall")], default=0.0)
