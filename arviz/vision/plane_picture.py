"""What the pictures of a room show of one of its planes, seen straight on."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Frame
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import Plane, View

PIXELS_PER_M = 150.0
MOST_PX = 1024
_NEAR_M = 0.05
_BEHIND_M = 0.05
"""A pixel whose depth is nearer than the plane by this and 3 % shows something in front of it."""


class PlanePicture(NamedTuple):
    """A plane seen straight on."""

    image: Image
    """8-bit sRGB; what no picture shows has the mean colour of the rest."""
    uv: Array
    """(N, 2) place of each corner of the plane's outline in it, origin at the upper left."""
    shown: Array
    """(H, W) bool: what a picture shows."""


def plane_picture(plane: Plane, views: Sequence[View], frames: Sequence[Frame]) -> PlanePicture | None:
    """Return the plane as `frames` show it, None where none does; earlier frames win.

    Parameters
    ----------
    views : sequence of View
        Of `frames`, in their order.
    """
    if len(plane.outline_m) < 3:
        return None
    across, down = _axes(np.asarray(plane.normal))
    flat = plane.outline_m @ np.stack([across, down], axis=1)
    low, size = flat.min(axis=0), np.ptp(flat, axis=0)
    if min(size) <= 0:
        return None
    per_m = min(PIXELS_PER_M, MOST_PX / float(max(size)))
    width, height = (max(1, ceil(float(side) * per_m)) for side in size)
    u, v = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    on_plane = low + np.stack([u, v], axis=-1).reshape(-1, 2) * size
    # The point of the plane with these two coordinates: along the normal it lies at -offset.
    points = on_plane @ np.stack([across, down]) - np.asarray(plane.normal) * plane.offset_m
    pixels = np.zeros((height * width, 3), np.float32)
    shown = np.zeros(height * width, bool)
    for view, frame in zip(views, frames, strict=False):
        colour, good = _seen(points, view, frame, width=width)
        new = good & ~shown
        pixels[new] = colour[new]
        shown |= new
    if not shown.any():
        return None
    pixels[~shown] = pixels[shown].mean(axis=0)
    image = Image(pixels=np.round(pixels).astype(np.uint8).reshape(height, width, 3))
    return PlanePicture(image, (flat - low) / size, shown.reshape(height, width))


def _axes(normal: Array) -> tuple[Array, Array]:
    """Return unit vectors to the right and down on a plane, for an eye that looks against its normal."""
    up = np.array([0.0, 1.0, 0.0]) if abs(normal[1]) < 0.9 else np.array([0.0, 0.0, -np.sign(normal[1])])
    across = np.cross(up, normal)
    across = across / np.linalg.norm(across)
    return across, -np.cross(normal, across)


def _seen(points_m: Array, view: View, frame: Frame, *, width: int) -> tuple[Array, Array]:
    """Return the colour (N, 3) of points in a frame, and where they are in view and not hidden; N is so many rows of `width`."""
    import cv2

    camera_from_world = np.linalg.inv(view.world_from_camera)
    local = points_m @ camera_from_world[:3, :3].T + camera_from_world[:3, 3]
    ahead = local[:, 2] > _NEAR_M
    at = np.full((len(local), 2), -10.0)
    at[ahead] = view.camera.project_distorted(local[ahead])
    size = np.array([frame.image.width_px, frame.image.height_px])
    inside = ahead & (at > -0.5).all(axis=1) & (at < size - 0.5).all(axis=1)
    pixels = np.ascontiguousarray(
        np.repeat(frame.image.pixels, 3, axis=2)[..., :3] if frame.image.pixels.shape[2] == 1 else frame.image.pixels[..., :3]
    )
    # OpenCV takes at most 32767 places a row.
    x, y = (np.where(inside, at[:, i], -10).astype(np.float32).reshape(-1, width) for i in range(2))
    colour = cv2.remap(pixels, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).reshape(-1, 3).astype(np.float32)
    if frame.depth_m is not None:
        rows, columns = frame.depth_m.shape
        column = np.clip(((at[:, 0] + 0.5) * columns / size[0]).astype(np.int64), 0, columns - 1)
        row = np.clip(((at[:, 1] + 0.5) * rows / size[1]).astype(np.int64), 0, rows - 1)
        depth = frame.depth_m[row, column]
        inside &= ~(depth < local[:, 2] * 0.97 - _BEHIND_M)
    return colour, inside
