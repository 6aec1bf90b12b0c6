"""What a door, a drawer or a backrest sweeps on its way: an area of the floor plan that stays free, with heights."""

from __future__ import annotations

import math

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.graph import bounds
from arviz.core.transforms import apply
from arviz.place.plan.zone import Zone
from arviz.place.product.moves import Move, below
from arviz.place.product.slabs import hulls, piece_of

_STEP_RAD = math.radians(5)


def swept(asset: Asset, move: Move) -> Zone:
    """Return everything that a part passes on its way, from one end of its motion to the other.

    The part is taken as the hulls of a few pieces. While a point turns by a small angle it stays within the triangle of where it
    begins, where it ends, and where the tangents there meet: 1 / cos(angle / 2) times as far from the axis. So the hull of all
    three positions of a piece contains what the piece sweeps, and is larger by 0.1 % of its reach at most.
    """
    from shapely import MultiPoint, unary_union

    part = piece_of(asset, nodes=below(asset, move.node))
    passed = [points for hull in hulls(part) for points in _passed(hull, move)]
    area = unary_union([MultiPoint(points[:, [0, 2]]).convex_hull.buffer(1e-6, join_style="mitre") for points in passed])
    if area.geom_type != "Polygon":  # parts that do not touch: what is between them is not for others either
        area = area.convex_hull
    whole = bounds(asset)
    low = 0.0 if whole is None else float(whole[0, 1])
    return Zone(
        name=f"{move.name}, open",
        outline_m=np.asarray(area.exterior.coords)[:-1],
        bottom_m=min(float(points[:, 1].min()) for points in passed) - low,
        top_m=max(float(points[:, 1].max()) for points in passed) - low,
        swept=True,
    )


def _passed(points: Array, move: Move) -> list[Array]:
    """Return sets of points whose hulls together contain what the hull of `points` (N, 3) passes."""
    if move.kind == "prismatic":
        return [np.concatenate([apply(move.motion(at), points) for at in (move.min, move.max)])]
    count = max(math.ceil((move.max - move.min) / _STEP_RAD), 1)
    ends = np.linspace(move.min, move.max, count + 1)
    half = float(ends[1] - ends[0]) / 2
    axis, origin = np.asarray(move.axis), np.asarray(move.origin)
    along = ((points - origin) @ axis)[:, None] * axis
    further = origin + along + (points - origin - along) / math.cos(half)
    at_ends = [apply(move.motion(float(at)), points) for at in ends]
    between = [apply(move.motion(float(at) + half), further) for at in ends[:-1]]
    return [np.concatenate(three) for three in zip(at_ends[:-1], between, at_ends[1:], strict=True)]
