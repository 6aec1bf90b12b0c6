"""Textures on the GPU: decoded under guard, no larger than the picture can show, with mipmaps."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from arviz.core.errors import ImageError, LimitError
from arviz.core.frozen import Array
from arviz.core.image import decode
from arviz.core.limits import Limits
from arviz.core.material import EncodedImage, Sampler
from arviz.render.gl.mipmaps import chain, halved

_TEXTURE_2D, _RGB, _RGBA, _UNSIGNED_BYTE, _HALF_FLOAT, _MAX_LEVEL = 0x0DE1, 0x1907, 0x1908, 0x1401, 0x140B, 0x813D
_RGBA8, _SRGB8_ALPHA8 = 0x8058, 0x8C43
RGB16F = 0x881B
_NEAREST, _LINEAR, _LINEAR_MIPMAP_NEAREST, _LINEAR_MIPMAP_LINEAR = 9728, 9729, 9985, 9987
_REPEAT, _CLAMP = 10497, 33071


def texture_cap_px(width_px: int, height_px: int) -> int:
    """Return the largest useful texture side: twice the picture's larger side, rounded up to a power of two."""
    return 1 << (2 * max(width_px, height_px) - 1).bit_length()


def decoded(image: EncodedImage, *, cap_px: int, limits: Limits, srgb: bool = True) -> Array | None:
    """Return (H, W, 4) uint8 pixels with no side above `cap_px`, or None for a missing or broken picture.

    It is halved until it fits: with `srgb` as light, else as plain numbers.
    """
    if image.data is None:
        return None
    try:
        pixels = decode(image.data, where=image.name or image.uri, limits=limits, mean_at_px=None if srgb else cap_px).pixels
    except (ImageError, LimitError):
        return None  # the slot's default is drawn; reporting broken textures is the reader's and the checks' work
    while max(pixels.shape[:2]) > max(cap_px, 1):
        pixels = halved(pixels, srgb=srgb)
    if pixels.shape[2] == 4:
        return pixels
    from PIL import Image as PillowImage

    # Pillow adds a channel in half the time that numpy needs.
    return np.asarray(PillowImage.fromarray(pixels if pixels.shape[2] == 3 else pixels[..., 0]).convert("RGBA"))


def upload(context: Any, pixels: Array, *, srgb: bool) -> Any:
    """Return a ``moderngl.Texture`` with mipmaps; `srgb` makes the hardware decode before it filters."""
    options = {"internal_format": _SRGB8_ALPHA8} if srgb else {}
    height, width = pixels.shape[:2]
    texture = context.texture((width, height), 4, pixels, **options)
    levels = chain(pixels, srgb=srgb)[1:]
    write_levels(context, texture, levels, internal_format=_SRGB8_ALPHA8 if srgb else _RGBA8)
    return texture


def write_levels(context: Any, texture: Any, levels: Sequence[Array], *, internal_format: int) -> None:
    """Give a texture its levels from 1 on: (H, W, C) uint8 or float16.

    moderngl writes only into levels that exist, and makes them by generating mipmaps, which costs llvmpipe more than all
    of ours; so they are made by OpenGL directly where its functions can be found.
    """
    find = context.mglo._context.load_opengl_function if sys.platform.startswith("linux") else lambda name: 0
    image, parameter = find("glTexImage2D"), find("glTexParameteri")
    if not (image and parameter):
        texture.build_mipmaps(max_level=len(levels))
        for level, pixels in enumerate(levels, start=1):
            texture.write(np.ascontiguousarray(pixels), level=level, alignment=1)
        return
    number = ctypes.c_int
    make = ctypes.CFUNCTYPE(None, *[number] * 8, ctypes.c_void_p)(image)
    texture.use(0)
    ctypes.CFUNCTYPE(None, number, number, number)(parameter)(_TEXTURE_2D, _MAX_LEVEL, len(levels))
    for level, pixels in enumerate(levels, start=1):
        content = np.ascontiguousarray(pixels)
        height, width, channels = content.shape
        kind = _UNSIGNED_BYTE if content.dtype == np.uint8 else _HALF_FLOAT
        make(_TEXTURE_2D, level, internal_format, width, height, 0, _RGBA if channels == 4 else _RGB, kind, content.ctypes.data)


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
