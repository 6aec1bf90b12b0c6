"""Textures on the GPU, with mipmaps, and how they are read."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.material import Sampler
from arviz.render.mipmaps import chain
from arviz.render.texture_pixels import CLAMP, NEAREST, REPEAT

_TEXTURE_2D, _RGB, _RGBA, _UNSIGNED_BYTE, _HALF_FLOAT, _MAX_LEVEL = 0x0DE1, 0x1907, 0x1908, 0x1401, 0x140B, 0x813D
_RGBA8, _SRGB8_ALPHA8 = 0x8058, 0x8C43
RGB16F = 0x881B
_LINEAR, _LINEAR_MIPMAP_NEAREST, _LINEAR_MIPMAP_LINEAR = 9729, 9985, 9987


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

    def get(self, sampler: Sampler) -> Any:
        """Return the ``moderngl.Sampler`` for a glTF sampler."""
        key = (sampler.wrap_s == REPEAT, sampler.wrap_t == REPEAT, sampler.mag_filter == NEAREST)
        if key not in self._known:
            magnify = NEAREST if key[2] else _LINEAR
            self._known[key] = self._context.sampler(repeat_x=key[0], repeat_y=key[1], filter=(_LINEAR_MIPMAP_NEAREST, magnify))
        return self._known[key]

    def environment(self) -> Any:
        """Return the sampler of an equirectangular picture: it wraps around and is clamped at the poles."""
        if self._round is None:
            self._round = self._context.sampler(repeat_x=True, repeat_y=False, filter=(_LINEAR_MIPMAP_LINEAR, _LINEAR))
        return self._round


def mirrored(sampler: Sampler) -> tuple[bool, bool]:
    """Tell which axes of a sampler repeat by mirroring."""
    return (sampler.wrap_s not in (REPEAT, CLAMP), sampler.wrap_t not in (REPEAT, CLAMP))
