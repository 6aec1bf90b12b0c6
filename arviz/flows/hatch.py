"""Areas of a drawing as hatches: parallel lines, each point once, whatever lies over another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import cos, radians, sin
from typing import Any

import numpy as np

from arviz.core.frozen import Array


def union(areas: Iterable[Array]) -> list[Array]:
    """Return rings (N, 2) that together cover what areas (N, 2) cover, each point once; holes stay free."""
    from shapely import Polygon, union_all

    return list(_rings(union_all([Polygon(area).buffer(0) for area in areas])))


def within(area: Array, outline: Array) -> list[Array]:
    """Return rings (N, 2) that cover the parts of an area (N, 2) within an outline (N, 2)."""
    from shapely import Polygon

    return list(_rings(Polygon(area).buffer(0).intersection(Polygon(outline).buffer(0))))


def _rings(shape: Any) -> Iterator[Array]:
    """Yield the outlines of a shapely geometry's polygons; one with a hole is cut in two through its middle."""
    from shapely import box, get_parts

    for part in get_parts(shape):
        if part.geom_type != "Polygon" or part.is_empty:
            continue
        if not part.interiors:
            yield np.asarray(part.exterior.coords)[:-1]
            continue
        low_x, low_z, high_x, high_z = part.bounds
        ends = part.interiors[0].bounds
        cut = (ends[0] + ends[2]) / 2
        yield from _rings(part.intersection(box(low_x, low_z, cut, high_z)))
        yield from _rings(part.intersection(box(cut, low_z, high_x, high_z)))


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
