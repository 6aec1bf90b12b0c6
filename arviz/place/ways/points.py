"""Points of use: doors, furniture of the room and products, as the cells in which one stands to use them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.placement import Placement
from arviz.core.room import RoomObject
from arviz.place.floor.site import Door, Site
from arviz.place.plan.pose import on_plan
from arviz.place.plan.raster import cells_touched
from arviz.place.plan.zone import Zone
from arviz.place.product.furniture import Furniture
from arviz.place.single.pieces import on_site
from arviz.place.ways.ground import HEAD_M, Bodies, cover, free_mask, obstacles, raster_of

BODY_M = 0.45
"""Shoulder breadth (bideltoid), mean of women; men: 0.51 (Gordon et al. 2014, "2012 Anthropometric Survey of U.S. Army Personnel")."""
REACH_M = 0.6
"""Nobody uses a thing from farther away."""
STRIP_M = 0.1
"""How deep the strip of cells is in which one stands before a thing."""
_FRONT_ONLY = frozenset(
    {"sofa", "armchair", "refrigerator", "fridge", "stove", "oven", "dishwasher", "washerdryer", "washer", "dryer", "sink", "toilet"}
)
_ALL_AROUND = frozenset({"bed", "table", "desk", "bathtub", "cabinet", "storage", "wardrobe", "bookshelf", "dresser", "chest"})
_AWAY_FROM_WALL_M = 1.5
"""How far to both sides of a door its own wall does not narrow the way to it."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Point:
    """A point of use.

    Parameters
    ----------
    name : str
        Unique: ``door 1``, ``sofa``.
    kind : str
        ``door``, ``passage``, ``window``, or what the thing is.
    cells : ndarray (rows, columns) bool
        Where one stands to use it: of the room without products, so that ways before and after go to the same place.
    own : ndarray (rows + 2, columns + 2) bool
        Cells that the thing itself takes (a door: those behind it), which do not narrow the last step to it; with a frame of one
        cell around the grid.
    """

    name: str
    kind: str
    cells: Array
    own: Array

    def __post_init__(self) -> None:
        set_fields(self, cells=readonly(self.cells, bool), own=readonly(self.own, bool))

    @property
    def is_door(self) -> bool:
        """Whether one comes into the room here."""
        return self.kind in ("door", "passage")


def points_of_use(site: Site, bodies: Bodies = (), *, known: tuple[Point, ...] | None = None) -> tuple[Point, ...]:
    """Return the points of use of a room and of products that stand in it: doors first, then windows.

    Furniture of the room counts where its kind says that one goes to it; products where they have a zone in which people stand. `known` are
    those of the room, where they are there already.
    """
    free = free_mask(site)
    if known is None:
        doors = sorted(site.doors, key=lambda door: door.kind == "window")
        own = [_of_door(site, door, free) for door in doors]
        own += [_of_object(site, thing, free) for thing in site.room.objects if thing.category in _FRONT_ONLY | _ALL_AROUND]
        known = _named(own, ())
    more = []
    for furniture, placement in bodies:
        zones = [zone for zone in furniture.zones if zone.rule and not zone.swept and zone.top_m >= HEAD_M]
        if placement.support == "floor" and zones:
            more.append(_of_product(site, furniture, placement, zones, free))
    return known + _named(more, known)


def _named(points: list[Point], others: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return points of use, of those of one name all but the first with a number."""
    out: list[Point] = []
    for point in points:
        again = sum(other.name.split(" (")[0] == point.name for other in (*others, *out))
        out.append(replace(point, name=f"{point.name} ({again + 1})") if again else point)
    return tuple(out)


def _of_door(site: Site, door: Door, free: Array) -> Point:
    x, z = _middles(site)
    framed = np.pad(free, 1)
    (ax, az), (bx, bz) = door.ends_m
    width = max(float(np.hypot(bx - ax, bz - az)), 1e-6)
    along = ((x - ax) * (bx - ax) + (z - az) * (bz - az)) / width
    depth = (x - ax) * door.normal[0] + (z - az) * door.normal[1]
    # One goes through the middle of a door, not along its jamb.
    aside = min(BODY_M / 2, width / 2 - site.grid.cell_m)
    before = (along > aside) & (along < width - aside) & (depth > -site.grid.cell_m) & (depth < REACH_M) & framed
    nearest = float(depth[before].min()) if before.any() else 0.0
    behind = (depth < max(nearest, 0.0)) & (along > -_AWAY_FROM_WALL_M) & (along < width + _AWAY_FROM_WALL_M)
    cells = (before & (depth <= nearest + STRIP_M))[1:-1, 1:-1]
    return Point(name=door.name, kind=door.kind, cells=cells, own=behind & ~framed)


def _of_object(site: Site, thing: RoomObject, free: Array) -> Point:
    half = np.array([thing.size_m[0], thing.size_m[2]]) / 2
    pose = np.linalg.inv(site.world_from_site) @ thing.world_from_box
    turn, at = pose[np.ix_((0, 2), (0, 2))], pose[[0, 2], 3]

    def area(low: tuple[float, float], high: tuple[float, float]) -> Array:
        corners = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]])
        return cells_touched(corners @ turn.T + at, raster_of(site))

    grow = half + 3 * site.grid.cell_m
    own = area((-grow[0], -grow[1]), (grow[0], grow[1])) & obstacles(site)
    around = area((-half[0] - REACH_M, -half[1] - REACH_M), (half[0] + REACH_M, half[1] + REACH_M)) & free
    front = area((-half[0], half[1]), (half[0], half[1] + REACH_M)) & free
    cells = _strip(front if thing.category in _FRONT_ONLY and front.any() else around, own, site)
    return Point(name=thing.category, kind=thing.category, cells=cells, own=np.pad(own, 1))


def _of_product(site: Site, furniture: Furniture, placement: Placement, zones: list[Zone], free: Array) -> Point:
    own = cover(site, furniture, placement)
    at, yaw, _ = on_site(site, placement)
    area = np.zeros_like(own)
    for zone in zones:
        area |= cells_touched(on_plan(zone.outline_m, at_m=at, yaw_rad=yaw), raster_of(site))
    cells = _strip(area & free & ~own, own, site)
    return Point(name=furniture.name, kind=furniture.kind, cells=cells, own=np.pad(own, 1))


def _strip(area: Array, own: Array, site: Site) -> Array:
    """Return the cells of an area that are nearest to a thing."""
    import cv2

    if not (area.any() and own.any()):
        return area
    away = cv2.distanceTransform((~own).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * site.grid.cell_m
    out: Array = area & (away <= away[area].min() + STRIP_M)
    return out


def _middles(site: Site) -> tuple[Array, Array]:
    """Return x and z of the middles of the cells with the frame around them."""
    rows, columns = np.array(site.inside.shape) + 2
    x = site.grid.origin_m[0] + (np.arange(columns) - 0.5) * site.grid.cell_m
    z = site.grid.origin_m[1] + (np.arange(rows) - 0.5) * site.grid.cell_m
    return np.broadcast_to(x, (rows, columns)), np.broadcast_to(z[:, None], (rows, columns))
