"""Planes from cells: grown from flat windows, merged where they are one, nothing decided below the size of a cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import MOMENTS, Rays, fit, matrix_of, misfit
from arviz.vision.planes.noise import DepthNoise

FLAT_M = 0.003
"""How far walls, floors and boards of real rooms are from flat."""
_WINDOWS = (7, 3, 1)
"""Sides, in cells, of the windows that planes start from: the far and noisy need the large ones, the small the last."""
_ROUNDS = 8
_LEAST_CELLS = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cells:
    """The cells of one picture that hold enough pixels of one flat surface.

    Parameters
    ----------
    rays : Rays
    sums : ndarray (N, 10)
        `moments` of each cell, zero where it is not good.
    variance : ndarray (N,)
        Of the inverse depth of one pixel, along z.
    slack : ndarray (N,)
        Squared inverse depth by which a flat surface may be off beside chance: unevenness, errors that neighbours share.
    lateral : float
        Squared error of the ray of one pixel.
    smooth : float
        `DepthNoise.smooth_share`.
    own : ndarray (N,)
        Sum of squared residuals against the cell's own plane.
    good : ndarray (N,) bool
    """

    rays: Rays
    sums: Array
    variance: Array
    slack: Array
    lateral: float
    smooth: float
    own: Array
    good: Array

    @staticmethod
    def of(sums: Array, *, rays: Rays, noise: DepthNoise, least_share: float) -> Cells:
        """Return the cells whose pixels (at least `least_share` of all) lie in one plane."""
        number = sums[:, 5]
        enough = number >= least_share * rays.cell_px**2
        inverse = np.where(enough, sums[:, 8] / np.maximum(number, 1.0), 1.0)
        lateral = (noise.lateral_px / rays.camera.k[0, 0]) ** 2
        theta, determined = fit(sums)
        variance = (noise.sigma_m(1 / inverse) * inverse**2) ** 2
        slack = (FLAT_M * inverse**2) ** 2 + (noise.smooth_share * inverse) ** 2
        own = misfit(sums, theta)
        chance = variance + lateral * np.minimum((theta[:, :2] ** 2).sum(axis=1), 4 * inverse**2)
        good = enough & determined & (own <= number * (4 * chance + slack))
        return Cells(
            rays=rays,
            sums=np.where(good[:, None], sums, 0.0),
            variance=variance,
            slack=slack,
            lateral=lateral,
            smooth=noise.smooth_share,
            own=own,
            good=good,
        )

    def chance(self, theta: Array) -> Array:
        """Return (N,) the variance of one pixel's inverse depth on a plane, the ray's error included."""
        out: Array = self.variance + self.lateral * float(theta[:2] @ theta[:2])
        return out

    def fits(self, theta: Array, covariance: Array) -> Array:
        """Tell which cells lie in a plane that is known with this covariance.

        What counts is how much worse the plane explains a cell than the cell's own plane does: by distance and slope together.
        """
        number = np.maximum(self.sums[:, 5], 1.0)
        excess = misfit(self.sums, theta) - self.own
        ray = self.sums[:, 3:6] / number[:, None]
        known = np.einsum("ni,ij,nj->n", ray, covariance, ray)
        chance = self.chance(theta)
        out: Array = self.good & (excess <= 27 * chance + number * (0.25 * chance + self.slack + 9 * known))
        return out

    def fitted(self, members: Array) -> tuple[Array, Array] | None:
        """Return theta and its covariance by chance of the plane through some cells, None if they do not fix one."""
        total = (self.sums[members] / self.variance[members, None]).sum(axis=0)
        theta, good = fit(total)
        if not good:
            return None
        # The lateral error differs from plane to plane, so it comes in when the slope is known.
        total = (self.sums[members] / self.chance(theta)[members, None]).sum(axis=0)
        theta, good = fit(total)
        return (theta, np.linalg.inv(matrix_of(total))) if good else None


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
                _, labels = cv2.connectedComponents(suits.reshape(shape).astype(np.uint8), connectivity=4)
                labels = labels.reshape(-1)
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
