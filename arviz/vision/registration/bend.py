"""How much a depth sensor bends what is flat: an error that all frames of one sensor share, and that flat walls show.

Structured light and stereo measure disparity; what is wrong with that, smoothly over the picture and the same in every frame, makes
depths wrong by its product with z^2 (Khoshelham & Elberink 2012, "Accuracy and Resolution of Kinect Depth Data", eq. 6). Single
units are bent by centimetres beyond 3 m, each in its own way (Teichman, Miller, Thrun 2013, "Unsupervised Intrinsic Calibration of
Depth Sensors via SLAM"; Handa et al. 2014, section III-C). How much is told by planes that are not flat in the frames at hand.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.field import SeenPlane
from arviz.vision.room.sight import Sight

_DEGREE = 4
_DEGREES = [(i, j) for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)]
BENDS = len(_DEGREES)
"""Number of smooth patterns over the picture whose sum is a bend: products of Legendre polynomials up to the fourth degree."""
_SHARES = np.array([0.7 ** (i + j) for i, j in _DEGREES])
"""Of the spread, that of each pattern: the finer the fainter. Our own estimate."""
_SPREADS = np.geomspace(1e-4, 2e-2, 24)
"""Errors of 1 / z, per metre, that are tried; .0023 is a tenth of a pixel of disparity of a Kinect (f b = 43.5 px m), 37 mm in 4 m."""
_USUAL, _FACTOR = 1e-3, 3.0
"""What single units usually have, before the frames tell, and the factor up and down within which two thirds lie. Our own estimate."""
_STEP_PX = 4
_ROWS, _COLUMNS = 12, 16
_LEAST_PIXELS = 20
"""Of those looked at, in a part of the picture."""
_FLAT_M = 0.002
"""How much less flat than planes real walls, floors and tables are over a part of the picture. Our own estimate."""
_FAR = 3.0
"""Sigmas beyond which a part of a plane says nothing more: what hangs on a wall is no bend."""
_SINGLE = 6
"""As how many independent parts all of one plane count: what bends one bends its neighbour."""


class Bent(NamedTuple):
    """What a frame's planes say of how bent its sensor is, and what a bend does to them."""

    told: Array
    """Logarithm of the likelihood of each spread that is tried."""
    planes: tuple[Array, ...]
    """For each plane (4, BENDS): by how much a bend of spread 1 moves its normal, and its offset as seen at its middle."""


def patterns(pixels: Array, *, width_px: int, height_px: int) -> Array:
    """Return (N, BENDS): each pattern at pixels (N, 2), as large as its share of a bend of spread 1."""
    sides = (2 * (pixels[:, axis] + 0.5) / size - 1 for axis, size in enumerate((width_px, height_px)))
    x, y = (np.polynomial.legendre.legvander(side, _DEGREE) for side in sides)
    out: Array = np.stack([x[:, i] * y[:, j] for i, j in _DEGREES], axis=1) * _SHARES
    return out


def bent_of(sight: Sight) -> Bent:
    """Return what the planes of a frame say of its sensor.

    Means over parts of the picture are compared: what is by chance in single pixels and in steps of the depth falls out.
    """
    labels, depth = (part[::_STEP_PX, ::_STEP_PX].ravel() for part in (sight.field.labels, sight.depth_m))
    rays = sight.rays[::_STEP_PX, ::_STEP_PX].reshape(-1, 3).astype(np.float64)
    height, width = sight.depth_m.shape
    y, x = (part.ravel() for part in np.mgrid[0:height:_STEP_PX, 0:width:_STEP_PX])
    parts = (y * _ROWS // height) * _COLUMNS + x * _COLUMNS // width
    told, planes = np.zeros(len(_SPREADS)), []
    for label, plane in enumerate(sight.field.planes, start=1):
        on = np.flatnonzero((labels == label) & np.isfinite(depth))
        z = depth[on].astype(np.float64)
        points, steep = rays[on] * z[:, None], rays[on] @ plane.normal
        sigma = np.abs(steep) * sight.noise.sigma_m(z)
        place = np.column_stack([(points - plane.centroid_m) @ plane.tilt_axes.T, np.ones(len(on))])
        rise = (steep * z**2)[:, None] * patterns(np.column_stack([x[on], y[on]]), width_px=width, height_px=height)
        planes.append(_moved(plane, place, rise, sigma))
        _, part, count = np.unique(parts[on], return_inverse=True, return_counts=True)
        kept = count >= _LEAST_PIXELS
        if kept.sum() > _SINGLE:
            sums = np.zeros((len(count), 5 + BENDS))
            np.add.at(sums, part, np.column_stack([points @ plane.normal + plane.offset_m, sigma, place, rise]))
            told += _flatness(sums[kept] / count[kept, None], count[kept])
    return Bent(told, tuple(planes))


def _moved(plane: SeenPlane, place: Array, rise: Array, sigma: Array) -> Array:
    """Return (4, BENDS): how a plane's normal and offset change where its points rise."""
    if len(place) < 3:
        return np.zeros((4, BENDS))
    weighed = place / np.maximum(sigma, 1e-4)[:, None] ** 2
    tilts = np.linalg.lstsq(weighed.T @ place, weighed.T @ rise, rcond=1e-9)[0]
    return np.concatenate([-plane.tilt_axes.T @ tilts[:2], -tilts[2:]])


def _flatness(means: Array, count: Array) -> Array:
    """Return the logarithms of the likelihood of each spread, from how far parts of one plane lie off it, whatever the plane is."""
    off, sigma, place, rise = means[:, 0], means[:, 1], means[:, 2:5], means[:, 5:]
    variance = sigma**2 / count + _FLAT_M**2
    weighed = place / variance[:, None]
    free = np.linalg.lstsq(weighed.T @ place, weighed.T @ np.column_stack([off, rise]), rcond=1e-9)[0]
    left, risen = off - place @ free[:, 0], rise - place @ free[:, 1:]
    expected = variance + _SPREADS[:, None] ** 2 * (risen**2).sum(axis=1)
    out: Array = -0.5 * _SINGLE * (np.log(expected) + np.minimum(left**2 / expected, _FAR**2)).mean(axis=1)
    return out


def spread_of(information: Array, pull: Array, told: Array) -> float:
    """Return the standard deviation of the bend, in 1/m.

    The likelihood of each spread, whatever the bend (MacKay 1992, "Bayesian interpolation"), on what units usually have.

    Parameters
    ----------
    information : ndarray (BENDS, BENDS)
        What two frames, compared, say of the bend.
    pull : ndarray (BENDS,)
        Information times that bend.
    told : ndarray
        What planes say by themselves, see `Bent`.
    """
    values, vectors = np.linalg.eigh(information)
    grown = 1 + _SPREADS[:, None] ** 2 * np.maximum(values, 0)
    said = 0.5 * ((_SPREADS[:, None] * (vectors.T @ pull)) ** 2 / grown - np.log(grown)).sum(axis=1)
    weights = said + told - 0.5 * (np.log(_SPREADS / _USUAL) / np.log(_FACTOR)) ** 2
    share = np.exp(weights - weights.max())
    return float(np.sqrt(share @ _SPREADS**2 / share.sum()))
