"""What products of a kind need free around them and below their tops, as ``data/kinds.json`` and the rules say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from arviz.core.frozen import Array
from arviz.place.kinds import KindZone, read_kinds
from arviz.place.plan.zone import FLAT_M, Zone
from arviz.place.product.furniture import Furniture
from arviz.place.rules import Rule

_PERSON_M = 2.0
"""A zone for people ends above their heads, where a shelf may hang."""
_WIDE = 0.3
"""A slab that covers so much of a product is its top or its seat, not its back, an arm or a leg."""
_RECLINED = ("recliner-front", "recliner-back")
"""Rules for products of which nobody knows how far they go; of the others the joints say it."""


def zones_of(furniture: Furniture, rules: Mapping[str, Rule], moving: Sequence[Zone] = ()) -> Iterator[Zone]:
    """Yield what a product needs free because of its kind; of one that reclines, as far as its `moving` parts go."""
    low, high = furniture.outline_m.min(axis=0), furniture.outline_m.max(axis=0)
    long = ("front", "back") if high[0] - low[0] >= high[1] - low[1] else ("left", "right")
    for zone in read_kinds()[furniture.kind].zones:
        rule = rules[zone.rule]
        depth, top = rule.needed_m, _PERSON_M
        if zone.less_depth:
            depth -= float(high[1] - low[1])
        if moving and zone.rule in _RECLINED:
            reach = np.concatenate([each.outline_m[:, 1] for each in moving])
            depth = float(reach.max() - high[1]) if zone.side == "front" else float(low[1] - reach.min())
        if zone.side == "below":
            top = _underside_m(furniture)
        if depth > 0 and top > FLAT_M:
            yield Zone(
                name=zone.name,
                outline_m=furniture.outline_m if zone.side == "below" else _beside(zone, low, high, depth),
                bottom_m=FLAT_M,
                top_m=top,
                rule=zone.rule,
                hard=rule.hard if zone.hard is None else zone.side in long if zone.hard == "long" else zone.hard,
                lets=zone.lets,
            )


def _underside_m(furniture: Furniture) -> float:
    """Return from where up a product is wide: of a table its top, of a chair its seat, not its back; 0 where it is from the floor."""
    from shapely import Polygon

    least = _WIDE * Polygon(furniture.outline_m).area
    return min((slab.bottom_m for slab in furniture.slabs if Polygon(slab.outline_m).area > least), default=0.0)


def _beside(zone: KindZone, low: Array, high: Array, depth: float) -> Array:
    """Return the rectangle (4, 2) of (x, z) along one side of the product's bounds."""
    (x0, z0), (x1, z1) = low.tolist(), high.tolist()
    left, right, back, front = {
        "front": (x0, x1, z1, z1 + depth),
        "back": (x0, x1, z0 - depth, z0),
        "left": (x0 - depth, x0, z0, z1),
        "right": (x1, x1 + depth, z0, z1),
    }[zone.side]
    return np.array([[left, back], [right, back], [right, front], [left, front]])
