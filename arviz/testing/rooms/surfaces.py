"""What hits of rays look like: the paint of each surface, with the sheets that lie on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.testing.rooms.paints import inside, paint
from arviz.testing.rooms.truth import Finish, Sheet


class Look(NamedTuple):
    """What N points look like."""

    reflectance: Array
    """(N, 3)."""
    gloss: Array
    """(N,): reflectance of the coat at normal incidence."""
    fine: Array
    """(N,) bool: on a bitmap or at the rim of a sheet, where one ray a pixel is too few."""


class Surfaces:
    """Reflectance of a room's surfaces.

    Parameters
    ----------
    finishes : sequence of Finish
    sheets : sequence of Sheet
        Later ones lie on earlier ones.
    bitmaps : sequence of ndarray (H, W, 3 or 4)
        Linear reflectance and straight alpha, row 0 at the top; for the paint ``bitmap``.
    """

    def __init__(self, finishes: Sequence[Finish], sheets: Sequence[Sheet] = (), bitmaps: Sequence[Array] = ()) -> None:
        self.finishes = finishes
        self._on: dict[int, list[Finish]] = {}
        for sheet in sheets:
            self._on.setdefault(sheet.base, []).append(sheet.finish)
        self._sums = [_summed(bitmap) for bitmap in bitmaps]

    def look(self, finish: Array, points_m: Array, footprints_m: Array) -> Look:
        """Return what the points are where rays hit.

        Parameters
        ----------
        finish : ndarray (N,) int
        points_m : ndarray (N, 3)
        footprints_m : ndarray (N, 2, 3)
            From the point to where the rays of the next pixel to the right and below meet the surface.
        """
        out, fine = np.zeros((len(finish), 3)), np.zeros(len(finish), bool)
        gloss = np.array([one.gloss for one in self.finishes])[finish]
        order = np.argsort(finish, kind="stable")
        names, starts = np.unique(finish[order], return_index=True)
        for name, rows in zip(names, np.split(order, starts)[1:], strict=True):  # none where no ray hit anything
            points, prints = points_m[rows], footprints_m[rows]
            colour, _ = self._coat(self.finishes[name], points, prints)
            for top in self._on.get(int(name), ()):
                uv, size = coordinates(top, points, prints)
                share = inside(uv[:, 0], 0.0, top.size_m[0], size[:, 0]) * inside(uv[:, 1], 0.0, top.size_m[1], size[:, 1])
                touched = np.flatnonzero(share > 0)
                if len(touched):
                    over, alpha = self._coat(top, points[touched], prints[touched])
                    part = share[touched, None]
                    gloss[rows[touched]] *= 1 - share[touched]
                    fine[rows[touched]] = (part[:, 0] < 1) | (top.paint == "bitmap")
                    colour[touched] = colour[touched] * (1 - part * alpha) + over * part
            out[rows] = colour
        return Look(out, gloss, fine)

    def _coat(self, finish: Finish, points: Array, footprints: Array) -> tuple[Array, Array]:
        """Return the reflectance (N, 3) of a finish, multiplied by its alpha, and the alpha (N, 1)."""
        uv, size = coordinates(finish, points, footprints)
        if finish.paint != "bitmap":
            return paint(finish, uv, size), np.ones((len(uv), 1))
        sums = self._sums[finish.index]
        scale = np.array([sums.shape[1] - 1, sums.shape[0] - 1]) / np.asarray(finish.size_m)
        centre = np.stack([uv[:, 0], finish.size_m[1] - uv[:, 1]], axis=1) * scale
        mean = _box_mean(sums, centre, np.maximum(size * scale, 1e-3))
        return mean[:, :3], mean[:, 3:]


def coordinates(finish: Finish, points_m: Array, footprints_m: Array) -> tuple[Array, Array]:
    """Return texture coordinates (N, 2) and the sizes (N, 2) of a pixel there."""
    axes = np.array([finish.along, finish.up])
    uv = (points_m - np.asarray(finish.origin_m)) @ axes.T
    # Two steps to the next pixels span a parallelogram; the box of the same second moments is this wide.
    size = np.sqrt(((footprints_m @ axes.T) ** 2).sum(axis=1))
    return uv, np.maximum(size, 1e-6)


def _summed(bitmap: Array) -> Array:
    alpha = bitmap[..., 3:] if bitmap.shape[2] == 4 else np.ones((*bitmap.shape[:2], 1))
    covered = np.concatenate([bitmap[..., :3] * alpha, alpha], axis=-1)
    sums = np.zeros((bitmap.shape[0] + 1, bitmap.shape[1] + 1, 4))
    sums[1:, 1:] = np.cumsum(np.cumsum(covered, axis=0, dtype=np.float64), axis=1)
    return sums


def _box_mean(sums: Array, centre: Array, size: Array) -> Array:
    """Return the mean of a bitmap over boxes in its pixels' units, cells from 0 to width: exact between its pixels too."""
    limit = np.array([sums.shape[1] - 1, sums.shape[0] - 1], np.float64)
    low, high = np.clip(centre - size / 2, 0, limit - 1e-3), np.clip(centre + size / 2, 1e-3, limit)
    high = np.maximum(high, low + 1e-3)
    total = _at(sums, high[:, 0], high[:, 1]) - _at(sums, low[:, 0], high[:, 1]) - _at(sums, high[:, 0], low[:, 1])
    total += _at(sums, low[:, 0], low[:, 1])
    out: Array = total / np.prod(high - low, axis=1, keepdims=True)
    return out


def _at(sums: Array, x: Array, y: Array) -> Array:
    left, top = np.minimum(x.astype(np.int64), sums.shape[1] - 2), np.minimum(y.astype(np.int64), sums.shape[0] - 2)
    a, b = (x - left)[:, None], (y - top)[:, None]
    upper = sums[top, left] * (1 - a) + sums[top, left + 1] * a
    lower = sums[top + 1, left] * (1 - a) + sums[top + 1, left + 1] * a
    out: Array = upper * (1 - b) + lower * b
    return out
