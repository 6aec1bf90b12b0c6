"""Pixels as directions: what a camera and its lens say about where a pixel looks."""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.lens import undistort


def rays(points_px: Array, *, camera: Camera) -> Array:
    """Return (..., 3) directions with z = 1, camera axes, of (..., 2) pixels; NaN where the lens shows nothing."""
    points = np.asarray(points_px, np.float64)
    seen = (points - camera.k[:2, 2]) @ np.linalg.inv(camera.k[:2, :2]).T
    flat = undistort(seen, camera.distortion)
    return np.concatenate([flat, np.ones((*flat.shape[:-1], 1))], axis=-1)


def relative_focal_sigma(camera: Camera) -> float:
    """Return the standard deviation of ln f; 0 where the camera states none."""
    return (camera.sigma_f_px or 0.0) / float(camera.k[0, 0])


def check_size(frame: Frame) -> None:
    """Raise InputError ``E_CAMERA_SIZE`` unless the camera belongs to pictures of this size."""
    image, camera = frame.image, frame.camera
    size, wanted = (image.width_px, image.height_px), (camera.width_px, camera.height_px)
    if size == wanted:
        return
    factor = size[0] / wanted[0]
    if abs(size[1] - wanted[1] * factor) < 1:
        hint = f"The shape is the same: scale the camera by {factor:.6g}, or give the picture as it was taken."
    else:
        hint = "Give the picture as it was taken, neither cropped nor turned, or the camera that belongs to this one."
    raise InputError(
        "E_CAMERA_SIZE",
        "the camera belongs to pictures of another size",
        expected=f"{wanted[0]} x {wanted[1]}",
        found=f"{size[0]} x {size[1]}",
        hint=hint,
    )
