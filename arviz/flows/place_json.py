"""What is said of placed products, as stable JSON: ``arviz.place/1``."""

from __future__ import annotations

from math import atan2, degrees
from typing import Any

from arviz.core.placement import Arrangement, Clearance, Placement, RuleResult, Walk
from arviz.place.product.furniture import Furniture


def product_to_json(piece: Furniture) -> dict[str, Any]:
    """Return what a product is."""
    width, height, depth = (round(side * 1000, 1) for side in piece.size_m)
    size = {"width": width, "height": height, "depth": depth, "sigma": round(piece.sigma_m * 1000, 1)}
    return {"name": piece.name, "kind": piece.kind, "support": piece.support, "size_mm": size}


def arrangement_to_json(arrangement: Arrangement) -> dict[str, Any]:
    """Return where everything stands and what that means."""
    return {
        "outcome": arrangement.outcome,
        "score": round(arrangement.score, 3),
        "placements": [_placement(placement) for placement in arrangement.placements],
        "rules": [_rule(rule) for rule in arrangement.rules],
        "walks": {"before": [_walk(walk) for walk in arrangement.before], "after": [_walk(walk) for walk in arrangement.after]},
    }


def _placement(placement: Placement) -> dict[str, Any]:
    pose = placement.world_from_asset
    return {
        "product": placement.product,
        "outcome": placement.outcome,
        "score": round(placement.score, 3),
        "support": placement.support,
        "plane": placement.plane,
        "at_mm": {axis: round(float(pose[row, 3]) * 1000, 1) for axis, row in (("x", 0), ("y", 1), ("z", 2))},
        "yaw_deg": round(degrees(atan2(pose[0, 2], pose[2, 2])), 2),
        "world_from_asset": [[round(float(value), 6) for value in row] for row in pose],
        "reasons": list(placement.reasons),
        "clearances": [_clearance(clearance) for clearance in placement.clearances],
        "rules": [_rule(rule) for rule in placement.rules],
        "blocked": list(placement.blocked),
    }


def _clearance(clearance: Clearance) -> dict[str, Any]:
    return {"side": clearance.side, "to": clearance.to, **clearance.length.to_json()}


def _rule(result: RuleResult) -> dict[str, Any]:
    return {
        "rule": result.rule,
        "outcome": result.outcome,
        "likelihood": round(result.likelihood, 4),
        "needed_mm": round(result.needed_m * 1000, 1),
        "found": result.found.to_json(),
        "before": None if result.before is None else result.before.to_json(),
        "where": result.where,
        "source": result.source,
    }


def _walk(walk: Walk) -> dict[str, Any]:
    return {
        "start": walk.start,
        "end": walk.end,
        "length": None if walk.length is None else walk.length.to_json(),
        "pinch": None if walk.pinch is None else walk.pinch.to_json(),
        "pinch_at_mm": None if walk.pinch_m is None else [round(value * 1000) for value in walk.pinch_m],
    }
