"""Oiled walnut that repeats: annual rings cut lengthwise, pores, streaks."""

from __future__ import annotations

import numpy as np
from noise import periodic
from surfaces import Array
from weave import Bytes, linear, normals, to_bytes


def walnut(*, size_px: int = 512, tile_m: float = 0.16, seed: int = 21) -> tuple[Array, Bytes, Bytes]:
    """Return (linear colour (H, W, 3), normal map, occlusion-roughness-metal map); the grain runs along v (rows)."""
    rows = size_px
    x = np.arange(size_px)[None] / size_px
    drift = periodic((size_px, rows), seed=seed, low=1, high=3, slope=1.2, stretch=0.16)
    rings = 0.5 + 0.5 * np.sin(2 * np.pi * (7 * x + 0.5 * drift))
    rings = rings**1.6
    grain = periodic((rows, size_px), seed=seed + 1, low=20, high=200, slope=0.6, stretch=1.0)
    streak = _lengthwise(rows, seed=seed + 2, cycles=120, blur=40)
    pores = np.clip(_lengthwise(rows, seed=seed + 3, cycles=200, blur=14) - 1.5, 0, 1)
    tone = np.clip(0.55 * rings + 0.16 * streak + 0.03 * grain + 0.25, 0, 1)[..., None]
    dark, light = np.array(linear("#5d3d28")), np.array(linear("#a87a55"))
    colour = (light * (1 - tone) + dark * tone) * (1 - 0.45 * pores[..., None])
    height_m = (-0.00006 * pores - 0.00001 * streak).astype(np.float64)
    roughness = np.clip(0.44 + 0.12 * pores + 0.04 * streak + 0.03 * rings, 0, 1)
    orm = np.stack([1 - 0.3 * pores, roughness, np.zeros_like(roughness)], -1)
    return colour, normals(height_m, pixel_m=tile_m / size_px), to_bytes(orm)


def _lengthwise(size: int, *, seed: int, cycles: float, blur: float) -> Array:
    """Return (size, size) periodic noise drawn out along the rows (y) by `blur`."""
    white = np.fft.fft2(np.random.default_rng(seed).standard_normal((size, size)))
    fy, fx = np.fft.fftfreq(size, 1 / size)[:, None] * blur, np.fft.fftfreq(size, 1 / size)[None]
    out = np.fft.ifft2(white / (1 + (np.hypot(fx, fy) / cycles) ** 4)).real
    return out / out.std()
