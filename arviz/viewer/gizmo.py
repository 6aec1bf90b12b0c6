"""What is drawn over a product in a room and what the mouse takes hold of: the product, the ring that turns it; no Qt in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import atan2
from typing import Any, NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.placement import Clearance
from arviz.flows.preview_shot import Seen
from arviz.flows.scenery import Facts, Known, Pictured, Spot
from arviz.viewer.overlay import Mark

_AROUND = 1.15
"""The ring's radius over that of the product."""
_LEAST_M = 0.25
_CORNERS = 72
_GRAB_PX = 9.0
"""Of the screen: so near to the ring it is taken hold of."""
_KNOB_SHARE = 0.02
"""Of the picture's height: the knob stays so far from its edges."""
_NEAREST_M = 0.05
_FARTHEST_M = 3.0
"""Clearances that are drawn: what is farther away says nothing of the place."""
_SAME_M = 0.1
"""Clearances that were measured farther from where the picture shows the product are not drawn: newer ones come."""
_BEYOND_M = 0.5
"""A product can be dragged so far out of the room, where its facts say what is wrong."""

Drag = Callable[[tuple[float, float]], tuple[str, Any] | None]
"""Where the mouse is (pixel) -> a command and its value; None where there is none."""


class _Base(NamedTuple):
    """Where a product meets what carries it."""

    middle_m: Array
    """(3,) in the world."""
    normal: Array
    """(3,) of what it is moved along."""
    radius_m: float


def drag_of(shown: Pictured, known: Known, spot: Spot, pixel: tuple[float, float], *, scale: float) -> Drag | None:
    """Return what a drag that begins at a pixel does: it turns the product by its ring, moves it, or nothing (None).

    Parameters
    ----------
    spot : Spot
        Where the product stands now.
    scale : float
        Pixels of the picture in one of the screen: a draft has fewer.
    """
    base = _base(shown, known)
    start = np.asarray(pixel, np.float64)
    if _off_ring(shown, base, start) < _GRAB_PX * scale and shown.support != "wall":
        return _turning(shown.seen, base, spot, pixel)
    if not _inside(_hull(shown), start):
        return None
    anchor = _project(shown.seen, base.middle_m[None])
    return None if anchor is None else _moving(shown.seen, base, known, spot, anchor[0] - start)


def gizmo_marks(shown: Pictured, known: Known, facts: Facts | None) -> tuple[Mark, ...]:
    """Return the ring with its knob in front of the product, and clearances with their uncertainty."""
    marks = [] if shown.support == "wall" else [*_ring_marks(shown, known)]
    if facts is not None and np.hypot(*np.subtract(facts.wish.spot.at_m, shown.spot.at_m)) < _SAME_M:
        for clearance in facts.arrangement.placements[0].clearances:
            mark = _clearance_mark(shown, clearance, facts.level_m)
            marks += [] if mark is None else [mark]
    return tuple(marks)


def floor_point(seen: Seen, pixel: Sequence[float], *, height_m: float = 0.0) -> Array | None:
    """Return the point (3,) of a level that the ray of a pixel meets, None where it meets none before the eye."""
    return _on_plane(seen, pixel, point_m=np.array([0.0, height_m, 0.0]), normal=np.array([0.0, 1.0, 0.0]))


def _moving(seen: Seen, base: _Base, known: Known, spot: Spot, offset: Array) -> Drag:
    """Let the product's foot follow the pointer: it moves on the floor by what the pointer moves on it there."""
    low, high = np.asarray(known.bounds_m[0]) - _BEYOND_M, np.asarray(known.bounds_m[1]) + _BEYOND_M

    def drag(pixel: tuple[float, float]) -> tuple[str, Spot] | None:
        point = _on_plane(seen, offset + pixel, point_m=base.middle_m, normal=base.normal)
        if point is None:
            return None
        x, z = np.clip(np.asarray(spot.at_m) + (point - base.middle_m)[[0, 2]], low, high).tolist()
        return "room.move", Spot(at_m=(x, z), yaw_rad=spot.yaw_rad)

    return drag


def _turning(seen: Seen, base: _Base, spot: Spot, start: tuple[float, float]) -> Drag | None:
    def angle(pixel: tuple[float, float]) -> float | None:
        point = floor_point(seen, pixel, height_m=float(base.middle_m[1]))
        return None if point is None else atan2(*(point - base.middle_m)[[0, 2]])

    first = angle(start)
    if first is None:
        return None

    def drag(pixel: tuple[float, float]) -> tuple[str, float] | None:
        now = angle(pixel)
        return None if now is None else ("room.ring", spot.yaw_rad + now - first)

    return drag


def _base(shown: Pictured, known: Known) -> _Base:
    outline, pose = np.asarray(known.outline_m), shown.world_from_asset
    low, high = outline.min(axis=0), outline.max(axis=0)
    x, z = (low + high) / 2
    if shown.wall is not None:
        wall = next((wall for wall in known.walls if wall.plane == shown.wall), None)
        if wall is not None:
            middle = pose[:3, :3] @ [x, 0.0, low[1]] + pose[:3, 3]
            return _Base(middle, np.array([wall.normal[0], 0.0, wall.normal[1]]), 0.0)
    radius = max(float(np.linalg.norm(high - low)) / 2 * _AROUND, _LEAST_M)
    return _Base(pose[:3, :3] @ [x, shown.lowest_m, z] + pose[:3, 3], np.array([0.0, 1.0, 0.0]), radius)


def _ring(base: _Base) -> Array:
    angles = np.linspace(0, 2 * np.pi, _CORNERS + 1)
    around = np.stack([np.sin(angles), np.zeros_like(angles), np.cos(angles)], axis=1)
    out: Array = base.middle_m + around * base.radius_m
    return out


def _ring_marks(shown: Pictured, known: Known) -> Iterator[Mark]:
    """Yield the ring where the product does not stand before it, and its knob where it is seen nearest to the product's front."""
    base, seen = _base(shown, known), shown.seen
    eye, hull = seen.world_from_camera[:3, 3], _hull(shown)
    ring = _ring(base)
    behind = np.linalg.norm(ring - eye, axis=1) > np.linalg.norm(base.middle_m - eye)
    for index in range(_CORNERS):
        ends = _project(seen, ring[index : index + 2])
        if ends is not None and not (behind[index] and _inside(hull, ends.mean(axis=0))):
            yield _mark(ends, "", "ring")
    front = base.middle_m + shown.world_from_asset[:3, 2] * base.radius_m
    for point in (front, *ring[np.argsort(np.linalg.norm(ring - front, axis=1))]):
        knob = _project(seen, point[None])
        if knob is not None and _within(seen, knob, margin=_KNOB_SHARE * seen.camera.height_px).all():
            yield _mark(np.repeat(knob, 2, axis=0), "", "knob")
            return


def _clearance_mark(shown: Pictured, clearance: Clearance, level_m: float) -> Mark | None:
    """Return a clearance at the product's foot; at its top where the product hides that."""
    if clearance.ends_m is None or clearance.length.value_m > _FARTHEST_M:
        return None
    (x0, z0), (x1, z1) = clearance.ends_m
    points = np.array([[x0, level_m, z0], [x1, level_m, z1]])
    ends, eye = _project(shown.seen, points), shown.seen.world_from_camera[:3, 3]
    away, middle = ((each.mean(axis=0) - eye)[[0, 2]] for each in (points, shown.corners_m))
    behind = np.linalg.norm(away) > np.linalg.norm(middle)
    if behind and ends is not None and _inside(_hull(shown), ends.mean(axis=0)):
        points[:, 1] = shown.corners_m[:, 1].max()
        ends = _project(shown.seen, points)
    if ends is None or not _within(shown.seen, ends).any():
        return None
    return _mark(ends, words_of(clearance.length.value_m, clearance.length.sigma_m), "clearance")


def words_of(value_m: float, sigma_m: float) -> str:
    """Return a length with its uncertainty in whole millimetres, never surer than one: ``42 ± 9 mm``."""
    return f"{value_m * 1000:.0f} ± {max(sigma_m * 1000, 1):.0f} mm"


def _within(seen: Seen, pixels: Array, *, margin: float = 0.0) -> Array:
    size = np.array([seen.camera.width_px, seen.camera.height_px])
    return np.asarray(((pixels >= margin) & (pixels <= size - margin)).all(axis=1))


def _mark(ends: Array, text: str, kind: str) -> Mark:
    (x0, y0), (x1, y1) = ends.tolist()
    return Mark((x0, y0), (x1, y1), text, kind)


def _off_ring(shown: Pictured, base: _Base, pixel: Array) -> float:
    """Return how many pixels a pixel lies off the ring as it is drawn."""
    if base.radius_m <= 0:
        return np.inf
    least = np.inf
    ring, eye, hull = _ring(base), shown.seen.world_from_camera[:3, 3], _hull(shown)
    for index in range(_CORNERS):
        ends = _project(shown.seen, ring[index : index + 2])
        if ends is None:
            continue
        along = ends[1] - ends[0]
        share = np.clip((pixel - ends[0]) @ along / max(float(along @ along), 1e-12), 0, 1)
        hidden = np.linalg.norm(ring[index] - eye) > np.linalg.norm(base.middle_m - eye) and _inside(hull, pixel)
        least = least if hidden else min(least, float(np.linalg.norm(ends[0] + share * along - pixel)))
    return least


def _hull(shown: Pictured) -> Array:
    """Return the corners (N, 2) of what the product's box covers in the picture; none where it is not all before the eye."""
    corners = _project(shown.seen, np.asarray(shown.corners_m))
    return np.empty((0, 2)) if corners is None else _convex(corners)


def _convex(points: Array) -> Array:
    """Return the convex hull (Andrew 1979, "Another efficient algorithm for convex hulls in two dimensions")."""
    ordered = sorted(map(tuple, points.tolist()))
    halves = []
    for run in (ordered, ordered[::-1]):
        half: list[tuple[float, float]] = []
        for point in run:
            while len(half) > 1 and _side(half[-2], half[-1], point) <= 0:
                half.pop()
            half.append(point)
        halves += half[:-1]
    return np.array(halves)


def _side(a: Any, b: Any, c: Any) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _inside(hull: Array, pixel: Array) -> bool:
    return len(hull) > 2 and all(_side(a, b, pixel) >= 0 for a, b in zip(hull, np.roll(hull, -1, axis=0), strict=True))


def _project(seen: Seen, points_m: Array) -> Array | None:
    pose = seen.world_from_camera
    local = (np.asarray(points_m) - pose[:3, 3]) @ pose[:3, :3]
    return None if (local[:, 2] <= _NEAREST_M).any() else seen.camera.project_distorted(local)


def _on_plane(seen: Seen, pixel: Sequence[float] | Array, *, point_m: Array, normal: Array) -> Array | None:
    pose = seen.world_from_camera
    ray = pose[:3, :3] @ seen.camera.rays(np.asarray(pixel, np.float64))
    towards = float(ray @ normal)
    if not np.isfinite(ray).all() or abs(towards) < 1e-9:
        return None
    depth = float((point_m - pose[:3, 3]) @ normal) / towards
    return pose[:3, 3] + depth * ray if depth > _NEAREST_M else None
