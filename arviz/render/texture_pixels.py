"""What a texture use is in any engine: decoded under guard, its sampler, its transform, no larger than the picture can show."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from arviz.core.asset import Asset
from arviz.core.errors import ImageError, LimitError
from arviz.core.frozen import Array
from arviz.core.image import decode
from arviz.core.limits import Limits
from arviz.core.material import EncodedImage, Sampler
from arviz.render.mipmaps import halved

REPEAT, CLAMP, NEAREST = 10497, 33071, 9728
"""Of glTF's samplers, as in OpenGL."""


def texture_cap_px(width_px: int, height_px: int) -> int:
    """Return the largest texture side that is uploaded: twice the picture's larger side, rounded up to a power of two.

    Enough for a product that fills the picture with each texture once; an eye close to an eighth of a texture gets a
    quarter of the texels that it could show.
    """
    return 1 << (2 * max(width_px, height_px) - 1).bit_length()


def decoded(image: EncodedImage, *, cap_px: int, limits: Limits, srgb: bool = True) -> Array | None:
    """Return (H, W, 4) uint8 pixels with no side above `cap_px`, or None for a missing or broken picture.

    It is halved until it fits: with `srgb` as light, else as plain numbers.
    """
    if image.data is None:
        return None
    try:
        pixels = decode(image.data, where=image.name or image.uri, limits=limits, mean_at_px=None if srgb else cap_px).pixels
    except (ImageError, LimitError):
        return None  # the slot's default is drawn; reporting broken textures is the reader's and the checks' work
    while max(pixels.shape[:2]) > max(cap_px, 1):
        pixels = halved(pixels, srgb=srgb)
    if pixels.shape[2] == 4:
        return pixels
    import cv2

    # OpenCV adds a channel in a tenth of the time that numpy needs.
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA if pixels.shape[2] == 3 else cv2.COLOR_GRAY2RGBA))


def texture_pixels(asset: Asset, index: int, *, cap_px: int, limits: Limits, srgb: bool = True) -> Array | None:
    """Return what `decoded` gives for the first candidate image of a texture that can be shown, or None."""
    found = (decoded(image, cap_px=cap_px, limits=limits, srgb=srgb) for image in image_candidates(asset, index))
    return next((pixels for pixels in found if pixels is not None), None)


def image_candidates(asset: Asset, texture: int) -> Iterator[EncodedImage]:
    """Yield the images of a texture that there are, the preferred one first; none for a texture that there is not."""
    if 0 <= texture < len(asset.textures):
        for index in asset.textures[texture].image_candidates:
            if isinstance(index, int) and 0 <= index < len(asset.images):
                yield asset.images[index]


def sampler_of(asset: Asset, texture: int) -> Sampler:
    """Return the sampler of a texture, glTF's defaults where it has none."""
    index = asset.textures[texture].sampler
    return asset.samplers[index] if index is not None and 0 <= index < len(asset.samplers) else Sampler()
