"""How sharp a board is: the width of its edges in pixels, measured on their profiles."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.vision.calibration.corners import Corners, grey_values, sample

_STEP = 0.25
_TO_10_90 = 2.563 / 1.683
"""From 20..80 % to 10..90 % of a Gaussian edge: the inner part is less disturbed by noise and by what is beside the edge."""
_MOST_EDGES = 400


def sharpness(image: Image, corners: Corners) -> float:
    """Return the width of the board's edges in pixels, from 10 to 90 % of their height; +inf where no edge can be measured.

    The median over edges, of the steep or of the flat ones, whichever is worse, so that motion blur counts. A sharp picture
    has 1 to 2 pixels; a Gaussian blur of sigma s gives about 2.56 s.
    """
    grey = grey_values(image)
    first, second = _neighbours(corners.points_px)
    length = np.linalg.norm(second - first, axis=1)
    usable = length > 6
    first, second, length = first[usable], second[usable], length[usable]
    if not len(first):
        return float("inf")
    along = (second - first) / length[:, None]
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    reach = float(np.clip(np.median(length) * 0.4, 3, 12))
    offsets = np.arange(-reach, reach + _STEP / 2, _STEP)
    middle = (first + second) / 2
    at = middle[:, None] + normal[:, None] * offsets[None, :, None]
    # Three profiles side by side: the noise falls, the edge stays.
    beside = np.array([-0.12, 0.0, 0.12])[:, None] * length
    profiles = np.mean([sample(grey, at + (along * shift[:, None])[:, None]) for shift in beside], axis=0)
    widths = _widths(profiles)
    steep = np.abs(normal[:, 0]) > np.abs(normal[:, 1])
    kinds = [part[np.isfinite(part)] for part in (widths[steep], widths[~steep])]
    medians = [float(np.median(part)) for part in kinds if len(part) >= 3]
    return max(medians) if medians else float("inf")


def _neighbours(points: Array) -> tuple[Array, Array]:
    """Return the ends of the edges between each corner and those next to it (N, 2), (N, 2)."""
    if len(points) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    near = np.triu((distance < 1.25 * distance.min(axis=1)[:, None]) | (distance < 1.25 * distance.min(axis=0)[None]))
    rows, columns = np.nonzero(near)
    step = max(1, len(rows) // _MOST_EDGES)
    return points[rows[::step]], points[columns[::step]]


def _widths(profiles: Array) -> Array:
    """Return (N,) 10..90 % widths in pixels of (N, S) profiles; +inf where a profile is no edge."""
    rising = np.where(profiles[:, -1:] > profiles[:, :1], profiles, profiles[:, ::-1])
    # Lowest and highest, not the ends: on a ChArUco board the white beside the edge is narrow.
    low, high = rising.min(axis=1), rising.max(axis=1)
    out = np.full(len(profiles), np.inf)
    middle = profiles.shape[1] // 2
    for index in np.flatnonzero(high - low > 12):
        share = (rising[index] - low[index]) / (high[index] - low[index])
        below = [_last_below(share, level, middle) for level in (0.2, 0.8)]
        out[index] = max(below[1] - below[0], 0.0) * _STEP * _TO_10_90
    return out


def _last_below(share: Array, level: float, middle: int) -> float:
    """Return where a rising profile crosses `level`, in samples, looking from its middle."""
    above = share >= level
    if above[middle]:
        under = np.flatnonzero(~above[:middle])
        at = int(under[-1]) if len(under) else 0
    else:
        over = np.flatnonzero(above[middle:])
        at = middle + int(over[0]) - 1 if len(over) else len(share) - 2
    rise = float(share[at + 1] - share[at])
    return at + (float(np.clip((level - share[at]) / rise, 0, 1)) if rise > 0 else 0.5)
