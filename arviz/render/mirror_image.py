"""The mirror image in a floor: which pixels of a photo show the floor, and which of its other pixels it would mirror there."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.lens import coefficients
from arviz.core.room import Plane
from arviz.render.room_catchers import ON_PLANE_M, ray_slopes, sensor_sigma_m

_ABOVE_M = 0.1
"""What is lower is not told from the floor."""
_LEVELS = 6
_HOLE_PX = 0.8


class MirrorImage(NamedTuple):
    """What a perfect mirror in place of the floor would show."""

    light: Array
    """(H, W, C) float32; NaN where that is not in the photo."""
    share: Array
    """(H, W) float32: share of the way from the eye over the mirror that lies behind the mirror."""
    floor: Array
    """(H, W) bool: where the photo shows the floor."""


class FloorView:
    """A floor as a camera sees it.

    Parameters
    ----------
    floor : Plane
    camera : Camera
    world_from_camera : ndarray (4, 4)
    """

    def __init__(self, floor: Plane, camera: Camera, world_from_camera: Array) -> None:
        self.camera, self.pose, self.plane = camera, np.asarray(world_from_camera, np.float64), floor
        self.focal_px = float(camera.k[1, 1])
        x, y = np.broadcast_arrays(*ray_slopes(camera))
        self.rays = np.stack([x, y, np.ones_like(x)], axis=-1)
        self.normal = self.pose[:3, :3].T @ np.asarray(floor.normal)
        self.height_m = float(floor.distance_m(self.pose[None, :3, 3])[0])
        towards = self.rays @ self.normal
        with np.errstate(divide="ignore"):
            self.depth_m = np.where((towards < -1e-4) & (self.height_m > 0), -self.height_m / towards, np.inf).astype(np.float32)
        self.cosine = np.clip(-towards / np.linalg.norm(self.rays, axis=-1), 0, 1)

    def mirrored(self, light: Array, depth_m: Array) -> MirrorImage:
        """Return the mirror image of a photo's own pixels, brought to where the floor would show them.

        Parameters
        ----------
        light : ndarray (H, W, C)
            Of this camera.
        depth_m : ndarray (H, W)
            Along z, of any size; NaN, 0 or +inf where unknown.
        """
        import cv2

        size = (self.camera.width_px, self.camera.height_px)
        depth = cv2.resize(np.asarray(depth_m, np.float32), size, interpolation=cv2.INTER_NEAREST_EXACT)
        known = np.isfinite(depth) & (depth > 0) & (depth < 1e4)
        points = self.rays * np.where(known, depth, 0)[..., None]
        height = points @ self.normal + self.height_m
        floor = known & (np.abs(height) < ON_PLANE_M + 2 * sensor_sigma_m(np.where(known, depth, 1)))
        rows, columns = np.nonzero(known & (height > _ABOVE_M))
        image = points[rows, columns] - 2 * height[rows, columns, None] * self.normal
        ahead = image[:, 2] > 0.05
        rows, columns, image = rows[ahead], columns[ahead], image[ahead]
        at = np.round(self.camera.project_distorted(image))
        inside = (at >= 0).all(axis=1) & (at < size).all(axis=1)
        rows, columns, z = rows[inside], columns[inside], image[inside, 2]
        x, y = at[inside].astype(int).T
        order = np.argsort(-z)  # the nearest is written last
        out = np.full(light.shape, np.nan, np.float32)
        far = np.full(light.shape[:2], np.nan, np.float32)
        out[y[order], x[order]] = light[rows[order], columns[order]]
        far[y[order], x[order]] = z[order]
        out, far = _closed(out), _closed(far[..., None])[..., 0]
        share = np.where(np.isfinite(far), np.clip(1 - self.depth_m / np.maximum(far, 1e-3), 0, 1), 0).astype(np.float32)
        return MirrorImage(out, share, floor)


def _closed(plane: Array) -> Array:
    """Return (H, W, C) with the holes between neighbours filled."""
    import cv2

    known = np.isfinite(plane[..., 0])
    weight = cv2.GaussianBlur(known.astype(np.float32), (0, 0), _HOLE_PX)
    total = cv2.GaussianBlur(np.where(known[..., None], plane, 0).astype(np.float32), (0, 0), _HOLE_PX).reshape(plane.shape)
    filled = np.where(weight[..., None] > 0.3, total / np.maximum(weight, 1e-6)[..., None], np.nan)
    return np.where(known[..., None], plane, filled).astype(np.float32)


def decoded(photo: Image, *, width_px: int, height_px: int) -> Array:
    """Return a photo (8-bit sRGB) in linear light at a smaller size."""
    import cv2

    table = srgb_to_linear(np.arange(256, dtype=np.float32) / 255).astype(np.float32)
    linear = np.asarray(cv2.LUT(np.ascontiguousarray(photo.pixels[..., :3]), table))
    if linear.shape[:2] == (height_px, width_px):
        return linear
    return np.asarray(cv2.resize(linear, (width_px, height_px), interpolation=cv2.INTER_AREA))


def mirror(floor: Plane) -> Array:
    """Return the (4, 4) reflection of the world at a plane."""
    normal = np.asarray(floor.normal)
    out = np.eye(4)
    out[:3, :3] -= 2 * np.outer(normal, normal)
    out[:3, 3] = -2 * floor.offset_m * normal
    return out


def part_of(camera: Camera, box: tuple[slice, slice]) -> Camera:
    """Return the camera of some rows and columns of its pictures."""
    rows, columns = box
    k = camera.k.copy()
    k[:2, 2] -= columns.start, rows.start
    return replace(camera, k=k, width_px=columns.stop - columns.start, height_px=rows.stop - rows.start)


def flipped_camera(camera: Camera) -> Camera:
    """Return the camera that sees the world, left and right changed, as `camera` sees it, left and right of the picture changed."""
    k = camera.k.copy()
    k[0, 2], k[0, 1] = camera.width_px - 1 - k[0, 2], -k[0, 1]
    known = coefficients(camera.distortion)
    if known is None:
        return replace(camera, k=k)
    odd = np.ones(14)
    odd[[3, 8, 9, 13]] = -1  # p2, s1, s2 and the tilt about y: the terms that are not mirror images of themselves
    return replace(camera, k=k, distortion=tuple((known * odd).tolist()))


def softened(plane: Array, weight: Array, sigma_px: Array, *, most_px: float) -> Array:
    """Return (H, W[, C]) blurred by a Gaussian that differs from pixel to pixel, a mean of what has weight.

    Parameters
    ----------
    sigma_px : ndarray (H, W)
        At most `most_px`; in between of what a few Gaussians give.
    """
    import cv2

    levels = np.concatenate([[0.0], most_px * 2.0 ** np.arange(-_LEVELS + 2, 1)])
    at = np.interp(np.clip(sigma_px, 0, most_px), levels, np.arange(len(levels))).astype(np.float32)
    extra = (Ellipsis,) + (None,) * (plane.ndim - 2)
    out = np.zeros(plane.shape, np.float32)
    for number, sigma in enumerate(levels):
        near = np.maximum(1 - np.abs(at - number), 0)
        if not near.any():
            continue
        if sigma > 0:
            total = cv2.GaussianBlur(weight, (0, 0), float(sigma))
            soft = cv2.GaussianBlur((plane * weight[extra]).astype(np.float32), (0, 0), float(sigma)) / np.maximum(total, 1e-4)[extra]
        else:
            soft = plane
        out += near[extra] * soft
    return out
