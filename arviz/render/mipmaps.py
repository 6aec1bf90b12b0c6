"""Mipmaps made on the processor: each level the mean of the one before, light averaged as light (no GL here).

``glGenerateMipmap`` costs llvmpipe (Mesa 22.3) 60 to 115 CPU ms per texture format and process for building its code, then
9 ms per 1024 x 1024 sRGB texture; this costs 7 to 11 ms each from the first on, and gives the same picture on any driver.
Tried: the mean by a table per texel and numpy sums, 36 ms; by squares and roots in place of the sRGB curve, wrong by 8 codes
for black beside white.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from arviz.core.colour import linear_to_srgb, srgb_to_linear, to_uint8
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
    from PIL import Image as PillowImage

    height, width, channels = pixels.shape
    out = np.empty((max(height // 2, 1), max(width // 2, 1), channels), np.uint8)
    whole = height % 2 == 0 and width % 2 == 0
    band = _BAND_ROWS if whole else height
    for top in range(0, height, band):
        rows = pixels[top : top + band]
        picture = PillowImage.fromarray(np.ascontiguousarray(rows if channels > 1 else rows[..., 0]))
        # Plane by plane: Pillow weights colour by alpha, which would spoil data.
        planes = [(_halved_plane if whole else _odd_plane)(plane, srgb=srgb and c < 3) for c, plane in enumerate(picture.split())]
        merged = np.asarray(PillowImage.merge(picture.mode, planes))
        out[top // 2 : top // 2 + merged.shape[0]] = merged.reshape(*merged.shape[:2], channels)
    return out


def _halved_plane(plane: Any, *, srgb: bool) -> Any:
    return _light(plane) if srgb else plane.reduce(2)


def _light(plane: Any) -> Any:
    """Return the mean light of 2 x 2 codes: two neighbours in a row are one index into a table of sums."""
    from PIL import Image as PillowImage

    sums, codes = _tables()
    pairs = np.take(sums, np.asarray(plane).view(np.uint16), mode="clip")
    total = pairs[0::2] + pairs[1::2]
    total += 2
    total >>= 2
    return PillowImage.fromarray(np.take(codes, total, mode="clip"))


def _odd_plane(plane: Any, *, srgb: bool) -> Any:
    """Return the mean over areas that do not end at texels."""
    from PIL import Image as PillowImage

    values = np.asarray(plane, np.float32) / 255
    if srgb:
        return PillowImage.fromarray(to_uint8(linear_to_srgb(_shrunk(_shrunk(srgb_to_linear(values)).T).T)))
    return PillowImage.fromarray(to_uint8(_shrunk(_shrunk(values).T).T))


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


@cache
def _tables() -> tuple[Array, Array]:
    """Return (65536,) sums of the light of two sRGB codes, each in 1/65535, and (65536,) codes of light in 1/65535."""
    light = np.rint(65535 * srgb_to_linear(np.arange(256) / 255)).astype(np.uint32)
    pair = np.arange(65536)
    codes = np.rint(255 * linear_to_srgb(pair / 65535)).astype(np.uint8)
    return light[pair & 255] + light[pair >> 8], codes
