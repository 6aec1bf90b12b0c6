"""Edges of what is brighter than the picture can hold: they look shifted to the dark side, by up to the width of the blur.

A blurred edge rises as ``F + (P - F) Phi(u / s)``; where the picture ends at 1, the middle between F and 1 lies before the
edge. From the pixels that are not burnt, place, blur s and light P can be told from each other only roughly, so what is
usual of blur and exposure is weighed in, and what remains unknown is returned as a sigma.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array

_BURNT = 0.95
"""Of linear white: above it cameras and JPEG bend the scale."""
_NEAR_PX, _FAR_PX = 2.5, 4.5
"""Pixels within the first are the edge; those between both are what lies on either side."""
_ENDS = 0.1
_LN_BLUR = np.log(0.6), 0.3
"""Mean and standard deviation of ln blur in pixels: lens, pixel and demosaicking of a picture in focus."""
_SIGMA_LN_LIGHT = 0.5
"""Of ln P beyond white: two thirds of a stop; cameras seldom let more burn than one or two."""
_LEAST_SIGMA = 0.02
"""Of linear white: what texture and JPEG leave, whatever the fit."""
_FACTS = 5
"""Of a side, however many pixels it has: no blur is quite Gaussian, and those at one distance from the edge all say so alike."""
_LEAST_PIXELS = 20
_OF_SHIFT = 0.3
"""Of the shift itself: blur is no Gaussian, and colours of JPEG are coarser than its light."""
_SHIFTS_PX = np.arange(-0.3, 2.0, 0.04)
_BLURS_PX = np.exp(np.linspace(-0.8, 0.8, 17) + _LN_BLUR[0])


class Shift(NamedTuple):
    """How far the sides of a quad lie from where they look."""

    towards_bright_px: Array
    """(4,)."""
    sigma_px: float
    """Standard deviation of it, of all sides together."""


def burnt_shift(linear: Array, corners_px: Array, *, bright_inside: bool) -> Shift | None:
    """Return how far the true sides of a quad lie on the bright side of those given; None where nothing beside them is burnt.

    Parameters
    ----------
    linear : ndarray (H, W, C)
        Linear light, 1 is white.
    corners_px : (4, 2)
        In turn, at the half-way places of the edges.
    bright_inside : bool
        Whether the quad is brighter than what lies around it.
    """
    sides = [_side(linear, corners_px[k], corners_px[(k + 1) % 4], corners_px.mean(axis=0), bright_inside) for k in range(4)]
    if all(side is None for side in sides):
        return None
    ln_blur = np.log(_BLURS_PX)
    costs = np.stack([np.zeros((len(_BLURS_PX), len(_SHIFTS_PX))) if side is None else _cost(*side) for side in sides])
    # All sides have one blur: given it, each has its own place.
    least = costs.min(axis=2, keepdims=True)
    weights = np.exp(-(costs - least) / 2)
    evidence = (np.log(weights.sum(axis=2)) - least[..., 0] / 2).sum(axis=0) - ((ln_blur - _LN_BLUR[0]) / _LN_BLUR[1]) ** 2 / 2
    share = np.exp(evidence - evidence.max())
    share = share / share.sum()
    weights = weights / weights.sum(axis=2, keepdims=True)
    means = weights @ _SHIFTS_PX
    spread = weights @ _SHIFTS_PX**2 - means**2
    known = np.array([side is not None for side in sides])
    mean = (share * means).sum(axis=1) * known
    variance = ((share * (spread + means**2)).sum(axis=1) - mean**2) * known
    return Shift(mean, float(np.hypot(np.sqrt(max(variance.max(), 0.0)), _OF_SHIFT * np.abs(mean).max())))


def _side(linear: Array, start: Array, end: Array, middle: Array, bright_inside: bool) -> tuple[Array, Array, float, float] | None:
    """Return places across a side, positive to the bright, and the light there of what is not burnt, and on both sides."""
    length = float(np.linalg.norm(end - start))
    along = (end - start) / length
    across = np.array([-along[1], along[0]])
    if (across @ (middle - start) > 0) != bright_inside:
        across = -across
    low = np.maximum(np.floor(np.minimum(start, end) - _FAR_PX), 0).astype(int)
    high = np.ceil(np.maximum(start, end) + _FAR_PX).astype(int) + 1
    part = linear[low[1] : high[1], low[0] : high[0]]
    rows, columns = np.indices(part.shape[:2])
    off = np.stack([columns, rows], axis=-1) + low - start
    u, t = off @ across, off @ along / length
    within = (t > _ENDS) & (t < 1 - _ENDS) & (np.abs(u) < _FAR_PX)
    u, light, burnt = u[within], part[within].mean(axis=1), (part[within] >= _BURNT).any(axis=1)
    bright, dark, edge = u > _NEAR_PX, u < -_NEAR_PX, (np.abs(u) <= _NEAR_PX) & ~burnt
    if min(bright.sum(), dark.sum(), edge.sum()) < _LEAST_PIXELS or burnt[bright].mean() < 0.5:
        return None
    return u[edge], light[edge], float(np.median(light[dark])), float(np.median(light[bright]))


def _cost(u: Array, light: Array, dark: float, bright: float) -> Array:
    """Return (blurs, shifts): squared residuals in units of their sigma, and how unusual the light is that fits best."""
    from scipy.special import ndtr

    phi = ndtr((u - _SHIFTS_PX[:, None]) / _BLURS_PX[:, None, None])
    rise = light - dark
    height = (phi @ rise) / np.maximum((phi**2).sum(axis=2), 1e-9)
    height = np.maximum(height, bright - dark)  # what is burnt is no darker than it looks
    squares = ((height[..., None] * phi - rise) ** 2).sum(axis=2)
    sigma2 = max(float(squares.min()) / len(u), _LEAST_SIGMA**2)
    unusual = np.log((height + dark) / bright) / _SIGMA_LN_LIGHT
    out: Array = squares / sigma2 * (_FACTS / len(u)) + unusual**2
    return out
