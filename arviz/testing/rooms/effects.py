"""What a camera makes of radiance: exposure, blur, vignetting, white balance, noise, sRGB, JPEG."""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import LUMINANCE, linear_to_srgb, to_uint8
from arviz.core.frozen import Array
from arviz.core.image import Image, decode, encode

_ELECTRONS = 6000.0
"""At white, with `noise` 1: a phone's sensor at low sensitivity after binning."""
_READ = 0.0015


def camera_effects(
    linear: Image,
    *,
    rng: np.random.Generator,
    exposure: float | None = None,
    blur_px: float = 0.5,
    vignetting: float = 0.15,
    white_balance: tuple[float, float, float] | None = None,
    noise: float = 1.0,
    jpeg_quality: int | None = 92,
) -> Image:
    """Return the picture (uint8, sRGB) that a camera would store of a linear one.

    Parameters
    ----------
    exposure : float or None
        Factor on radiance; None exposes as cameras do (`auto_exposure`).
    blur_px : float
        Standard deviation of lens blur.
    vignetting : float
        Loss of light in the corners.
    white_balance : tuple or None
        Gains of R, G, B; None takes out the mean colour of the picture for the most part, with an error of some percent.
    noise : float
        1 for a phone by day, 3 for one in the evening, 0 for none.
    jpeg_quality : int or None
        None for no JPEG.
    """
    from scipy.ndimage import gaussian_filter

    light = linear.pixels[..., :3].astype(np.float64)
    light = light * (auto_exposure(light) if exposure is None else exposure)
    if blur_px > 0:
        light = gaussian_filter(np.minimum(light, 3.0), (blur_px, blur_px, 0))
    height, width = light.shape[:2]
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    light = light * (1 - vignetting * ((x**2 + y**2) / 2) ** 1.2)[..., None]
    light = light * np.asarray(_white_balance(light, rng) if white_balance is None else white_balance)
    if noise > 0:
        sigma = noise * np.sqrt(np.maximum(light, 0) / _ELECTRONS + _READ**2)
        # Colours are interpolated from neighbours in a mosaic: noise is not white.
        grain = gaussian_filter(rng.normal(size=light.shape), (0.5, 0.5, 0))
        light = light + grain / grain.std() * sigma
    stored = Image(pixels=to_uint8(linear_to_srgb(light.astype(np.float32))))
    if jpeg_quality is None:
        return stored
    again = decode(encode(stored, "JPEG", quality=jpeg_quality))
    return Image(pixels=again.pixels[..., :3])


def auto_exposure(light: Array) -> float:
    """Return the factor that puts the median of radiance (H, W, 3) to a quarter of white, less where much would burn."""
    bright = light @ LUMINANCE
    middle, high = np.quantile(bright, (0.5, 0.85))
    return float(min(0.25 / max(middle, 1e-9), 1.2 / max(high, 1e-9)))


def handed_camera(camera: Camera, *, rng: np.random.Generator, share: float = 0.5, sigma: float = 0.02) -> Camera:
    """Return the camera that the code under test gets: in `share` of the draws its focal length is wrong by some percent.

    It is then as if from EXIF: the error is drawn with a standard deviation of `sigma` of the focal length, which
    `Camera.sigma_f_px` states; else it is calibrated, within 0.1 %.
    """
    guessed = rng.random() < share
    relative = sigma if guessed else 0.001
    k = camera.k.copy()
    k[[0, 1], [0, 1]] *= 1 + rng.normal(0, relative)
    return Camera(
        k=k,
        width_px=camera.width_px,
        height_px=camera.height_px,
        distortion=camera.distortion,
        source="exif" if guessed else "calibrated",
        sigma_f_px=relative * float(camera.k[0, 0]),
    )


def _white_balance(light: Array, rng: np.random.Generator) -> Array:
    """Return gains that take out three quarters of the colour of what is bright but not burnt, wrong by 2 % each."""
    bright = light @ LUMINANCE
    low, high = np.quantile(bright, (0.6, 0.95))
    mean = np.maximum(light[(bright >= low) & (bright <= high)].mean(axis=0), 1e-9)
    gains = (mean[1] / mean) ** 0.75 * (1 + rng.normal(0, 0.02, 3))
    out: Array = np.clip(gains / gains[1], 0.4, 2.5)
    return out
