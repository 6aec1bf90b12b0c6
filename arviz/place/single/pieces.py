"""What a product can meet in a site, as convex polygons with names: what was measured, exactly, and products that stand there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.placement import Placement
from arviz.core.room import HeightGrid
from arviz.place.floor.blocks import Block
from arviz.place.floor.shell import Slope
from arviz.place.floor.site import Site
from arviz.place.plan.convex import convex_pieces
from arviz.place.plan.kernels import rectangles
from arviz.place.plan.plan_frame import to_plan
from arviz.place.plan.pose import on_plan
from arviz.place.plan.raster import Raster, cells_touched
from arviz.place.plan.zone import FLAT_M, Zone
from arviz.place.product.furniture import Furniture

OUTSIDE = "the edge of the known floor"
UNSEEN = "floor that was not seen"
THING = "obstacle"


class Part(NamedTuple):
    """A convex piece of a product's body, or of a zone of it: (N, 2) asset (x, z), heights above the site's floor."""

    outline_m: Array
    bottom_m: float
    top_m: float
    zone: Zone | None = None


class Piece(NamedTuple):
    """A convex piece of something that stands in the site or is kept free there: (N, 2) site (x, z), any two points a line."""

    name: str
    outline_m: Array
    sigma_m: float


def parts_of(furniture: Furniture, *, height_m: float = 0.0) -> Iterable[Part]:
    """Yield the convex pieces of a product that stands at that height: its body, then its zones."""
    for slab in furniture.slabs:
        yield Part(slab.outline_m, slab.bottom_m + height_m, slab.top_m + height_m)
    for zone in furniture.zones:
        for piece in convex_pieces(zone.outline_m):
            yield Part(piece, zone.bottom_m + height_m, zone.top_m + height_m, zone)


def is_flat(furniture: Furniture) -> bool:
    """Tell whether other things may stand upon a product: it lies on the floor and is thin."""
    return max((slab.top_m for slab in furniture.slabs), default=0.0) <= FLAT_M


def measured(site: Site, solids: Sequence[Block | Slope], *, bottom_m: float, top_m: float) -> list[Piece]:
    """Return what fills any height between two: the room's own cells as they were measured, and its solids (`solids_of`)."""
    outlines = [solid.between(bottom_m, top_m) for solid in solids]
    pieces = [Piece(solid.name, outline, solid.sigma_m) for solid, outline in zip(solids, outlines, strict=True) if len(outline)]
    grid = site.room.obstacles
    if grid is not None:
        return pieces + _cells(grid, _filled(grid, bottom_m, top_m), site, world=True)
    filled = _filled(site.grid, bottom_m, top_m)
    (x, z), (rows, columns) = site.grid.origin_m, filled.shape
    raster = Raster(x, z, site.grid.cell_m, rows, columns)
    for piece in pieces:  # exact, above; their cells are not
        filled &= ~cells_touched(piece.outline_m, raster)
    return pieces + _cells(site.grid, filled, site, world=False)


def unseen(site: Site) -> list[Piece]:
    """Return the parts of the floor of which nothing is known."""
    return _cells(site.grid, unseen_cells(site), site, world=False, name=UNSEEN)


def unseen_cells(site: Site) -> Array:
    """Return (rows, columns) bool: cells of the floor of which nothing is known.

    Cells along the floor's edge are only seen in part; they count where others farther in were not seen either.
    """
    import cv2

    hidden = ~site.grid.seen
    # A cell that the edge crosses lies beside one that is wholly inside.
    near = cv2.dilate(site.inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    far = cv2.erode(site.inside.astype(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
    known = cv2.dilate((hidden & far).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return np.asarray(hidden & near & known)


def kept_free(site: Site, furniture: Furniture, part: Part) -> Iterable[Piece]:
    """Yield the site's hard zones that a part of a product must not meet; what lies flat is only in the way of what sweeps the floor."""
    flat = is_flat(furniture)
    for zone in site.keep:
        meets = zone.bottom_m < part.top_m and zone.top_m > part.bottom_m
        if zone.hard and meets and (zone.swept or not flat) and furniture.kind not in zone.lets:
            yield from (Piece(zone.name, piece, zone.sigma_m) for piece in convex_pieces(zone.outline_m))


def standing_there(site: Site, fixed: Sequence[tuple[Furniture, Placement]], furniture: Furniture, part: Part) -> Iterable[Piece]:
    """Yield what a part of a product must not meet of others: their bodies, and for its own body their hard zones.

    Flat things meet flat things only. A zone lets some kinds in: a coffee table stands before a sofa.
    """
    flat = is_flat(furniture)
    for other, placement in fixed:
        at, yaw, height = on_site(site, placement)
        for piece in parts_of(other, height_m=height + other.lowest_m):
            if not (piece.bottom_m < part.top_m and piece.top_m > part.bottom_m):
                continue
            outline = on_plan(piece.outline_m, at_m=at, yaw_rad=yaw)
            if piece.zone is None and is_flat(other) == flat and not (part.zone and other.kind in part.zone.lets):
                yield Piece(other.name, outline, other.sigma_m)
            zone = piece.zone
            if zone is not None and zone.hard and part.zone is None and not flat and furniture.kind not in zone.lets:
                yield Piece(f"{other.name}, {zone.name}", outline, other.sigma_m)


def on_site(site: Site, placement: Placement) -> tuple[Array, float, float]:
    """Return site (x, z) of a placed product's origin, its yaw and its height there."""
    pose = np.linalg.inv(site.world_from_site) @ placement.world_from_asset
    return pose[[0, 2], 3], float(np.arctan2(pose[0, 2], pose[2, 2])), float(pose[1, 3])


def _filled(grid: HeightGrid, bottom_m: float, top_m: float) -> Array:
    out: Array = grid.occupied & (grid.bottom_m < top_m) & (grid.top_m > bottom_m)
    return out


def _cells(grid: HeightGrid, mask: Array, site: Site, *, world: bool, name: str = THING) -> list[Piece]:
    boxes = rectangles(mask)
    corners = boxes[:, [1, 0, 3, 0, 3, 2, 1, 2]].reshape(-1, 4, 2) * grid.cell_m + np.asarray(grid.origin_m)
    if world:
        corners = to_plan(corners, world_from_site=site.world_from_site)
    # An obstacle's edge lies anywhere in its outermost cell.
    sigma = float(np.hypot(grid.sigma_m, grid.cell_m / np.sqrt(12)))
    return [Piece(name, corner, sigma) for corner in corners]
