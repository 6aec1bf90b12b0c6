"""Photos, depth and confidence maps of captures."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.image import Image, decode
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.vision.captures.folder import CaptureFolder
from arviz.vision.depth.picture import decode_depth


def photo(data: bytes, *, where: object, size_px: tuple[int, int] | None = None, limits: Limits = DEFAULT_LIMITS) -> Image:
    """Decode a photo in the orientation in which its form is that of its camera: as stored, else as its EXIF says."""
    image = decode(data, where=where, limits=limits)
    if size_px is not None and (size_px[0] > size_px[1]) != (image.width_px > image.height_px):
        turned = decode(data, where=where, limits=limits, oriented=True)
        image = turned if turned.width_px != image.width_px else image
    if image.pixels.shape[2] == 3:
        return image
    colours = image.pixels[..., :3] if image.pixels.shape[2] == 4 else np.repeat(image.pixels, 3, axis=2)
    return Image(pixels=colours)


def measured(
    folder: CaptureFolder, depth: str | None, confidence: str | None, *, scale: float | str | None = 1000.0, most: int
) -> tuple[Array | None, Array | None]:
    """Return depth in metres and confidence 0 to 1 of two files of a capture; None for what is not there."""
    depth_data = None if depth is None else folder.read(depth)
    confidence_data = None if confidence is None else folder.read(confidence)
    return (
        None if depth_data is None else decode_depth(depth_data, scale=scale, where=folder.where(depth or ""), limits=folder.limits),
        None
        if confidence_data is None
        else confidence_picture(confidence_data, most=most, where=folder.where(confidence or ""), limits=folder.limits),
    )


def confidence_picture(data: bytes, *, most: int, where: object, limits: Limits = DEFAULT_LIMITS) -> Array:
    """Decode a grey picture of levels 0 (low) to `most` (high) into (H, W) float32, 0 to 1."""
    levels = decode(data, where=where, limits=limits).pixels[..., 0]
    out: Array = np.clip(levels.astype(np.float32) / most, 0, 1)
    return out
