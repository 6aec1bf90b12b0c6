"""WebP, tuned for textures: what a renderer computes with, not what an eye rests on.

libwebp's defaults move bits to where an eye looks (spatial noise shaping) and smooth blocks. Without the first, with its
filter's strength searched and chroma fitted to the luma that comes out (sharp YUV), the textures of six test products at
512 pixels need 0.79 to 0.99 of the bytes for colour, 0.41 to 0.98 for data and 0.75 to 1.01 for normals at equal PSNR.
Sharp YUV is wrong for some grained normal maps (up to 1.4 of the bytes), so these are tried with and without.

Pillow does not pass these settings on, so libwebp's C interface is called (encode.h): the library in Pillow's
own wheel, else the system's. Where neither is found Pillow encodes with what it knows. Rejected: the package ``webp`` 0.4.0
(last release of 2024) hides the same fields.
"""

from __future__ import annotations

import ctypes as c
import io
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.errors import BackendError, LimitError
from arviz.core.frozen import Array
from arviz.core.image import decode
from arviz.formats.pictures.encoding import Kind

_ABI = 0x020F
"""The interface of libwebp 1.2 and later; libwebp refuses another first byte (``WEBP_ENCODER_ABI_VERSION``)."""
_LOSSLESS_EFFORT = 75
_HASTY = 2
"""Method of who cannot wait: 3 takes as long as 4, 1 and 0 predict no blocks."""
_LONGEST_PX = 16383
_SAMPLES = 2**20
_SMALL = 2**19
_FILTERS: tuple[dict[str, float], ...] = ({}, {"filter_strength": 20}, {"filter_strength": 0}, {"filter_type": 0})
"""Libwebp's own, weaker, none, and the simple one, which leaves chroma alone."""
_DECIBELS_OF_TWICE = 3.5
"""By how much twice the bytes make a lossy normal map likelier: between 3 and 4 on the maps of six products."""


def encode(pixels: Array, *, quality: int | None, near_lossless: bool, kind: Kind, fast: bool, hasty: bool = False) -> bytes:
    """Return (H, W, 3 or 4) uint8 as WebP; lossless without `quality`. Colour below full transparency is kept.

    Raises
    ------
    LimitError
        A side is longer than the format allows.
    BackendError
        The encoder failed.
    """
    return encode_qualities(pixels, qualities=[quality], near_lossless=near_lossless, kind=kind, fast=fast, hasty=hasty)[0]


def encode_qualities(
    pixels: Array, *, qualities: Sequence[int | None], near_lossless: bool, kind: Kind, fast: bool, hasty: bool = False
) -> list[bytes]:
    """Return what `encode` gives for each quality; lossy ones share the chroma, whose fit is half of the work."""
    if max(pixels.shape[:2]) > _LONGEST_PX:
        found = f"{pixels.shape[1]} x {pixels.shape[0]}"
        hint = "Make the picture smaller, or use PNG or JPEG."
        raise LimitError("E_WEBP_SIZE", "the picture is too large for WebP", where=None, expected=f"{_LONGEST_PX}", found=found, hint=hint)
    library = _library()
    if library is None:
        return [_by_pillow(pixels, None if near_lossless else quality, fast) for quality in qualities]
    settings = [_settings(quality, pixels, near_lossless=near_lossless, fast=fast) for quality in qualities]
    if hasty:
        settings = [{**each, "method": _HASTY, "use_sharp_yuv": 0, "autofilter": 0} for each in settings]
    if near_lossless or None in qualities:
        return [data for each in settings for data in _by_library(library, pixels, [each])]
    if fast and not hasty and _is_small(pixels):
        filtered = _filter(library, pixels, settings[len(settings) // 2])
        settings = [each | filtered for each in settings]
    files = _by_library(library, pixels, settings)
    if kind != "normal" or fast or hasty:
        return files
    other = _by_library(library, pixels, [{**each, "use_sharp_yuv": 0} for each in settings])
    return [min(pair, key=lambda each: _cost(each, pixels)) for pair in zip(files, other, strict=True)]


def _settings(quality: int | None, pixels: Array, *, near_lossless: bool, fast: bool) -> dict[str, float]:
    # Method 6 searches an alpha plane for a minute of 2048 x 2048 pixels, to win 0.7 % over method 5.
    best = 6 if pixels.shape[2] == 3 else 5
    method = 4 if fast and not (_is_small(pixels) and best == 6) else best
    if quality is None or near_lossless:
        near = 100 if quality is None else quality
        return {"method": method, "exact": 1, "lossless": 1, "quality": _LOSSLESS_EFFORT, "near_lossless": near}
    return {
        "method": method, "exact": 1, "quality": quality, "sns_strength": 0, "use_sharp_yuv": 1, "autofilter": 0 if fast else 1
    }  # fmt: skip


def _is_small(pixels: Array) -> bool:
    """Return whether a picture takes so little time that slower ways are fast, too."""
    return bool(pixels.shape[0] * pixels.shape[1] <= _SMALL)


def _filter(library: Any, pixels: Array, settings: dict[str, float]) -> dict[str, float]:
    """Return the filter across blocks that takes the fewest bytes for equal likeness: it may win 30 %, and lose as much.

    libwebp's own search for the strength (autofilter) takes six times the time of these few.
    """
    files = _by_library(library, pixels, [settings | {"method": 4} | each for each in _FILTERS])
    costs = [_cost(data, pixels) for data in files]
    return _FILTERS[costs.index(min(costs))]


def _cost(data: bytes, pixels: Array) -> float:
    """Return the binary logarithm of the bytes that the same likeness would take, up to a constant."""
    step = math.ceil(math.sqrt(pixels[..., 0].size / _SAMPLES))  # a part says as much, without floats for 8k pictures
    found, meant = decode(data).pixels[::step, ::step, :3], pixels[::step, ::step, :3]
    error = float(np.mean((found.astype(np.float32) - meant) ** 2))
    return math.log2(len(data)) + 10 * math.log10(max(error, 1e-6)) / _DECIBELS_OF_TWICE


def _by_pillow(pixels: Array, quality: int | None, fast: bool) -> bytes:
    from PIL import Image as PillowImage

    out = io.BytesIO()
    options: dict[str, Any] = {"lossless": True, "quality": _LOSSLESS_EFFORT} if quality is None else {"quality": quality}
    PillowImage.fromarray(pixels).save(out, "WEBP", method=4 if fast else 6, exact=True, **options)
    return out.getvalue()


def _by_library(library: Any, pixels: Array, settings: Sequence[dict[str, float]]) -> list[bytes]:
    """Return one file for each of the settings; where there are several, all are lossy and fit chroma alike."""
    height, width, channels = pixels.shape
    picture = _Picture()
    if not library.WebPPictureInitInternal(c.byref(picture), _ABI):
        raise _failed("WebPPictureInitInternal", 0)
    picture.width, picture.height, picture.use_argb = width, height, 1
    pixels = np.ascontiguousarray(pixels)
    take = library.WebPPictureImportRGB if channels == 3 else library.WebPPictureImportRGBA
    try:
        if not take(c.byref(picture), c.c_void_p(pixels.ctypes.data), c.c_int(width * channels)):
            raise _failed("WebPPictureImport", picture.error_code)
        # The first lossy one leaves luma and chroma in the picture for those that follow.
        return [_written(library, picture, each) for each in settings]
    finally:
        library.WebPPictureFree(c.byref(picture))


def _written(library: Any, picture: _Picture, settings: dict[str, float]) -> bytes:
    config, writer = _Config(), _Writer()
    if not library.WebPConfigInitInternal(c.byref(config), 0, c.c_float(75), _ABI):
        raise _failed("WebPConfigInitInternal", 0)
    for name, value in settings.items():
        setattr(config, name, value)
    if not library.WebPValidateConfig(c.byref(config)):
        raise _failed("WebPValidateConfig", 0)
    library.WebPMemoryWriterInit(c.byref(writer))
    try:
        picture.writer = c.cast(library.WebPMemoryWrite, c.c_void_p)
        picture.custom_ptr = c.cast(c.byref(writer), c.c_void_p)
        if not library.WebPEncode(c.byref(config), c.byref(picture)):
            raise _failed("WebPEncode", picture.error_code)
        return c.string_at(writer.memory, writer.size)
    finally:
        library.WebPMemoryWriterClear(c.byref(writer))


def _failed(step: str, code: int) -> BackendError:
    return BackendError("E_WEBP", "libwebp could not encode a picture", where=step, found=f"error {code}")


@cache
def _library() -> Any:
    """Return libwebp, or None where it is not found or speaks another interface."""
    import ctypes.util

    import PIL

    beside = Path(PIL.__file__).parent
    files = [*sorted((beside.parent / "pillow.libs").glob("libwebp-*")), *sorted((beside / ".dylibs").glob("libwebp.*"))]
    for name in (*map(str, files), ctypes.util.find_library("webp")):
        try:
            library = c.CDLL(name) if name else None
        except OSError:
            continue
        if library is not None and library.WebPGetEncoderVersion() >= 0x010200:
            return library
    return None


class _Config(c.Structure):
    """``WebPConfig``."""

    _fields_ = (
        ("lossless", c.c_int), ("quality", c.c_float), ("method", c.c_int), ("image_hint", c.c_int), ("target_size", c.c_int),
        ("target_PSNR", c.c_float), ("segments", c.c_int), ("sns_strength", c.c_int), ("filter_strength", c.c_int),
        ("filter_sharpness", c.c_int), ("filter_type", c.c_int), ("autofilter", c.c_int), ("alpha_compression", c.c_int),
        ("alpha_filtering", c.c_int), ("alpha_quality", c.c_int), ("passes", c.c_int), ("show_compressed", c.c_int),
        ("preprocessing", c.c_int), ("partitions", c.c_int), ("partition_limit", c.c_int), ("emulate_jpeg_size", c.c_int),
        ("thread_level", c.c_int), ("low_memory", c.c_int), ("near_lossless", c.c_int), ("exact", c.c_int),
        ("use_delta_palette", c.c_int), ("use_sharp_yuv", c.c_int), ("qmin", c.c_int), ("qmax", c.c_int),
    )  # fmt: skip


class _Picture(c.Structure):
    """``WebPPicture``."""

    _fields_ = (
        ("use_argb", c.c_int), ("colorspace", c.c_int), ("width", c.c_int), ("height", c.c_int), ("y", c.c_void_p),
        ("u", c.c_void_p), ("v", c.c_void_p), ("y_stride", c.c_int), ("uv_stride", c.c_int), ("a", c.c_void_p),
        ("a_stride", c.c_int), ("pad1", c.c_uint32 * 2), ("argb", c.c_void_p), ("argb_stride", c.c_int), ("pad2", c.c_uint32 * 3),
        ("writer", c.c_void_p), ("custom_ptr", c.c_void_p), ("extra_info_type", c.c_int), ("extra_info", c.c_void_p),
        ("stats", c.c_void_p), ("error_code", c.c_int), ("progress_hook", c.c_void_p), ("user_data", c.c_void_p),
        ("pad3", c.c_uint32 * 3), ("pad4", c.c_void_p), ("pad5", c.c_void_p), ("pad6", c.c_uint32 * 8), ("memory", c.c_void_p),
        ("memory_argb", c.c_void_p), ("pad7", c.c_void_p * 2),
    )  # fmt: skip


class _Writer(c.Structure):
    """``WebPMemoryWriter``."""

    _fields_ = (("memory", c.c_void_p), ("size", c.c_size_t), ("max_size", c.c_size_t), ("pad", c.c_uint32 * 1))
