"""Both irises of a face as its landmarks show them, measured in the posed template's frame."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.face import HeadPose, face_template
from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks

RIGHT, LEFT = (468, 469, 471), (473, 474, 476)
"""Middle of an iris, and its two sides; of the person's right eye, then the left."""
CORNERS = ((33, 133), (362, 263))


class Eyes(NamedTuple):
    """Both eyes, right and left, in units of the posed template."""

    middles: Array
    """(2, 3) in camera axes."""
    diameters: Array
    """(2,) horizontal."""


def eye_depths(pose: HeadPose) -> Array:
    """Return the depths (2,) of the right and the left eye of the posed template."""
    points = face_template().points_m[np.array(CORNERS)].mean(axis=1)
    out: Array = points @ pose.camera_from_head[2, :3] + pose.camera_from_head[2, 3]
    return out


def landmark_eyes(landmarks: Landmarks, pose: HeadPose, camera: Camera) -> Eyes:
    """Return the irises that the network shows."""
    marks = np.array([RIGHT, LEFT])
    rays = camera.rays(landmarks.points_px[marks].reshape(-1, 2)).reshape(2, 3, 3)
    places = rays * eye_depths(pose)[:, None, None]
    return Eyes(places[:, 0], np.linalg.norm(places[:, 1] - places[:, 2], axis=1))
