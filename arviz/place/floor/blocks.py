"""Furniture that is known as a box or as a table top, as upright prisms on the floor plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.room import HeightGrid, Plane, Room, RoomObject
from arviz.place.plan.plan_frame import to_plan
from arviz.place.plan.raster import Raster, cells_within

_HANGS_M = 0.12
"""A height grid's cells above this hang: below a table top there is room for a rug, and for knees."""
_CORNERS = np.array([[x, y, z] for y in (-0.5, 0.5) for x, z in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Block:
    """Something that fills an upright prism.

    Parameters
    ----------
    name : str
        ``"refrigerator 3"``: its category, and its index in `Room.objects`; ``"table 4"``, ``"wall 5"``: in `Room.planes`.
    category : str
    outline_m : ndarray (N, 2) float64
        Convex polygon in site (x, z).
    front : (2,) float
        Unit vector to its front, site (x, z).
    bottom_m, top_m : float
        Heights above the floor.
    sigma_m : float
    """

    name: str
    category: str
    outline_m: Array
    front: tuple[float, float]
    bottom_m: float
    top_m: float
    sigma_m: float

    def __post_init__(self) -> None:
        set_fields(self, outline_m=readonly(self.outline_m, np.float64))

    def between(self, bottom_m: float, top_m: float) -> Array:
        """Return the convex polygon (N, 2) in which it fills any height between two; no rows where it fills none."""
        return self.outline_m if self.bottom_m < top_m and self.top_m > bottom_m else np.zeros((0, 2))


def blocks_of(room: Room, *, world_from_site: Array) -> list[Block]:
    """Return the room's objects that reach above the floor; where no height grid shows them, also what carries its table tops.

    What the height grid of the same room sees to hang (table tops) has a block from there up: its legs are in the grid.
    """
    objects = [_block(thing, index, room.obstacles, world_from_site) for index, thing in enumerate(room.objects)]
    tables = [] if room.obstacles is not None else [_below(plane, index, world_from_site) for index, plane in enumerate(room.planes)]
    return [block for block in (*objects, *tables) if block is not None]


def _below(plane: Plane, index: int, world_from_site: Array) -> Block | None:
    """Return a table top with all that is below it, of which nothing is known."""
    from shapely import MultiPoint, get_coordinates

    if plane.kind != "table" or len(plane.outline_m) < 3:
        return None
    hull = MultiPoint(to_plan(plane.outline_m, world_from_site=world_from_site)).convex_hull
    height = float(plane.outline_m[:, 1].mean() - world_from_site[1, 3])
    if hull.geom_type != "Polygon" or height <= 0:
        return None
    return Block(
        name=f"table {index}",
        category="table",
        outline_m=get_coordinates(hull.exterior)[:-1],
        front=(0.0, 1.0),
        bottom_m=0.0,
        top_m=height,
        sigma_m=plane.sigma_offset_m,
    )


def _block(thing: RoomObject, index: int, grid: HeightGrid | None, world_from_site: Array) -> Block | None:
    from shapely import MultiPoint, get_coordinates

    pose = thing.world_from_box
    corners = (_CORNERS * thing.size_m) @ pose[:3, :3].T + pose[:3, 3]
    height = corners[:, 1] - world_from_site[1, 3]
    hull = MultiPoint(to_plan(corners, world_from_site=world_from_site)).convex_hull
    if hull.geom_type != "Polygon" or height.max() <= 0:
        return None
    front = pose[[0, 2], 2] @ world_from_site[np.ix_((0, 2), (0, 2))]
    length = float(np.linalg.norm(front))
    bottom = max(float(height.min()), 0.0)
    return Block(
        name=f"{thing.category} {index}",
        category=str(thing.category),
        outline_m=get_coordinates(hull.exterior)[:-1],
        front=(float(front[0]) / length, float(front[1]) / length) if length > 0.5 else (0.0, 1.0),
        bottom_m=max(bottom, _seen_underside_m(grid, corners)),
        top_m=float(height.max()),
        sigma_m=thing.sigma_m,
    )


def _seen_underside_m(grid: HeightGrid | None, corners: Array) -> float:
    """Return from where up most of what stands within a box hangs, 0 where it stands or nothing is known."""
    if grid is None:
        return 0.0
    from shapely import MultiPoint, get_coordinates

    rows, columns = grid.seen.shape
    polygon = get_coordinates(MultiPoint(corners[:, [0, 2]]).convex_hull.exterior)[:-1]
    low = np.clip(np.floor((polygon.min(axis=0) - grid.origin_m) / grid.cell_m).astype(int), 0, (columns, rows))
    high = np.clip(np.ceil((polygon.max(axis=0) - grid.origin_m) / grid.cell_m).astype(int), low, (columns, rows))
    part = np.s_[low[1] : high[1], low[0] : high[0]]
    corner = np.asarray(grid.origin_m) + low * grid.cell_m
    raster = Raster(float(corner[0]), float(corner[1]), grid.cell_m, int(high[1] - low[1]), int(high[0] - low[0]))
    inside = cells_within(polygon, raster)
    top, bottom = grid.top_m[part][inside], grid.bottom_m[part][inside]
    taken = top > 0
    if taken.sum() < 0.5 * max(len(taken), 1):
        return 0.0
    middle = float(np.median(bottom[taken]))
    return middle if middle > _HANGS_M else 0.0
