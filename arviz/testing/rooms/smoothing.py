"""Takes the noise out of light without mixing surfaces: evenly spread chances, and means over neighbours alike."""

from __future__ import annotations

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array

_TONE = 0.15
"""Light differs by noise if it differs by less than about this share, once smoothed a little."""


def tiled(height: int, width: int, *, rng: np.random.Generator) -> Array:
    """Return two chances in 0..1 for each pixel (N, 2): each 4x4 pixels fill the square evenly, one in each of its 16 cells.

    Two passes of `spread`, steps 1 and 2, weigh the 16 alike: cos^4(w/2) cos^4(w) is 0 at all frequencies of such a tile.
    """
    y, x = (a.reshape(-1) for a in np.indices((height, width)))
    cell = np.stack([(x + 2 * y) % 4, (2 * x + y) % 4], axis=1)
    out: Array = (cell + rng.random(cell.shape)) / 4
    return out


def smoothed(light: Array, surface: Array, normals: Array, *, curved: Array) -> Array:
    """Smooth noise (H, W, 3) of light within a surface, less across changes of brightness (a-trous, Dammertz et al. 2010)."""
    guide = (light @ LUMINANCE)[..., None]
    for step in (1, 2):
        guide = spread(guide, surface, normals, step=step, curved=curved)
    out = light
    for step in (1, 2, 4):
        out = spread(out, surface, normals, step=step, guide=guide[..., 0], curved=curved)
    return out


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
