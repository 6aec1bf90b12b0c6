"""Sharpen the points of a body by the heat maps that the network gives beside them."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array

KERNEL_PX = 7
LEAST_CONFIDENCE = 0.5
"""Both as in MediaPipe's pose graph (`RefineLandmarksFromHeatmapCalculator`)."""


def refined(points: Array, heat: Array) -> Array:
    """Return points (N, 2) moved to the mean of their heat map nearby, where that is sure enough.

    Parameters
    ----------
    points : ndarray (N, 2)
        0 to 1 across the map.
    heat : ndarray (H, W, N)
        Logits.
    """
    size = np.array(heat.shape[1::-1])
    cells = np.floor(points * size).astype(np.int64)
    reach = np.arange(KERNEL_PX) - KERNEL_PX // 2
    x, y = cells[:, 0, None, None] + reach, cells[:, 1, None, None] + reach[:, None]
    x, y = np.broadcast_arrays(x, y)
    there = (x >= 0) & (x < size[0]) & (y >= 0) & (y < size[1])
    which = np.arange(len(points))[:, None, None]
    logits = heat[np.clip(y, 0, size[1] - 1), np.clip(x, 0, size[0] - 1), which].astype(np.float64)
    weight = np.where(there, 1 / (1 + np.exp(-np.clip(logits, -100, 100))), 0.0)
    total = weight.sum(axis=(1, 2))
    mean = np.stack([(weight * x).sum(axis=(1, 2)), (weight * y).sum(axis=(1, 2))], axis=1) / np.maximum(total, 1e-12)[:, None]
    inside = ((cells >= 0) & (cells < size)).all(axis=1)
    sure = inside & (weight.max(axis=(1, 2)) >= LEAST_CONFIDENCE)
    return np.where(sure[:, None], mean / size, points)
