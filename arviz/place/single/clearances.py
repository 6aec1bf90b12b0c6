"""How much air is around a product in its place, exactly, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.length import Length
from arviz.core.placement import Clearance, RuleResult
from arviz.place.plan.contact import first_contact
from arviz.place.plan.kernels import paint
from arviz.place.plan.plan_frame import to_world
from arviz.place.plan.pose import on_plan
from arviz.place.plan.zone import Zone
from arviz.place.rules import Rules
from arviz.place.single.exact import Layer, Surroundings, meets
from arviz.place.single.obstacles import solids_of
from arviz.place.single.overlaps import Overlap, reach_into_m
from arviz.place.single.pieces import THING, UNSEEN, Part, measured

SIDES = {"behind": (0.0, -1.0), "front": (0.0, 1.0), "left": (-1.0, 0.0), "right": (1.0, 0.0)}
"""Directions in the asset's (x, z); left and right as one who looks at its front sees them."""
_NEAR_M = 0.5
"""Zones of the site that are farther away are not worth a word."""
_SIZE = "size of the product"
_ACROSS = {"left": "from left to right", "behind": "from back to front"}


class Touch(NamedTuple):
    """How far a product can move until it touches something, what that is, and where on the product, site (x, z) before it."""

    distance_m: float
    to: str
    sigma_m: float
    on_m: Array


def touch(parts: Iterable[tuple[Part, Layer]], *, at_m: Array, yaw_rad: float, direction: Array) -> Touch | None:
    """Return how far parts of a product can move along a unit vector (2,) of the site; None if nothing is in the way."""
    best: Touch | None = None
    for part, layer in parts:
        outline = on_plan(part.outline_m, at_m=at_m, yaw_rad=yaw_rad)
        found = first_contact(outline, layer.corners_m, direction=direction)
        if found is not None and (best is None or found.distance_m < best.distance_m):
            piece = layer.bounds[found.piece]
            best = Touch(found.distance_m, piece.name, piece.sigma_m, found.on_m)
    return best


def clearances(around: Surroundings, *, at_m: Array, yaw_rad: float) -> tuple[Clearance, ...]:
    """Return the air on each side of a product's body, in site (x, z), and above it."""
    out = []
    for side, towards in SIDES.items():
        direction = on_plan(np.asarray(towards), at_m=np.zeros(2), yaw_rad=yaw_rad)
        met = touch(around.body, at_m=at_m, yaw_rad=yaw_rad, direction=direction)
        if met is not None:
            length = _length(around, met.distance_m, met.sigma_m, met.to, own_m=_half(around, side))
            ends = np.stack([met.on_m, met.on_m + direction * met.distance_m])
            world = to_world(ends, world_from_site=around.site.world_from_site)
            out.append(Clearance(side=side, to=met.to, length=length, ends_m=world))
    return (*out, *_above(around, at_m=at_m, yaw_rad=yaw_rad))


def fits(around: Surroundings, air: Sequence[Clearance], into: Sequence[Overlap]) -> tuple[RuleResult, ...]:
    """Return how much room is left across, along and above a product: across the floor it could be moved by as much.

    Where it itself reaches into something, that and how far (below 0) is all there is to say.
    """
    product, name = around.furniture, around.furniture.name
    bodies = [each for each in into if each.part.zone is None]
    if bodies:
        kept = {zone.name for zone in around.site.keep}  # `kept_results` tell of them
        half = float(np.linalg.norm(product.size_m[::2])) / 2
        return tuple(
            RuleResult(
                rule="fits",
                where=f"{name} - {each.what}",
                needed_m=0.0,
                found=_length(around, -each.depth_m, each.sigma_m, each.what, own_m=half),
                source=_SIZE,
            )
            for each in bodies
            if each.what not in kept
        )
    by_side = {clearance.side: clearance for clearance in air}
    out = []
    for one, other, size in (("left", "right", product.size_m[0]), ("behind", "front", product.size_m[2])):
        hangs_there = one == "behind" and product.support == "wall"
        if one in by_side and other in by_side and not hangs_there:
            a, b = by_side[one], by_side[other]
            total = a.length.value_m + b.length.value_m
            # The product's size is wrong once, not by half on either side, and the scale stretches all from side to side.
            edges = sum(_edge_variance(around, each) for each in (a, b))
            sigma = np.sqrt(edges + product.sigma_m**2 + (around.site.sigma_scale * (total + size)) ** 2)
            where = f"between {a.to} and {b.to}" if a.to != b.to else f"{_ACROSS[one]}, {a.to} on both sides"
            found = Length(total, float(sigma), a.length.source)
            out.append(RuleResult(rule="fits", where=f"{name}, to spare {where}", needed_m=0.0, found=found, source=_SIZE))
    if "above" in by_side:
        above = by_side["above"]
        where = f"{name}, to spare below {above.to}"
        out.append(RuleResult(rule="fits", where=where, needed_m=0.0, found=above.length, source=_SIZE))
    return tuple(out)


def zone_results(around: Surroundings, *, at_m: Array, yaw_rad: float, rules: Rules) -> tuple[RuleResult, ...]:
    """Return for each zone of a product how much of the depth that its rule asks for there is; wishes only where they come true."""
    out = []
    for zone in around.furniture.zones:
        parts = [(part, layer) for part, layer in around.parts if part.zone is zone]
        side, needed = _depth(around, zone)
        if not needed:
            continue
        outwards = on_plan(np.asarray(SIDES[side]), at_m=np.zeros(2), yaw_rad=yaw_rad)
        free = not meets(around, at_m=at_m, yaw_rad=yaw_rad, parts=parts)
        if not free:  # what is there before the first thing that is met
            parts = [(part._replace(outline_m=_base(part.outline_m, side)), layer) for part, layer in parts]
        met = touch(parts, at_m=at_m, yaw_rad=yaw_rad, direction=outwards)
        if met is None or (not free and met.distance_m >= needed):  # what is met lies beside it: `overlaps` name it
            continue
        depth = met.distance_m + needed if free else min(met.distance_m, needed)
        rule = rules.get(zone.rule)
        result = RuleResult(
            rule=zone.rule or zone.name,
            where=f"{around.furniture.name}, {zone.name} - {met.to}",
            needed_m=needed,
            found=_length(around, depth, float(np.hypot(met.sigma_m, zone.sigma_m)), met.to, own_m=_half(around, side)),
            source=rule.says if rule is not None else "how the product opens",
        )
        if zone.hard or result.outcome == "pass":
            out.append(result)
    return tuple(out)


def kept_results(around: Surroundings, *, at_m: Array, yaw_rad: float, rules: Rules) -> tuple[RuleResult, ...]:
    """Return for each zone of the site near a product how far off it the product stays; below 0 it reaches into it."""
    import shapely

    out = []
    for zone in around.site.keep:
        if around.furniture.kind in zone.lets:
            continue
        parts = [part for part, _ in around.body if zone.bottom_m < part.top_m and zone.top_m > part.bottom_m]
        bodies = [shapely.Polygon(on_plan(part.outline_m, at_m=at_m, yaw_rad=yaw_rad)) for part in parts]
        area = shapely.Polygon(zone.outline_m)
        distance = min((body.distance(area) for body in bodies), default=np.inf)
        if distance == 0:
            distance = -max(reach_into_m(part, zone, at_m=at_m, yaw_rad=yaw_rad) for part in parts)
        rule = rules.get(zone.rule)
        if distance > _NEAR_M or rule is None:
            continue
        result = RuleResult(
            rule=zone.rule,
            where=f"{zone.name} - {around.furniture.name}",
            needed_m=0.0,
            found=_length(around, float(distance), zone.sigma_m, zone.name, own_m=float(np.linalg.norm(around.furniture.size_m[::2])) / 2),
            source=rule.says,
        )
        if zone.hard or result.outcome == "pass":
            out.append(result)
    return tuple(out)


def _edge_variance(around: Surroundings, air: Clearance) -> float:
    """Return the variance of the other's edge alone."""
    stretched = around.site.sigma_scale * (air.length.value_m + _half(around, air.side))
    return max(air.length.sigma_m**2 - (around.furniture.sigma_m / 2) ** 2 - stretched**2, 0.0)


def _depth(around: Surroundings, zone: Zone) -> tuple[str, float]:
    """Return on which side of a product a zone lies, and how far it reaches from there: 0 where it lies below the product."""
    body = around.furniture.outline_m
    low, high = body.min(axis=0), body.max(axis=0)
    zone_low, zone_high = zone.outline_m.min(axis=0), zone.outline_m.max(axis=0)
    reach = {
        "behind": low[1] - zone_low[1],
        "front": zone_high[1] - high[1],
        "left": low[0] - zone_low[0],
        "right": zone_high[0] - high[0],
    }
    side = max(reach, key=lambda name: reach[name])
    axis = 1 if side in ("behind", "front") else 0
    return side, float(zone_high[axis] - zone_low[axis]) if reach[side] > 0 else 0.0


def _base(outline_m: Array, side: str) -> Array:
    """Return the edge of a zone's bounds on which the product is, as a polygon that is almost none."""
    low, high = outline_m.min(axis=0).copy(), outline_m.max(axis=0).copy()
    axis = 1 if side in ("behind", "front") else 0
    if side in ("front", "right"):
        high[axis] = low[axis] + 1e-5
    else:
        low[axis] = high[axis] - 1e-5
    return np.array([low, [high[0], low[1]], high, [low[0], high[1]]])


def _length(around: Surroundings, distance_m: float, sigma_m: float, to: str, *, own_m: float) -> Length:
    """Return a distance with what its sigma is made of: the other's edge, the product's (half its size), the room's scale.

    What is measured reaches from the product's middle to the other: `own_m` of it is the product, whose size is known better.
    """
    site = around.site
    sigma = np.sqrt(sigma_m**2 + (around.furniture.sigma_m / 2) ** 2 + (site.sigma_scale * (abs(distance_m) + own_m)) ** 2)
    scale = site.room.scale
    source = "not seen beyond" if to == UNSEEN else scale.source if scale is not None else ""
    return Length(distance_m, float(sigma), source)


def _half(around: Surroundings, side: str) -> float:
    """Return half the product's size across one of its sides."""
    return around.furniture.size_m[2 if side in ("behind", "front") else 0] / 2


def _above(around: Surroundings, *, at_m: Array, yaw_rad: float) -> Iterable[Clearance]:
    """Yield the air up to the ceiling, or to what hangs over the product."""
    site, grid = around.site, around.site.grid
    top = max((part.top_m for part, _ in around.body), default=0.0)
    lowest, to, sigma = (np.inf if site.height_m is None else site.height_m), "ceiling", _ceiling_sigma_m(around)
    below = np.zeros(grid.seen.shape, bool)
    outline = on_plan(around.furniture.outline_m, at_m=at_m, yaw_rad=yaw_rad)
    paint(below, outline, origin_m=grid.origin_m, cell_m=grid.cell_m)
    heights = grid.bottom_m[below & grid.occupied & (grid.bottom_m >= top)]
    if len(heights) and heights.min() < lowest:
        lowest = float(heights.min())
        to, sigma = _over(around, outline, bottom_m=top, top_m=lowest + grid.cell_m)
    if np.isfinite(lowest):
        yield Clearance(side="above", to=to, length=_length(around, float(lowest - top), sigma, to, own_m=top))


def _over(around: Surroundings, outline_m: Array, *, bottom_m: float, top_m: float) -> tuple[str, float]:
    """Return the name and sigma of what hangs between two heights over an outline (N, 2)."""
    import shapely

    polygon = shapely.Polygon(outline_m)
    for piece in measured(around.site, solids_of(around.site), bottom_m=bottom_m, top_m=top_m):
        if shapely.Polygon(piece.outline_m).intersects(polygon):
            return piece.name, piece.sigma_m
    return THING, around.site.sigma_m


def _ceiling_sigma_m(around: Surroundings) -> float:
    room = around.site.room
    return float(
        np.linalg.norm([max((plane.sigma_offset_m for plane in room.of_kind(kind)), default=0.0) for kind in ("ceiling", "floor")])
    )
