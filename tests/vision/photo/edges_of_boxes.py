"""Edges of boxes along three directions, seen exactly or with noise; no pictures."""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.vision.photo.segments import Segments, segments
from tests.vision.photo.scenes import Shot


def edges(
    view: Shot,
    *,
    rng: np.random.Generator,
    count: int = 40,
    noise_px: float = 0.0,
    stray: int = 0,
    turn_deg: float = 20.0,
    handed: Camera | None = None,
) -> Segments:
    """Return `count` edges along the axes of a room turned by `turn_deg`, and `stray` ones along nothing.

    `handed` is the camera that they are read with, if it is not the one that sees them.
    """
    camera = view.camera
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    axes = np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
    size = np.array([camera.width_px, camera.height_px])
    ends: list[np.ndarray] = []
    while len(ends) < count:
        start = rng.uniform((-3, 0, -6), (3, 2.5, -1.5))
        end = start + axes[len(ends) % 3] * rng.uniform(0.4, 1.5) * rng.choice([-1, 1])
        if ((np.stack([start, end]) - (0, view.height_m, 0)) @ view.camera_from_world[2] < 0.2).any():
            continue
        seen = view.pixels(np.stack([start, end]))
        if ((seen > 0) & (seen < size - 1)).all() and np.linalg.norm(seen[1] - seen[0]) > 0.03 * size.max():
            ends.append(seen)
    for _ in range(stray):
        start = rng.uniform((20, 20), size - 20)
        way = rng.uniform(0, 2 * np.pi)
        ends.append(np.stack([start, start + rng.uniform(40, 120) * np.array([np.cos(way), np.sin(way)])]))
    seen = np.array(ends)
    return segments(seen + rng.normal(0, noise_px, seen.shape) if noise_px else seen, camera=handed or camera)
