"""Where a person would stand with a camera: at eye or chest height, looking into the room, not at a cupboard's side."""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frames import look_at
from arviz.core.frozen import Array
from arviz.core.room import View
from arviz.testing.rooms.furnishing import Floor
from arviz.testing.rooms.rays import Tracer, pixel_grid

_CANDIDATES, _TRIES = 40, 100
_NEAR_M = 0.55
"""Nothing seen is nearer than this."""
WALL_M = 0.3
_AHEAD, _DOWNWARD = (5.0, 25.0), (20.0, 35.0)
"""Degrees below the horizon."""


def draw_views(rng: np.random.Generator, tracer: Tracer, floor: Floor, camera: Camera, count: int, *, downward: bool = False) -> list[View]:
    """Return views in the plan's frame; each next one is a step and a turn away, so that they overlap.

    They look down by 5 to 25 degrees, with `downward` by 20 to 35.
    """
    pitch = _DOWNWARD if downward else _AHEAD
    spots: list[Array] = []
    for _ in range(_TRIES):  # a crowded room under a low roof has few places to stand
        spots = [spot for spot in (_somewhere(rng, floor, pitch) for _ in range(_CANDIDATES)) if spot is not None]
        if spots:
            break
    else:
        raise ValueError("nobody can stand in this room")
    best = max(spots, key=lambda spot: _worth(tracer, camera, spot))
    views = [View(camera=camera, world_from_camera=best)]
    while len(views) < count:
        steps = [s for s in (_step(rng, floor, views[-1].world_from_camera, pitch) for _ in range(_CANDIDATES // 2)) if s is not None]
        steps = steps or [views[-1].world_from_camera]
        views.append(View(camera=camera, world_from_camera=max(steps, key=lambda spot: _worth(tracer, camera, spot))))
    return views


def _somewhere(rng: np.random.Generator, floor: Floor, pitch: tuple[float, float]) -> Array | None:
    low, high = floor.shell.corners.min(axis=0), floor.shell.corners.max(axis=0)
    x, z = rng.uniform(low + WALL_M, high - WALL_M)
    x_there, z_there = rng.uniform(low, high)  # towards some other place, so that most look through the middle
    return _stand(rng, floor, x, z, np.arctan2(x_there - x, z_there - z), rng.uniform(1.2, 1.7), pitch)


def _step(rng: np.random.Generator, floor: Floor, pose: Array, pitch: tuple[float, float]) -> Array | None:
    x, y, z = pose[:3, 3]
    way, turn = rng.uniform(-np.pi, np.pi), rng.uniform(np.radians(8), np.radians(25)) * rng.choice([-1, 1])
    length = rng.uniform(0.2, 0.6)
    height = float(np.clip(y + rng.uniform(-0.1, 0.1), 1.2, 1.7))
    return _stand(rng, floor, x + length * np.sin(way), z + length * np.cos(way), np.arctan2(pose[0, 2], pose[2, 2]) + turn, height, pitch)


def _stand(
    rng: np.random.Generator, floor: Floor, x: float, z: float, yaw: float, height: float, pitch_deg: tuple[float, float]
) -> Array | None:
    shell = floor.shell
    if not shell.inside(x, z, margin_m=WALL_M) or shell.headroom_m(x, z) < height + 0.15:
        return None
    if not floor.free(x, z, (0.2, 0.2), height, clear=False):
        return None
    pitch, roll = np.radians(rng.uniform(*pitch_deg)), np.radians(rng.normal(0, 1.5))
    eye = np.array([x, height, z])
    pose = look_at(eye, eye + np.array([np.sin(yaw) * np.cos(pitch), -np.sin(pitch), np.cos(yaw) * np.cos(pitch)]))
    tilt = np.eye(4)
    tilt[:2, :2] = [[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]]
    return pose @ tilt


def _worth(tracer: Tracer, camera: Camera, pose: Array) -> float:
    """Prefer views that reach far and see several surfaces; refuse those with something right in front."""
    rays = camera.rays(pixel_grid(camera, step_px=max(camera.width_px // 24, 1)))
    hit = tracer.first(np.broadcast_to(pose[:3, 3], rays.shape), rays @ pose[:3, :3].T)
    depth = np.where(np.isfinite(hit.distance), hit.distance, 0.0)
    floor_share = float((np.abs(tracer.normals[hit.triangle, 1] - 1) < 1e-6).mean())
    surfaces = len(np.unique(tracer.plane[hit.triangle]))
    return float(np.median(depth)) + min(floor_share, 0.2) * 5 + 0.15 * min(surfaces, 15) - (100.0 if depth.min() < _NEAR_M else 0.0)
