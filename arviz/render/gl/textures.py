"""Textures on the GPU: decoded under guard, no larger than the picture can show, with mipmaps."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.errors import ImageError, LimitError
from arviz.core.frozen import Array
from arviz.core.image import decode
from arviz.core.limits import Limits
from arviz.core.material import EncodedImage, Sampler

_SRGB8_ALPHA8 = 0x8C43
_NEAREST, _LINEAR, _LINEAR_MIPMAP_NEAREST, _LINEAR_MIPMAP_LINEAR = 9728, 9729, 9985, 9987
_REPEAT, _CLAMP = 10497, 33071


def texture_cap_px(width_px: int, height_px: int) -> int:
    """Return the largest useful texture side: twice the picture's larger side, rounded up to a power of two."""
    return 1 << (2 * max(width_px, height_px) - 1).bit_length()


def decoded(image: EncodedImage, *, cap_px: int, limits: Limits) -> Array | None:
    """Return (H, W, 4) uint8 pixels with no side above `cap_px`, or None for a missing or broken picture."""
    if image.data is None:
        return None
    try:
        pixels = decode(image.data, where=image.name or image.uri, limits=limits).pixels
    except (ImageError, LimitError):
        return None  # the slot's default is drawn; reporting broken textures is the reader's and the checks' work
    if pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    if pixels.shape[2] == 3:
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    while max(pixels.shape[:2]) > cap_px:
        pixels = _halved(pixels)
    return np.ascontiguousarray(pixels)


def _halved(pixels: Array) -> Array:
    from PIL import Image as PillowImage

    height, width = pixels.shape[:2]
    return np.asarray(PillowImage.fromarray(pixels).reduce((2 if width > 1 else 1, 2 if height > 1 else 1)))


def upload(context: Any, pixels: Array, *, srgb: bool) -> Any:
    """Return a ``moderngl.Texture`` with mipmaps; `srgb` makes the hardware decode before it filters."""
    options = {"internal_format": _SRGB8_ALPHA8} if srgb else {}
    texture = context.texture((pixels.shape[1], pixels.shape[0]), 4, pixels.tobytes(), **options)
    texture.build_mipmaps()
    return texture


class Samplers:
    """Sampler objects by wrap mode and magnification filter; minification is bilinear in the nearest level.

    Four samples a pixel hide the steps between levels; trilinear costs a tenth of the picture's time (llvmpipe).

    MIRRORED_REPEAT, which moderngl cannot set, is done in the shader (`mirrored`) over a clamped texture.
    """

    def __init__(self, context: Any) -> None:
        self._context = context
        self._known: dict[tuple[bool, bool, bool], Any] = {}
        self._round: Any = None

    def get(self, sampler: Sampler | None) -> Any:
        """Return the ``moderngl.Sampler`` for a glTF sampler (None: its defaults)."""
        sampler = sampler or Sampler()
        key = (sampler.wrap_s == _REPEAT, sampler.wrap_t == _REPEAT, sampler.mag_filter == _NEAREST)
        if key not in self._known:
            magnify = _NEAREST if key[2] else _LINEAR
            self._known[key] = self._context.sampler(repeat_x=key[0], repeat_y=key[1], filter=(_LINEAR_MIPMAP_NEAREST, magnify))
        return self._known[key]

    def environment(self) -> Any:
        """Return the sampler of an equirectangular picture: it wraps around and is clamped at the poles."""
        if self._round is None:
            self._round = self._context.sampler(repeat_x=True, repeat_y=False, filter=(_LINEAR_MIPMAP_LINEAR, _LINEAR))
        return self._round


def mirrored(sampler: Sampler | None) -> tuple[bool, bool]:
    """Tell which axes of a sampler repeat by mirroring."""
    sampler = sampler or Sampler()
    return (sampler.wrap_s not in (_REPEAT, _CLAMP), sampler.wrap_t not in (_REPEAT, _CLAMP))
