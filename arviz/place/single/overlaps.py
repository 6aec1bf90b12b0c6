"""What a product reaches into at a given place, and how far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.place.plan.convex import convex_pieces
from arviz.place.plan.pose import on_plan
from arviz.place.plan.zone import Zone
from arviz.place.single.exact import Surroundings, forbidden_by
from arviz.place.single.pieces import Part, Piece

_TOUCHING_M = 1e-4
"""What reaches no farther into each other touches: nobody measures rooms finer."""


class Overlap(NamedTuple):
    """A part of a product, what it reaches into, how far it would have to move to be off it, and the sigma of the other's edge."""

    part: Part
    what: str
    depth_m: float
    sigma_m: float

    @property
    def words(self) -> str:
        """What is in the way, and of which zone of the product if not of itself."""
        return self.what if self.part.zone is None else f"{self.what} ({self.part.zone.name})"


def overlaps(around: Surroundings, *, at_m: Array, yaw_rad: float) -> list[Overlap]:
    """Return what the hard parts of a product reach into when its origin stands at site (x, z), the deepest of each name once."""
    import shapely

    deepest: dict[str, Overlap] = {}
    for part, layer in around.hard:
        turned = on_plan(part.outline_m, at_m=np.zeros(2), yaw_rad=yaw_rad)
        polygon = shapely.Polygon(turned + at_m)
        by_name: dict[str, list[Piece]] = {}
        for index in np.sort(layer.tree.query(polygon, predicate="intersects")):
            by_name.setdefault(layer.pieces[index].name, []).append(layer.pieces[index])
        found = [
            Overlap(part, name, _reach_m(pieces, turned, at_m=at_m), max(piece.sigma_m for piece in pieces))
            for name, pieces in by_name.items()
        ]
        for each in (*_beyond(around, part, turned + at_m), *found):
            if each.depth_m > _TOUCHING_M and (each.words not in deepest or deepest[each.words].depth_m < each.depth_m):
                deepest[each.words] = each
    return list(deepest.values())


def reach_into_m(part: Part, zone: Zone, *, at_m: Array, yaw_rad: float) -> float:
    """Return how far a part that stands at site (x, z) would have to move to be off a zone of the site, at least."""
    turned = on_plan(part.outline_m, at_m=np.zeros(2), yaw_rad=yaw_rad)
    return _reach_m([Piece(zone.name, piece, 0.0) for piece in convex_pieces(zone.outline_m)], turned, at_m=at_m)


def _reach_m(pieces: Sequence[Piece], turned_m: Array, *, at_m: Array) -> float:
    """Return how far a place lies within the area of those in which a turned part meets pieces; 0 outside of it."""
    import shapely

    places, here = shapely.union_all(forbidden_by(pieces, turned_m)), shapely.Point(at_m)
    return float(shapely.distance(shapely.boundary(places), here)) if places.contains(here) else 0.0


def _beyond(around: Surroundings, part: Part, corners_m: Array) -> list[Overlap]:
    """Return the edges of what a product must not leave over which a part reaches, and how far."""
    import shapely

    outside = shapely.Polygon(corners_m).difference(around.floor)
    points = shapely.points(shapely.get_coordinates(outside))
    depth = float(shapely.distance(around.floor, points).max(initial=0.0))
    if depth <= _TOUCHING_M:
        return []
    crossed = {
        edge.name: Overlap(part, edge.name, depth, edge.sigma_m)
        for edge in around.edges
        if shapely.LineString(edge.outline_m).crosses(shapely.Polygon(corners_m))
    }
    return list(crossed.values()) or [Overlap(part, around.beyond, depth, around.site.sigma_m)]
