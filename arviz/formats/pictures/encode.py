"""Encoded picture in, encoded picture out: decoded once, brought to size as what it is, encoded for what it is."""

from __future__ import annotations

import io

import numpy as np

from arviz.core.frozen import Array
from arviz.core.image import decode
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.formats.pictures.encoding import Kind, PictureEncoding


def encode_picture(data: bytes, encoding: PictureEncoding, *, kind: Kind, where: object = None, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return a picture encoded anew; the result may be larger than `data`, and then the caller keeps `data`.

    Raises
    ------
    ImageError
        The bytes are no picture, or broken.
    LimitError
        The header announces more pixels than `limits` allow.
    DependencyError
        The encoder is not installed.
    """
    pixels = decode(data, where=where, limits=limits).pixels
    if pixels.shape[2] == 4 and (pixels[..., 3] == 255).all():
        pixels = pixels[..., :3]
    return _webp(np.ascontiguousarray(pixels), encoding.quality)


def _webp(pixels: Array, quality: int | None) -> bytes:
    from PIL import Image as PillowImage

    out = io.BytesIO()
    options = {"lossless": True, "exact": True} if quality is None else {"quality": quality}
    PillowImage.fromarray(pixels).save(out, "WEBP", method=6, **options)
    return out.getvalue()
