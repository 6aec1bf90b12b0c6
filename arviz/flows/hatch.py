"""Areas of a drawing as hatches: parallel lines, each point once, whatever lies over another."""

from __future__ import annotations

from collections.abc import Iterable
from math import cos, radians, sin

import numpy as np

from arviz.core.frozen import Array


def union(areas: Iterable[Array]) -> list[Array]:
    """Return the outer rings (N, 2) of what areas (N, 2) cover together."""
    from shapely import Polygon, get_parts, union_all

    whole = union_all([Polygon(area).buffer(0) for area in areas])
    return [np.asarray(part.exterior.coords)[:-1] for part in get_parts(whole) if part.geom_type == "Polygon" and not part.is_empty]


def within(area: Array, outline: Array) -> list[Array]:
    """Return the outer rings (N, 2) of the parts of an area (N, 2) that lie within an outline (N, 2)."""
    from shapely import Polygon, get_parts

    parts = get_parts(Polygon(area).buffer(0).intersection(Polygon(outline).buffer(0)))
    return [np.asarray(part.exterior.coords)[:-1] for part in parts if part.geom_type == "Polygon" and not part.is_empty]


def hatch(areas: Iterable[Array], *, step: float, angle_deg: float) -> list[Array]:
    """Return lines (2, 2), `step` apart, that fill what areas (N, 2) cover together."""
    from shapely import MultiLineString, Polygon, get_parts, union_all

    whole = union_all([Polygon(area).buffer(0) for area in areas])
    if whole.is_empty:
        return []
    along = np.array([cos(radians(angle_deg)), sin(radians(angle_deg))])
    across = np.array([-along[1], along[0]])
    left, low, right, high = whole.bounds
    corners = np.array([[left, low], [right, low], [right, high], [left, high]])
    reach, rows = corners @ along, corners @ across
    offsets = np.arange(np.floor(rows.min() / step), np.ceil(rows.max() / step) + 1) * step
    lines = MultiLineString([[reach.min() * along + o * across, reach.max() * along + o * across] for o in offsets])
    parts = get_parts(lines.intersection(whole))
    return [np.asarray(part.coords)[[0, -1]] for part in parts if part.geom_type == "LineString" and part.length > 0]
