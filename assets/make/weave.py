"""A plain weave that repeats: thread by thread height, and from it colour, normals and roughness. Sizes in pixels of the tile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from noise import periodic
from numpy.typing import NDArray
from surfaces import Array

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class WeaveMaps:
    """`tone` (H, W) linear reflectance relative to the yarn's own, `normal` and `orm` (H, W, 3) uint8, glTF conventions."""

    tone: Array
    normal: Bytes
    orm: Bytes


def weave(*, size_px: int = 2048, threads: int = 96, tile_m: float = 0.25, seed: int = 7) -> WeaveMaps:
    """Weave `threads` x `threads` slubbed yarns (an even number, so that over and under match across the edge).

    Each yarn has its own lightness and swells and thins along its length, as spun linen does: that is what makes cloth
    read as cloth from two metres, where single threads are below a pixel.
    """
    y, x = np.mgrid[0:size_px, 0:size_px] / size_px * threads
    wobble_x, wobble_y = (0.10 * periodic(size_px, seed=seed + i, low=2, high=60, slope=0.8) for i in (0, 1))
    u, v = x + 0.5 + wobble_x, y + 0.5 + wobble_y  # the tile's edge runs along the middle of a yarn, not in a gap
    warp, weft = np.floor(u).astype(int), np.floor(v).astype(int)
    fu, fv = u - warp - 0.5, v - weft - 0.5
    slub_warp = _along(size_px, threads, seed=seed + 2)[y_index(v, size_px, threads), warp % threads]
    slub_weft = _along(size_px, threads, seed=seed + 3)[y_index(u, size_px, threads), weft % threads]
    sway_u, sway_v = np.cos(np.pi * (u - 0.5)), np.cos(np.pi * (v - 0.5))
    parity_u, parity_v = np.where(warp % 2, -1.0, 1.0), np.where(weft % 2, -1.0, 1.0)
    round_warp = np.sqrt(np.maximum(1 - (fu / (0.56 + 0.05 * slub_warp)) ** 2, 0))
    round_weft = np.sqrt(np.maximum(1 - (fv / (0.56 + 0.05 * slub_weft)) ** 2, 0))
    z_warp = 0.75 * round_warp + 0.38 * parity_u * sway_v + 0.05 * slub_warp
    z_weft = 0.75 * round_weft - 0.38 * parity_v * sway_u + 0.05 * slub_weft
    ply_warp = np.sin(2 * np.pi * (1.6 * v + 1.1 * fu)) * round_warp
    ply_weft = np.sin(2 * np.pi * (1.6 * u + 1.1 * fv)) * round_weft
    fuzz = periodic(size_px, seed=seed + 4, low=60, high=260, slope=0.3)
    over = z_warp > z_weft
    height = np.where(over, z_warp + 0.05 * ply_warp, z_weft + 0.05 * ply_weft) + 0.018 * fuzz
    pitch_m = tile_m / threads
    normal = normals(height * 0.30 * pitch_m, pixel_m=tile_m / size_px)
    yarn_warp, yarn_weft = (np.random.default_rng(seed + i).normal(0, 1, threads) for i in (5, 6))
    yarn = np.where(over, yarn_warp[warp % threads] + 0.7 * slub_warp, yarn_weft[weft % threads] + 0.7 * slub_weft)
    cavity = np.clip((height + 0.15) / 1.05, 0, 1)
    cloud = periodic(size_px, seed=seed + 8, low=1.5, high=14, slope=1.0)
    tone = (0.60 + 0.40 * cavity**0.8) * (1 + 0.075 * yarn + 0.02 * cloud + 0.035 * fuzz)
    occlusion = 0.55 + 0.45 * cavity
    roughness = 0.86 + 0.07 * (1 - cavity) + 0.01 * fuzz
    orm = np.stack([occlusion, roughness, np.zeros_like(roughness)], -1)
    return WeaveMaps(tone / tone.mean(), normal, to_bytes(orm))


def y_index(at: Array, size_px: int, threads: int) -> NDArray[np.int64]:
    """Return the row of a yarn's own noise for a place `at` (in threads) along it."""
    return np.floor(at / threads * size_px).astype(np.int64) % size_px


def _along(size_px: int, threads: int, *, seed: int) -> Array:
    """Return (size, threads) smooth periodic noise along each yarn, independent across yarns."""
    white = np.fft.rfft(np.random.default_rng(seed).standard_normal((size_px, threads)), axis=0)
    f = np.arange(len(white))[:, None]
    out = np.fft.irfft(white * np.where(f > 0, 1 / (1 + (f / 14) ** 4), 0), n=size_px, axis=0)
    return out / out.std()


def normals(height_m: Array, *, pixel_m: float) -> Bytes:
    """Return a tangent-space normal map (H, W, 3) uint8, green up (glTF), of a height field that repeats."""
    gx = (np.roll(height_m, -1, 1) - np.roll(height_m, 1, 1)) / (2 * pixel_m)
    gy = (np.roll(height_m, -1, 0) - np.roll(height_m, 1, 0)) / (2 * pixel_m)
    n = np.stack([-gx, gy, np.ones_like(gx)], -1)
    return to_bytes(n / np.linalg.norm(n, axis=-1, keepdims=True) * 0.5 + 0.5)


def to_bytes(values: Array) -> Bytes:
    """Quantise 0..1 to 8 bits."""
    return np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)


def srgb(linear: Array) -> Array:
    """Encode linear light (IEC 61966-2-1)."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def linear(hex_colour: str) -> tuple[float, float, float]:
    """Return the linear Rec.709 triple of ``#rrggbb``."""
    c = np.array([int(hex_colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    r, g, b = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).tolist()
    return (r, g, b)
