"""Colour arithmetic: the sRGB transfer function and colours as people write them."""

from __future__ import annotations

import re
from functools import cache

import numpy as np

from arviz.core.errors import InputError
from arviz.core.frozen import Array

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Of linear Rec.709 (ITU-R BT.709-6)."""


def srgb_to_linear(values: Array) -> Array:
    """Decode sRGB values in 0..1 to linear light, float32 (IEC 61966-2-1:1999, section 5.2)."""
    v = np.asarray(values, np.float32)
    return np.where(v <= 0.04045, v / 12.92, ((np.maximum(v, 0) + 0.055) / 1.055) ** 2.4).astype(np.float32)


def linear_to_srgb(values: Array) -> Array:
    """Encode linear light in 0..1 as sRGB values, float32; out-of-range values are clipped (IEC 61966-2-1:1999)."""
    v = np.clip(np.asarray(values, np.float32), 0, 1)
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055).astype(np.float32)


def to_uint8(values: Array) -> Array:
    """Round values in 0..1 to 0..255."""
    return np.floor(np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


@cache
def light_tables() -> tuple[Array, Array]:
    """Return (256,) uint16, the light of sRGB codes in 1/65535, and (65536,) uint8, the codes of such light.

    Sixteen bits of light give every code back; means of pictures are taken in them.
    """
    light = np.rint(65535 * srgb_to_linear(np.arange(256) / 255)).astype(np.uint16)
    codes = np.rint(255 * linear_to_srgb(np.arange(65536) / 65535)).astype(np.uint8)
    light.flags.writeable = codes.flags.writeable = False
    return light, codes


def parse_hex(text: str) -> tuple[int, int, int]:
    """Read ``#rrggbb`` or ``#rgb``; return 8-bit sRGB.

    Raises
    ------
    InputError
        Not a hexadecimal colour.
    """
    digits = text.strip().removeprefix("#")
    if re.fullmatch(r"[0-9a-fA-F]{3}", digits):
        digits = "".join(2 * digit for digit in digits)
    if not re.fullmatch(r"[0-9a-fA-F]{6}", digits):
        raise InputError("E_COLOUR_SYNTAX", "not a colour", expected="#rrggbb", found=repr(text))
    red, green, blue = (int(digits[i : i + 2], 16) for i in (0, 2, 4))
    return (red, green, blue)
