"""The floor plan of a furnished room: seen from above, with what is measured and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import atan2, pi

import numpy as np

from arviz.core.frozen import Array
from arviz.core.length import Length
from arviz.core.placement import Arrangement, Clearance, Placement, Walk
from arviz.flows.hatch import hatch, union, within
from arviz.flows.plan_legend import Key, drawn_keys, legend, type_unit
from arviz.flows.plan_walls import DOOR, UNSURE, WALL, WINDOW, room_size, shell
from arviz.flows.sheet import Sheet, arc
from arviz.place.floor.site import Site
from arviz.place.plan.plan_frame import to_plan
from arviz.place.plan.pose import on_plan
from arviz.place.product.furniture import Furniture

FLOOR, EDGE, UNSEEN, OBSTACLE, BOX = "#f7f4ee", "#999999", "#b5b5b5", "#c8c2b8", "#8a7f6d"
BAR, MUST, BETTER = "#222222", "#d98c95", "#a9c3d3"
PRODUCT, ZONE, SWEPT, WALK, PINCH, BLOCKED = "#2f6db5", "#7f9cc0", "#5f83b4", "#2b8a3e", "#37964b", "#c92a2a"
_HATCHES = {UNSEEN: (0.07, -45.0), MUST: (0.09, 45.0), BETTER: (0.12, 45.0)}
"""Colour -> metres between the lines and their angle."""
_KEYS = [
    Key("wall, its number, metres along it (--door)", stroke=WALL, width=6, line=True),
    Key("what may be a wall, numbered alike", stroke=UNSURE, width=6, line=True),
    Key("door, open to either side", stroke=DOOR, width=1.2, dash=4, line=True),
    Key("window", stroke=WINDOW, width=1.8, line=True),
    Key("edge of the known floor", stroke=EDGE, width=1.2, dash=6, line=True),
    Key("floor that nobody has seen: not used", stroke=UNSEEN, width=1.0, slope_deg=_HATCHES[UNSEEN][1]),
    Key("what stands or hangs in the room", fill=OBSTACLE),
    Key("furniture and table tops that are known", stroke=BOX, width=1.5),
    Key("must stay free: doors, appliances", stroke=MUST, width=1.0, slope_deg=_HATCHES[MUST][1]),
    Key("better left free: windows, radiators", stroke=BETTER, width=1.0, slope_deg=_HATCHES[BETTER][1]),
    Key("product; the arrow shows its front", fill=f"{PRODUCT}40"),
    Key("product that does not fit", fill=f"{BLOCKED}40"),
    Key("what its user needs free", stroke=ZONE, width=1.2, dash=5),
    Key("what its doors and drawers sweep", stroke=SWEPT, width=1.2),
    Key("way on foot", stroke=WALK, width=2.0, dash=5, line=True),
    Key("the narrowest place of a way", stroke=PINCH, width=1.2, round=True),
]
_NAMED_M = 0.25
"""Smaller furniture of the room has no name in the plan."""
_NARROW_M, _MOST_PINCHES = 1.5, 3
_SAME_M = 0.2
"""Two gaps of one width whose middles are this near are one, seen from both its sides."""
_NAMES_M = 0.3
_LEAST_WIDE = 340.0
"""A sheet is at least so wide, in units of type: one column of the legend."""
_BELOW_M = 0.9
"""The scale bar stands this far below the room."""


def plan(site: Site, furniture: Sequence[Furniture], arrangement: Arrangement) -> Sheet:
    """Draw a room from above with products in it, numbers on its walls, and what lines and colours mean.

    Parameters
    ----------
    furniture : sequence of Furniture
        As many as `arrangement.placements`, in their order.
    """
    sheet = Sheet()
    _floor(sheet, site)
    shell(sheet, site)
    _furniture(sheet, site)
    for walk in arrangement.after:
        path = to_plan(walk.path_m, world_from_site=site.world_from_site)
        sheet.path(path, stroke=WALK, width=2.0, dash=5)
    named: list[Array] = []
    for piece, placement in zip(furniture, arrangement.placements, strict=True):
        named.append(_product(sheet, site, piece, placement, named))
    _gaps(sheet, site, arrangement)
    for width, at in _pinches(arrangement.after):
        _pinch(sheet, to_plan(np.array([at]), world_from_site=site.world_from_site)[0], width)
    room_size(sheet, site)
    _foot(sheet, site)
    sheet.spread()
    return sheet


def _floor(sheet: Sheet, site: Site) -> None:
    """Draw the floor, what is not known of it, what must stay free, and what stands on it."""
    sheet.path(site.outline_m, closed=True, fill=FLOOR)
    areas = {
        UNSEEN: list(_rectangles(site.inside & ~site.grid.seen, site)),
        BETTER: [zone.outline_m for zone in site.keep if not zone.hard],
        MUST: [zone.outline_m for zone in site.keep if zone.hard],
    }
    for colour, found in areas.items():
        step, angle_deg = _HATCHES[colour]
        for line in hatch(found, step=step, angle_deg=angle_deg):
            sheet.path(line, stroke=colour, width=1.0)
    for box in union(_rectangles(site.grid.occupied, site)):
        sheet.path(box, closed=True, fill=OBSTACLE)
    sheet.path(site.outline_m, closed=True, stroke=EDGE, width=1.2, dash=6)


def _furniture(sheet: Sheet, site: Site) -> None:
    for table in site.tables:
        sheet.path(table.outline_m, closed=True, stroke=BOX, width=1.5)
    for thing in site.room.objects:
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2 * np.array([thing.size_m[0], thing.size_m[2]])
        ends = corners @ thing.world_from_box[np.ix_([0, 2], [0, 2])].T + thing.world_from_box[[0, 2], 3]
        outline = to_plan(ends, world_from_site=site.world_from_site)
        sheet.path(outline, closed=True, stroke=BOX, width=1.5)
        if min(thing.size_m[0], thing.size_m[2]) > _NAMED_M:
            sheet.text(outline.mean(axis=0), thing.category, size=12, colour="#6b6254", back=FLOOR)


def _gaps(sheet: Sheet, site: Site, arrangement: Arrangement) -> None:
    told: list[Clearance] = []
    alone = len(arrangement.placements) == 1
    for placement in arrangement.placements:
        drawn = _drawn(placement.clearances, alone=alone)
        if not alone:
            drawn = [clearance for clearance in drawn if not _covered(clearance, arrangement)]
        new = [clearance for clearance in drawn if not _again(clearance, told)]
        told += new
        for clearance in new:
            start, end = to_plan(np.asarray(clearance.ends_m), world_from_site=site.world_from_site)
            sheet.dimension(start, end, str(clearance.length), colour="#444444", size=12, beside=0.09)


def _product(sheet: Sheet, site: Site, piece: Furniture, placement: Placement, named: Sequence[Array]) -> Array:
    """Draw a product with what it needs; its name keeps clear of those in `named` (2,). Return where its name stands."""
    at, yaw = _pose(site, placement)
    for zone in piece.zones:
        for part in within(on_plan(zone.outline_m, at_m=at, yaw_rad=yaw), site.outline_m):
            sheet.path(part, closed=True, stroke=SWEPT if zone.swept else ZONE, width=1.2, dash=0 if zone.swept else 5)
    colour = PRODUCT if placement.outcome != "fail" else BLOCKED
    for area in union(slab.outline_m for slab in piece.slabs):
        sheet.path(on_plan(area, at_m=at, yaw_rad=yaw), closed=True, fill=f"{colour}40")
    outline = to_plan(placement.outline_m, world_from_site=site.world_from_site)
    sheet.path(outline, closed=True, stroke=colour, width=2.2)
    low, high = piece.outline_m.min(axis=0), piece.outline_m.max(axis=0)
    tip = np.array([(low[0] + high[0]) / 2, high[1] + 0.06])
    front = on_plan(tip + np.array([[-0.08, -0.02], [0, 0.06], [0.08, -0.02]]), at_m=at, yaw_rad=yaw)
    sheet.path(front, stroke=colour, width=2.2)
    middle: Array = outline.mean(axis=0)
    if any(np.hypot(*(middle - other)) < _NAMES_M for other in named):  # what lies under another thing has its name at its front
        middle = on_plan(np.array([tip[0], high[1] - 0.2]), at_m=at, yaw_rad=yaw)
    sheet.text(middle, placement.product, size=15, colour=colour, back="#ffffff")
    size = f"{piece.size_m[0] * 1000:.0f} x {piece.size_m[2] * 1000:.0f} mm"
    sheet.text(middle + np.array([0, 0.14]), size, size=12, colour=colour, back="#ffffff")
    return middle


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


def _covered(clearance: Clearance, arrangement: Arrangement) -> bool:
    """Tell whether a gap is drawn upon a product: of a chair that is half below a table, to its legs."""
    from shapely import Point, Polygon

    middle = Point(np.asarray(clearance.ends_m).mean(axis=0))
    return any(Polygon(placement.outline_m).contains(middle) for placement in arrangement.placements)


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
    sheet.path(arc(at, max(width.value_m, 0.02) / 2, 0, 2 * pi), closed=True, stroke=PINCH, width=1.2)
    sheet.text(at, f"{width}", size=12, colour=WALK, back="#ffffff")


def _foot(sheet: Sheet, site: Site) -> None:
    """Add the scale bar, how sure lengths are, and the legend, below the room."""
    left, right = (float(corner[0]) for corner in sheet.bounds())
    start = np.array([left, float(site.outline_m[:, 1].max()) + _BELOW_M])
    keys = drawn_keys(sheet, _KEYS)
    unit = type_unit(right - left, float(np.ptp([corner[1] for corner in sheet.bounds()])) + _BELOW_M, keys)
    sheet.path(start + np.array([[0, 0], [1, 0]]), stroke=BAR, width=4)
    sheet.text(start + np.array([0.5, -12 * unit]), "1 m", size=13)
    words = [] if site.room.scale is None else [f"all lengths +- {site.room.scale.sigma:.1%} ({site.room.scale.source})"]
    words += [] if site.obstacles_known else ["what stands in the room is not known"]
    for line, told in enumerate(words):
        sheet.text(start + unit * np.array([0, 18 * (line + 1)]), told, size=12, colour="#666666", anchor="start")
    top = float(start[1]) + (18 * len(words) + 24) * unit
    right = max(right, left + _LEAST_WIDE * unit)
    sheet.path([[left, top], [right, top]])  # unseen: keeps the sheet wide enough for words
    legend(sheet, keys, left=left, top=top, right=right, unit=unit)


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
