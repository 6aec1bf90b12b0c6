"""JPEG for viewers that take no other lossy picture: progressive, tables of its own, chroma at full size where it is no colour."""

from __future__ import annotations

import io

from arviz.core.frozen import Array
from arviz.formats.pictures.encoding import Kind

_DEFAULT_QUALITY = 95
_FULL_CHROMA = 90
"""From this quality on colour, too, keeps its chroma: halved it would be the largest loss."""
_DIRECTION_STEP, _MEAN_STEP = 20, 2
"""Quantiser of directions at quality 50, in eighths of a code, and of their blocks' means."""


def encode(pixels: Array, *, quality: int | None, kind: Kind) -> bytes:
    """Return (H, W, 3 or 4) uint8 as JPEG, grey where all channels are equal. JPEG has no alpha: it is dropped."""
    from PIL import Image as PillowImage

    quality = _DEFAULT_QUALITY if quality is None else quality
    tables = {"qtables": [_flat(quality)] * 2} if kind == "normal" else {"quality": quality}
    full = kind != "colour" or quality >= _FULL_CHROMA
    picture = PillowImage.fromarray(pixels[..., :3])
    if (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 0] == pixels[..., 2]).all():
        picture = PillowImage.fromarray(pixels[..., 0])
    out = io.BytesIO()
    picture.save(out, "JPEG", progressive=True, optimize=True, subsampling=0 if full else 2, **tables)
    return out.getvalue()


def _flat(quality: int) -> list[int]:
    """Return the (64,) quantiser of directions: nearly alike at all frequencies, and a mean of each block that is kept.

    The usual tables look at pictures as an eye does, coarse in fine detail and in colour, which in a normal map is where the surface
    points; they also shift flat places, (128, 128, 255), by up to 4 codes, which every reflection on them shows. Drawn on a helmet
    of worn metal, a map of 1024 pixels takes 71 KB at 42.4 dB so, and 50 KB at 36.4 dB or 78 KB at 42.0 dB otherwise.
    """
    scale = 50 / quality if quality < 50 else 2 - quality / 50  # of libjpeg's `jpeg_quality_scaling`
    step = _DIRECTION_STEP * max(scale, 0.02)
    return [_MEAN_STEP, *(min(max(round(step * (0.6 + 0.1 * sum(divmod(index, 8)))), 1), 255) for index in range(1, 64))]
