"""Which photos of many are used: sharp ones, spread over the whole sequence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.camera import Frame
from arviz.core.frozen import Array

_SIDE_PX = 320


def spread_and_sharp(frames: Sequence[Frame], *, most: int) -> tuple[int, ...]:
    """Return the indices of at most `most` frames: the sharpest of each of so many equal parts of the sequence."""
    if len(frames) <= most:
        return tuple(range(len(frames)))
    sharp = np.array([_sharpness(frame) for frame in frames])
    parts = np.array_split(np.arange(len(frames)), most)
    return tuple(int(part[sharp[part].argmax()]) for part in parts)


def _sharpness(frame: Frame) -> float:
    """Return the variance of the Laplacian of the reduced photo relative to that of the photo (Pech-Pacheco 2000)."""
    import cv2

    pixels = frame.image.pixels[..., :3].mean(axis=2, dtype=np.float32)
    grey: Array = np.nan_to_num(pixels, nan=0.0, posinf=0.0, neginf=0.0)
    step = max(grey.shape) / _SIDE_PX
    if step > 1:
        grey = cv2.resize(grey, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var() / max(float(grey.var()), 1e-6))
