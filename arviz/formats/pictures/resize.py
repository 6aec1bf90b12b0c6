"""Smaller textures: colour averaged as light, directions as directions, everything over areas, so that nothing aliases."""

from __future__ import annotations

import numpy as np

from arviz.core.colour import light_tables
from arviz.core.frozen import Array
from arviz.formats.pictures.encoding import Kind


def resized(pixels: Array, *, longest_px: int | None, kind: Kind) -> Array:
    """Return (H, W, 3 or 4) uint8 `pixels` with no side longer than `longest_px`; `pixels` itself where none is.

    Colour is averaged in linear light, weighted by alpha: what is transparent has no say (but where all is transparent,
    its colour stays that of the plain mean). Normals are averaged as vectors and brought to length one. Data are averaged.
    """
    height, width = pixels.shape[:2]
    if longest_px is None or max(height, width) <= longest_px:
        return pixels
    share = longest_px / max(height, width)
    size = (max(round(width * share), 1), max(round(height * share), 1))
    if kind == "colour":
        return _colour(pixels, size)
    out = _mean(pixels, size)
    if kind == "normal":
        # Sixteen bits in between: the mean of bytes is too coarse to be brought to length one.
        vectors = _mean(pixels[..., :3].astype(np.uint16) * np.uint16(257), size).astype(np.float32) / np.float32(32767.5) - 1
        vectors /= np.maximum(np.linalg.norm(vectors, axis=2, keepdims=True), np.float32(1e-6))
        out = np.concatenate([np.rint((vectors + 1) * 127.5).astype(np.uint8), out[..., 3:]], axis=2)
    return out


def _colour(pixels: Array, size: tuple[int, int]) -> Array:
    light_of, code_of = light_tables()
    light = light_of[pixels[..., :3]]
    mean = _mean(light, size)
    if pixels.shape[2] == 3:
        return code_of[mean]
    alpha = _mean(pixels[..., 3:].astype(np.uint16) * np.uint16(257), size).astype(np.uint32)
    weighted = (light.astype(np.uint32) * pixels[..., 3:] // 255).astype(np.uint16)
    visible = np.minimum(_mean(weighted, size).astype(np.uint64) * 65535 // np.maximum(alpha, 1), 65535).astype(np.uint16)
    colour = code_of[np.where(alpha > 0, visible, mean)]
    return np.concatenate([colour, ((alpha + 128) // 257).astype(np.uint8)], axis=2)


def _mean(values: Array, size: tuple[int, int]) -> Array:
    """Return the rounded means of (H, W, C) uint8 or uint16 values over the areas of `size` (width, height) pixels."""
    import cv2

    out: Array = cv2.resize(np.ascontiguousarray(values), size, interpolation=cv2.INTER_AREA)
    return out.reshape(size[1], size[0], values.shape[2])
