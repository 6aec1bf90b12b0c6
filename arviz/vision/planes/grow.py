"""Planes from cells: grown from flat windows, merged where they are one, nothing decided below the size of a cell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import MOMENTS, Rays, fit, inverted, matrix_of, misfit, misfits, products
from arviz.vision.planes.covariance import Waves
from arviz.vision.planes.noise import DepthNoise

FLAT_M = 0.003
"""How far walls, floors and boards of real rooms are from flat."""
_WINDOWS = (7, 3, 1)
"""Sides, in cells, of the windows that planes start from: the far and noisy need the large ones, the small the last."""
_ROUNDS = 8
_BATCHES = 3
"""Times that seeds of one size are tried: what is left then are cells that nothing grew from."""
_STILL = 0.01
"""A region that gains and loses fewer of its cells than this has settled."""
_APART = 3
"""Side, in cells, of the squares of which each starts one plane at a time."""
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
_LEAST_CELLS = 3


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
        Of the inverse depth of one pixel, along z.
    slack : ndarray (N,)
        Squared inverse depth by which a flat surface may be off beside chance: unevenness, errors that neighbours share.
    lateral : float
        Squared error of the ray of one pixel.
    shared : float
        Share of depth by which all neighbours err together.
    waves : Waves
        Of that error.
    loose : float
        Share of a pixel's variance by which a cell may be off: what neighbouring pixels err by together.
    joined : ndarray (2 rows - 1, 2 columns - 1) uint8
        Between neighbours (odd places), 1 where their planes meet.
    own : ndarray (N,)
        Sum of squared residuals against the cell's own plane.
    good : ndarray (N,) bool
    place : ndarray (N,)
        Where in the picture each stands.
    factor : float
        The sensor's sigma over that of its model, as the flat cells show it.
    """

    rays: Rays
    sums: Array
    rays_squared: Array
    variance: Array
    slack: Array
    lateral: float
    shared: float
    waves: Waves
    loose: float
    joined: Array
    own: Array
    good: Array
    place: Array
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
        loose = min(_LOOSE * together, _LOOSEST)
        shared = noise.smooth_share if together < _WORSE else max(noise.smooth_share, _SHARED)
        return Cells(
            rays=rays,
            sums=sums,
            rays_squared=products(sums[:, 3:6] / np.maximum(sums[:, 5:6], 1.0)),
            variance=variance * factor,
            slack=uneven + (shared * inverse) ** 2,
            lateral=lateral * factor,
            shared=shared,
            waves=Waves.of(rays, noise),
            loose=loose,
            joined=_joined(steps, good, spread * factor * loose + uneven, rays),
            own=own,
            good=good,
            place=np.arange(len(sums)),
            factor=factor**0.5,
        )

    def only(self, chosen: Array) -> Cells:
        """Return some (indices) of these cells."""
        names = ("sums", "rays_squared", "variance", "slack", "own", "good", "place")
        return replace(self, **{name: getattr(self, name)[chosen] for name in names})

    def chance(self, theta: Array) -> Array:
        """Return (K, N) the variance of one pixel's inverse depth on planes (K, 3), the ray's error included."""
        slope = (theta[:, :2] ** 2).sum(axis=1)
        return np.asarray(self.variance + (self.lateral * slope)[:, None])

    def fits(self, fitted: Fitted) -> Array:
        """Tell which cells (K, N) lie in planes that are known with these covariances.

        What counts is how much worse the plane explains a cell than the cell's own plane does: by distance and slope together.
        """
        theta, covariance = fitted.theta, fitted.covariance
        excess = misfits(self.sums, theta) - self.own
        known = (covariance.reshape(-1, 9)[:, [0, 1, 4, 2, 5, 8]] * [1, 2, 1, 2, 2, 1]) @ self.rays_squared.T
        chance = self.chance(theta)
        suits = excess <= 27 * chance + self.sums[:, 5] * (self.loose * chance + self.slack + 9 * known)
        return np.asarray(suits & self.good & fitted.good[:, None])

    def fitted(self, members: Array, slope: Array) -> Fitted:
        """Return the planes through sets of cells.

        Parameters
        ----------
        members : ndarray (K, N) bool
        slope : ndarray (K,)
            About theta_u^2 + theta_v^2: the lateral error differs from plane to plane.
        """
        weights = members / (self.variance + (self.lateral * slope)[:, None])
        totals = weights @ self.sums
        inverse, good = inverted(totals)
        covariance = matrix_of(inverse)
        theta = (covariance * totals[:, None, 6:9]).sum(axis=-1)
        if self.shared:
            # What an error of the whole depth in each cell moves.
            part = np.stack([theta @ self.sums[:, row].T for row in ([0, 1, 3], [1, 2, 4], [3, 4, 5])], axis=-1) * weights[:, :, None]
            whole = np.zeros((len(members), self.rays.rows * self.rays.columns, 3))
            whole[:, self.place] = part
            pull = self.waves.gather(whole) * self.shared
            moved = pull @ covariance
            covariance = covariance + moved.transpose(0, 2, 1) @ moved
        return Fitted(theta, covariance, good)


class Fitted(NamedTuple):
    """Planes ``theta`` (K, 3), their ``covariance`` (K, 3, 3), and whether they are determined: ``good`` (K,)."""

    theta: Array
    covariance: Array
    good: Array

    @property
    def slope(self) -> Array:
        """(K,): theta_u^2 + theta_v^2, as `Cells.fitted` wants it."""
        out: Array = (self.theta[:, :2] ** 2).sum(axis=1)
        return out


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
    return max(float(np.median(np.concatenate(ratios))) / MEDIAN_OF_SQUARE, 1.0) if ratios else 1.0


def _joined(steps: tuple[_Steps, _Steps], good: Array, slack: Array, rays: Rays) -> Array:
    """Return a grid of cells and, between them, of whether neighbours' planes meet half-way: 1 for yes."""
    out = np.zeros((2 * rays.rows - 1, 2 * rays.columns - 1), np.uint8)
    for (i, j, squared, chance), place in zip(steps, (out[::2, 1::2], out[1::2, ::2]), strict=True):
        near = squared <= 9 * (chance + slack[i])
        place[...] = (good[i] & good[j] & near).reshape(place.shape)
    return out


def windows(sums: Array, side: int) -> Array:
    """Return (rows, columns, k) sums over windows of `side` x `side` cells (odd) around each cell; the border is cut off."""
    if side == 1:
        return sums
    rows, columns, depth = sums.shape
    near = [(np.abs(np.subtract.outer(np.arange(n), np.arange(n))) <= side // 2).astype(np.float64) for n in (rows, columns)]
    return np.asarray(near[1] @ (near[0] @ sums.reshape(rows, -1)).reshape(rows, columns, depth))


def grow(cells: Cells) -> Array:
    """Return the regions (K, N) bool of cells that form planes, in the order in which they were found.

    Many seeds grow at once, apart from each other, and each as if it were alone; where regions come to share cells, the
    one with the flattest seed has them, and what is left of the others starts anew.
    """
    free = cells.good.copy()
    regions = [np.zeros((0, len(free)), bool)]
    for side in _WINDOWS:
        free &= _linked(cells, free)
        if not free.any():
            break
        seeds, roughness, slope = _flat_windows(cells, free, side)
        for _ in range(_BATCHES):
            if not seeds.any():
                break
            chosen = _apart(np.where(seeds, roughness, np.inf), cells.rays, max(side, _APART))
            chosen = chosen[np.argsort(roughness[chosen], kind="stable")]
            starts, grown = _grown(cells, chosen, side, slope[chosen], free)
            taken = np.zeros_like(free)
            done = []
            for index in range(len(grown)):
                if (taken & grown[index]).any():
                    continue
                seeds &= ~(starts[index] | grown[index])
                if np.count_nonzero(grown[index]) >= _LEAST_CELLS:
                    taken |= grown[index]
                    done.append(index)
            regions.append(grown[done])
            free &= ~taken
            seeds &= free
    return np.concatenate(regions)


def _linked(cells: Cells, free: Array) -> Array:
    """Return (N,) the free cells that hang together with enough others to make a plane."""
    import cv2

    grid = _graph(free[None], cells)[0]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(grid, connectivity=4)
    # Cells and the links between them: three in a row are five pixels.
    enough = stats[:, cv2.CC_STAT_AREA] >= 2 * _LEAST_CELLS - 1
    enough[0] = False
    out: Array = enough[labels[:-1:2, ::2].reshape(-1)]
    return out


def _apart(roughness: Array, rays: Rays, side: int) -> Array:
    """Return (K,) the flattest cell of each square of `side` x `side` cells, where there is one."""
    rows, columns = -(-rays.rows // side), -(-rays.columns // side)
    padded = np.full((rows * side, columns * side), np.inf)
    padded[: rays.rows, : rays.columns] = roughness.reshape(rays.rows, rays.columns)
    squares = padded.reshape(rows, side, columns, side).transpose(0, 2, 1, 3).reshape(rows * columns, side * side)
    best = squares.argmin(axis=1)
    found = np.flatnonzero(squares[np.arange(len(best)), best] < np.inf)
    down, right = np.divmod(best[found], side)
    out: Array = (found // columns * side + down) * rays.columns + found % columns * side + right
    return out


def _around(chosen: Array, rays: Rays, side: int) -> Array:
    """Return (K, N) bool: the windows around some cells."""
    row, column = np.divmod(chosen, rays.columns)
    half = side // 2
    rows = np.abs(np.arange(rays.rows) - row[:, None]) <= half
    columns = np.abs(np.arange(rays.columns) - column[:, None]) <= half
    return (rows[:, :, None] & columns[:, None, :]).reshape(len(chosen), -1)


def _grown(cells: Cells, chosen: Array, side: int, slope: Array, free: Array) -> tuple[Array, Array]:
    """Return windows (K, N) around seeds, and the regions (K, N) that they grow to; of seeds in one region, one is left."""
    some = np.flatnonzero(free)
    left = cells.only(some)
    starts = _around(chosen, cells.rays, side) & free
    regions = starts[:, some]
    seeds = np.searchsorted(some, chosen)
    slope = slope.copy()
    kept = np.ones(len(chosen), bool)
    active = np.arange(len(chosen))
    for _ in range(_ROUNDS):
        known = left.fitted(regions[active], slope[active])
        slope[active] = known.slope
        grown = _connected(left.fits(known), seeds[active], left)
        moved = np.count_nonzero(grown != regions[active], axis=1) > _STILL * np.count_nonzero(grown, axis=1)
        moved &= grown.any(axis=1)
        regions[active] = grown
        # Whose seed lies in the region of a flatter one is dropped: if that lets go of it, it is free to start again.
        order = np.flatnonzero(kept)
        holds = regions[order][:, seeds[order]]
        for place, index in enumerate(order):
            if kept[index]:
                kept[order[place + 1 :][holds[place, place + 1 :]]] = False
        active = active[moved & kept[active]]
        if not len(active):
            break
    out = np.zeros((int(kept.sum()), len(free)), bool)
    out[:, some] = regions[kept]
    return starts[kept], out


def _connected(suits: Array, seeds: Array, cells: Cells) -> Array:
    """Return (K, N) bool: of the cells that suit each plane, those that hang together with its seed."""
    import cv2

    whole = np.zeros((len(suits), cells.rays.rows * cells.rays.columns), bool)
    whole[:, cells.place] = suits
    grid = _graph(whole, cells)
    # One below the other with an empty row between them: one call for all.
    _, labels = cv2.connectedComponents(grid.reshape(-1, grid.shape[-1]), connectivity=4)
    labels = labels.reshape(grid.shape)[:, :-1:2, ::2].reshape(len(suits), -1)[:, cells.place]
    own = labels[np.arange(len(suits)), seeds][:, None]
    out: Array = (labels == own) & (own > 0)
    return out


def _graph(suits: Array, cells: Cells) -> Array:
    """Return (K, 2 rows, 2 columns - 1) uint8: sets (K, rows * columns) of cells at even places, their links between them."""
    rows, columns = cells.rays.rows, cells.rays.columns
    grid = np.zeros((len(suits), 2 * rows, 2 * columns - 1), np.uint8)
    suit = suits.reshape(-1, rows, columns).view(np.uint8)
    grid[:, :-1:2, ::2] = suit
    grid[:, :-1:2, 1::2] = cells.joined[::2, 1::2] & suit[:, :, :-1] & suit[:, :, 1:]
    grid[:, 1:-1:2, ::2] = cells.joined[1::2, ::2] & suit[:, :-1] & suit[:, 1:]
    return grid


def _flat_windows(cells: Cells, free: Array, side: int) -> tuple[Array, Array, Array]:
    """Return (N,) whether the window around each cell is flat, how rough it is, and its slope."""
    rays = cells.rays
    # Two more columns: the share of free cells and their pixels.
    scaled = np.concatenate([cells.sums / cells.variance[:, None], np.ones((len(free), 1)), cells.sums[:, 5:6]], axis=1)
    total = windows((scaled * free[:, None]).reshape(rays.rows, rays.columns, -1), side).reshape(len(free), -1)
    full = total[:, MOMENTS] > 0.7 * side * side
    theta, determined = fit(total)
    slope = (theta[:, :2] ** 2).sum(axis=1)
    # In units of the variance along z.
    bound = 2.0 + (cells.lateral * slope + cells.slack) / cells.variance
    roughness = misfit(total[:, :MOMENTS], theta) / np.maximum(total[:, MOMENTS + 1], 1.0) / bound
    return free & full & determined & (roughness < 1.0), roughness, slope
