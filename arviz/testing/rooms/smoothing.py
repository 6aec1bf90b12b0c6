"""Takes the noise out of light without mixing surfaces: evenly spread chances, and means over neighbours alike."""

from __future__ import annotations

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array

_TONE = 0.15
"""Light differs by noise if it differs by less than about this share, once smoothed a little."""


def lattice(height: int, width: int) -> Array:
    """Return two numbers in 0..1 for each pixel (N, 2), evenly spread over any few neighbours (R4 sequence, Roberts 2018)."""
    y, x = (a.reshape(-1) for a in np.indices((height, width)))
    powers = 1.1673039782614187 ** -np.arange(1, 5)
    out: Array = np.stack([x * powers[0] + y * powers[1], x * powers[2] + y * powers[3]], axis=1) % 1
    return out


def smoothed(light: Array, surface: Array, normals: Array, *, curved: Array) -> Array:
    """Smooth noise (H, W, 3) of light within a surface, less across changes of brightness (a-trous, Dammertz et al. 2010)."""
    guide = spread((light @ LUMINANCE)[..., None], surface, normals, step=1, curved=curved)[..., 0]
    out = spread(light, surface, normals, step=1, guide=guide, curved=curved)
    return spread(out, surface, normals, step=2, guide=guide, curved=curved)


def spread(light: Array, surface: Array, normals: Array, *, step: int, guide: Array | None = None, curved: Array | None = None) -> Array:
    """Average (H, W, C) over 5x5 pixels `step` apart that show the same surface, where `curved` at a similar angle.

    `guide` (H, W) is the brightness that pixels to be mixed must share.
    """
    margin = ((2 * step, 2 * step), (2 * step, 2 * step))
    light32 = light.astype(np.float32)
    bright = np.zeros(surface.shape, np.float32) if guide is None else guide.astype(np.float32)
    values, towards = np.pad(light32, (*margin, (0, 0)), mode="edge"), np.pad(normals, (*margin, (0, 0)), mode="edge")
    shown, tones = (np.pad(a, margin, mode="edge") for a in (surface.astype(np.int32), bright))
    total, weight = np.zeros_like(light32), np.zeros(surface.shape, np.float32)
    bent = np.zeros(surface.shape, bool) if curved is None else curved
    there = surface.astype(np.int32)
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            window = tuple(slice((2 + d) * step, (2 + d) * step + n) for d, n in zip((dy, dx), surface.shape, strict=True))
            w = (shown[window] == there) * np.float32((6, 4, 1)[abs(dy)] * (6, 4, 1)[abs(dx)] / 256)
            if guide is not None:
                w *= np.exp(-(((tones[window] - bright) / (_TONE * (tones[window] + bright) + np.float32(1e-9))) ** 2))
            if bent.any():
                w[bent] *= np.maximum((towards[window][bent] * normals[bent]).sum(axis=-1), 0) ** 32
            total += values[window] * w[..., None]
            weight += w
    out: Array = (total / np.maximum(weight, np.float32(1e-12))[..., None]).astype(np.float64)
    return out


def matching(surface: Array, wanted: Array, pixels: Array) -> tuple[Array, Array]:
    """Return for each of N pixels one among it and its neighbours in (H, W) that shows the surface wanted (N,).

    Returns
    -------
    neighbour : ndarray (N,) int
    alone : ndarray (N,) bool
        No neighbour shows it; the pixel itself is returned.
    """
    height, width = surface.shape
    row, column = np.divmod(pixels, width)
    out, alone = pixels.copy(), np.ones(len(pixels), bool)
    for dy, dx in ((0, 0), (0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)):
        there = np.clip(row + dy, 0, height - 1) * width + np.clip(column + dx, 0, width - 1)
        same = alone & (surface.reshape(-1)[there] == wanted)
        out[same], alone = there[same], alone & ~same
    return out, alone
