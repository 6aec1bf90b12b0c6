"""What a network is shown: any picture as 8-bit RGB, parts of it, and the way back to the picture's own pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from arviz.core.colour import linear_to_srgb
from arviz.core.frozen import Array
from arviz.core.image import Image

GREY = 0.5
"""sRGB-encoded, behind pictures that are partly transparent: neither skin nor an edge of its own."""


def rgb8(picture: Image) -> Array:
    """Return (H, W, 3) uint8, sRGB-encoded, contiguous; shares memory with the picture if it is that already."""
    pixels = picture.pixels
    if pixels.dtype == np.uint8 and picture.space == "srgb" and pixels.shape[2] == 3:
        return np.ascontiguousarray(pixels)
    if pixels.dtype == np.uint8 and picture.space == "srgb" and pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    scaled = pixels.astype(np.float32) / np.float32(255) if pixels.dtype == np.uint8 else np.nan_to_num(pixels, posinf=1.0, neginf=0.0)
    colour = np.repeat(scaled, 3, axis=2) if scaled.shape[2] == 1 else scaled[..., :3]
    if picture.alpha == "premultiplied":
        # Back to straight colour before it is encoded: the transfer function is not linear.
        colour = colour / np.maximum(scaled[..., 3:], 1e-6)
    colour = np.clip(colour, 0, 1)
    if picture.space == "linear":
        colour = linear_to_srgb(colour)
    if picture.alpha != "none":
        alpha = np.clip(scaled[..., 3:], 0, 1)
        colour = colour * alpha + GREY * (1 - alpha)
    return np.ascontiguousarray(np.round(colour * 255).astype(np.uint8))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class View:
    """A part of a picture, scaled.

    Parameters
    ----------
    rgb : ndarray (h, w, 3) uint8
    origin_px : (2,) float
        The picture's pixel whose upper left corner is the view's, x and y; the view may reach beyond the picture.
    scale : (2,) float
        Pixels of the view per pixel of the picture, along x and y.
    unturned : (2, 3) float or None
        What takes points of a turned view to where they were before it was turned.
    """

    rgb: Array
    origin_px: Array
    scale: Array
    unturned: Array | None = None

    def to_picture(self, points_px: Array) -> Array:
        """Return the picture's coordinates of points (N, 2) of the view, pixel centres at integers in both."""
        if self.unturned is not None:
            points_px = points_px @ self.unturned[:, :2].T + self.unturned[:, 2]
        back: Array = (points_px + 0.5) / self.scale - 0.5 + self.origin_px
        return back

    def tile(self, origin_px: Array, size_px: Array) -> View:
        """Show a rectangle of this view, which begins at one of its pixels and is so many of them large."""
        part = View.part(self.rgb, origin_px, size_px, longest_px=int(max(size_px)), enlarge=False)
        return View(rgb=part.rgb, origin_px=self.origin_px + origin_px / self.scale, scale=self.scale)

    def turned(self, about_px: Array, angle_rad: float) -> View:
        """Show the same, turned counter-clockwise about a point of the picture; corners that leave the view are lost."""
        import cv2

        x, y = (about_px - self.origin_px + 0.5) * self.scale - 0.5
        matrix = cv2.getRotationMatrix2D((float(x), float(y)), float(np.degrees(angle_rad)), 1.0)
        rgb = cv2.warpAffine(self.rgb, matrix, self.rgb.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return replace(self, rgb=rgb, unturned=cv2.invertAffineTransform(matrix))

    @classmethod
    def whole(cls, rgb: Array, *, longest_px: int) -> Self:
        """Show all of a picture, shrunk by areas if a side is longer than `longest_px`."""
        return cls.part(rgb, np.zeros(2, np.int64), np.array(rgb.shape[1::-1]), longest_px=longest_px, enlarge=False)

    @classmethod
    def square(cls, rgb: Array, centre_px: Array, side_px: float, *, size_px: int) -> Self:
        """Show a square about `centre_px` in `size_px` pixels; what lies outside of the picture is black."""
        side = max(round(side_px), 1)
        return cls.part(
            rgb, np.round(centre_px - (side - 1) / 2).astype(np.int64), np.array([side, side]), longest_px=size_px, enlarge=True
        )

    @classmethod
    def part(cls, rgb: Array, origin_px: Array, size_px: Array, *, longest_px: int, enlarge: bool) -> Self:
        """Show the rectangle that begins at a pixel and is so many pixels large."""
        import cv2

        start, end = np.maximum(origin_px, 0), np.minimum(origin_px + size_px, rgb.shape[1::-1])
        inside = rgb[start[1] : max(end[1], start[1]), start[0] : max(end[0], start[0])]
        if inside.shape[:2] != tuple(size_px[::-1]):
            framed = np.zeros((*size_px[::-1], 3), np.uint8)
            at = start - origin_px
            framed[at[1] : at[1] + inside.shape[0], at[0] : at[0] + inside.shape[1]] = inside
            inside = framed
        factor = longest_px / max(size_px)
        if factor < 1 or (enlarge and factor > 1):
            target = np.maximum(np.round(size_px * factor), 1).astype(np.int64)
            shown = cv2.resize(inside, target.tolist(), interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
        else:
            target, shown = size_px, np.ascontiguousarray(inside)
        return cls(rgb=shown, origin_px=origin_px.astype(np.float64), scale=target / size_px)
