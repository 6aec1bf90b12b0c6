"""The last fit: all planes together with the errors that neighbouring pixels share, and how certain it leaves each plane."""

from __future__ import annotations

from math import erf, exp, pi, sqrt
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import Rays, matrix_of
from arviz.vision.planes.covariance import Waves
from arviz.vision.planes.noise import DepthNoise
from arviz.vision.planes.refine import FIT, Assigned

_LEAST_SPREAD = 0.02
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
    count = len(thetas)
    sums = assigned.sums / assigned.variance[..., None]
    spread = np.array([_spread(assigned, index) for index in range(count)])
    sums = sums / spread[:, None, None]
    shared = _shared(thetas, sums, noise)
    weights = np.zeros((sums.shape[1], 0))
    if shared:
        weights = Waves.of(rays, noise).weights() * shared
    patchy = _patchy(thetas, weights, shared, rays=rays, noise=noise)
    sums *= 1 / (1 + sums[..., 5:6] * patchy[..., None])
    matrices, right = matrix_of(sums.sum(axis=1)), sums[..., 6:9].sum(axis=1)
    size = 3 * count
    system, target = np.zeros((size, size)), right.reshape(-1)
    for index in range(count):
        system[3 * index : 3 * index + 3, 3 * index : 3 * index + 3] = matrices[index]
    if shared:
        pull = np.einsum("knij,kj->kni", matrix_of(sums), thetas)  # along theta: what an error of the whole depth moves
        mixed = np.einsum("kni,nm->kim", pull, weights, optimize=True).reshape(size, -1)
        own = (np.einsum("kni,ki->n", pull, thetas)[:, None] * weights).T @ weights
        system = np.block([[system, mixed], [mixed.T, own + np.eye(own.shape[0])]])
        target = np.concatenate([target, weights.T @ np.einsum("kni,ki->n", sums[..., 6:9], thetas)])
    inverse = np.linalg.pinv(system, hermitian=True)
    solution = inverse @ target
    step, waves = solution[:size].reshape(-1, 3), weights @ solution[size:]
    covariances = np.stack([inverse[3 * i : 3 * i + 3, 3 * i : 3 * i + 3] for i in range(count)])
    # What is left of the cells' means: after the step, and after the waves.
    rest = sums[..., 8] - np.einsum("kni,ki->kn", sums[..., 3:6], step + 0.0)
    rest -= np.einsum("kni,ki->kn", sums[..., 3:6], thetas) * waves
    inflation = np.array([_inflation(rest[index], sums[index, :, 5], assigned.sums[index, :, 5]) for index in range(count)])
    covariances = covariances * inflation[:, None, None]
    if rays.camera.sigma_f_px is not None:
        focal = thetas * [1.0, 1.0, 0.0] * (rays.camera.sigma_f_px / rays.camera.k[0, 0])
        covariances = covariances + focal[:, :, None] * focal[:, None, :]
    return Settled(thetas + step, covariances, inflation)


def _shared(thetas: Array, sums: Array, noise: DepthNoise) -> float:
    """Return the share of depth by which neighbours err together: the model's, or what cells' means show beyond chance if more.

    `sums` are over the variance of one pixel. Planes with less than 20 cells say nothing: three of their unknowns are fitted.
    """
    off = np.divide(sums[..., 8], sums[..., 5], out=np.zeros_like(sums[..., 8]), where=sums[..., 5] > 0)
    inverse = np.divide(sums[..., 3:6], sums[..., 5:6], out=np.zeros_like(sums[..., 3:6]), where=sums[..., 5:6] > 0)
    inverse = np.einsum("kni,ki->kn", inverse, thetas)
    used = (sums[..., 5] > 0) & ((sums[..., 5] > 0).sum(axis=1) >= 20)[:, None] & (inverse > 0)
    if not used.any():
        return noise.smooth_share
    excess = off[used] ** 2 - 1 / sums[..., 5][used] - (PATCHY_M * inverse[used] ** 2) ** 2
    found = sqrt(max(float((excess / inverse[used] ** 2).mean()), 0.0))
    return found if found > max(noise.smooth_share, _NOTABLE) else noise.smooth_share


def _patchy(thetas: Array, weights: Array, shared: float, *, rays: Rays, noise: DepthNoise) -> Array:
    """Return (K, N) the variance of the mean inverse depth of a cell that no number of pixels takes away."""
    inverse = np.clip(thetas @ rays.jacobian[:, :, 2].T, 1 / noise.far_m, 1 / noise.near_m)
    # What the waves leave out, because the faintest are, belongs here too.
    share = np.maximum(shared**2 - (weights**2).sum(axis=1), (PATCHY_SHARE * shared) ** 2)
    out: Array = (PATCHY_M * inverse**2) ** 2 + share * inverse**2
    return out


def _spread(assigned: Assigned, index: int) -> float:
    """Return the variance of single pixels over that of the model; what was cut off at `FIT` is put back."""
    number = assigned.sums[index, :, 5]
    used = number > 0
    pixels = float(number.sum())
    if not pixels:
        return 1.0
    square = float((assigned.sums[index, used, 9] / assigned.variance[index, used]).sum()) / pixels
    widest = float((number[used] * assigned.tolerance[index, used] / assigned.variance[index, used]).sum()) / pixels
    spread = square
    for _ in range(3):
        cut = FIT * sqrt(widest / max(spread, _LEAST_SPREAD))
        inside = erf(cut / sqrt(2))
        kept = 1 - 2 * cut * exp(-cut * cut / 2) / sqrt(2 * pi) / inside
        spread = square / max(kept, 0.3)
    return max(spread, _LEAST_SPREAD)


def _inflation(rest: Array, expected: Array, pixels: Array) -> float:
    """Return how much more cells' sums of residuals scatter than expected, at least 1."""
    used = pixels > 0.2 * pixels.max(initial=0.0)
    freedom = int(used.sum()) - 3
    if freedom < 3:
        return 1.0
    return max(float((rest[used] ** 2 / expected[used]).sum()) / freedom, 1.0)
