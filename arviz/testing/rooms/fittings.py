"""What is fixed to walls and floor: window frames, door casings, radiators, pictures, rugs."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.testing.rooms.builder import UP, Builder, on_frame
from arviz.testing.rooms.truth import Part

_BAR_M = 0.055
_CASING_M = 0.075


def window_frame(builder: Builder, palette: dict[str, Any], pane: Array) -> None:
    """Put bars around a pane (4, 3), one upright in the middle of a wide one."""
    width, height = _size(pane)
    uprights = [_BAR_M / 2, width - _BAR_M / 2] + ([width / 2] if width > 1.0 else [])
    for u in uprights:
        _on_wall(builder, palette["frame"], pane, (u, 0.0), (_BAR_M, height, 0.04))
    for v in (0.0, height - _BAR_M):
        for left, right in zip(sorted(uprights)[:-1], sorted(uprights)[1:], strict=True):
            _on_wall(builder, palette["frame"], pane, ((left + right) / 2, v), (right - left - _BAR_M, _BAR_M, 0.04))


def casing(builder: Builder, palette: dict[str, Any], hole: Array) -> None:
    """Put flat boards around a door's opening (4, 3), on the wall."""
    width, height = _size(hole)
    for u in (-_CASING_M / 2, width + _CASING_M / 2):
        _on_wall(builder, palette["frame"], hole, (u, 0.0), (_CASING_M, height, 0.016))
    _on_wall(builder, palette["frame"], hole, (width / 2, height), (width + 2 * _CASING_M, _CASING_M, 0.016))


def radiator(builder: Builder, palette: dict[str, Any], hole: Array) -> Array | None:
    """Hang a radiator under an opening (4, 3); return two opposite corners of its footprint, None where there is no height."""
    width, _ = _size(hole)
    sill = float(hole[0, 1])
    height, wide = min(0.55, sill - 0.22), min(width * 0.9, 1.4)
    if height < 0.3:
        return None
    ribs = {"paint": "ribs", "colour": palette["frame"]["colour"]}
    _on_wall(builder, ribs, hole, (width / 2, -sill + 0.12), (wide, height, 0.09), part="box_side")
    along, inward = (hole[1] - hole[0]) / width, _inward(hole)
    foot = (hole[0] + hole[1]) / 2 - UP * (sill - 0.12)
    builder.stand("radiator", foot + inward * 0.045, (wide, height, 0.09), _yaw(hole))
    return np.stack([foot - along * wide / 2, foot + along * wide / 2 + inward * 0.09])


def pictures(rng: np.random.Generator, builder: Builder, palette: dict[str, Any], outline: Array, holes: list[Array]) -> None:
    """Hang up to two pictures where a wall is free."""
    frame = outline[0] if outline[0, 1] < 1e-6 else outline[np.argmin(outline[:, 1])]
    along = (outline[1] - outline[0]) / np.linalg.norm(outline[1] - outline[0])
    corner = np.stack([frame, frame + along, frame + along + UP, frame + UP])
    taken = [((h[:2] - frame) @ along) for h in holes]
    reach = (outline - frame) @ along
    for _ in range(rng.integers(0, 3)):
        width, height = rng.uniform(0.25, 0.9), rng.uniform(0.25, 0.7)
        u, v = rng.uniform(reach.min() + 0.2, reach.max() - 0.2), rng.uniform(1.25, 1.45)
        span = (u - width / 2 - 0.12, u + width / 2 + 0.12)
        top = frame + along * (u + np.array([[-width / 2], [width / 2]])) + UP * (v + height / 2 + 0.05)
        if not all(_within(outline, p) for p in top) or any(span[0] < b and a < span[1] for a, b in taken):
            continue
        taken.append(np.array(span))
        look = {"paint": "picture", "accent": tuple(rng.choice([0.03, 0.6]) * np.array([1, 0.9, 0.75])), "seed": int(rng.integers(2**31))}
        _on_wall(builder, {"paint": "plain", "colour": look["accent"]}, corner, (u, v - height / 2), (width, height, 0.02), front=look)


def rug(rng: np.random.Generator, builder: Builder, palette: dict[str, Any], corners: Array) -> None:
    """Lay a rug on the floor (plane 0), square to the walls or nearly so."""
    size = np.array([rng.uniform(1.2, 2.4), rng.uniform(0.8, 1.7)])
    low, high = corners.min(axis=0), corners.max(axis=0)
    middle = (low + high) / 2 + rng.uniform(-0.15, 0.15, 2) * (high - low)
    turn = rng.normal(0, 0.05) + rng.integers(2) * np.pi / 2
    along, up = np.array([np.cos(turn), 0.0, -np.sin(turn)]), np.array([-np.sin(turn), 0.0, -np.cos(turn)])
    corner = np.array([middle[0], 0.0, middle[1]]) - along * size[0] / 2 - up * size[1] / 2
    look = on_frame(palette["rug"], corner, along * size[0], up * size[1])
    builder.sheets.append({"base": builder.planes[0]["finish"], "finish": look})


def _on_wall(
    builder: Builder,
    finish: dict[str, Any],
    frame: Array,
    at: tuple[float, float],
    size: tuple[float, float, float],
    *,
    front: dict[str, Any] | None = None,
    part: Part = "reveal",
) -> None:
    """Add a box by the middle of its lower edge in the coordinates of a rectangle on a wall; its back is on the wall."""
    along, up = frame[1] - frame[0], frame[3] - frame[0]
    along, up = along / np.linalg.norm(along), up / np.linalg.norm(up)
    base = frame[0] + along * at[0] + up * at[1] + _inward(frame) * size[2] / 2
    builder.box(base, size, yaw_rad=_yaw(frame), finish=finish, top=part, side=part, faces={"front": front} if front else None)


def _size(rectangle: Array) -> tuple[float, float]:
    return float(np.linalg.norm(rectangle[1] - rectangle[0])), float(np.linalg.norm(rectangle[3] - rectangle[0]))


def _inward(rectangle: Array) -> Array:
    normal = np.cross(rectangle[1] - rectangle[0], rectangle[3] - rectangle[0])
    out: Array = normal / np.linalg.norm(normal)
    return out


def _yaw(rectangle: Array) -> float:
    inward = _inward(rectangle)
    return float(np.arctan2(inward[0], inward[2]))


def _within(polygon: Array, point: Array) -> bool:
    """Tell whether a point on the plane of a convex polygon lies in it."""
    normal = np.cross(polygon[1] - polygon[0], polygon[2] - polygon[1])
    edges = np.roll(polygon, -1, axis=0) - polygon
    return bool((np.cross(edges, point - polygon) @ normal > 0).all())
