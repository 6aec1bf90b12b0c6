"""From the floor in camera axes to planes in the world, with sigmas that leave out what `Scale` holds."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import Plane
from arviz.vision.photo.floor import PhotoFloor
from arviz.vision.photo.gravity import tangents
from arviz.vision.photo.outline import FloorOutline

_WALL_HEIGHT_M = 2.4
_WALL_HEIGHT_UNITS = 1.6
"""Where the unit is the height of the camera."""
_LEAST_SIDE = 0.02
_STEP = 1e-5


def world_from_camera(floor: PhotoFloor) -> Array:
    """Return the camera's pose (4, 4) in the world: floor at y = 0, origin below the camera, looking along -Z."""
    up = floor.up
    ahead = np.array([0.0, 0.0, 1.0]) if abs(up[2]) < 0.94 else np.array([0.0, -1.0, 0.0]) * np.sign(-up[2])
    back = -(ahead - (ahead @ up) * up)
    back = back / np.linalg.norm(back)
    out = np.eye(4)
    out[:3, :3] = np.stack([np.cross(up, back), up, back])
    out[1, 3] = floor.height_m
    return out


def scale_sigma(floor: PhotoFloor) -> float:
    """Return how far all lengths may be wrong together: what the height may be off beyond what tilt and f make of it."""
    by_rest, rest = _height_by_rest(floor)
    return float(np.sqrt(max(float(floor.covariance[2, 2] - by_rest @ rest @ by_rest), 0.0)))


def height_sigma(floor: PhotoFloor) -> float:
    """Return how far the camera's height may be wrong beside what `scale_sigma` holds: tilts about the thing on the floor."""
    by_rest, rest = _height_by_rest(floor)
    return floor.height_m * float(np.sqrt(max(float(by_rest @ rest @ by_rest), 0.0)))


def floor_plane(floor: PhotoFloor, outline: FloorOutline | None, seen_px: Array) -> Plane:
    """Return the floor; of an outline that nobody gives at least the thing that lies on it."""
    points_px = seen_px if outline is None else outline.points_px
    corners = _counter_clockwise(_in_world(floor, points_px), np.array([0.0, 1.0, 0.0]))
    corners[:, 1] = 0.0
    middle = floor.points(points_px).mean(axis=0) if len(points_px) else -floor.up * floor.height_m
    # Height of the moved floor over the place where it was: tilts about the camera's foot, and the height that goes with them.
    by_height, _ = _height_by_rest(floor)
    slope = np.append(tangents(floor.up) @ middle, 0.0) + by_height * floor.height_m
    covariance = _without_scale(floor)
    kept = np.ix_([0, 1, 3], [0, 1, 3])
    return Plane(
        kind="floor",
        normal=(0.0, 1.0, 0.0),
        offset_m=0.0,
        outline_m=corners,
        extent="given" if outline is not None and outline.source == "given" else "seen",
        sigma_normal_rad=floor.sigma_tilt_rad,
        sigma_offset_m=float(np.sqrt(max(float(slope @ covariance[kept] @ slope), 0.0))),
        source="photo",
    )


def wall_planes(floor: PhotoFloor, outline: FloorOutline) -> list[Plane]:
    """Return a vertical plane on each side of an outline that is a wall."""
    corners = _in_world(floor, outline.points_px)
    middle = corners.mean(axis=0)
    turn = 1.0 if _signed_area(corners) > 0 else -1.0
    out = []
    for k in np.flatnonzero(outline.is_wall):
        ends_px = np.stack([outline.points_px[k], outline.points_px[(k + 1) % len(corners)]])
        ends = np.stack([corners[k], corners[(k + 1) % len(corners)]])
        length = float(np.linalg.norm(ends[1] - ends[0]))
        if length < _LEAST_SIDE * max(float(np.linalg.norm(ends.mean(axis=0) - middle)), floor.height_m):
            continue
        out.append(_wall(floor, outline, ends_px, ends, turn))
    return out


def _wall(floor: PhotoFloor, outline: FloorOutline, ends_px: Array, ends: Array, turn: float) -> Plane:
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    normal = turn * np.cross([0.0, 1.0, 0.0], along)
    sigma_ends, sigma_middle = _sigmas_across(floor, ends_px, normal, outline.sigma_px)
    azimuth = sigma_ends / float(np.linalg.norm(ends[1] - ends[0]))
    height = _wall_height(floor, ends)
    rectangle = np.stack([ends[0], ends[1], ends[1] + (0, height, 0), ends[0] + (0, height, 0)])
    return Plane(
        kind="wall",
        normal=tuple(normal.tolist()),
        offset_m=float(-normal @ ends.mean(axis=0)),
        outline_m=_counter_clockwise(rectangle, normal),
        extent="given" if outline.source == "given" else "seen",
        sigma_normal_rad=float(np.sqrt((azimuth**2 + floor.sigma_tilt_rad**2) / 2)),
        sigma_offset_m=sigma_middle,
        source=outline.source,
        confidence=outline.confidence,
    )


def _sigmas_across(floor: PhotoFloor, ends_px: Array, normal: Array, sigma_px: float) -> tuple[float, float]:
    """Return the sigma, along a wall's normal, of the difference of both ends and of their middle."""

    def across(moved: PhotoFloor, pixels: Array) -> Array:
        ends = _in_world(moved, pixels) @ normal
        return np.array([ends[1] - ends[0], ends.mean()])

    here = across(floor, ends_px)
    by_floor = np.stack([(across(floor.moved(_STEP * unit), ends_px) - here) / _STEP for unit in np.eye(4)], axis=1)
    by_pixel = np.stack([(across(floor, ends_px + _STEP * unit.reshape(2, 2)) - here) / _STEP for unit in np.eye(4)], axis=1)
    covariance = by_floor @ _without_scale(floor) @ by_floor.T + sigma_px**2 * by_pixel @ by_pixel.T
    sigmas = np.sqrt(np.maximum(np.diag(covariance), 0))
    return float(sigmas[0]), float(sigmas[1])


def _wall_height(floor: PhotoFloor, ends: Array) -> float:
    """Return how high the picture shows a wall over the inner part of a side (2, 3), at most as much as a room is high."""
    pose = world_from_camera(floor)
    most = _WALL_HEIGHT_M if floor.metric else _WALL_HEIGHT_UNITS
    heights = np.linspace(0, most, 49)[1:]
    feet = ends[0] + np.linspace(0.1, 0.9, 9)[:, None] * (ends[1] - ends[0])
    points = (feet[:, None] + heights[None, :, None] * np.array([0.0, 1.0, 0.0]) - pose[:3, 3]) @ pose[:3, :3]
    camera = floor.camera
    seen = np.zeros(points.shape[:2], bool)
    front = points[..., 2] > 1e-6
    pixels = camera.project_distorted(points[front])
    size = np.array([camera.width_px, camera.height_px])
    seen[front] = ((pixels >= -0.5) & (pixels <= size - 0.5)).all(axis=1)
    highest = np.where(seen.any(axis=0), heights, 0).max()
    return float(max(highest, heights[0]))


def _in_world(floor: PhotoFloor, points_px: Array) -> Array:
    pose = world_from_camera(floor)
    out: Array = floor.points(points_px) @ pose[:3, :3].T + pose[:3, 3]
    return out


def _height_by_rest(floor: PhotoFloor) -> tuple[Array, Array]:
    """Return how ln height follows both tilts and ln f (3,), by regression, and their covariance (3, 3)."""
    kept = [0, 1, 3]
    rest = floor.covariance[np.ix_(kept, kept)]
    return np.linalg.pinv(rest, hermitian=True) @ floor.covariance[kept, 2], rest


def _without_scale(floor: PhotoFloor) -> Array:
    """Return the covariance (4, 4) less the part of the height that only scales the room."""
    out = floor.covariance.copy()
    out[2, 2] -= scale_sigma(floor) ** 2
    return out


def _signed_area(corners: Array) -> float:
    """Return the area of (N, 3) corners on the floor, positive if they go counter-clockwise seen from above."""
    return 0.5 * float(np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0)[1])


def _counter_clockwise(corners: Array, normal: Array) -> Array:
    """Return (N, 3) corners in the turn that an eye looking against the normal calls counter-clockwise."""
    if len(corners) < 3:
        return corners.copy()
    area = np.cross(corners - corners[0], np.roll(corners - corners[0], -1, axis=0)).sum(axis=0)
    return corners.copy() if area @ normal >= 0 else corners[::-1].copy()
