"""What of a room's shell stands in the way within its floor: walls that end in the room, and slopes of the roof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.room import Room
from arviz.place.floor.blocks import Block
from arviz.place.floor.site import Door, Wall
from arviz.place.plan.plan_frame import to_plan, turned
from arviz.place.plan.raster import Raster, cells_touched

SURE = 0.5
"""Confidence from which a wall or a slope counts, as in the measurement of rooms from depth."""
THICK_M = 0.02
"""Of a wall that ends in the room: nobody knows more than its face."""
_WITHIN_M = 0.02
"""A wall nearer than this to the floor's edge is that edge."""
_LEAST_M = 0.05
_SLOPE = np.sin(np.radians(15.0))
_HIGH_M = 2.5
"""Above this nothing is placed, so no slope is in the way."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Slope:
    """The underside of a roof: all above it is filled.

    Parameters
    ----------
    name : str
        ``"slope 5"``: its index in `Room.planes`.
    outline_m : ndarray (N, 2) float64
        Convex polygon in site (x, z).
    height_m : float
        Above the floor, at the site's origin.
    rise : (2,) float
        How much higher it is 1 m along x, and along z.
    sigma_m : float
        Standard deviation along the floor of where it has a height.
    """

    name: str
    outline_m: Array
    height_m: float
    rise: tuple[float, float]
    sigma_m: float

    def __post_init__(self) -> None:
        set_fields(self, outline_m=readonly(self.outline_m, np.float64))

    def at(self, points_m: Array) -> Array:
        """Return its height above the floor at site (..., 2) (x, z)."""
        out: Array = self.height_m + np.asarray(points_m, np.float64) @ np.asarray(self.rise)
        return out

    def between(self, bottom_m: float, top_m: float) -> Array:
        """Return the convex polygon (N, 2) in which it fills any height between two: where it is lower than the upper one."""
        points, ends = self.outline_m, np.roll(self.outline_m, -1, axis=0)
        here, there = self.at(points) - top_m, self.at(ends) - top_m
        crosses = (here < 0) != (there < 0)
        share = np.where(crosses, here, 0) / np.where(crosses, here - there, 1)
        both = np.stack([points, points + share[:, None] * (ends - points)], axis=1)
        out: Array = both[np.stack([here < 0, crosses], axis=1)]
        return out if len(out) >= 3 and bottom_m < top_m else np.zeros((0, 2))


def slopes_of(room: Room, *, world_from_site: Array) -> list[Slope]:
    """Return the slopes that hang lower than anything is placed high: planes that look down and are neither level nor upright."""
    from shapely import MultiPoint, get_coordinates

    out = []
    for index, plane in enumerate(room.planes):
        down = -plane.normal[1]
        if not _SLOPE < down < np.sqrt(1 - _SLOPE**2) or plane.confidence < SURE or len(plane.outline_m) < 3:
            continue
        rise = turned(np.asarray(plane.normal), world_from_site=world_from_site) / down
        height = float(np.asarray(plane.normal) @ world_from_site[:3, 3] + plane.offset_m) / down
        hull = MultiPoint(to_plan(plane.outline_m, world_from_site=world_from_site)).convex_hull
        if hull.geom_type != "Polygon":
            continue
        outline = get_coordinates(hull.exterior)[:-1]
        slope = Slope(
            name=f"slope {index}",
            outline_m=outline,
            height_m=height,
            rise=(float(rise[0]), float(rise[1])),
            sigma_m=float(plane.sigma_offset_m / np.sqrt(1 - down**2)),
        )
        if slope.at(outline).min() < _HIGH_M:
            out.append(slope)
    return out


def partitions(walls: Sequence[Wall], doors: Sequence[Door], outline_m: Array) -> list[Block]:
    """Return the parts of sure walls that stand within the floor's outline: a wall that ends in the room, a pillar's sides."""
    from shapely import LineString, Polygon, get_parts

    within = Polygon(outline_m).buffer(-_WITHIN_M)
    out = []
    for number, wall in enumerate(walls):
        if wall.confidence < SURE:
            continue
        line = LineString(wall.ends_m).intersection(within)
        for door in doors:
            if door.wall == number and door.kind != "window":
                line = line.difference(LineString(door.ends_m).buffer(1e-6, cap_style="flat"))
        for part in get_parts(line):
            if part.length < _LEAST_M:
                continue
            ends = np.asarray(part.coords)
            away = THICK_M * np.asarray(wall.normal)
            out.append(
                Block(
                    name=wall.name,
                    category="wall",
                    outline_m=np.stack([ends[0], ends[-1], ends[-1] - away, ends[0] - away]),
                    front=wall.normal,
                    bottom_m=0.0,
                    top_m=wall.top_m,
                    sigma_m=wall.sigma_m,
                )
            )
    return out


def slope_heights(slope: Slope, raster: Raster) -> tuple[Array, Array]:
    """Return lowest and highest height (rows, columns) of a slope in the cells where it is lower than anything is placed high.

    Both 0 elsewhere, and where it has come down to the floor the lowest is 0.
    """
    low_part = slope.between(0.0, _HIGH_M)
    if not len(low_part):
        return np.zeros((raster.rows, raster.columns)), np.zeros((raster.rows, raster.columns))
    covered = cells_touched(low_part, raster)
    x = raster.x_m + (np.arange(raster.columns) + 0.5) * raster.cell_m
    z = raster.z_m + (np.arange(raster.rows) + 0.5) * raster.cell_m
    middle = slope.height_m + slope.rise[0] * x + slope.rise[1] * z[:, None]
    spread = raster.cell_m / 2 * (abs(slope.rise[0]) + abs(slope.rise[1]))
    lowest = np.where(covered, np.maximum(middle - spread, 0), 0)
    return lowest, np.where(covered, np.maximum(middle + spread, _HIGH_M), 0)
