"""Flat cells: what the cells of one picture that hold one surface each know of planes, and of each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import Rays, fit, inverted, matrix_of, misfits, products
from arviz.vision.planes.covariance import Waves
from arviz.vision.planes.noise import DepthNoise

FLAT_M = 0.003
"""How far walls, floors and boards of real rooms are from flat."""
_SENSOR = (0.2, 4.0)
"""A sensor's variance may be this times that of its model."""
MEDIAN_OF_SQUARE = 0.455
"""Of a standard normal."""
_WORSE = 2.0
_SHARED = 0.003
"""Where more pixels than `_WORSE` err as one, the sensor is taken to err by this share of depth over large parts of the picture
too, as structured light does (Teichman, Miller, Thrun 2013): else floors would come in pieces."""
_LOOSE, _LOOSEST = 0.03, 0.25
"""Of a pixel's variance, for each pixel that errs as one with its neighbours: by so much cells may be off."""
_ROUGH = 2.5
"""Times the variance: the most that a flat cell's residuals have."""
CHANCE = 27.0
"""Most that chance adds to the squares, in variances of one pixel, where a surface is described by another plane than its own."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cells:
    """The cells of one picture that hold enough pixels of one flat surface.

    Parameters
    ----------
    rays : Rays
    sums : ndarray (N, 10)
        `moments` of each cell, zero where it is not good.
    rays_squared : ndarray (N, 6)
        `products` of the mean ray of each.
    variance : ndarray (N,)
        Of the inverse depth of one pixel, its ray's error included.
    slack : ndarray (N,)
        Squared inverse depth by which a flat surface may be off beside chance: unevenness, and what neighbours err by together.
    shared : float
        Share of depth by which all neighbours err together.
    waves : Waves
        Of that error.
    links : ndarray (2, M)
        Neighbours whose planes meet half-way.
    own : ndarray (N,)
        Sum of squared residuals against the cell's own plane.
    good : ndarray (N,) bool
    factor : float
        The sensor's sigma over that of its model, as the flat cells show it.
    together : float
        How many pixels err as one: 1 where chance alone moves neighbouring cells, 5 to 25 for structured light.
    """

    rays: Rays
    sums: Array
    rays_squared: Array
    variance: Array
    slack: Array
    shared: float
    waves: Waves
    links: Array
    own: Array
    good: Array
    factor: float
    together: float

    @staticmethod
    def of(sums: Array, *, rays: Rays, noise: DepthNoise, least_pixels: float, like: Cells | None = None) -> Cells:
        """Return the cells whose pixels (at least so many) lie in one plane.

        The sensor at hand may be better or worse than its model: the flatter half of the cells tells, or `like` did, other
        cells of the same picture.
        """
        number = sums[:, 5]
        theta, own, determined = fit(sums)
        usable = determined & (number >= least_pixels)
        inverse = np.where(usable, sums[:, 8] / np.maximum(number, 1.0), 1.0)
        lateral = (noise.lateral_px / rays.camera.k[0, 0]) ** 2
        variance = (noise.sigma_m(1 / inverse) * inverse**2) ** 2
        variance += lateral * np.minimum((theta[:, :2] ** 2).sum(axis=1), 4 * inverse**2)
        factor = _factor(own[usable] / ((number[usable] - 3) * variance[usable])) if like is None else like.factor**2
        uneven = (FLAT_M * inverse**2) ** 2
        good = usable & (own <= number * (_ROUGH * factor * variance + uneven))
        variance *= factor
        pairs, squared, chance = _steps(sums, theta, variance, rays)
        both = good[pairs[0]] & good[pairs[1]]
        pairs, squared, chance = pairs[:, both], squared[both], chance[both]
        together = _together(squared / chance) if like is None else like.together
        shared = noise.smooth_share if together < _WORSE else max(noise.smooth_share, _SHARED)
        loose = uneven + min(_LOOSE * together, _LOOSEST) * variance
        sums = np.where(good[:, None], sums, 0.0)
        return Cells(
            rays=rays,
            sums=sums,
            rays_squared=products(sums[:, 3:6] / np.maximum(sums[:, 5:6], 1.0)),
            variance=variance,
            slack=loose + (shared * inverse) ** 2,
            shared=shared,
            waves=Waves.of(rays, noise),
            links=pairs[:, squared <= 9 * (chance + loose[pairs[0]])],
            own=own,
            good=good,
            factor=factor**0.5,
            together=together,
        )

    def beside(self, other: Cells) -> Cells:
        """Return these and other cells of the same picture in one row (2 N); `links` remain those of each by itself."""

        def both(name: str) -> Array:
            return np.concatenate([getattr(self, name), getattr(other, name)])

        return replace(
            self,
            sums=both("sums"),
            rays_squared=both("rays_squared"),
            variance=both("variance"),
            slack=both("slack"),
            own=both("own"),
            good=both("good"),
        )

    def fits(self, fitted: Fitted) -> Array:
        """Tell which cells (K, N) lie in planes that are known with these covariances.

        What counts is how much worse the plane explains a cell than the cell's own plane does: by distance and slope together.
        """
        theta, covariance = fitted.theta, fitted.covariance
        excess = misfits(self.sums, theta) - self.own
        known = (covariance.reshape(-1, 9)[:, [0, 1, 4, 2, 5, 8]] * [1, 2, 1, 2, 2, 1]) @ self.rays_squared.T
        suits = excess <= CHANCE * self.variance + self.sums[:, 5] * (self.slack + 9 * known)
        return np.asarray(suits & self.good & fitted.good[:, None])

    def fitted(self, members: Array) -> Fitted:
        """Return the planes through sets of cells (K, N) bool."""
        weights = members / self.variance
        totals = weights @ self.sums
        inverse, good = inverted(totals)
        covariance = matrix_of(inverse)
        theta = np.einsum("nij,nj->ni", covariance, totals[:, 6:9])
        if self.shared:
            # What an error of the whole depth in each cell moves.
            part = np.stack([theta @ self.sums[:, row].T for row in ([0, 1, 3], [1, 2, 4], [3, 4, 5])], axis=-1) * weights[:, :, None]
            places = self.rays.rows * self.rays.columns
            part = part.reshape(len(part), len(self.sums) // places, places, 3).sum(axis=1)
            pull = self.waves.gather(part) * self.shared
            moved = pull @ covariance
            covariance = covariance + moved.transpose(0, 2, 1) @ moved
        return Fitted(theta, covariance, good)


class Fitted(NamedTuple):
    """Planes ``theta`` (K, 3), their ``covariance`` (K, 3, 3), and whether they are determined: ``good`` (K,)."""

    theta: Array
    covariance: Array
    good: Array


def _factor(ratios: Array) -> float:
    """Return the sensor's variance over that of its model from that of single cells."""
    if not len(ratios):
        return 1.0
    place = int(0.4 * len(ratios))
    return float(np.clip(np.partition(ratios, place)[place], *_SENSOR))


def _together(ratios: Array) -> float:
    """Return how many pixels err as one from the squared steps between neighbours over what chance explains."""
    return max(float(np.median(ratios)) / MEDIAN_OF_SQUARE, 1.0) if len(ratios) else 1.0


def _steps(sums: Array, theta: Array, variance: Array, rays: Rays) -> tuple[Array, Array, Array]:
    """Return neighbours (2, M), the squared steps (M,) between their planes half-way, and the variances of these."""
    shape = rays.rows, rays.columns
    index = np.arange(len(sums)).reshape(shape)
    number = np.maximum(sums[:, 5], 1.0)
    planes, middles = theta.reshape(*shape, 3), (sums[:, 3:6] / number[:, None]).reshape(*shape, 3)
    # Half a cell beyond its middle a plane is four times as uncertain as in the middle.
    mean = 4 * (variance / number).reshape(shape)
    parts = []
    for here, there in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        step = np.einsum("ijk,ijk->ij", planes[here] - planes[there], middles[here] + middles[there]) / 2
        parts.append([part.reshape(-1) for part in (index[here], index[there], step * step, mean[here] + mean[there])])
    first, second, squared, chance = (np.concatenate(both) for both in zip(*parts, strict=True))
    return np.stack([first, second]), squared, chance
