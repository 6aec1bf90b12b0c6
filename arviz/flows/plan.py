"""The floor plan of a furnished room: seen from above, with what is measured and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import atan2, pi

import numpy as np

from arviz.core.frozen import Array
from arviz.core.length import Length
from arviz.core.placement import Arrangement, Clearance, Placement, Walk
from arviz.flows.sheet import Sheet, arc
from arviz.place.floor.site import Door, Site, Wall
from arviz.place.plan.plan_frame import to_plan
from arviz.place.plan.pose import on_plan
from arviz.place.product.furniture import Furniture

FLOOR, UNSEEN, OBSTACLE = "#f7f4ee", "#e2e2e2", "#c8c2b8"
WALL, DOOR, WINDOW = "#333333", "#b03a48", "#3b8ec2"
PRODUCT, ZONE, WALK, BLOCKED = "#2f6db5", "#7f9cc0", "#2b8a3e", "#c92a2a"
_OPPOSITE = -0.985
"""Cosine between the normals of two walls that face each other: within 10 degrees."""
_LEAST_OVERLAP_M = 0.5
_NAMED_M = 0.25
"""Smaller furniture of the room has no name in the plan."""
_NARROW_M, _MOST_PINCHES = 1.5, 3
_SAME_M = 0.2
"""Two gaps of one width whose middles are this near are one, seen from both its sides."""
_APART_M = 0.45
"""Dimension lines of the room stand this far outside of it."""


def plan(site: Site, furniture: Sequence[Furniture], arrangement: Arrangement) -> Sheet:
    """Draw a room from above with products in it.

    Parameters
    ----------
    furniture : sequence of Furniture
        As many as `arrangement.placements`, in their order.
    """
    sheet = Sheet()
    sheet.path(site.outline_m, closed=True, fill=FLOOR)
    for mask, colour in ((site.inside & ~site.grid.seen, UNSEEN), (site.grid.occupied, OBSTACLE)):
        for box in _rectangles(mask, site):
            sheet.path(box, closed=True, fill=colour)
    sheet.path(site.outline_m, closed=True, stroke="#999999", width=1.2, dash=6)
    for wall in site.walls:
        sheet.path(wall.ends_m, stroke=WALL, width=6)
    for door in site.doors:
        _opening(sheet, door)
    for table in site.tables:
        sheet.path(table.outline_m, closed=True, stroke="#8a7f6d", width=1.2, dash=4)
    for thing in site.room.objects:
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2 * np.array([thing.size_m[0], thing.size_m[2]])
        ends = corners @ thing.world_from_box[np.ix_([0, 2], [0, 2])].T + thing.world_from_box[[0, 2], 3]
        outline = to_plan(ends, world_from_site=site.world_from_site)
        sheet.path(outline, closed=True, stroke="#8a7f6d", width=1.5)
        if min(thing.size_m[0], thing.size_m[2]) > _NAMED_M:
            sheet.text(outline.mean(axis=0), thing.category, size=12, colour="#6b6254", back=FLOOR)
    for walk in arrangement.after:
        path = to_plan(walk.path_m, world_from_site=site.world_from_site)
        sheet.path(path, stroke=WALK, width=2.0, dash=5)
    told: list[Clearance] = []
    for piece, placement in zip(furniture, arrangement.placements, strict=True):
        _product(sheet, site, piece, placement)
    for placement in arrangement.placements:
        new = [clearance for clearance in _drawn(placement.clearances, alone=len(furniture) == 1) if not _again(clearance, told)]
        told += new
        for clearance in new:
            start, end = to_plan(np.asarray(clearance.ends_m), world_from_site=site.world_from_site)
            sheet.dimension(start, end, str(clearance.length), colour="#444444", size=12, beside=0.09)
    for width, at in _pinches(arrangement.after):
        _pinch(sheet, to_plan(np.array([at]), world_from_site=site.world_from_site)[0], width)
    _room_size(sheet, site)
    _scale_bar(sheet, site)
    sheet.spread()
    return sheet


def _product(sheet: Sheet, site: Site, piece: Furniture, placement: Placement) -> None:
    at, yaw = _pose(site, placement)
    for zone in piece.zones:
        sheet.path(on_plan(zone.outline_m, at_m=at, yaw_rad=yaw), closed=True, stroke=ZONE, width=1.2, dash=5)
    colour = PRODUCT if placement.outcome != "fail" else BLOCKED
    for area in _covered(piece):
        sheet.path(on_plan(area, at_m=at, yaw_rad=yaw), closed=True, fill=f"{colour}40")
    outline = to_plan(placement.outline_m, world_from_site=site.world_from_site)
    sheet.path(outline, closed=True, stroke=colour, width=2.2)
    low, high = piece.outline_m.min(axis=0), piece.outline_m.max(axis=0)
    tip = np.array([(low[0] + high[0]) / 2, high[1] + 0.06])
    front = on_plan(tip + np.array([[-0.08, -0.02], [0, 0.06], [0.08, -0.02]]), at_m=at, yaw_rad=yaw)
    sheet.path(front, stroke=colour, width=2.2)
    middle = outline.mean(axis=0)
    sheet.text(middle, placement.product, size=15, colour=colour, back="#ffffff")
    sheet.text(
        middle + np.array([0, 0.14]),
        f"{piece.size_m[0] * 1000:.0f} x {piece.size_m[2] * 1000:.0f} mm",
        size=12,
        colour=colour,
        back="#ffffff",
    )


def _covered(piece: Furniture) -> list[Array]:
    """Return the outlines (N, 2) of what a product covers at any height, each point once: one tone, whatever lies over another."""
    from shapely import Polygon, union_all

    whole = union_all([Polygon(slab.outline_m).buffer(0) for slab in piece.slabs])
    areas = [area for area in getattr(whole, "geoms", [whole]) if area.geom_type == "Polygon" and not area.is_empty]
    return [np.asarray(area.exterior.coords)[:-1] for area in areas]


def _drawn(clearances: Sequence[Clearance], *, alone: bool) -> list[Clearance]:
    """Return the clearances that are drawn: all of one product, the two least of each of several, or nobody could read them."""
    flat = sorted((c for c in clearances if c.ends_m is not None), key=lambda clearance: clearance.length.value_m)
    return flat if alone else [clearance for clearance in flat[:2] if clearance.length.value_m < _NARROW_M]


def _again(clearance: Clearance, told: Sequence[Clearance]) -> bool:
    """Tell whether a gap is drawn already, from its other side."""
    here = np.asarray(clearance.ends_m)
    return any(
        np.abs(np.asarray(other.ends_m).mean(axis=0) - here.mean(axis=0)).max() < _SAME_M
        and abs(other.length.value_m - clearance.length.value_m) < 1e-3
        for other in told
    )


def _opening(sheet: Sheet, door: Door) -> None:
    sheet.path(door.ends_m, stroke="#ffffff", width=7)
    if door.kind == "window":
        into = np.asarray(door.normal) * 0.03
        for shift in (into, -into):
            sheet.path(door.ends_m + shift, stroke=WINDOW, width=1.8)
    if door.kind != "door":
        return
    width = float(np.hypot(*(door.ends_m[1] - door.ends_m[0])))
    for hinge, edge in (door.ends_m, door.ends_m[::-1]):  # on which side it hangs is not seen
        shut = atan2(*(edge - hinge)[::-1])
        turn = (atan2(door.normal[1], door.normal[0]) - shut + pi) % (2 * pi) - pi
        sheet.path(arc(hinge, width, shut, shut + turn), stroke=DOOR, width=1.2, dash=4)
        sheet.path([hinge, hinge + width * np.asarray(door.normal)], stroke=DOOR, width=1.2)


def _pinches(walks: Sequence[Walk]) -> list[tuple[Length, tuple[float, ...]]]:
    """Return the narrowest places of all ways, each once, narrow ones only."""
    found = {(walk.pinch, walk.pinch_m) for walk in walks if walk.pinch is not None and walk.pinch_m is not None}
    narrow = sorted((width, at) for width, at in found if width is not None and at is not None and width.value_m < _NARROW_M)
    out: list[tuple[Length, tuple[float, ...]]] = []
    for width, at in narrow:
        if all(np.hypot(*np.subtract(at, other)) > width.value_m for _, other in out):
            out.append((width, at))
    return out[:_MOST_PINCHES]


def _pinch(sheet: Sheet, at: Array, width: Length) -> None:
    sheet.path(arc(at, max(width.value_m, 0.02) / 2, 0, 2 * pi), closed=True, stroke=WALK, width=1.2)
    sheet.text(at, f"{width}", size=12, colour=WALK, back="#ffffff")


def _room_size(sheet: Sheet, site: Site) -> None:
    """Add the distances between walls that face each other: the farthest pair along x and along z."""
    low, high = site.outline_m.min(axis=0), site.outline_m.max(axis=0)
    found: dict[int, tuple[float, Wall, Wall]] = {}
    for i, one in enumerate(site.walls):
        for other in site.walls[i + 1 :]:
            if np.dot(one.normal, other.normal) > _OPPOSITE or _overlap(one, other) < _LEAST_OVERLAP_M:
                continue
            apart = float(abs(np.dot(other.ends_m.mean(axis=0) - one.ends_m.mean(axis=0), one.normal)))
            axis = int(abs(one.normal[1]) > abs(one.normal[0]))
            if apart > found.get(axis, (0.0, one, other))[0]:
                found[axis] = (apart, one, other)
    for axis, (apart, one, other) in found.items():
        sigma = float(np.hypot(np.hypot(one.sigma_m, other.sigma_m), site.sigma_scale * apart))
        places = sorted(float(np.dot(wall.ends_m.mean(axis=0), np.eye(2)[axis])) for wall in (one, other))
        ends = np.empty((2, 2))
        ends[:, axis] = places
        ends[:, 1 - axis] = (high if axis == 0 else low)[1 - axis] + (_APART_M if axis == 0 else -_APART_M)
        sheet.dimension(ends[axis], ends[1 - axis], str(Length(apart, sigma)), size=16)


def _overlap(one: Wall, other: Wall) -> float:
    """Return the length over which two walls stand opposite each other."""
    along = np.array([-one.normal[1], one.normal[0]])
    spans = [np.sort(wall.ends_m @ along) for wall in (one, other)]
    return float(min(spans[0][1], spans[1][1]) - max(spans[0][0], spans[1][0]))


def _scale_bar(sheet: Sheet, site: Site) -> None:
    low, high = site.outline_m.min(axis=0), site.outline_m.max(axis=0)
    start = np.array([low[0], high[1] + 2 * _APART_M])
    sheet.path(start + np.array([[0, 0], [1, 0]]), stroke=WALL, width=4)
    sheet.text(start + np.array([0.5, -0.1]), "1 m", size=14)
    known = "" if site.room.scale is None else f"all lengths +- {site.room.scale.sigma:.1%} ({site.room.scale.source})"
    words = known if site.room.obstacles is not None else f"{known}; what stands in the room is not known"
    sheet.text(start + np.array([0.5, 0.14]), words, size=12, colour="#666666")


def _rectangles(mask: Array, site: Site) -> Iterator[Array]:
    """Yield (4, 2) rectangles that together cover the cells of a mask: equal runs of rows that follow each other are one."""
    cell, origin = site.grid.cell_m, np.asarray(site.grid.origin_m)
    padded = np.pad(mask.astype(np.int8), ((0, 1), (1, 1)))
    open_runs: dict[tuple[int, int], int] = {}
    for row in range(len(padded)):
        edges = np.flatnonzero(np.diff(padded[row]))
        runs = set(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
        for run in [run for run in open_runs if run not in runs]:
            low, high = origin + cell * np.array([run[0], open_runs.pop(run)]), origin + cell * np.array([run[1], row])
            yield np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
        for run in runs:
            open_runs.setdefault(run, row)


def _pose(site: Site, placement: Placement) -> tuple[Array, float]:
    site_from_asset = np.linalg.inv(site.world_from_site) @ placement.world_from_asset
    return site_from_asset[[0, 2], 3], float(atan2(site_from_asset[0, 2], site_from_asset[0, 0]))
