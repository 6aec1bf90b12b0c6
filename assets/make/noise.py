"""Deterministic noise that repeats without a seam."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def periodic(size: int | tuple[int, int], *, seed: int, low: float, high: float, slope: float = 1.0, stretch: float = 1.0) -> Array:
    """Return (rows, columns) noise of mean 0 and deviation 1 with wave numbers in `low`..`high` per tile.

    Made in the frequency domain, so opposite edges match. `slope` is the fall of amplitude with frequency, `stretch`
    above 1 draws the pattern out along the columns (x).
    """
    rows, columns = (size, size) if isinstance(size, int) else size
    white = np.random.default_rng(seed).standard_normal((rows, columns))
    fy = np.fft.fftfreq(rows, 1 / rows)[:, None]
    fx = np.fft.rfftfreq(columns, 1 / columns)[None] * stretch
    f = np.hypot(fx, fy)
    band = (
        np.where(f > 0, np.maximum(f, 1e-9) ** -slope, 0) / (1 + (np.maximum(low, 1e-9) / np.maximum(f, 1e-9)) ** 8) / (1 + (f / high) ** 8)
    )
    out = np.fft.irfft2(np.fft.rfft2(white) * band, s=(rows, columns))
    return (out - out.mean()) / out.std()
