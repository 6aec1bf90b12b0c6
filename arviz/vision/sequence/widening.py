"""By how much a sequence's sigmas are wider than independent noise of its points would make them.

Points near each other share errors (a curtain that moved, a lens that is not quite known, light that changed), which the
normal equations cannot know. Leaving out one region of the room after the other does (delete-a-group jackknife; Efron &
Tibshirani 1993, section 11.5).
"""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.sequence.bundle import Bundle, Observations, Spread, adjust

_STEPS = 5
_MOST = 5.0
_LEAST_SEEN = 12


def widening(bundle: Bundle, seen: Observations, stated: Spread, *, focal_sigma: float) -> float:
    """Return the factor, at least 1, on all sigmas of `stated`, which are those of the noise that `seen` shows.

    Parameters
    ----------
    bundle, seen : Bundle, Observations
        As adjusted.
    stated : Spread
        In the bundle's unit.
    focal_sigma : float
        As for `adjust`.
    """
    cameras = len(bundle.rotations)
    places = _places(bundle)
    groups = _regions(bundle.points)
    squares = []
    for group in np.unique(groups):
        rows = np.flatnonzero(groups[seen.point] != group)
        if np.bincount(seen.camera[rows], minlength=cameras).min() < _LEAST_SEEN:
            continue
        points, renumbered = np.unique(seen.point[rows], return_inverse=True)
        part = Observations(seen.camera[rows], renumbered, seen.flat[rows], seen.noise[rows])
        start = bundle._replace(points=bundle.points[points])
        left = adjust(start, part, fixed=np.arange(cameras) == 0, focal_sigma=focal_sigma, steps=_STEPS)
        squares.append(_apart(_places(left), places))
    if len(squares) < 3:
        return 1.0
    variance = (len(squares) - 1) * float(np.mean(squares))
    return float(np.clip(np.sqrt(variance / max(3 * float(np.mean(stated.translation**2)), 1e-30)), 1.0, _MOST))


def _places(bundle: Bundle) -> Array:
    out: Array = -np.einsum("cji,cj->ci", bundle.rotations, bundle.translations)
    return out


def _regions(points: Array) -> Array:
    """Return (P,) one of eight: halves of halves of halves, each along the longest direction of the cloud."""
    axes = np.linalg.svd(points - np.median(points, axis=0), full_matrices=False)[2]
    out = np.zeros(len(points), np.int64)
    for axis in axes:
        along = points @ axis
        for group in np.unique(out):
            rows = np.flatnonzero(out == group)
            out[rows] = 2 * out[rows] + (along[rows] > np.median(along[rows]))
    return out


def _apart(places: Array, reference: Array) -> float:
    """Return the mean square distance after the best similarity (Umeyama 1991)."""
    a, b = places - places.mean(axis=0), reference - reference.mean(axis=0)
    u, s, v = np.linalg.svd(b.T @ a)
    flip = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ v))])
    scale = (s * flip).sum() / max(float((a**2).sum()), 1e-30)
    off = scale * a @ ((u * flip) @ v).T - b
    return float((off**2).sum(axis=1).mean())
