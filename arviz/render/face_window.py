"""The part of a photo that glasses and their shadow may touch, and the camera of that part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.transforms import apply

Window = tuple[slice, slice]
"""Rows and columns."""
SHADOW_M = 0.03
"""How far beside the glasses their shadow is looked for."""


def window_of(points_m: Array, camera: Camera, camera_from_head: Array, *, margin_m: float = SHADOW_M) -> Window | None:
    """Return the rows and columns that glasses of corners (N, 3) in the head's frame, and their shadow, may touch; None for nothing."""
    return windows_of(points_m, camera, camera_from_head, margins_m=(margin_m,))[0]


def windows_of(points_m: Array, camera: Camera, camera_from_head: Array, *, margins_m: Sequence[float]) -> list[Window | None]:
    """Return `window_of` each of some margins."""
    points = apply(camera_from_head, points_m)
    points = points[points[:, 2] > 0.02]
    at = camera.project_distorted(points) if len(points) else np.zeros((0, 2))
    at = at[np.isfinite(at).all(axis=1)]
    if not len(at):
        return [None] * len(margins_m)
    px_per_m = float(camera.k[0, 0]) / float(np.median(points[:, 2]))
    return [_clipped(at.min(axis=0) - margin * px_per_m, at.max(axis=0) + margin * px_per_m, camera) for margin in margins_m]


def _clipped(low_px: Array, high_px: Array, camera: Camera) -> Window | None:
    size = [camera.width_px, camera.height_px]
    left, top = np.clip(np.floor(low_px), 0, size).astype(int)
    right, bottom = np.clip(np.ceil(high_px) + 1, 0, size).astype(int)
    return (slice(int(top), int(bottom)), slice(int(left), int(right))) if right > left and bottom > top else None


def cropped(camera: Camera, window: Window) -> Camera:
    """Return the camera of a part of its pictures."""
    rows, columns = window
    k = camera.k.copy()
    k[:2, 2] -= columns.start, rows.start
    return replace(camera, k=k, width_px=columns.stop - columns.start, height_px=rows.stop - rows.start)


def within(inner: Window, outer: Window) -> Window:
    """Return where a window lies in another that holds it."""
    rows, columns = (slice(i.start - o.start, i.stop - o.start) for i, o in zip(inner, outer, strict=True))
    return rows, columns
