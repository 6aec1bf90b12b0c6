"""Mipmaps made on the processor: each level the mean of the one before, light averaged as light (no GL here).

``glGenerateMipmap`` costs llvmpipe (Mesa 22.3) 60 to 115 CPU ms per texture format and process for building its code, then
9 ms per 1024 x 1024 sRGB texture; this costs 4 ms from the first on (1 ms for data), and gives the same picture on any driver.
Tried: plane by plane with Pillow, two to seven times as long; by squares and roots in place of the sRGB curve, wrong by 8
codes for black beside white.
"""

from __future__ import annotations

import numpy as np

from arviz.core.colour import light_tables, linear_to_srgb, srgb_to_linear, to_uint8
from arviz.core.frozen import Array

_BAND_ROWS = 128
"""Rows averaged at once: what lies between then stays in the processor's cache, and 8k textures stay small."""


def chain(pixels: Array, *, srgb: bool) -> list[Array]:
    """Return (H, W, 4) uint8 `pixels` and all smaller levels down to 1 x 1, each side half as long, rounded down."""
    levels = [pixels]
    while max(levels[-1].shape[:2]) > 1:
        levels.append(halved(levels[-1], srgb=srgb))
    return levels


def halved(pixels: Array, *, srgb: bool) -> Array:
    """Return (H, W, C) uint8 at half the size, sides rounded down, at least 1; with `srgb` all but a fourth channel are light."""
    height, width, channels = pixels.shape
    out = np.empty((max(height // 2, 1), max(width // 2, 1), channels), np.uint8)
    if height % 2 or width % 2:
        for c in range(channels):
            out[..., c] = _odd_plane(pixels[..., c], srgb=srgb and c < 3)
        return out
    for top in range(0, height, _BAND_ROWS):
        rows = np.ascontiguousarray(pixels[top : top + _BAND_ROWS])
        part = out[top // 2 : (top + len(rows)) // 2]
        if not srgb or channels == 4:
            part[:] = _means(rows)
        if srgb:
            part[..., :3] = _of_light(rows)[..., :3]
    return out


def _means(rows: Array) -> Array:
    """Return the rounded mean of each 2 x 2 of (H, W, C) uint8 or uint16: where it is exactly two, OpenCV adds whole numbers."""
    import cv2

    height, width, channels = rows.shape
    return np.asarray(cv2.resize(rows, (width // 2, height // 2), interpolation=cv2.INTER_AREA)).reshape(height // 2, width // 2, channels)


def _of_light(rows: Array) -> Array:
    """Return the codes of the mean light of each 2 x 2."""
    import cv2

    light, codes = light_tables()
    return np.take(codes, _means(np.asarray(cv2.LUT(rows, light)).reshape(rows.shape)), mode="clip")


def _odd_plane(plane: Array, *, srgb: bool) -> Array:
    """Return the mean over areas that do not end at texels."""
    values = plane.astype(np.float32) / 255
    if srgb:
        return to_uint8(linear_to_srgb(_shrunk(_shrunk(srgb_to_linear(values)).T).T))
    return to_uint8(_shrunk(_shrunk(values).T).T)


def _shrunk(values: Array) -> Array:
    """Return the means of half as many rows, rounded down: of 2 each, or of 2 + 1 / H of an odd number H."""
    height = len(values)
    half = height // 2
    if not half:
        return values
    if height % 2 == 0:
        return (values[0::2] + values[1::2]) / 2
    share = np.arange(half, dtype=np.float32)[:, None]
    out: Array = ((half - share) * values[0:-2:2] + half * values[1:-1:2] + (share + 1) * values[2::2]) / np.float32(height)
    return out
