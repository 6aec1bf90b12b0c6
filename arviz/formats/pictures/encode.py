"""Encoded picture in, encoded picture out: decoded once, brought to size as what it is, encoded for what it is."""

from __future__ import annotations

from collections.abc import Sequence

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
    return encode_qualities(pixels, encoding, [encoding.quality], kind=kind)[0]


def encode_qualities(pixels: Array, encoding: PictureEncoding, qualities: Sequence[int | None], *, kind: Kind) -> list[bytes]:
    """Return what `encode_pixels` gives with each quality in place of the encoding's own; what they share is done once."""
    pixels = resized(_without_idle_channels(pixels), longest_px=encoding.longest_px, kind=kind)
    if encoding.format == "webp":
        speed = {"fast": encoding.fast, "hasty": encoding.hasty}
        return webp.encode_qualities(pixels, qualities=qualities, near_lossless=encoding.near_lossless, kind=kind, **speed)
    if encoding.format == "png":
        return [png.encode(pixels, fast=encoding.fast)] * len(qualities)
    write = jpeg.encode if encoding.format == "jpeg" else ktx2.encode
    return [write(pixels, quality=quality, kind=kind) for quality in qualities]


def _without_idle_channels(pixels: Array) -> Array:
    """Return (H, W, 3 or 4) pixels; an alpha that is opaque everywhere is dropped."""
    if pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    return pixels[..., :3] if pixels.shape[2] == 4 and pixels[..., 3].min(initial=255) == 255 else pixels
