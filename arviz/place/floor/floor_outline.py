"""The floor between the walls, as one simple polygon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.place.floor.site import Wall

_CORNER_M = 0.3
"""Walls are seen to within this of where they meet."""
_STEP_M = 0.05
_BESIDE_M = 0.002
_SLIT_M = 1e-5
_STRAIGHT_M = 1e-4


def cut_by_walls(outline_m: Array, walls: Sequence[Wall]) -> Array:
    """Return the largest part (N, 2) of a floor's polygon (N, 2) that lies before its walls; no rows where it has no area.

    The walls, made longer by 0.3 m, divide the floor into pieces. A piece goes where more wall turns its back to it than its
    face: what is seen through a door. So a wall cuts only where it runs, and the arms of an L stay.
    """
    from shapely import LineString, contains_xy, polygonize, unary_union

    floor = _largest(_polygon(outline_m))
    if floor is None:
        return np.zeros((0, 2))
    lines = [_longer(wall.ends_m) for wall in walls]
    pieces = [piece for piece in polygonize([unary_union([floor.boundary, *lines])]).geoms if floor.contains(piece.representative_point())]
    front, back = _sides(walls)
    kept = [piece for piece in pieces if contains_xy(piece, front).sum() >= contains_xy(piece, back).sum()]
    # Two rooms that both stay are still two: the wall between them divides the union again.
    slits = unary_union([LineString(wall.ends_m).buffer(_SLIT_M, cap_style="flat") for wall in walls])
    room = _largest(unary_union(kept).difference(slits))
    if room is None:
        return np.zeros((0, 2))
    closed = room.buffer(2 * _SLIT_M, join_style="mitre").buffer(-2 * _SLIT_M, join_style="mitre")  # walls that divide nothing
    return corners(_largest(closed))


def simple(outline_m: Array) -> Array:
    """Return the largest part (N, 2) of a polygon (N, 2) that may cross or touch itself, as seen ones do; no rows where it has no area."""
    part = _largest(_polygon(outline_m))
    return np.zeros((0, 2)) if part is None else corners(part)


def corners(polygon: Any) -> Array:
    """Return the corners (N, 2) of a shapely polygon's outer ring, counter-clockwise, those on straight lines left out."""
    from shapely import get_coordinates
    from shapely.geometry.polygon import orient

    out: Array = get_coordinates(orient(polygon.simplify(_STRAIGHT_M)).exterior)[:-1]
    return out


def _polygon(outline_m: Array) -> Any:
    from shapely import Polygon, make_valid

    return make_valid(Polygon(outline_m)) if len(outline_m) >= 3 else Polygon()


def _largest(shape: Any) -> Any:
    """Return the largest polygon of any geometry without its holes, None where there is none."""
    from shapely import Polygon, get_parts

    parts = [part for part in get_parts(get_parts(shape)) if part.geom_type == "Polygon" and part.area > 0]
    best = max(parts, key=lambda part: part.area, default=None)
    return None if best is None else Polygon(best.exterior)


def _longer(ends_m: Array) -> Any:
    from shapely import LineString

    step = (ends_m[1] - ends_m[0]) / np.linalg.norm(ends_m[1] - ends_m[0]) * _CORNER_M
    return LineString([ends_m[0] - step, ends_m[1] + step])


def _sides(walls: Sequence[Wall]) -> tuple[Array, Array]:
    """Return points (N, 2) just before the walls, and just behind them."""
    front, back = [np.zeros((0, 2))], [np.zeros((0, 2))]
    for wall in walls:
        length = float(np.linalg.norm(wall.ends_m[1] - wall.ends_m[0]))
        share = (np.arange(max(int(length / _STEP_M), 1)) + 0.5)[:, None] * _STEP_M / length
        on = wall.ends_m[0] + np.minimum(share, 1) * (wall.ends_m[1] - wall.ends_m[0])
        front.append(on + _BESIDE_M * np.asarray(wall.normal))
        back.append(on - _BESIDE_M * np.asarray(wall.normal))
    return np.concatenate(front), np.concatenate(back)
