"""KTX2 with Basis Universal pixels (KHR_texture_basisu): to 8-bit RGB or RGBA.

Through the package ``opengl-basisu`` (Binomial's transcoder; licence MIT, Apache-2.0 and BSD). Rejected: alktx2
0.1.7 decodes as well and also encodes, but neither the wheel nor its page on PyPI names a licence; pyktx has no
wheel and needs libktx.

The header is read here first (KTX 2.0 specification, sections 3 and 5): the transcoder allocates what it announces.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np

from arviz.core.errors import ImageError
from arviz.core.image import Image, ImageCodec
from arviz.core.limits import Limits
from arviz.formats.gltf.codecs import missing

MAGIC = b"\xabKTX 20\xbb\r\n\x1a\n"
_ETC1S, _UASTC = 163, 166
"""Colour models of the data format descriptor (KHR_DF_MODEL_ETC1S, KHR_DF_MODEL_UASTC)."""
_NO_COMPRESSION, _BASIS_LZ, _ZSTD = 0, 1, 2
_HEADER_BYTES, _LEVEL_BYTES = 80, 24


class Header(NamedTuple):
    """What the first bytes say; all ranges lie inside the file."""

    width: int
    height: int
    levels: int
    colour_model: int
    srgb: bool


def measure(data: bytes, *, where: object = None) -> tuple[int, int]:
    """Return (width, height) in pixels; raise ImageError E_KTX2 if it is no KTX2 picture that glTF allows."""
    header = read_header(data, where=where)
    return header.width, header.height


def decode(data: bytes, *, where: object = None, limits: Limits) -> Image:
    """Decode the largest level.

    Raises
    ------
    ImageError
        E_KTX2: not KTX2, not Basis Universal, or broken.
    LimitError
        The header announces more pixels than `limits` allow.
    DependencyError
        The package is not installed.
    """
    header = read_header(data, where=where)
    limits.check("image_pixels", header.width * header.height, where=where)
    try:
        import opengl_basisu
    except ImportError as error:
        missing("opengl-basisu", "KHR_texture_basisu", str(where or "a KTX2 picture"), error)
    try:
        texture = opengl_basisu.open(data)
        if (texture.width, texture.height) != (header.width, header.height):
            raise ValueError(f"the transcoder sees {texture.width} x {texture.height} pixels")
        pixels = np.asarray(texture.transcode(opengl_basisu.Target.RGBA8, level=0).data)
    except (ValueError, RuntimeError, MemoryError) as error:
        raise _error(where, "the KTX2 picture is broken", found=str(error)) from error
    if texture.has_alpha:
        return Image(pixels=pixels, alpha="straight")
    return Image(pixels=np.ascontiguousarray(pixels[..., :3]))


def read_header(data: bytes, *, where: object = None) -> Header:
    """Read and check the header and the level index; raise ImageError E_KTX2 where they cannot be."""
    if len(data) < _HEADER_BYTES or not data.startswith(MAGIC):
        raise _error(where, "this is no KTX2 picture", found=repr(data[:12]))
    vk_format, _, width, height, depth, layers, faces, levels, scheme = struct.unpack_from("<9I", data, 12)
    dfd_at, dfd_size, kvd_at, kvd_size = struct.unpack_from("<4I", data, 48)
    sgd_at, sgd_size = struct.unpack_from("<2Q", data, 64)
    if vk_format:
        raise _error(where, "the KTX2 picture is not Basis Universal", expected="vkFormat 0", found=vk_format)
    if not width or not height or depth or layers > 1 or faces != 1:
        found = f"{width} x {height} x {depth}, {layers} layers, {faces} faces"
        raise _error(where, "the KTX2 picture is not two-dimensional", found=found)
    levels = max(levels, 1)
    if levels > max(width, height).bit_length():
        raise _error(where, "the KTX2 picture has too many levels", expected=max(width, height).bit_length(), found=levels)
    if scheme > _ZSTD:
        raise _error(where, "the KTX2 supercompression is not read", expected="0 to 2", found=scheme)
    ranges = [("data format", dfd_at, dfd_size), ("key-value", kvd_at, kvd_size), ("global", sgd_at, sgd_size)]
    if _HEADER_BYTES + levels * _LEVEL_BYTES > len(data) or dfd_size < 28:
        raise _error(where, "the KTX2 picture is cut off", found=f"{len(data):,} bytes")
    for level in range(levels):
        at, size, plain_size = struct.unpack_from("<3Q", data, _HEADER_BYTES + level * _LEVEL_BYTES)
        ranges.append((f"level {level}", at, size))
        _check_level(level, max(width >> level, 1), max(height >> level, 1), size, plain_size, scheme, where)
    for name, at, size in ranges:
        if at + size > len(data):
            raise _error(where, f"the {name} part of the KTX2 picture is cut off", expected=f"{at + size:,} bytes", found=f"{len(data):,}")
    model, transfer = data[dfd_at + 12], data[dfd_at + 14]
    if model not in (_ETC1S, _UASTC) or (model == _ETC1S) != (scheme == _BASIS_LZ):
        raise _error(where, "the KTX2 picture is not what KHR_texture_basisu allows", found=f"colour model {model}, scheme {scheme}")
    return Header(width, height, levels, model, srgb=transfer == 2)


def _check_level(level: int, width: int, height: int, size: int, plain_size: int, scheme: int, where: object) -> None:
    """Refuse a UASTC level whose sizes do not follow from its pixels: 16 bytes for each block of 4 x 4."""
    blocks = -(-width // 4) * -(-height // 4) * 16
    if scheme != _BASIS_LZ and (plain_size != blocks or (scheme == _NO_COMPRESSION and size != blocks)):
        found = f"{size:,}, uncompressed {plain_size:,}"
        raise _error(where, f"level {level} of the KTX2 picture has the wrong size", expected=f"{blocks:,} bytes", found=found)


def _error(where: object, what: str, *, expected: object = None, found: object = None) -> ImageError:
    hint = "Make the KTX2 file again with ETC1S or UASTC, or use PNG, JPEG or WebP."
    return ImageError("E_KTX2", what, where=where, expected=expected, found=found, hint=hint)


CODEC = ImageCodec(decode=decode, measure=measure)
