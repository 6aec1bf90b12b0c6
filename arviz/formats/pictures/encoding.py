"""What is asked of a picture's file: `PictureEncoding`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PictureFormat = Literal["webp", "jpeg", "png", "ktx2"]
MEDIA_TYPES: dict[PictureFormat, str] = {"webp": "image/webp", "jpeg": "image/jpeg", "png": "image/png", "ktx2": "image/ktx2"}

Kind = Literal["colour", "data", "normal"]
"""What a texture's numbers are: sRGB colour, linear data (roughness, occlusion, factors), directions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureEncoding:
    """How a picture is encoded anew.

    Parameters
    ----------
    format : "webp", "jpeg", "png" or "ktx2"
    quality : int or None
        1 to 100. None is lossless for WebP, 95 for JPEG, and for KTX2 the larger UASTC in place of ETC1S. PNG is lossless always.
    near_lossless : bool
        WebP only: keep colours at full resolution and change them by a few codes, the less the higher `quality`.
        Smaller than lossless, larger than lossy, and better than that only for noise in which chroma counts:
        a grained normal map.
    longest_px : int or None
        No side is longer; None keeps the size.
    fast : bool
        A quarter of the time for a few per cent more bytes.
    hasty : bool
        WebP only: a quarter of the time of `fast`. Chroma is not fitted to luma, and colours lose 0.1 to 0.5 dB of their texels.
    """

    format: PictureFormat
    quality: int | None = None
    near_lossless: bool = False
    longest_px: int | None = None
    fast: bool = False
    hasty: bool = False

    def __post_init__(self) -> None:
        if self.format not in MEDIA_TYPES:
            raise ValueError(f"format is one of {', '.join(MEDIA_TYPES)}, found {self.format!r}")
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise ValueError(f"quality is 1 to 100, found {self.quality}")
        if self.near_lossless and (self.format != "webp" or self.quality is None):
            raise ValueError("near_lossless is WebP with a quality")
        if self.longest_px is not None and self.longest_px < 1:
            raise ValueError(f"longest_px is at least 1, found {self.longest_px}")
