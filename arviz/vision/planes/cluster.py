"""Regions of cells that form planes: neighbours that one plane explains best become one, many pairs at once, until none agree.

So the flattest surfaces grow first, and what is far and noisy joins those that it fits, without seeds, windows or an order of
planes. Regions that grew from seeds, each as if it were alone, were used before: they took three times as long and, where
two surfaces come near each other, found one of them less often.
"""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import MOMENTS, solved
from arviz.vision.planes.flat import CHANCE, Cells

_LEAST_CELLS = 3
_WAVES = 3.0
"""Variances, beside the one in `Cells.slack`, by which errors that all neighbours share may part two regions of one surface."""

_MOST = 48
"""Regions; those that follow are smaller."""
_SURE = 2.0
"""Regions this many times as heavy as another are sure enough to take it in beside others at once."""


def cluster(cells: Cells, *, square: bool) -> Array:
    """Return (K, N) bool: disjoint regions of cells, each explained by one plane.

    Parameters
    ----------
    square : bool
        Only regions that are somewhere two cells wide and high: a single row of cells may see a bit of the surface on
        either side, and look as flat as they.
    """
    some = np.flatnonzero(cells.good)
    place = np.zeros(len(cells.good), np.int64)
    place[some] = np.arange(len(some))
    first, second = place[cells.links]
    sums, number = cells.sums[some], cells.sums[some, 5]
    slack = (cells.slack[some] + _WAVES * (cells.shared * sums[:, 8] / number) ** 2) * number
    # Columns are regions: their moments and their slack, in variances of one pixel.
    weighed = np.concatenate([sums.T, slack[None]]) / cells.variance[some]
    region = np.arange(len(some))
    left = _left(weighed)
    while len(first):
        worse = _left(weighed[:, first] + weighed[:, second]) - left[first] - left[second]
        # Two that no plane explains now will not be explained by one when they have grown.
        agree = worse <= CHANCE + np.minimum(weighed[-1, first], weighed[-1, second])
        first, second, worse = first[agree], second[agree], worse[agree]
        into = _joining(first, second, worse, weighed[5])
        stays = into == np.arange(len(into))
        if stays.all():
            break
        moved = np.flatnonzero(~stays)
        name = (np.cumsum(stays) - 1)[into]
        to = name[moved] + len(stays) * np.arange(len(weighed))[:, None]
        gained = np.bincount(to.reshape(-1), weighed[:, moved].reshape(-1), weighed.size).reshape(weighed.shape)
        kept = np.flatnonzero(stays)
        weighed, left = weighed[:, kept] + gained[:, : len(kept)], left[kept]
        changed = np.flatnonzero(gained[5])
        left[changed] = _left(weighed[:, changed])
        region = name[region]
        first, second = name[first], name[second]
        outer = first != second
        first, second = first[outer], second[outer]
    size = np.bincount(region, minlength=len(left))
    if square:
        size[~_squares(region, some, cells, len(left))] = 0
    large = np.argsort(-size, kind="stable")[: min(np.count_nonzero(size >= _LEAST_CELLS), _MOST)]
    out = np.zeros((len(large), len(cells.good)), bool)
    out[:, some] = region == large[:, None]
    return out


def _left(weighed: Array) -> Array:
    """Return (R,) the squares that the best plane of each leaves."""
    return solved(weighed[:MOMENTS])[3]


def _joining(first: Array, second: Array, worse: Array, weight: Array) -> Array:
    """Return (R,) which region each becomes a part of, itself if it stays: of two that are each other's best, the lighter joins."""
    best = np.full(len(weight), np.inf)
    np.minimum.at(best, first, worse)
    np.minimum.at(best, second, worse)
    swap = weight[first] > weight[second]
    light, heavy = np.where(swap, second, first), np.where(swap, first, second)
    joins = (worse == best[light]) & ((worse == best[heavy]) | (_SURE * weight[light] < weight[heavy]))
    into = np.arange(len(weight))
    into[light[joins]] = heavy[joins]
    # Only into regions that stay as they are.
    return np.where(into[into] == into, into, np.arange(len(into)))


def _squares(region: Array, some: Array, cells: Cells, count: int) -> Array:
    """Return (count,) bool: the regions that hold two by two cells."""
    grid = np.full(len(cells.good), -1)
    grid[some] = region
    rows = grid.reshape(cells.rays.rows, cells.rays.columns)
    corner = rows[:-1, :-1]
    whole = (corner >= 0) & (corner == rows[1:, :-1]) & (corner == rows[:-1, 1:]) & (corner == rows[1:, 1:])
    return np.bincount(corner[whole], minlength=count) > 0
