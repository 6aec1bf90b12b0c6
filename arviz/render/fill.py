"""Bring a product nearer without moving the eye: the lens is zoomed and shifted, the perspective stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.transforms import apply

_MOST = 1000.0
"""A point or a line would be enlarged without end."""


def filled(camera: Camera, points_m: Array, *, world_from_camera: Array, share: float) -> Camera:
    """Return the camera in whose picture the points are centred and fill a share of the width or of the height.

    Parameters
    ----------
    camera : Camera
        Without distortion; every point is in front of it.
    points_m : ndarray (N, 3)
        In the world; rows that are not finite are ignored.
    world_from_camera : ndarray (4, 4)
    share : float
        Of the side that the points fill first, 0 to 1.
    """
    points_m = points_m[np.isfinite(points_m).all(axis=1)]
    seen = camera.project(apply(np.linalg.inv(world_from_camera), points_m))
    low, high = seen.min(axis=0), seen.max(axis=0)
    size = np.array([camera.width_px, camera.height_px])
    scale = min(float((share * size / np.maximum(high - low, 1e-9)).min()), _MOST)
    k = camera.k.copy()
    k[:2] *= scale
    # Pixel u goes to scale u + shift: the middle of what is seen to the middle of the picture.
    k[:2, 2] += (size - 1) / 2 - scale * (low + high) / 2
    return replace(camera, k=k)
