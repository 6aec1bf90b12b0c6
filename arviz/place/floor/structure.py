"""Walls, openings and table tops of a measured room, on the floor plan."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import Opening, Plane, Room
from arviz.place.floor.floor_outline import simple
from arviz.place.floor.site import Door, Table, Wall
from arviz.place.plan.plan_frame import to_plan, turned

_UPRIGHT = np.sin(np.radians(15.0))
"""A wall leans less than this; more is a roof's slope."""
_LEVEL = np.cos(np.radians(15.0))
_LEAST_M = 0.05
_HEIGHT_M = 2.5
"""Of a usual wall; one of which no outline is known was most likely measured at half of it."""
_TOGETHER_RAD = np.radians(15.0)
"""Walls that differ less, modulo 90 degrees, tell one direction together; a wall across a corner tells none."""


def is_upright(plane: Plane) -> bool:
    """Tell whether a plane is a wall that stands."""
    return plane.kind == "wall" and abs(plane.normal[1]) < _UPRIGHT


def dominant_yaw(room: Room) -> float:
    """Return the yaw (-45 to 45 degrees) by which the world is turned so that z runs along most of the walls' normals, 0 without walls.

    The circular mean, modulo 90 degrees, of the normals that lie around the one with most length beside it.
    """
    walls = [plane for plane in room.planes if is_upright(plane)]
    if not walls:
        return 0.0
    angle = np.array([4 * np.arctan2(plane.normal[0], plane.normal[2]) for plane in walls])
    length = np.array([_length(plane) for plane in walls])
    apart = np.abs(np.angle(np.exp(1j * (angle[:, None] - angle))))
    near = apart < 4 * _TOGETHER_RAD
    best = int(np.argmax(near @ length))
    mean = np.exp(1j * (angle - angle[best])) @ (length * near[best])
    return float(np.angle(np.exp(1j * (angle[best] + np.angle(mean)))) / 4)


def walls_of(room: Room, *, world_from_site: Array, reach_m: Array) -> list[Wall]:
    """Return the walls; one of which no outline is known runs through all of `reach_m`, (2, 2) least and greatest site (x, z)."""
    out = []
    for index, plane in enumerate(room.planes):
        if not is_upright(plane):
            continue
        flat = turned(np.asarray(plane.normal), world_from_site=world_from_site)
        steep = float(np.linalg.norm(flat))
        normal = flat / steep
        along = np.array([normal[1], -normal[0]])  # to the right for one who looks at it
        foot = _foot(plane, world_from_site, flat)
        if len(plane.outline_m):
            run = (to_plan(plane.outline_m, world_from_site=world_from_site) - foot) @ along
            height = plane.outline_m[:, 1] - world_from_site[1, 3]
            middle_m, top_m = float(height.mean()), max(float(height.max()), 0.0)
        else:
            corners = np.array([[x, z] for x in reach_m[:, 0] for z in reach_m[:, 1]])
            run, middle_m, top_m = (corners - foot) @ along, _HEIGHT_M / 2, _HEIGHT_M
        low, high = float(run.min()), float(run.max())
        if high - low < _LEAST_M:
            continue
        # The plane's offset is known at its middle; along the wall, and down to the floor, its tilt adds to it.
        lean = plane.sigma_normal_rad * np.sqrt((high - low) ** 2 / 12 + middle_m**2)
        out.append(
            Wall(
                name=f"wall {index}",
                plane=index,
                ends_m=foot + np.outer([low, high], along),
                normal=(float(normal[0]), float(normal[1])),
                sigma_m=float(np.hypot(plane.sigma_offset_m, lean)),
                top_m=top_m,
                confidence=plane.confidence,
            )
        )
    return out


def doors_of(room: Room, walls: list[Wall], *, world_from_site: Array, middle_m: Array) -> list[Door]:
    """Return the openings as lines, those of a wall on it; `middle_m` (2,) lies in the room."""
    by_plane = {wall.plane: index for index, wall in enumerate(walls)}
    out = []
    for index, opening in enumerate(room.openings):
        wall = None if opening.wall is None else by_plane.get(opening.wall)
        points = to_plan(opening.outline_m, world_from_site=world_from_site)
        if wall is None:
            base, normal = _upright_through(points, middle_m)
        else:
            base, normal = walls[wall].ends_m[0], np.asarray(walls[wall].normal)
        along = np.array([normal[1], -normal[0]])
        run = (points - base) @ along
        if np.ptp(run) < _LEAST_M:
            continue
        height = opening.outline_m[:, 1] - world_from_site[1, 3]
        out.append(
            Door(
                name=f"{opening.kind} {index}",
                kind=opening.kind,
                opening=index,
                wall=wall,
                ends_m=base + np.outer([run.min(), run.max()], along),
                normal=(float(normal[0]), float(normal[1])),
                bottom_m=float(height.min()),
                top_m=float(height.max()),
                sigma_m=_opening_sigma_m(opening, None if wall is None else walls[wall]),
            )
        )
    return out


def tables_of(room: Room, *, world_from_site: Array, floor_sigma_m: float) -> list[Table]:
    """Return the level surfaces above the floor that have an outline."""
    out = []
    for index, plane in enumerate(room.planes):
        height = float(plane.outline_m[:, 1].mean() - world_from_site[1, 3]) if len(plane.outline_m) >= 3 else 0.0
        if plane.kind != "table" or height <= 0:
            continue
        outline = simple(to_plan(plane.outline_m, world_from_site=world_from_site))
        if len(outline):
            sigma = float(np.hypot(plane.sigma_offset_m, floor_sigma_m))
            out.append(Table(name=f"table {index}", plane=index, outline_m=outline, height_m=height, sigma_m=sigma))
    return out


def ceiling_m(room: Room, *, floor_y_m: float) -> float | None:
    """Return the height of the level ceiling at its lowest; None where it is not known."""
    lowest = [
        float(plane.outline_m[:, 1].min()) if len(plane.outline_m) else plane.offset_m / -plane.normal[1]
        for plane in room.of_kind("ceiling")
        if plane.normal[1] < -_LEVEL
    ]
    above = [height - floor_y_m for height in lowest if height > floor_y_m]
    return min(above, default=None)


def _length(plane: Plane) -> float:
    if not len(plane.outline_m):
        return 1.0
    along = np.array([plane.normal[2], -plane.normal[0]]) / np.hypot(plane.normal[0], plane.normal[2])
    return float(np.ptp(plane.outline_m[:, [0, 2]] @ along))


def _foot(plane: Plane, world_from_site: Array, flat: Array) -> Array:
    """Return a point (2,) of the line in which a wall meets the floor, that nearest to the site's origin."""
    at_origin = float(np.asarray(plane.normal) @ world_from_site[:3, 3] + plane.offset_m)
    out: Array = -at_origin * flat / float(flat @ flat)
    return out


def _upright_through(points: Array, middle_m: Array) -> tuple[Array, Array]:
    """Return a point and the normal, to the side of `middle_m`, of the line that lies best through points (N, 2)."""
    base = points.mean(axis=0)
    along = np.linalg.svd(points - base)[2][0]
    normal = np.array([-along[1], along[0]])
    return base, normal if normal @ (middle_m - base) >= 0 else -normal


def _opening_sigma_m(opening: Opening, wall: Wall | None) -> float:
    return opening.sigma_m if wall is None else float(np.hypot(opening.sigma_m, wall.sigma_m))
