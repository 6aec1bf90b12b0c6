"""Encoded picture in, encoded picture out: decoded once, brought to size as what it is, encoded for what it is."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.image import decode
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.formats.pictures import jpeg, ktx2, png, webp
from arviz.formats.pictures.encoding import Kind, PictureEncoding
from arviz.formats.pictures.resize import resized


def encode_picture(data: bytes, encoding: PictureEncoding, *, kind: Kind, where: object = None, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return a picture encoded anew; the result may be larger than `data`, and then the caller keeps `data`.

    Parameters
    ----------
    data : bytes
        PNG, JPEG, WebP, KTX2 or what else `arviz.core.image.decode` takes.
    encoding : PictureEncoding
    kind : "colour", "data" or "normal"
        What the numbers are (`arviz.formats.pictures.kinds.picture_kinds`): how they are averaged and what may be lost.
    where : object
        Names the picture in errors.
    limits : Limits

    Raises
    ------
    ImageError
        The bytes are no picture, or broken.
    LimitError
        The header announces more pixels than `limits` allow.
    DependencyError
        The encoder is not installed.
    BackendError
        The encoder failed.
    """
    return encode_pixels(decode(data, where=where, limits=limits).pixels, encoding, kind=kind)


def encode_pixels(pixels: Array, encoding: PictureEncoding, *, kind: Kind) -> bytes:
    """Return (H, W, 1, 3 or 4) uint8 pixels encoded: `encode_picture` for who decoded already and tries several encodings."""
    pixels = resized(_without_idle_channels(pixels), longest_px=encoding.longest_px, kind=kind)
    quality, fast = encoding.quality, encoding.fast
    if encoding.format == "png":
        return png.encode(pixels, fast=fast)
    if encoding.format == "jpeg":
        return jpeg.encode(pixels, quality=quality, kind=kind)
    if encoding.format == "ktx2":
        return ktx2.encode(pixels, quality=quality, kind=kind)
    return webp.encode(pixels, quality=quality, near_lossless=encoding.near_lossless, kind=kind, fast=fast)


def _without_idle_channels(pixels: Array) -> Array:
    """Return (H, W, 3 or 4) pixels; an alpha that is opaque everywhere is dropped."""
    if pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    return pixels[..., :3] if pixels.shape[2] == 4 and pixels[..., 3].min(initial=255) == 255 else pixels
