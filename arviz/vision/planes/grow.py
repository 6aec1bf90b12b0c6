"""Planes from cells: grown from flat windows, merged where they are one, nothing decided below the size of a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import MOMENTS, Rays, fit, fit_one, matrix_of, misfit
from arviz.vision.planes.covariance import Waves
from arviz.vision.planes.noise import DepthNoise

FLAT_M = 0.003
"""How far walls, floors and boards of real rooms are from flat."""
_WINDOWS = (7, 3, 1)
"""Sides, in cells, of the windows that planes start from: the far and noisy need the large ones, the small the last."""
_ROUNDS = 8
_SENSOR = (0.2, 4.0)
"""A sensor's variance may be this times that of its model."""
_MEDIAN_OF_SQUARE = 0.455
"""Of a standard normal."""
_WORSE = 2.0
_SHARED = 0.003
"""Where more pixels than `_WORSE` err as one, the sensor is taken to err by this share of depth over large parts of the picture
too, as structured light does (Teichman, Miller, Thrun 2013): else floors would come in pieces."""
_ROUGH = 2.5
"""Times the variance: the most that a flat cell's residuals have."""
_LEAST_CELLS = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cells:
    """The cells of one picture that hold enough pixels of one flat surface.

    Parameters
    ----------
    rays : Rays
    sums : ndarray (N, 10)
        `moments` of each cell, zero where it is not good.
    ray : ndarray (N, 3)
        The mean ray of each.
    variance : ndarray (N,)
        Of the inverse depth of one pixel, along z.
    slack : ndarray (N,)
        Squared inverse depth by which a flat surface may be off beside chance: unevenness, errors that neighbours share.
    lateral : float
        Squared error of the ray of one pixel.
    shared : float
        Share of depth by which all neighbours err together.
    waves : Waves
        Of that error.
    joined : ndarray (2 rows - 1, 2 columns - 1) uint8
        Between neighbours (odd places), 1 where their planes meet.
    own : ndarray (N,)
        Sum of squared residuals against the cell's own plane.
    good : ndarray (N,) bool
    factor : float
        The sensor's sigma over that of its model, as the flat cells show it.
    """

    rays: Rays
    sums: Array
    ray: Array
    variance: Array
    slack: Array
    lateral: float
    shared: float
    waves: Waves
    joined: Array
    own: Array
    good: Array
    factor: float

    @staticmethod
    def of(sums: Array, *, rays: Rays, noise: DepthNoise, least_share: float) -> Cells:
        """Return the cells whose pixels (at least `least_share` of all) lie in one plane."""
        number = sums[:, 5]
        enough = number >= least_share * rays.cell_px**2
        inverse = np.where(enough, sums[:, 8] / np.maximum(number, 1.0), 1.0)
        lateral = (noise.lateral_px / rays.camera.k[0, 0]) ** 2
        theta, determined = fit(sums)
        own = misfit(sums, theta)
        variance = (noise.sigma_m(1 / inverse) * inverse**2) ** 2
        spread = variance + lateral * np.minimum((theta[:, :2] ** 2).sum(axis=1), 4 * inverse**2)
        # The sensor at hand may be better or worse than its model: the flatter half of the cells tells.
        usable = enough & determined
        found = own[usable] / ((number[usable] - 3) * spread[usable])
        factor = float(np.clip(np.quantile(found, 0.4), *_SENSOR)) if len(found) else 1.0
        uneven = (FLAT_M * inverse**2) ** 2
        good = usable & (own <= number * (_ROUGH * factor * spread + uneven))
        sums = np.where(good[:, None], sums, 0.0)
        steps = _steps(sums, theta, spread * factor, np.arange(len(sums)).reshape(rays.rows, rays.columns))
        together = _together(steps, good)
        shared = noise.smooth_share if together < _WORSE else max(noise.smooth_share, _SHARED)
        return Cells(
            rays=rays,
            sums=sums,
            ray=sums[:, 3:6] / np.maximum(sums[:, 5:6], 1.0),
            variance=variance * factor,
            slack=uneven + (shared * inverse) ** 2,
            lateral=lateral * factor,
            shared=shared,
            waves=Waves.of(rays, noise),
            joined=_joined(steps, good, spread * factor, uneven, rays),
            own=own,
            good=good,
            factor=factor**0.5,
        )

    def chance(self, theta: Array) -> Array:
        """Return (N,) the variance of one pixel's inverse depth on a plane, the ray's error included."""
        out: Array = self.variance + self.lateral * float(theta[:2] @ theta[:2])
        return out

    def fits(self, theta: Array, covariance: Array) -> Array:
        """Tell which cells lie in a plane that is known with this covariance.

        What counts is how much worse the plane explains a cell than the cell's own plane does: by distance and slope together.
        """
        excess = misfit(self.sums, theta) - self.own
        known = ((self.ray @ covariance) * self.ray).sum(axis=1)
        chance = self.chance(theta)
        out: Array = self.good & (excess <= 27 * chance + self.sums[:, 5] * (0.25 * chance + self.slack + 9 * known))
        return out

    def fitted(self, members: Array) -> tuple[Array, Array] | None:
        """Return theta and its covariance of the plane through cells (indices), None if they do not fix one."""
        mine = self.sums[members]
        first = fit_one((mine / self.variance[members, None]).sum(axis=0))
        if first is None:
            return None
        # The lateral error differs from plane to plane, so it comes in when the slope is known.
        mine = mine / (self.variance[members] + self.lateral * float(first[0][:2] @ first[0][:2]))[:, None]
        known = fit_one(mine.sum(axis=0))
        if known is None:
            return None
        theta, inverse = known
        if self.shared:
            part = np.zeros((len(self.sums), 3))
            part[members] = matrix_of(mine) @ theta
            pull = self.waves.gather(part) * self.shared
            inverse = inverse + inverse @ (pull.T @ pull) @ inverse
        return theta, inverse


class _Steps(NamedTuple):
    """From each cell ``here`` to its neighbour ``there``: the squared step between their planes half-way, and its variance."""

    here: Array
    there: Array
    squared: Array
    chance: Array


def _steps(sums: Array, theta: Array, variance: Array, index: Array) -> tuple[_Steps, _Steps]:
    """Return the steps to the right and downwards."""
    number = np.maximum(sums[:, 5], 1.0)
    ray = sums[:, 3:6] / number[:, None]
    out = []
    for here, there in ((index[:, :-1], index[:, 1:]), (index[:-1], index[1:])):
        i, j = here.reshape(-1), there.reshape(-1)
        squared = (((theta[i] - theta[j]) * (ray[i] + ray[j])).sum(axis=1) / 2) ** 2
        # Half a cell beyond its middle a plane is four times as uncertain as in the middle.
        out.append(_Steps(i, j, squared, 4 * (variance[i] / number[i] + variance[j] / number[j])))
    return out[0], out[1]


def _together(steps: tuple[_Steps, _Steps], good: Array) -> float:
    """Return how many pixels err as one: 1 where chance alone moves neighbouring cells, 5 to 25 for structured light."""
    ratios = [s.squared[both] / s.chance[both] for s in steps if (both := good[s.here] & good[s.there]).any()]
    return max(float(np.median(np.concatenate(ratios))) / _MEDIAN_OF_SQUARE, 1.0) if ratios else 1.0


def _joined(steps: tuple[_Steps, _Steps], good: Array, variance: Array, uneven: Array, rays: Rays) -> Array:
    """Return a grid of cells and, between them, of whether neighbours' planes meet half-way: 1 for yes."""
    out = np.zeros((2 * rays.rows - 1, 2 * rays.columns - 1), np.uint8)
    for (i, j, squared, chance), place in zip(steps, (out[::2, 1::2], out[1::2, ::2]), strict=True):
        near = squared <= 9 * (chance + 0.25 * variance[i] + uneven[i])
        place[...] = (good[i] & good[j] & near).reshape(place.shape)
    return out


def windows(sums: Array, side: int) -> Array:
    """Return (rows, columns, 10) sums over windows of `side` x `side` cells (odd) around each cell; the border is cut off."""
    if side == 1:
        return sums
    half = side // 2
    padded = np.pad(sums, ((half + 1, half), (half + 1, half), (0, 0)))
    table = padded.cumsum(axis=0).cumsum(axis=1)
    out: Array = table[side:, side:] - table[:-side, side:] - table[side:, :-side] + table[:-side, :-side]
    return out


def grow(cells: Cells) -> list[Array]:
    """Return the regions (each (N,) bool) of cells that form planes, in the order in which they were found."""
    import cv2

    shape = (cells.rays.rows, cells.rays.columns)
    grid = np.zeros_like(cells.joined)
    free = cells.good.copy()
    regions: list[Array] = []
    for side in _WINDOWS:
        if free.sum() < _LEAST_CELLS:
            break
        seeds, order = _flat_windows(cells, free, side)
        for seed in order:
            if not (seeds[seed] and free[seed]):
                continue
            row, column = divmod(int(seed), shape[1])
            half = side // 2
            window = np.zeros(shape, bool)
            window[max(row - half, 0) : row + half + 1, max(column - half, 0) : column + half + 1] = True
            start = window.reshape(-1) & free
            region = start
            for _ in range(_ROUNDS):
                known = cells.fitted(np.flatnonzero(region))
                if known is None:
                    break
                suits = cells.fits(*known) & free
                if not suits[seed]:
                    region = np.zeros_like(free)
                    break
                grid[::2, ::2] = suits.reshape(shape)
                grid[::2, 1::2] = cells.joined[::2, 1::2] & grid[::2, :-1:2] & grid[::2, 2::2]
                grid[1::2, ::2] = cells.joined[1::2, ::2] & grid[:-1:2, ::2] & grid[2::2, ::2]
                _, labels = cv2.connectedComponents(grid, connectivity=4)
                labels = labels[::2, ::2].reshape(-1)
                grown = labels == labels[seed]
                if np.array_equal(grown, region):
                    break
                region = grown
            if region.sum() >= _LEAST_CELLS:
                regions.append(region)
                free &= ~region
            seeds &= ~start
    return regions


def _flat_windows(cells: Cells, free: Array, side: int) -> tuple[Array, Array]:
    """Return (N,) whether the window around each cell is flat, and the indices of those, the flattest first."""
    rays = cells.rays
    scaled = np.where(free, 1 / cells.variance, 0.0)
    weighted = (cells.sums * scaled[:, None]).reshape(rays.rows, rays.columns, MOMENTS)
    total = windows(weighted, side).reshape(-1, MOMENTS)
    full = windows((free * 1.0).reshape(rays.rows, rays.columns, 1), side).reshape(-1) > 0.7 * side * side
    theta, determined = fit(total)
    number = np.maximum(windows((cells.sums[:, 5] * free).reshape(rays.rows, rays.columns, 1), side).reshape(-1), 1.0)
    slope = (theta[:, :2] ** 2).sum(axis=1)
    # In units of the variance along z.
    bound = 2.0 + (cells.lateral * slope + cells.slack) / cells.variance
    roughness = misfit(total, theta) / number / bound
    flat = free & full & determined & (roughness < 1.0)
    order = np.argsort(np.where(flat, roughness, np.inf), kind="stable")[: int(flat.sum())]
    return flat, order
