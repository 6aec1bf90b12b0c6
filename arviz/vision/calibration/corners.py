"""Corners found in a picture, and what every detector needs: grey values and sub-pixel places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.colour import LUMINANCE, linear_to_srgb, to_uint8
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.image import Image
from arviz.vision.calibration.saddle import saddles

LEAST = 6
"""A view with fewer corners says nothing that a calibration could trust."""
LEAST_SIDE_PX = 32
"""OpenCV's detectors raise on pictures of a few pixels."""
_STEPS = (3, 40, 0.001)  # cv2.TERM_CRITERIA_EPS | COUNT


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Corners:
    """Corners of a board in one picture.

    Parameters
    ----------
    ids : ndarray (N,) int64
        As ``Board.object_points`` numbers them, ascending.
    points_px : ndarray (N, 2) float64
        Where they are, pixel centres at integers.
    """

    ids: Array
    points_px: Array

    def __post_init__(self) -> None:
        ids, points = np.asarray(self.ids, np.int64), np.asarray(self.points_px, np.float64)
        if points.shape != (len(ids), 2) or not np.isfinite(points).all():
            raise ValueError(f"corners are (N,) ids and finite (N, 2) points, found {ids.shape} and {points.shape}")
        order = np.argsort(ids, kind="stable")
        set_fields(self, ids=readonly(ids[order]), points_px=readonly(points[order]))

    def __len__(self) -> int:
        return len(self.ids)


def grey_values(image: Image) -> Array:
    """Return (H, W) uint8: the luma of a picture as it is encoded, which is what OpenCV's detectors are made for."""
    pixels = image.pixels[..., :3]
    if image.space == "linear":
        pixels = linear_to_srgb(pixels / (255 if pixels.dtype == np.uint8 else 1))
    if pixels.dtype != np.uint8:
        pixels = to_uint8(np.nan_to_num(pixels))
    if pixels.shape[2] == 1:
        return np.ascontiguousarray(pixels[..., 0])
    out = np.empty(pixels.shape[:2], np.uint8)
    for top in range(0, len(out), 256):  # bands: a photo of 50 megapixels is not held as floats
        out[top : top + 256] = pixels[top : top + 256].astype(np.float32) @ LUMINANCE.astype(np.float32) + 0.5
    return out


def refine(grey: Array, points_px: Array, *, half_px: int) -> Array:
    """Return (N, 2) points moved onto the saddles of brightness, seen through windows of ``2 half_px + 1`` pixels."""
    import cv2

    if not len(points_px):
        return np.zeros((0, 2))
    start = np.asarray(points_px, np.float64)
    out = saddles(grey, start, half_px=half_px)
    # Only where that finds none from afar: in pictures blurred by 3 px cornerSubPix leads 3 px away.
    lost = (out == start).all(axis=1)
    if lost.any():
        rough = start[lost].astype(np.float32).reshape(-1, 1, 2).copy()
        near = cv2.cornerSubPix(grey, rough, (half_px, half_px), (-1, -1), _STEPS)[:, 0].astype(np.float64)
        out[lost] = saddles(grey, near, half_px=half_px)
    return out


def window(spacing_px: float, *, most: int = 5) -> int:
    """Return half of the window of `refine`: (5, 5) where the neighbours, `spacing_px` away, stay outside of it."""
    return int(np.clip(np.floor(0.4 * spacing_px), 2, most))


def homography(source: Array, target: Array) -> Array | None:
    """Return the (3, 3) homography that takes (N, 2) `source` to `target` with the least squares; None where there is none."""
    import cv2

    if len(source) < 4:
        return None
    out, _ = cv2.findHomography(np.asarray(source, np.float64), np.asarray(target, np.float64), 0)
    return None if out is None or not np.isfinite(out).all() else np.asarray(out, np.float64)


def mapped(matrix: Array, points: Array) -> Array:
    """Return (N, 2) points under a homography; inf where they go to infinity."""
    moved = np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]
    with np.errstate(all="ignore"):
        out: Array = np.where(np.abs(moved[:, 2:]) > 1e-12, moved[:, :2] / moved[:, 2:], np.inf)
    return out


def sample(grey: Array, points_px: Array) -> Array:
    """Return (...,) float32 grey values at (..., 2) points, bilinear; the border's value outside."""
    import cv2

    points = np.asarray(points_px, np.float32)
    flat = points.reshape(-1, 2)
    out = np.empty(len(flat), np.float32)
    for first in range(0, len(flat), 32000):  # cv2.remap counts columns in 16 bits
        part = flat[None, first : first + 32000]
        out[first : first + 32000] = cv2.remap(
            grey.astype(np.float32, copy=False), part[..., 0], part[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )[0]
    return out.reshape(points.shape[:-1])
