"""What doors, windows, radiators and appliances that are in the room already need free around them, as zones of the floor plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from arviz.core.frozen import Array
from arviz.place.floor.blocks import Block
from arviz.place.floor.floor_outline import corners
from arviz.place.floor.site import Door, Table
from arviz.place.kinds import kind_of, read_kinds
from arviz.place.plan.zone import FLAT_M, Zone
from arviz.place.rules import Rules

RADIATORS = frozenset({"radiator", "heater", "convector"})
APPLIANCES = {
    "refrigerator": "width",
    "fridge": "width",
    "freezer": "width",
    "washer": "width",
    "dryer": "width",
    "washerdryer": "width",
    "washingmachine": "width",
    "oven": "height",
    "stove": "height",
    "dishwasher": "height",
}
"""Category -> how far its door reaches: as far as it is wide where it has a hinge at its side, as far as it is high where it
folds down."""
_DROP_M = 0.6
"""Doors that fold down are not higher than this: an oven in a tall cabinet has the door of an oven."""
_WIDEST_LEAF_M = 1.25
"""A wider door has two leaves."""
_STEP_RAD = np.radians(10.0)
_AIR_M = 0.01
"""The air below a door."""
_PERSON_M = 2.0
_LEAST_M2 = 1e-4


def keep_zones(
    outline_m: Array, doors: Sequence[Door], blocks: Sequence[Block], *, rules: Rules, tables: Sequence[Table] = ()
) -> tuple[Zone, ...]:
    """Return what must stay free, cut to the floor's `outline_m` (N, 2).

    Of the `tables` those that are no block are told from their height alone.

    Which side a measured door's hinges are on, and whether it opens inwards, nobody knows: both quarter discs stay free.
    """
    zones = [zone for door in doors for zone in _of_opening(door, rules)]
    zones += [zone for block in blocks for zone in _of_block(block, outline_m, rules)]
    zones += _legroom(tables, blocks, rules)
    return tuple(part for zone in zones for part in _within(zone, outline_m))


def _of_opening(door: Door, rules: Rules) -> list[Zone]:
    if door.kind == "window":
        rule = rules["window-access"]
        depth, bottom, top, name = rule.needed_m, max(door.bottom_m, FLAT_M), max(door.top_m, door.bottom_m, FLAT_M), "access"
    else:
        rule = rules["door-access"]
        depth, bottom, top, name = rule.needed_m, FLAT_M, max(door.top_m, _PERSON_M), "way"
    outline = _before(door.ends_m, door.normal, depth)
    zones = [
        Zone(
            name=f"{door.name}, {name}",
            outline_m=outline,
            bottom_m=bottom,
            top_m=top,
            rule=rule.id,
            hard=rule.hard,
            sigma_m=door.sigma_m,
        )
    ]
    if door.kind == "door":
        swing = rules["door-swing"]
        left, right = door.ends_m
        leaf = (right - left) * (0.5 if np.linalg.norm(right - left) > _WIDEST_LEAF_M else 1.0)
        zones += [
            Zone(
                name=f"{door.name}, swing (hinge {side})",
                outline_m=_quarter(hinge, edge, door.normal, air_m=swing.needed_m),
                bottom_m=_AIR_M,
                top_m=max(door.top_m, _AIR_M),
                rule=swing.id,
                swept=True,
                hard=swing.hard,
                sigma_m=door.sigma_m,
            )
            for side, hinge, edge in (("left", left, left + leaf), ("right", right, right - leaf))
        ]
    return zones


def _of_block(block: Block, outline_m: Array, rules: Rules) -> list[Zone]:
    if block.category in RADIATORS:
        rule = rules["radiator-clearance"]
        around = _grown(block.outline_m, rule.needed_m)
        return [
            Zone(
                name=f"{block.name}, air",
                outline_m=around,
                bottom_m=FLAT_M,
                top_m=max(block.top_m, FLAT_M),
                rule=rule.id,
                hard=rule.hard,
                sigma_m=block.sigma_m,
            )
        ]
    if block.category not in APPLIANCES:
        return []
    rule = rules["appliance-door"]
    front, edge = _front(block, outline_m, depth_m=rule.needed_m)
    wide, high = float(np.linalg.norm(edge[1] - edge[0])), block.top_m - block.bottom_m
    door = wide if APPLIANCES[block.category] == "width" else min(high, _DROP_M)
    top = max(block.top_m, FLAT_M)
    return [
        Zone(
            name=f"{block.name}, door",
            outline_m=_before(edge, front, door),
            bottom_m=min(max(block.bottom_m, _AIR_M), top),
            top_m=top,
            rule="door-swing",
            swept=True,
            hard=rules["door-swing"].hard,
            sigma_m=block.sigma_m,
        ),
        Zone(
            name=f"{block.name}, front",
            outline_m=_before(edge, front, rule.needed_m),
            bottom_m=FLAT_M,
            top_m=_PERSON_M,
            rule=rule.id,
            hard=rule.hard,
            sigma_m=block.sigma_m,
        ),
    ]


def _legroom(tables: Sequence[Table], blocks: Sequence[Block], rules: Rules) -> Iterator[Zone]:
    """Yield what is below the tops of tables and the seats of chairs: chairs stand there and legs are there, nothing else."""
    from shapely import Polygon

    known = [(block.name, block.category, block.outline_m, block.bottom_m, block.top_m, block.sigma_m) for block in blocks]
    for table in tables:
        middle = Polygon(table.outline_m).centroid
        if not any(Polygon(block.outline_m).covers(middle) for block in blocks):
            known.append((table.name, "table", table.outline_m, table.height_m, table.height_m, table.sigma_m))
    kinds = read_kinds()
    for name, category, outline, under, height, sigma in known:
        x, z = np.ptp(outline, axis=0).tolist()
        for zone in kinds[kind_of(category, size_m=(x, height, z))].zones:
            if zone.side == "below" and under > FLAT_M:
                rule = rules[zone.rule]
                yield Zone(
                    name=f"{name}, {zone.name}",
                    outline_m=outline,
                    bottom_m=FLAT_M,
                    top_m=under,
                    rule=rule.id,
                    hard=rule.hard,
                    sigma_m=sigma,
                    lets=zone.lets,
                )


def _front(block: Block, outline_m: Array, *, depth_m: float) -> tuple[tuple[float, float], Array]:
    """Return the direction (2,) and the lower edge (2, 2) of a block's front: the one of its two faces that has the floor before it.

    Captures know the way that a box lies better than which of its long sides one stands before.
    """
    from shapely import Polygon

    floor, faces = Polygon(outline_m), []
    for sign in (1.0, -1.0):
        front = sign * np.asarray(block.front)
        along = np.array([front[1], -front[0]])
        run = block.outline_m @ along
        edge = float((block.outline_m @ front).max()) * front + np.outer([run.min(), run.max()], along)
        direction = (float(front[0]), float(front[1]))
        faces.append((Polygon(_before(edge, direction, depth_m)).intersection(floor).area, direction, edge))
    (stated, *face), (other, *back) = faces
    return tuple(face if stated >= other / 2 else back)  # type: ignore[return-value]


def _before(ends_m: Array, normal: tuple[float, float], depth_m: float) -> Array:
    """Return the rectangle (4, 2) before a line."""
    away = depth_m * np.asarray(normal)
    return np.stack([ends_m[0], ends_m[1], ends_m[1] + away, ends_m[0] + away])


def _quarter(hinge: Array, edge: Array, normal: tuple[float, float], *, air_m: float) -> Array:
    """Return what a leaf from `hinge` to `edge` sweeps when it opens by 90 degrees, with the arc outside of the true one."""
    leaf = edge - hinge
    width = float(np.linalg.norm(leaf)) + air_m
    step = np.pi / 2 / np.ceil(np.pi / 2 / _STEP_RAD)
    angle = np.append(0.0, np.append(np.arange(step / 2, np.pi / 2, step), np.pi / 2))
    # Corners of a polygon around the arc lie on its tangents: farther out by 1 / cos of half a step, but not at its two ends.
    radius = width * np.where((angle == 0) | (angle == angle[-1]), 1.0, 1 / np.cos(step / 2))
    along, across = leaf / np.linalg.norm(leaf), np.asarray(normal)
    arc = hinge + radius[:, None] * (np.cos(angle)[:, None] * along + np.sin(angle)[:, None] * across)
    return np.concatenate([hinge[None], arc])


def _grown(outline_m: Array, by_m: float) -> Array:
    from shapely import Polygon

    return corners(Polygon(outline_m).buffer(by_m, join_style="mitre"))


def _within(zone: Zone, outline_m: Array) -> list[Zone]:
    """Return the parts of a zone that lie on the floor."""
    from shapely import Polygon, get_parts

    parts = get_parts(Polygon(zone.outline_m).intersection(Polygon(outline_m)))
    return [replace(zone, outline_m=corners(part)) for part in parts if part.area > _LEAST_M2]
