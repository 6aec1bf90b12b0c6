"""Prepare an environment for real-time light: blurred levels for reflections, spherical harmonics for the rest.

Split-sum image-based light after Karis 2013 ("Real Shading in Unreal Engine 4") and irradiance after Ramamoorthi
and Hanrahan 2001 ("An Efficient Representation for Irradiance Environment Maps"). Kept on disk under a hash of the
pixels, the least recently used thrown out: 0.2 CPU seconds to make, 0.01 to read. Direction by direction it took 0.8.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from arviz.core import disk_cache
from arviz.core.frozen import Array
from arviz.core.image import Image

VERSION = 2
"""Raise it whenever the numbers below change: it is part of the cache key."""
WIDTH_PX, HEIGHT_PX = 512, 256
LEVELS = 6
"""Level l holds roughness l / (LEVELS - 1), at 1 / 2^l of the size: the smallest is 16 x 8 (8 x 4 for a room of half the size)."""
SAMPLES = 128
BRIGHTEST = 50.0
"""Radiance is clamped here: a sun of one pixel would otherwise become fireflies in 128 samples."""


_BAND_ROWS = 32
"""Rows blurred at once: their weights take 8 MB."""


class Prefiltered(NamedTuple):
    """What a renderer uploads: `levels` of (H, W, 3) float16, `harmonics` (9, 3) float32 with basis constants inside."""

    levels: tuple[Array, ...]
    harmonics: Array


def prefilter(environment: Image, *, cache: Path | None = None) -> Prefiltered:
    """Return the levels and harmonics of an equirectangular linear RGB picture.

    Parameters
    ----------
    cache : Path, optional
        Folder in which the result is kept; a damaged or unwritable one is ignored.
    """
    digest = hashlib.sha256(f"{VERSION} {environment.pixels.shape}".encode())
    digest.update(environment.pixels.tobytes())
    path = None if cache is None else cache / f"{digest.hexdigest()[:32]}.npz"
    if path is not None and (known := _load(path)) is not None:
        return known
    out = compute(environment)
    if path is not None:
        disk_cache.save(path, {"harmonics": out.harmonics, **{f"level{i}": level for i, level in enumerate(out.levels)}})
    return out


def environment_cache() -> Path | None:
    """Return the user's cache of prefiltered environments, None where no folder can be made."""
    return disk_cache.folder_or_none("environments")


def irradiance(harmonics: Array, normals: Array) -> Array:
    """Return irradiance over pi (..., 3) on surfaces with unit `normals` (..., 3), in the axes of the environment.

    The polynomial of ``gl/shaders/light.glsl``; never below 0.
    """
    out: Array = np.maximum(_polynomials(*np.moveaxis(np.asarray(normals, np.float64), -1, 0)) @ harmonics.astype(np.float64), 0)
    return out


def compute(environment: Image) -> Prefiltered:
    """Do the work of `prefilter` without a cache."""
    # One pixel that is no number would blacken everything: it counts as dark, as in `arviz.render.sky_samples`.
    base = _resized(np.minimum(np.maximum(np.nan_to_num(environment.pixels[..., :3], nan=0, posinf=BRIGHTEST), 0), BRIGHTEST))
    pyramid = [base]
    while len(pyramid) < LEVELS:
        top = pyramid[-1]
        pyramid.append((top[0::2, 0::2] + top[1::2, 0::2] + top[0::2, 1::2] + top[1::2, 1::2]) / 4)
    levels = [base] + [_blurred(pyramid[level], level) for level in range(1, LEVELS)]
    return Prefiltered(tuple(level.astype(np.float16) for level in levels), _harmonics(pyramid[2]))


def directions(width_px: int, height_px: int) -> Array:
    """Return (H, W, 3) unit vectors at the pixel centres; see `arviz.core.scene.Lighting` for the convention."""
    azimuth = 2 * np.pi * ((np.arange(width_px) + 0.5) / width_px - 0.5)
    polar = np.pi * (np.arange(height_px) + 0.5) / height_px
    sine = np.sin(polar)[:, None]
    y = np.broadcast_to(np.cos(polar)[:, None], (height_px, width_px))
    return np.stack([np.cos(azimuth) * sine, y, np.sin(azimuth) * sine], axis=-1)


def _resized(pixels: Array) -> Array:
    from PIL import Image as PillowImage

    if pixels.shape[:2] in ((HEIGHT_PX, WIDTH_PX), (HEIGHT_PX // 2, WIDTH_PX // 2)):
        return pixels.astype(np.float32)  # of half the size: rooms, made for each photo, at a quarter of the price
    shrink = pixels.shape[1] > WIDTH_PX
    how = PillowImage.Resampling.BOX if shrink else PillowImage.Resampling.BILINEAR
    channels = [PillowImage.fromarray(np.ascontiguousarray(pixels[..., c], np.float32)) for c in range(3)]
    return np.stack([np.asarray(channel.resize((WIDTH_PX, HEIGHT_PX), how)) for channel in channels], axis=-1)


def _blurred(source: Array, level: int) -> Array:
    """Return the picture as a rough surface of this level reflects it, N = V = R (Karis 2013); of the size of `source`.

    A turn about the vertical axis turns the result alike, so all directions of one row share their weights, and the sum over
    a row is a convolution: a product of Fourier transforms.
    """
    height, width = source.shape[:2]
    light = _lobe(level)
    seen = np.fft.rfft(source.astype(np.float32), axis=1).transpose(1, 0, 2)
    out = np.empty((height, width, 3), np.float32)
    for top in range(0, height, _BAND_ROWS):
        rows = slice(top, min(top + _BAND_ROWS, height))
        weights = np.fft.rfft(_weights(light, rows, height, width).astype(np.float32), axis=2)
        product = np.matmul(np.conj(weights).transpose(2, 0, 1), seen)
        out[rows] = np.fft.irfft(product, n=width, axis=0).transpose(1, 0, 2)
    return np.maximum(np.roll(out, width // 2, axis=1), 0)  # the weights are those of the middle column


def _lobe(level: int) -> Array:
    """Return (S, 3) directions from which light arrives, in the frame of the normal; the third is the weight too."""
    alpha = (level / (LEVELS - 1)) ** 2
    index = np.arange(SAMPLES)
    x1, x2 = (index + 0.5) / SAMPLES, _radical_inverse(index)  # Hammersley points
    cosine = np.sqrt((1 - x1) / (1 + (alpha * alpha - 1) * x1))
    sine = np.sqrt(1 - cosine * cosine)
    half = np.stack([sine * np.cos(2 * np.pi * x2), sine * np.sin(2 * np.pi * x2), cosine], axis=1)
    light = 2 * half[:, 2:] * half - (0, 0, 1)  # L = 2 (N.H) H - N in N's own frame
    out: Array = light[light[:, 2] > 0]
    return out


def _weights(light: Array, rows: slice, height: int, width: int) -> Array:
    """Return (R, height, width): what each texel counts in the middle column of each of `rows`, read bilinearly."""
    n = directions(width, height)[rows, width // 2]
    t = np.cross((0.0, 1.0, 0.0), n)
    t /= np.linalg.norm(t, axis=-1, keepdims=True)  # no row lies at a pole
    b = np.cross(n, t)
    d = light[:, 0, None, None] * t + light[:, 1, None, None] * b + light[:, 2, None, None] * n
    x = (np.arctan2(d[..., 2], d[..., 0]) * (0.5 / np.pi) + 0.5) * width - 0.5
    y = np.arccos(np.clip(d[..., 1], -1, 1)) * (height / np.pi) - 0.5
    left, top = np.floor(x).astype(np.intp), np.clip(np.floor(y), 0, height - 2).astype(np.intp)
    fx, fy = x - left, np.clip(y - top, 0, 1)
    first = (np.arange(len(n)) * height + top) * width
    weight = np.broadcast_to(light[:, 2, None] / light[:, 2].sum(), x.shape)
    out = np.zeros(len(n) * height * width)
    for row, share_y in ((first, 1 - fy), (first + width, fy)):
        for column, share_x in ((left, 1 - fx), (left + 1, fx)):
            out += np.bincount((row + column % width).ravel(), (weight * share_y * share_x).ravel(), minlength=out.size)
    return out.reshape(len(n), height, width)


def _radical_inverse(index: Array) -> Array:
    """Return the van der Corput sequence in base 2 (bits mirrored at the binary point)."""
    bits = int(SAMPLES).bit_length() - 1
    out = np.zeros(len(index))
    for bit in range(bits):
        out += ((index >> bit) & 1) / 2.0 ** (bit + 1)
    return out


def _harmonics(pixels: Array) -> Array:
    """Return (9, 3) coefficients so that light.glsl's polynomial gives irradiance over pi."""
    height, width = pixels.shape[:2]
    x, y, z = np.moveaxis(directions(width, height), -1, 0)
    edges = np.cos(np.pi * np.arange(height + 1) / height)
    solid_angle = np.broadcast_to(((edges[:-1] - edges[1:]) * 2 * np.pi / width)[:, None], (height, width))
    polynomials = np.moveaxis(_polynomials(x, y, z), -1, 0)
    # Squares of the basis constants times the cosine lobe over pi: 1, 2/3, 1/4 by band (Ramamoorthi and Hanrahan).
    bands = np.array([1 / 4, *[3 / 4 * 2 / 3] * 3, *[15 / 4 / 4] * 2, 5 / 16 / 4, 15 / 4 / 4, 15 / 16 / 4]) / np.pi
    sums = [np.einsum("hw,hwc->c", p * solid_angle, pixels.astype(np.float64)) for p in polynomials]
    out: Array = (np.stack(sums) * bands[:, None]).astype(np.float32)
    return out


def _polynomials(x: Array, y: Array, z: Array) -> Array:
    """Return (..., 9): the real harmonics of bands 0 to 2 without their constants."""
    return np.stack([np.ones_like(x), y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y], axis=-1)


def _load(path: Path) -> Prefiltered | None:
    arrays = disk_cache.load(path) or {}
    levels = tuple(arrays[f"level{i}"] for i in range(LEVELS) if f"level{i}" in arrays)
    harmonics = arrays.get("harmonics")
    good = [level.shape for level in levels] == [(HEIGHT_PX >> i, WIDTH_PX >> i, 3) for i in range(LEVELS)]
    if not good or harmonics is None or harmonics.shape != (9, 3) or not np.isfinite(harmonics).all():
        return None
    return Prefiltered(levels, harmonics)
