"""How a photo was recorded: its sharpness and grain, and the same done to a product that is put into it.

A rendered product is sharper and cleaner than what a camera stores, and is recognised by it. Exposure and white balance are
not measured here: the light that the product is rendered in has the photo's unit already. Nor are vignetting and stray light:
one photo of a room cannot tell them from the fall of light, and from a room without anything dark (haze by the dark channel
of He et al. 2009 was found in 12 of 16 synthetic rooms that had none, and made dark products grey).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from arviz.core.colour import LUMINANCE, linear_to_srgb, srgb_to_linear
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.image import Image
from arviz.core.scene import Layer
from arviz.render.photo_grain import BLOCK_PX, LEVELS, grain_at, luma, measured_grain
from arviz.render.photo_occlusion import picture_box
from arviz.render.photo_sharpness import blur_of_edges_px

_OWN_VARIANCE_PX2 = 1 / 12
"""Of a pixel's square, over which engines that supersample take the mean."""
_MARGIN_PX = 8


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PhotoLook:
    """What a camera and its storage did to a picture.

    Parameters
    ----------
    blur_px : float or None
        Standard deviation of the Gaussian that blurs a step as the sharpest edges of the photo are, the square of the pixel
        included: 0.29 is as sharp as pixels can be. None where no edge is good enough to tell.
    grain : ndarray (L, 8, 8, 3, 3)
        Covariance of R, G and B (encoded, 0 to 1) of the grain, for each cosine of an orthonormal transform of 8x8 pixels, at the
        encoded lumas `arviz.render.photo_grain.LEVELS`.
    """

    blur_px: float | None
    grain: Array

    def __post_init__(self) -> None:
        grain = readonly(self.grain, np.float64)
        if grain.shape != (len(LEVELS), BLOCK_PX, BLOCK_PX, 3, 3) or not np.isfinite(grain).all():
            raise ValueError(f"grain is finite ({len(LEVELS)}, {BLOCK_PX}, {BLOCK_PX}, 3, 3), found {grain.shape}")
        set_fields(self, grain=grain)

    def sigma(self, level: Array) -> Array:
        """Return the standard deviation (N, 3) of R, G and B (encoded, 0 to 1) at encoded luma (N,)."""
        variance = self.grain.mean(axis=(1, 2)).diagonal(axis1=1, axis2=2)
        return np.asarray(np.sqrt(np.stack([np.interp(level, LEVELS, variance[:, c]) for c in range(3)], axis=-1)))


def measure_look(photo: Image) -> PhotoLook:
    """Measure how sharp a photo is, and its grain.

    Parameters
    ----------
    photo : Image
        As the camera stored it: resizing changes sharpness and grain.
    """
    encoded, linear = _values(photo)
    light = np.asarray(linear @ LUMINANCE.astype(np.float32))
    return PhotoLook(blur_px=blur_of_edges_px(light), grain=measured_grain(encoded))


def _values(photo: Image) -> tuple[Array, Array]:
    """Return the encoded and the linear values (H, W, 3) float32, 0 to 1."""
    pixels = photo.pixels[..., :3]
    pixels = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
    if pixels.dtype == np.uint8:
        linear = srgb_to_linear(np.arange(256, dtype=np.float32) / 255) if photo.space == "srgb" else np.arange(256) / np.float32(255)
        encoded = np.arange(256) / np.float32(255) if photo.space == "srgb" else linear_to_srgb(linear)
        return encoded.astype(np.float32)[pixels], linear.astype(np.float32)[pixels]
    values = np.clip(np.nan_to_num(pixels), 0, 1)
    return (values, srgb_to_linear(values)) if photo.space == "srgb" else (linear_to_srgb(values), values)


def matched(layer: Layer, look: PhotoLook, *, seed: int = 0) -> Layer:
    """Return a layer as sharp and as grainy as the photo; depth, normals and ids stay.

    Parameters
    ----------
    layer : Layer
        Of an engine that takes the mean over each pixel. A layer that is less sharp than the photo is not sharpened.
    seed : int
        The same seed gives the same grain.
    """
    extra = extra_blur_px(look)
    box = picture_box(layer.colour[..., 3] > 0, margin=_MARGIN_PX + int(4 * extra))
    if box is None:
        return layer
    part = _blurred(layer.colour[box], extra)
    rows, columns = np.nonzero(part[..., 3] > 0)
    values = part[rows, columns]
    colour, alpha = values[:, :3], values[:, 3:]
    straight = np.clip(colour / np.maximum(alpha, 1e-6), 0, 1)
    encoded = linear_to_srgb(straight)
    grain = grain_at(rows + box[0].start, columns + box[1].start, luma(encoded), grain=look.grain, seed=seed)
    # The photo's own grain shines through what is not covered.
    grainy = srgb_to_linear(encoded + np.sqrt(1 - (1 - alpha) ** 2) * grain)
    part[rows, columns, :3] = np.maximum(colour + grainy - straight, 0)
    out = layer.colour.copy()
    out[box] = part
    return replace(layer, colour=out)


def extra_blur_px(look: PhotoLook) -> float:
    """Return the standard deviation of the Gaussian that makes the mean over each pixel as sharp as the photo."""
    return 0.0 if look.blur_px is None else float(np.sqrt(max(look.blur_px**2 - _OWN_VARIANCE_PX2, 0)))


def _blurred(colour: Array, sigma_px: float) -> Array:
    """Return a new (H, W, 4) blurred by a Gaussian, with nothing beyond its borders where the picture ends."""
    import cv2

    if sigma_px < 0.1:
        return colour.copy()
    out: Array = cv2.GaussianBlur(colour, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE)
    out[out[..., 3] < 1e-4] = 0
    return out
