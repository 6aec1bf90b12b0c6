"""Points that stand out in a frame's photo, at the places that its depth gives them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.camera import Frame
from arviz.core.frozen import Array
from arviz.vision.registration.bend import patterns
from arviz.vision.room.sight import Sight
from arviz.vision.sequence.features import features

_PLACE_PX = 1.0
"""Of a feature, in pixels of the photo that was searched: SIFT's own noise, and that seen from elsewhere it moves."""
_STEP = 0.02
"""Depths about a feature that differ by more than this share, and by more than noise, are of two things: it may be on either."""


class Marks(NamedTuple):
    """What one frame shows, N points in the camera's axes."""

    points_m: Array
    """(N, 3)."""
    covariance: Array
    """(N, 3, 3)."""
    descriptors: Array
    """(N, 128) float32 of length 1."""
    shapes: Array
    """(N, BENDS): the patterns of a bend at each point's pixel."""


def marks_of(frame: Frame, sight: Sight) -> Marks:
    """Return the features of a frame's photo that lie on one surface whose depth is known."""
    found = features(frame)
    height, width = sight.depth_m.shape
    rays = np.column_stack([found.flat, np.ones(len(found.flat))])
    pixel = np.round(sight.camera.project_distorted(rays)).astype(np.int64)
    inside = ((pixel >= 1) & (pixel < np.array([width, height]) - 1)).all(axis=1)
    rays, pixel = rays[inside], pixel[inside]
    step = np.array([(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)])
    around = sight.depth_m[pixel[:, 1, None] + step[:, 0], pixel[:, 0, None] + step[:, 1]].astype(np.float64)
    around[~np.isfinite(around)] = np.nan
    known = np.isfinite(around).sum(axis=1) >= 5
    rays, around = rays[known], around[known]
    depth = np.nanmedian(around, axis=1) if len(around) else np.empty(0)
    noise = sight.noise.sigma_m(depth)
    whole = np.nanmax(around, axis=1) - np.nanmin(around, axis=1) < _STEP * depth + 6 * noise if len(around) else known[:0]
    rays, depth, noise = rays[whole], depth[whole], noise[whole]
    along = np.hypot(noise, sight.noise.smooth_share * depth)
    across = (_PLACE_PX * found.pixel * depth) ** 2
    covariance = along[:, None, None] ** 2 * rays[:, :, None] * rays[:, None, :] + across[:, None, None] * np.eye(3)
    shapes = patterns(pixel[known][whole], width_px=width, height_px=height)
    return Marks(rays * depth[:, None], covariance, found.descriptors[inside][known][whole], shapes)
