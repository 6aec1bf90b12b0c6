"""A hand-held camera that goes past what a view of a room shows: frames that overlap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frames import look_at
from arviz.core.room import View
from arviz.testing.rooms.rays import Tracer
from arviz.testing.rooms.room import SyntheticRoom
from arviz.testing.rooms.viewpoints import WALL_M


def walk(room: SyntheticRoom, count: int, *, step_m: float = 0.08, start: int = 0) -> tuple[View, ...]:
    """Return views (n,) of a hand-held camera that goes sideways past what a view shows, turned to it all the time.

    Parameters
    ----------
    step_m : float
        Between two views; shorter where the room is narrow.
    start : int
        Index of the view in whose middle the walk looks; the walk goes to the side with more space.
    """
    view = room.views[start]
    pose, tracer = view.world_from_camera, Tracer(room.mesh)
    eye, right, forward = pose[:3, 3], pose[:3, 0], pose[:3, 2]
    sideways = right - np.array([0.0, right[1], 0.0])
    sideways /= np.linalg.norm(sideways)
    # Whatever lies between the knee and the head of a walker stops them.
    heights = eye + np.array([[0.0, dy, 0.0] for dy in np.linspace(-0.3, 0.15, 7)])
    free = [float(tracer.first(heights, np.broadcast_to(way, heights.shape)).distance.min()) - WALL_M for way in (sideways, -sideways)]
    low, high = -max(free[1], 0.0), max(free[0], 0.0)
    length = min(step_m * (count - 1), high - low)
    first = float(np.clip(-length / 2, low, high - length))
    target = eye + forward * float(np.median(room.depth(replace(view, camera=_tiny(view.camera)))))
    along = np.linspace(first, first + length, count)
    sway = 0.02 * np.sin(np.arange(count) * 1.7)
    eyes = eye + along[:, None] * sideways + sway[:, None] * np.array([0.0, 1.0, 0.0]) + 0.15 * np.abs(along)[:, None] * forward
    return tuple(View(camera=view.camera, world_from_camera=look_at(at, target), time_s=i * 0.25) for i, at in enumerate(eyes))


def _tiny(camera: Camera) -> Camera:
    k = camera.k.copy()
    k[:2] *= 24 / camera.width_px
    return Camera(k=k, width_px=24, height_px=max(24 * camera.height_px // camera.width_px, 1))
