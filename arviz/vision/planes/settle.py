"""The last fit: all planes together with the errors that neighbouring pixels share, and how certain it leaves each plane."""

from __future__ import annotations

from math import erf, exp, pi, sqrt
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import Rays, inverted, matrix_of
from arviz.vision.planes.covariance import wave_weights
from arviz.vision.planes.flat import MEDIAN_OF_SQUARE
from arviz.vision.planes.noise import DepthNoise
from arviz.vision.planes.refine import FIT, Assigned

_LEAST_SPREAD = 0.02
_RIDGE = 1e-10
"""On the scaled system: a plane that its pixels do not fix stays where it was, with a sigma that says so."""
_STRANGE = 0.02
"""Share of the cells of a plane that may be another surface's."""
_NOTABLE = 0.0005
"""Shared errors below this share of depth are covered by `PATCHY_M`."""
PATCHY_M = 0.0005
"""How far plaster and boards are from flat over the size of a cell, and what a sensor does from cell to cell: without it, a
thousand pixels would make a cell's mean, or its slope, more certain than any surface is."""
PATCHY_SHARE = 0.25
"""The same for a sensor whose errors are shared: so much of them is not smooth."""


class Settled(NamedTuple):
    """Planes and their certainty.

    ``thetas`` (K, 3), ``covariances`` (K, 3, 3) of theta, ``inflation`` (K,): by how much the means of cells scatter more than
    all known errors explain, as a ratio of variances, at least 1.
    """

    thetas: Array
    covariances: Array
    inflation: Array


def settle(thetas: Array, assigned: Assigned, *, rays: Rays, noise: DepthNoise) -> Settled:
    """Fit planes for the last time.

    Errors that neighbours share (`DepthNoise.smooth_share`) are unknowns of the same least-squares problem, waves over the picture, held
    near zero by their own sigma: a large plane tells them, its neighbours profit, and what cannot be told
    apart ends in the covariance. Three more things go into that:

    - the variance of single pixels is what the residuals show, not what the model says;
    - where the means of cells still scatter more than chance allows - a bent wall, two surfaces taken for one, a sensor whose
      neighbouring pixels err together - the covariance grows by as much;
    - the focal length: theta's first two components are proportional to it.
    """
    count, plane, cell = len(thetas), assigned.plane, assigned.cell
    mine = thetas[plane]
    spread = _spread(assigned, count)
    sums = assigned.sums / (assigned.variance * spread[plane])[:, None]
    shared = _shared(mine, sums, assigned, noise)
    weights = np.zeros((len(rays.jacobian), 0))
    if shared:
        weights = wave_weights(rays, noise) * shared
    # What the waves leave out, because the faintest are, is patchy too.
    patchy = np.maximum(shared**2 - (weights**2).sum(axis=1)[cell], (PATCHY_SHARE * shared) ** 2)
    inverse = np.clip((mine * rays.jacobian[cell, :, 2]).sum(axis=1), 1 / noise.far_m, 1 / noise.near_m)
    sums /= (1 + sums[:, 5] * ((PATCHY_M * inverse**2) ** 2 + patchy * inverse**2))[:, None]
    totals = assigned.per_plane(sums, count)
    size = 3 * count
    system, target = np.zeros((size, size)), totals[:, 6:9].reshape(-1)
    for index, matrix in enumerate(matrix_of(totals)):
        system[3 * index : 3 * index + 3, 3 * index : 3 * index + 3] = matrix
    pull = np.einsum("nij,nj->ni", matrix_of(sums), mine)  # what an error of the whole depth moves
    if shared:
        mixed = np.concatenate([pull[plane == index].T @ weights[cell[plane == index]] for index in range(count)])
        strength = np.bincount(cell, (pull * mine).sum(axis=1), len(weights))
        own = (strength[:, None] * weights).T @ weights
        system = np.block([[system, mixed], [mixed.T, own + np.eye(len(own))]])
        along = np.bincount(cell, (sums[:, 6:9] * mine).sum(axis=1), len(weights))
        target = np.concatenate([target, weights.T @ along])
    diagonal = np.diagonal(system)
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = system * scale[:, None] * scale
    scaled[np.diag_indices_from(scaled)] += _RIDGE
    inverse = np.linalg.inv(scaled) * scale[:, None] * scale
    solution = inverse @ target
    step, waves = solution[:size].reshape(-1, 3), weights @ solution[size:]
    covariances = np.stack([inverse[3 * i : 3 * i + 3, 3 * i : 3 * i + 3] for i in range(count)])
    # What is left of the cells' means: after the step, and after the waves.
    rest = sums[:, 8] - (sums[:, 3:6] * step[plane]).sum(axis=1) - pull[:, 2] * waves[cell]
    inflation = _inflation(rest**2 / np.maximum(sums[:, 5], 1e-300), assigned, count)
    covariances = covariances * inflation[:, None, None] + _strangers(assigned, sums, totals)
    if rays.camera.sigma_f_px is not None:
        focal = thetas * [1.0, 1.0, 0.0] * rays.camera.relative_sigma_f
        covariances = covariances + focal[:, :, None] * focal[:, None, :]
    return Settled(thetas + step, covariances, inflation)


def _shared(theta: Array, sums: Array, assigned: Assigned, noise: DepthNoise) -> float:
    """Return the share of depth by which neighbours err together: the model's, or what cells' means show beyond chance if more.

    `sums` (M, 10) are over the variance of one pixel. Planes of less than 20 cells say nothing: three unknowns were fitted.
    """
    used = (sums[:, 5] > 0) & (np.bincount(assigned.plane)[assigned.plane] >= 20)
    if not used.any():
        return noise.smooth_share
    sums, number = sums[used], sums[used, 5]
    inverse = (sums[:, 3:6] * theta[used]).sum(axis=1) / number
    chance = 1 / number + (PATCHY_M * inverse**2) ** 2
    # By medians: a few cells that hold a second surface would say anything.
    square = np.median((sums[:, 8] / number / inverse) ** 2) / MEDIAN_OF_SQUARE - np.median(chance / inverse**2)
    found = sqrt(max(float(square), 0.0))
    return found if found > max(noise.smooth_share, _NOTABLE) else noise.smooth_share


def _spread(assigned: Assigned, count: int) -> Array:
    """Return (K,) the variance of single pixels over that of the model; what was cut off at `FIT` is put back."""
    number = assigned.sums[:, 5]
    values = np.stack([number, assigned.sums[:, 9] / assigned.variance, number * assigned.tolerance / assigned.variance], axis=1)
    pixels, square, widest = assigned.per_plane(values, count).T
    out = np.ones(count)
    for index in np.flatnonzero(pixels):
        spread = mean = square[index] / pixels[index]
        for _ in range(3):
            cut = FIT * sqrt(widest[index] / pixels[index] / max(spread, _LEAST_SPREAD))
            kept = 1 - 2 * cut * exp(-cut * cut / 2) / sqrt(2 * pi) / erf(cut / sqrt(2))
            spread = mean / max(kept, 0.3)
        out[index] = max(spread, _LEAST_SPREAD)
    return out


def _strangers(assigned: Assigned, sums: Array, totals: Array) -> Array:
    """Return (K, 3, 3): what it does to planes that a share of their cells, which lie together, is another surface's.

    Skirtings, frames, and things that touch a wall lie within the tolerance of single pixels. One in ``1 / _STRANGE`` groups of
    cells is off by that tolerance; which one is unknown, so that the groups' squares add up.
    """
    score = sums[:, 3:6] * np.sqrt(assigned.tolerance)[:, None]
    squares = (score[:, :, None] * score[:, None, :]).reshape(-1, 9)
    count = len(totals)
    alone = matrix_of(inverted(totals)[0])
    total = assigned.per_plane(squares, count).reshape(-1, 3, 3)
    cells = np.bincount(assigned.plane, minlength=count)[:, None, None]
    out: Array = _STRANGE**2 * cells * (alone @ total @ alone)
    return out


def _inflation(squares: Array, assigned: Assigned, count: int) -> Array:
    """Return (count,) how much more cells' sums of residuals scatter than expected (squares (M,) over that), at least 1."""
    used = assigned.well_filled(0.2)
    plane = assigned.plane[used]
    freedom = np.bincount(plane, minlength=count) - 3
    total = np.bincount(plane, squares[used], count)
    return np.where(freedom < 3, 1.0, np.maximum(total / np.maximum(freedom, 1), 1.0))
