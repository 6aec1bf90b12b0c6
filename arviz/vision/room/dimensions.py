"""`dimensions`: what a room is high, wide and long, with names for people."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.length import Length
from arviz.core.room import Plane, Room

_CONFIDENT = 0.5
_OPPOSITE_RAD = np.radians(3.0)
_LEAST_M = 0.3


def dimensions(room: Room) -> dict[str, Length]:
    """Return the lengths of a room by name; none where its scale is unknown.

    Numbers in names are indices in `Room.planes` and `Room.openings`. Each sigma holds that of both ends and that of the
    room's scale.

    Returns
    -------
    dict of str to Length
        ``ceiling height``, ``wall 2 to wall 4`` (opposite walls, at the middle between them), ``table 5 height``,
        ``door 0 width``, ``door 0 height``.
    """
    if room.scale is None:
        return {}
    out: dict[str, Length] = {}
    floor = room.floor
    good = [(index, plane) for index, plane in enumerate(room.planes) if plane.confidence >= _CONFIDENT and len(plane.outline_m) >= 3]
    if floor is not None and floor.confidence >= _CONFIDENT and len(floor.outline_m) >= 3:
        ceilings = [plane for _, plane in good if plane.kind == "ceiling"]
        if ceilings:
            out["ceiling height"] = _above(floor, max(ceilings, key=lambda plane: plane.area_m2), room)
        for index, plane in good:
            if plane.kind == "table":
                out[f"table {index} height"] = _above(floor, plane, room)
    walls = [(index, plane) for index, plane in good if plane.kind == "wall"]
    for place, (index, first) in enumerate(walls):
        for other, second in walls[place + 1 :]:
            length = _between(first, second, room)
            if length is not None:
                out[f"wall {index} to wall {other}"] = length
    for index, opening in enumerate(room.openings):
        if opening.confidence >= _CONFIDENT:
            width, height = _rectangle(opening.outline_m)
            sigma = float(np.sqrt(2) * opening.sigma_m)
            out[f"{opening.kind} {index} width"] = _length(width, sigma, opening.source, room)
            out[f"{opening.kind} {index} height"] = _length(height, sigma, opening.source, room)
    return out


def sigma_at_m(plane: Plane, point_m: Array) -> float:
    """Return the standard deviation of a plane's place along its normal at a point: its own, and its tilt's lever."""
    lever = point_m - plane.outline_m.mean(axis=0)
    lever = lever - np.asarray(plane.normal) * float(lever @ np.asarray(plane.normal))
    return float(np.hypot(plane.sigma_offset_m, plane.sigma_normal_rad * np.linalg.norm(lever)))


def _length(value: float, sigma: float, source: str, room: Room) -> Length:
    scale = 0.0 if room.scale is None else room.scale.sigma
    return Length(value_m=value, sigma_m=float(np.hypot(sigma, scale * value)), source=source)


def _above(floor: Plane, plane: Plane, room: Room) -> Length:
    middle = plane.outline_m.mean(axis=0)
    sigma = float(np.hypot(sigma_at_m(floor, middle), plane.sigma_offset_m))
    return _length(float(floor.distance_m(middle[None])[0]), sigma, plane.source, room)


def _between(first: Plane, second: Plane, room: Room) -> Length | None:
    """Return the distance of two walls at the middle between them; None unless they face each other."""
    normals = np.asarray(first.normal), np.asarray(second.normal)
    if normals[0] @ normals[1] > -np.cos(_OPPOSITE_RAD) or not _overlap(first, second):
        return None
    middle = (first.outline_m.mean(axis=0) + second.outline_m.mean(axis=0)) / 2
    ends = first.distance_m(middle[None])[0], second.distance_m(middle[None])[0]
    if min(ends) < _LEAST_M / 2:
        return None
    sigma = float(np.hypot(sigma_at_m(first, middle), sigma_at_m(second, middle)))
    return _length(float(sum(ends)), sigma, first.source, room)


def _overlap(first: Plane, second: Plane) -> bool:
    """Tell whether two walls stand opposite each other somewhere, not only in line."""
    along = np.cross((0.0, 1.0, 0.0), first.normal)
    a, b = first.outline_m @ along, second.outline_m @ along
    return bool(min(a.max(), b.max()) - max(a.min(), b.min()) > 0)


def _rectangle(outline: Array) -> tuple[float, float]:
    """Return the width (level) and the height of an opening's outline."""
    height = float(np.ptp(outline[:, 1]))
    level = outline[:, [0, 2]] - outline[:, [0, 2]].mean(axis=0)
    along = np.linalg.svd(level)[2][0]
    return float(np.ptp(level @ along)), height
