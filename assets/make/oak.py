"""Oiled oak, glued from staves, that repeats: pale, straight-grained, with fine dark pores."""

from __future__ import annotations

import numpy as np
from noise import periodic
from surfaces import Array
from weave import Bytes, linear, to_bytes

TILE_M = 0.48
STAVES = 4
"""Across one tile: 12 cm each."""


def oak(*, size_px: int = 512, seed: int = 51) -> tuple[Array, Bytes]:
    """Return (linear colour (H, W, 3), occlusion-roughness-metal map); the grain runs along v (rows)."""
    x = np.broadcast_to(np.arange(size_px) / size_px, (size_px, size_px))
    y = np.arange(size_px)[:, None] / size_px
    stave = np.floor(x * STAVES).astype(int)
    rng = np.random.default_rng(seed)
    shift, tone, pitch = rng.random(STAVES), rng.normal(0, 1, STAVES), rng.uniform(7, 11, STAVES)
    drift = sum(a * np.sin(2 * np.pi * (k * y + rng.random(STAVES)[stave])) for k, a in ((1, 0.35), (2, 0.16), (3, 0.10), (5, 0.05)))
    inside = x * STAVES - stave
    bow = rng.uniform(0.2, 1.0, STAVES)[stave] * (inside - rng.uniform(0.1, 0.9, STAVES)[stave]) ** 2  # flat-sawn: rings widen
    rings = 0.5 + 0.5 * np.sin(2 * np.pi * (pitch[stave] * (inside + bow) + 0.55 * drift + shift[stave]))
    streak = lengthwise(size_px, seed=seed + 1, cycles=150, blur=40)
    pores = np.clip(lengthwise(size_px, seed=seed + 2, cycles=230, blur=12) - 1.2, 0, 1.2) * (0.45 + 0.55 * rings)
    cloud = periodic(size_px, seed=seed + 3, low=1, high=5, slope=1.0)
    dark = np.clip(0.34 + 0.26 * (rings**2.0 - 0.4) + 0.09 * streak + 0.10 * tone[stave] + 0.04 * cloud, 0, 1)[..., None]
    pale, deep = np.array(linear("#d9bd94")), np.array(linear("#a07a4c"))
    colour = (pale * (1 - dark) + deep * dark) * (1 - 0.28 * pores[..., None])
    seam = np.minimum(inside, 1 - inside) * size_px / STAVES < 0.5
    colour = colour * np.where(seam, 0.86, 1.0)[..., None]
    roughness = np.clip(0.50 + 0.10 * pores + 0.03 * streak, 0, 1)
    return colour, to_bytes(np.stack([1 - 0.2 * pores, roughness, np.zeros_like(roughness)], -1))


def lengthwise(size: int, *, seed: int, cycles: float, blur: float) -> Array:
    """Return (size, size) periodic noise of deviation 1, drawn out along the rows (y) by `blur`."""
    white = np.fft.fft2(np.random.default_rng(seed).standard_normal((size, size)))
    fy, fx = np.fft.fftfreq(size, 1 / size)[:, None] * blur, np.fft.fftfreq(size, 1 / size)[None]
    out = np.fft.ifft2(white / (1 + (np.hypot(fx, fy) / cycles) ** 4)).real
    return out / out.std()
