"""KTX2 (KHR_texture_basisu): a texture that stays compressed in the memory of the graphics card.

Through the package ``alktx2`` (Binomial's encoder), which is not installed with arviz: neither its wheel nor its page
names a licence, so whoever wants KTX2 decides about that. Rejected: pyktx has no wheel and needs libktx.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.errors import BackendError, DependencyError
from arviz.core.frozen import Array
from arviz.formats.pictures import png
from arviz.formats.pictures.encoding import Kind

_ZSTD_LEVEL = 18
_UASTC_QUALITY = 100
"""Of UASTC. Below, blocks are chosen so that Zstandard finds more repeats: at the package's default of 50 the pictures of a shoe and
a sofa had 6 to 9 dB less, 0.6 of the bytes, and took three times the time."""


def encode(pixels: Array, *, quality: int | None, kind: Kind) -> bytes:
    """Return (H, W, 3 or 4) uint8 as KTX2 with all mipmaps: ETC1S of a quality of 1 to 100, or UASTC with Zstandard.

    Sides are brought to multiples of four pixels, as glTF demands of these textures.

    Raises
    ------
    DependencyError
        The package is not installed.
    BackendError
        The encoder failed.
    """
    try:
        import alktx2
    except ImportError as error:
        raise DependencyError(
            "E_MISSING_PACKAGE",
            "the encoder for KTX2 is not installed",
            where="the written GLB",
            found=str(error),
            hint="Run: pip install alktx2 (it states no licence), or use WebP.",
        ) from error
    codec: dict[str, Any] = {"codec": "etc1s", "quality": quality}
    if quality is None:
        codec = {"codec": "uastc", "quality": _UASTC_QUALITY, "zstd_supercompression_level": _ZSTD_LEVEL}
    try:
        out = alktx2.encode_bytes_to_ktx2(
            png.encode(_in_blocks(pixels), fast=True), mime="image/png", srgb=kind == "colour", linear=kind != "colour", mipmaps=True,
            renormalize=kind == "normal", threads=1, **codec,
        )  # fmt: skip
    except (ValueError, RuntimeError, MemoryError) as error:
        raise BackendError("E_KTX2_ENCODE", "the KTX2 encoder failed", found=str(error)) from error
    return bytes(out)


def _in_blocks(pixels: Array) -> Array:
    """Return pixels whose sides are multiples of four, stretched a little where they were not."""
    height, width = (-(-side // 4) * 4 for side in pixels.shape[:2])
    if (height, width) == pixels.shape[:2]:
        return pixels
    import cv2

    out: Array = cv2.resize(np.ascontiguousarray(pixels), (width, height), interpolation=cv2.INTER_LINEAR)
    return out
