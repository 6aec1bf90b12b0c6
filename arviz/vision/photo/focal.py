"""The focal length from a room's right angles: three directions fit a picture at one focal length only.

It is weighed against what the camera says of itself, never put in its place; where two directions look alike from here, or
few edges carry one, its sigma is large and little changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.vision.photo.gravity import UpPrior
from arviz.vision.photo.pulls import groups, rotate, system
from arviz.vision.photo.segments import Segments
from arviz.vision.photo.vanishing import Triad, support, supporting

_STEPS = 8
_LONGEST_STEP = 0.1
_CLOSE = 1e-5
_AS_GOOD = 0.02
_STARTS = (0.0, -0.15, 0.15)
_WORST_SIGMA = 0.1
"""Of ln f: worse is no check on any camera."""
_LEAST_SIGMA = 0.01
"""Lens distortion that nobody corrected and walls that are not square."""
_UNSTATED_SIGMA = {"exif": 0.05, "assumed": 0.15}
"""Of ln f, for cameras that do not state it: crops and rounded numbers; phones from 24 to 28 mm, and a tele now and then."""


class Focal(NamedTuple):
    """A focal length."""

    focal_px: float
    sigma_px: float


def focal_from_vanishing(segments: Segments, triad: Triad, *, camera: Camera, prior: UpPrior | None = None) -> Focal | None:
    """Return the focal length that makes the edges of a room meet at right angles; None where they hardly tell.

    Parameters
    ----------
    segments : Segments
    triad : Triad
        Found in them with the focal length of `camera`.
    camera : Camera
    prior : UpPrior, optional
        Gravity: with it one direction and the vertical are enough.
    """
    ends = [_settled(segments, rotate(triad.axes_camera, start * triad.turn_per_ln_f), start, prior) for start in _STARTS]
    settled = [end for end in ends if end is not None]
    if not settled:
        return None
    # Where two focal lengths explain the edges as well, the one nearer to what the camera says is meant, and the other doubted.
    most = max(end.support for end in settled)
    likely = [end for end in settled if end.support > most - _AS_GOOD]
    best = min(likely, key=lambda end: abs(end.ln_f))
    sigma = float(np.hypot(best.sigma_ln_f, max(abs(end.ln_f - best.ln_f) for end in likely)))
    if sigma > _WORST_SIGMA:
        return None
    focal = float(camera.k[0, 0]) * float(np.exp(best.ln_f))
    return Focal(focal, sigma * focal)


class _End(NamedTuple):
    ln_f: float
    sigma_ln_f: float
    support: float


def _settled(segments: Segments, axes: Array, ln_f: float, prior: UpPrior | None) -> _End | None:
    """Return where rotation and ln f come to rest together from a start; None where they do not."""
    for _ in range(_STEPS):
        seen = supporting(segments.at_focal(ln_f), axes)
        if not len(seen.axis):
            return None
        change, covariance = system(axes, seen, prior).solve(groups(axes, seen))
        step = float(np.clip(change[3], -_LONGEST_STEP, _LONGEST_STEP))
        axes, ln_f = rotate(axes, change[:3]), ln_f + step
        if not abs(ln_f) < 1:
            return None
        if abs(step) < _CLOSE:
            break
    if abs(step) > 100 * _CLOSE:
        return None
    sigma = float(np.hypot(np.sqrt(max(float(covariance[3, 3]), 0.0)), _LEAST_SIGMA))
    return _End(ln_f, sigma, support(axes, segments.at_focal(ln_f)))


def refined_camera(camera: Camera, focal: Focal | None) -> Camera:
    """Return the camera with what it says of its focal length weighed against what the picture says.

    Calibrated cameras are left alone; they know better.
    """
    stated = with_stated_sigma(camera)
    if focal is None or not guessed(camera):
        return stated
    sigma = stated.relative_sigma_f
    ln_f, sigma_seen = float(np.log(focal.focal_px / camera.k[0, 0])), focal.sigma_px / focal.focal_px
    precision = 1 / sigma**2 + 1 / sigma_seen**2
    change = ln_f / sigma_seen**2 / precision
    k = camera.k.copy()
    k[:2, :2] *= np.exp(change)
    return replace(camera, k=k, sigma_f_px=float(k[0, 0] / np.sqrt(precision)))


def guessed(camera: Camera) -> bool:
    """Tell whether the focal length of a camera is a guess that a picture may mend."""
    return camera.source in _UNSTATED_SIGMA


def with_stated_sigma(camera: Camera) -> Camera:
    """Return the camera with a sigma of its focal length, where it is a guess that states none."""
    if camera.sigma_f_px or not guessed(camera):
        return camera
    return replace(camera, sigma_f_px=_UNSTATED_SIGMA[camera.source] * float(camera.k[0, 0]))
