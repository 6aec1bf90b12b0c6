"""PNG, lossless: as grey or with a palette where that is exact."""

from __future__ import annotations

import io

import numpy as np

from arviz.core.frozen import Array


def encode(pixels: Array, *, fast: bool) -> bytes:
    """Return (H, W, 3 or 4) uint8 as the smallest of the PNG forms that hold them exactly."""
    from PIL import Image as PillowImage

    forms = [PillowImage.fromarray(np.ascontiguousarray(form)) for form in _direct(pixels)]
    indexed = _indexed(pixels)
    if indexed is not None:
        indices, colours = indexed
        picture = PillowImage.fromarray(indices, "P")
        picture.putpalette(colours.tobytes(), "RGB" if pixels.shape[2] == 3 else "RGBA")
        forms.append(picture)
    written = []
    for form in forms:
        out = io.BytesIO()
        form.save(out, "PNG", **({"compress_level": 6} if fast else {"optimize": True}))
        written.append(out.getvalue())
    return min(written, key=len)


def _direct(pixels: Array) -> list[Array]:
    """Return the pixels without channels that say nothing new."""
    grey = bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 0] == pixels[..., 2]).all())
    if not grey:
        return [pixels]
    return [pixels[..., 0] if pixels.shape[2] == 3 else pixels[..., [0, 3]]]


def _indexed(pixels: Array) -> tuple[Array, Array] | None:
    """Return (H, W) uint8 indices and their (N, 3 or 4) colours, None for more than 256 of these."""
    words = np.zeros((*pixels.shape[:2], 4), np.uint8)
    words[..., : pixels.shape[2]] = pixels
    codes, indices = np.unique(words.view(np.uint32)[..., 0], return_inverse=True)
    if len(codes) > 256:
        return None
    colours = codes.view(np.uint8).reshape(-1, 4)[:, : pixels.shape[2]]
    return indices.reshape(pixels.shape[:2]).astype(np.uint8), np.ascontiguousarray(colours)
