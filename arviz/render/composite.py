"""Layers over a background become a finished picture: blended in linear light, encoded once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from arviz.core.colour import linear_to_srgb, srgb_to_linear, to_uint8
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.scene import Layer

_BAND_PIXELS = 2**20
"""Rows blended at once: the temporary arrays of a whole 4096 x 4096 picture took 1.5 GB."""


def composite(layers: Iterable[Layer], *, background: Image | tuple[int, int, int] | None = None) -> Image:
    """Put layers over each other, the first at the bottom, and encode to 8-bit sRGB.

    Parameters
    ----------
    layers : iterable of Layer
        All of one size.
    background : Image, (r, g, b) or None
        A photo (8-bit sRGB, or linear; scaled and cropped about its centre to cover), an 8-bit sRGB colour, or
        None for a picture with straight alpha, made for pages (`page_alpha`). Where the layers are empty, a photo of the
        right size comes out unchanged to the last bit.

    Returns
    -------
    Image
        RGB over a background, RGBA without one.

    Raises
    ------
    InputError
        No layers, or layers of different sizes.
    """
    stack = list(layers)
    if not stack or len({layer.colour.shape for layer in stack}) != 1:
        sizes = ", ".join(f"{layer.colour.shape[1]} x {layer.colour.shape[0]}" for layer in stack) or "none"
        raise InputError("E_LAYER_SIZE", "layers of one size are needed", found=sizes)
    height, width = stack[0].colour.shape[:2]
    behind = None if background is None else _linear_background(background, width_px=width, height_px=height)
    pixels = np.empty((height, width, 4 if behind is None else 3), np.uint8)
    for top in range(0, height, band := max(_BAND_PIXELS // width, 1)):
        rows = slice(top, top + band)
        merged = stack[0].colour[rows]
        for layer in stack[1:]:
            merged = layer.colour[rows] + merged * (1 - layer.colour[rows, :, 3:])
        pixels[rows] = _encoded(merged, behind if behind is None or behind.ndim == 1 else behind[rows])
    return Image(pixels=pixels, alpha="straight" if behind is None else "none")


def _encoded(merged: Array, behind: Array | None) -> Array:
    """Return 8-bit sRGB of premultiplied linear rows: RGB over `behind`, RGBA with straight alpha without it."""
    alpha = merged[..., 3:]
    if behind is not None:
        return to_uint8(linear_to_srgb(merged[..., :3] + behind * (1 - alpha)))
    return to_uint8(page_alpha(merged))


def page_alpha(merged: Array) -> Array:
    """Return (..., 4) encoded sRGB with the straight alpha by which a page shows premultiplied linear (..., 4) rightly.

    Browsers and picture viewers blend encoded values, not light (W3C Compositing and Blending Level 1, section 5.1,
    blends in the encoded space): with coverage as alpha a shadow on white comes out too dark, clear glass as smoke and an
    edge as a step. Over white, which shops show, the page then shows what light does in each channel; over black exactly
    where the channels agree (shadows, clear glass, grey edges), else on their mean. Opaque pixels do not change.
    """
    alpha = merged[..., 3:]
    over_black = linear_to_srgb(merged[..., :3])
    over_white = linear_to_srgb(merged[..., :3] + (1 - alpha))
    shown = 1 - (over_white - over_black).mean(axis=-1, keepdims=True)
    shown = np.clip(np.maximum(shown, 1 - over_white.min(axis=-1, keepdims=True)), 0, 1)
    # What rounds to no alpha has no colour: a ratio of two numbers that small is noise.
    straight = np.divide(over_white - (1 - shown), shown, out=np.zeros_like(over_black), where=shown >= 0.5 / 255)
    return np.concatenate([np.clip(straight, 0, 1), shown], axis=-1)


def _linear_background(background: Image | tuple[int, int, int], *, width_px: int, height_px: int) -> Array:
    if isinstance(background, tuple):
        return srgb_to_linear(np.array(background, np.float32) / 255)
    pixels = background.pixels
    values = pixels.astype(np.float32) / 255 if pixels.dtype == np.uint8 else pixels
    values = np.repeat(values, 3, axis=2) if values.shape[2] == 1 else values
    linear = srgb_to_linear(values[..., :3]) if background.space == "srgb" else values[..., :3]
    if background.alpha == "straight":
        linear = linear * values[..., 3:]  # see-through parts of a background show black
    return linear if linear.shape[:2] == (height_px, width_px) else cover(linear, width_px=width_px, height_px=height_px)


def cover(pixels: Array, *, width_px: int, height_px: int) -> Array:
    """Scale (H, W, 3) linear float32 pixels to cover the size and cut off evenly what hangs over."""
    from PIL import Image as PillowImage

    height, width = pixels.shape[:2]
    factor = max(width_px / width, height_px / height)
    left, top = (width - width_px / factor) / 2, (height - height_px / factor) / 2
    box = (max(left, 0.0), max(top, 0.0), min(width - left, width), min(height - top, height))
    channels = [
        PillowImage.fromarray(np.ascontiguousarray(pixels[..., c])).resize((width_px, height_px), PillowImage.Resampling.BICUBIC, box=box)
        for c in range(3)
    ]
    out: Array = np.maximum(np.stack([np.asarray(channel) for channel in channels], axis=-1), 0)
    return out
