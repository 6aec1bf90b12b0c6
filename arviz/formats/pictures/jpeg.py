"""JPEG for viewers that take no other lossy picture: progressive, tables of its own, chroma at full size where it is no colour."""

from __future__ import annotations

import io

from arviz.core.frozen import Array
from arviz.formats.pictures.encoding import Kind

_DEFAULT_QUALITY = 95
_FULL_CHROMA = 90
"""From this quality on colour, too, keeps its chroma: halved it would be the largest loss."""


def encode(pixels: Array, *, quality: int | None, kind: Kind) -> bytes:
    """Return (H, W, 3 or 4) uint8 as JPEG, grey where all channels are equal. JPEG has no alpha: it is dropped."""
    from PIL import Image as PillowImage

    quality = _DEFAULT_QUALITY if quality is None else quality
    full = kind != "colour" or quality >= _FULL_CHROMA
    picture = PillowImage.fromarray(pixels[..., :3])
    if (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 0] == pixels[..., 2]).all():
        picture = PillowImage.fromarray(pixels[..., 0])
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, progressive=True, optimize=True, subsampling=0 if full else 2)
    return out.getvalue()
