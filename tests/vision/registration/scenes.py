"""Depth frames of papered rooms with exact poses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from arviz.core.camera import Camera, Frame
from arviz.core.frames import look_at
from arviz.core.frozen import Array
from arviz.testing.rooms import sensor_depth
from tests.vision.sequence_scenes import CAMERA, Quad, photo_and_depth

KINECT_FB_PX_M = 43.5


def depth_frame(quads: list[Quad], pose: Array, *, rng: np.random.Generator, camera: Camera = CAMERA, bend: Array | float = 0.0) -> Frame:
    """Return what a Kinect sees from a place, without its pose; `bend` as `drawn_bend` gives it."""
    frame, depth = photo_and_depth(quads, pose, rng=rng, camera=camera)
    return replace(frame, depth_m=sensor_depth(bent(depth, bend), camera, kind="kinect", rng=rng))


def drawn_bend(rng: np.random.Generator, camera: Camera, *, sigma_px: float) -> Array:
    """Return (H, W) by how much one sensor's 1 / z is wrong: disparities off by knots a third of the picture apart, and a bowl."""
    import cv2

    size = camera.width_px, camera.height_px
    x, y = (2 * np.arange(side) / side - 1 for side in size)
    bowl = rng.normal() * (x**2 + y[:, None] ** 2 - 2 / 3)
    out: Array = sigma_px / KINECT_FB_PX_M * (0.8 * cv2.resize(rng.normal(size=(4, 5)), size, interpolation=cv2.INTER_CUBIC) + bowl)
    return out


def bent(depth_m: Array, bend: Array | float) -> Array:
    """Return depths as a bent sensor has them; +inf stays."""
    known = np.isfinite(depth_m)
    return np.where(known, 1 / np.maximum(1 / np.where(known, depth_m, 1.0) + bend, 1e-3), np.inf)


def around(rng: np.random.Generator, turns_deg: Sequence[float]) -> list[Array]:
    """Return poses (4, 4) that look at the far end of a papered room from places on an arc about a box, turned by these angles."""
    target, reach = np.array([rng.uniform(-0.3, 0.3), 0.8, -1.2]), rng.uniform(2.0, 2.4)
    out = []
    for angle in np.radians(turns_deg):
        eye = target + reach * np.array([np.sin(angle), 0, np.cos(angle)])
        out.append(look_at(np.array([np.clip(eye[0], -1.7, 1.7), rng.uniform(1.3, 1.6), eye[2]]), target + rng.normal(0, 0.05, 3)))
    return out


def apart(found: Array, truth: Array) -> tuple[float, float]:
    """Return the angle (rad) and the distance (m) between two poses."""
    turn = Rotation.from_matrix(found[:3, :3] @ truth[:3, :3].T).magnitude()
    return float(turn), float(np.linalg.norm(found[:3, 3] - truth[:3, 3]))


def relative(poses: Sequence[Array]) -> list[Array]:
    """Return poses in the first one's axes."""
    return [np.linalg.inv(poses[0]) @ pose for pose in poses]
