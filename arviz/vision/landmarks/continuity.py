"""Whether a film goes on with the same person: what a face looks like, from one picture to the next.

Where faces lie tells who is who, as long as nobody takes another's place. Two persons in one place differ in the colours of their
faces: brows, hair, shadows, skin. Colours are compared with those of the picture before only, and as ratios, so that a lamp that is
turned on makes nobody another person. Nobody is known again: what is kept fits no third picture.
"""

from __future__ import annotations

import numpy as np

from arviz.core.colour import srgb_to_linear
from arviz.core.frozen import Array

POINTS = slice(0, 468, 2)
"""Landmarks about which colours are taken."""
PATCH, SAMPLES = 0.05, 5
"""Side of a patch of skin, of the face's size, and samples along it: small ones see noise and how points err."""
FLOOR = 0.01
"""Of white: what is darker is noise."""
ANOTHER = 0.09
"""Mean absolute change of ln colour. One person: at most .05 between pictures of a film (65 synthetic heads moved, with noise), .084 at
five pictures a second (a film of squats); two persons: .25 in the median, in one light .17 with one skin tone, and 6 % of these below."""
_DECODE = srgb_to_linear(np.arange(256) / 255)


def sight(pixels: Array, points_px: Array) -> Array:
    """Return what a face looks like (K, 3): ln of its colours against their median.

    Parameters
    ----------
    pixels : ndarray (H, W, 3) uint8
        sRGB.
    points_px : ndarray (N, 2)
        Its landmarks.
    """
    size = float(np.ptp(points_px[:468], axis=0).max())
    steps = PATCH * size * (np.arange(SAMPLES) / (SAMPLES - 1) - 0.5)
    x, y = points_px[POINTS].T[:, :, None, None]
    height, width = pixels.shape[:2]
    columns = np.clip(np.round(x + steps[:, None]), 0, width - 1).astype(int)
    rows = np.clip(np.round(y + steps[None, :]), 0, height - 1).astype(int)
    colours = np.log(_DECODE[pixels[rows, columns]].mean(axis=(1, 2)) + FLOOR)
    out: Array = colours - np.median(colours, axis=0)
    return out


def is_another(now: Array, before: Array) -> bool:
    """Tell whether what was seen now and in the picture before are two persons."""
    return bool(np.abs(now - before).mean() > ANOTHER)
