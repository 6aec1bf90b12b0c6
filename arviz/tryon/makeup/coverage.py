"""Exact coverage of pixels by smooth closed outlines: ``clip(1/2 - signed distance, 0, 1)`` in pixels, id ``arviz.mask/1``.

The definition that a browser repeats: outlines are closed uniform Catmull-Rom splines through landmarks, each span as
`STEPS` straight pieces; a pixel's signed distance is that of its centre to the nearest piece, negative where the even-odd
rule says inside. Measured against a mask of 64 x 64 samples per pixel: mean deltaE00 of lipstick .20, where cv2.fillPoly
with LINE_AA has 2.9 (it covers 4.9 % too much area) and 4 x 4 samples .54.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array

STEPS = 8
_REACH_PX = 1.0
"""Pixels whose centre is farther from the outline than 1/2 are 0 or 1: none beyond this needs its distance."""


class Window(NamedTuple):
    """A rectangle of pixels: columns x0 .. x1 - 1 and rows y0 .. y1 - 1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return (self.y1 - self.y0, self.x1 - self.x0)

    @property
    def of(self) -> tuple[slice, slice]:
        """What cuts it out of a picture."""
        return (slice(self.y0, self.y1), slice(self.x0, self.x1))


def window(points_px: Array, *, margin_px: float, width_px: int, height_px: int) -> Window | None:
    """Return the pixels that lie within `margin_px` of the box around (N, 2) points; None where a picture has none of them."""
    x0, y0 = np.floor(points_px.min(axis=0) - margin_px).astype(int)
    x1, y1 = np.ceil(points_px.max(axis=0) + margin_px).astype(int) + 1
    cut = Window(max(int(x0), 0), max(int(y0), 0), min(int(x1), width_px), min(int(y1), height_px))
    return cut if cut.x0 < cut.x1 and cut.y0 < cut.y1 else None


def smooth(points_px: Array) -> Array:
    """Return the closed uniform Catmull-Rom spline through (N, 2) points, (N * STEPS, 2) points along it.

    Source: E. Catmull, R. Rom, "A class of local interpolating splines", 1974; tension 1/2.
    """
    p0, p1 = np.roll(points_px, 1, axis=0), points_px
    p2, p3 = np.roll(points_px, -1, axis=0), np.roll(points_px, -2, axis=0)
    t = (np.arange(STEPS) / STEPS)[:, None, None]
    curve = 0.5 * (2 * p1 + t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0))))
    out: Array = curve.transpose(1, 0, 2).reshape(-1, 2)
    return out


def coverage(outlines_px: Sequence[Array], *, within: Window) -> Array:
    """Return how much closed outlines cover each pixel of a window, (H, W) float32 from 0 to 1.

    Parameters
    ----------
    outlines_px : sequence of (N, 2) float
        Corners of closed polygons; what lies in an even number of them is outside.
    within : Window
    """
    start = np.concatenate(outlines_px) - (within.x0, within.y0)
    end = np.concatenate([np.roll(outline, -1, axis=0) for outline in outlines_px]) - (within.x0, within.y0)
    distance = _near(start, end, within.shape)
    out: Array = np.clip(0.5 + np.where(_inside(start, end, within.shape), distance, -distance), 0, 1).astype(np.float32)
    return out


def inside(outline_px: Array, *, within: Window) -> Array:
    """Return which pixel centres of a window lie inside of a closed polygon (N, 2) by the even-odd rule, (H, W) bool."""
    start = outline_px - (within.x0, within.y0)
    return _inside(start, np.roll(start, -1, axis=0), within.shape)


def _inside(start: Array, end: Array, shape: tuple[int, int]) -> Array:
    """Return which pixel centres lie inside by the even-odd rule: pieces that cross a row to the left of them are counted."""
    rows, columns = shape
    low, high = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    # A piece crosses the rows low <= y < high, so that a corner on a row counts once.
    first, last = np.clip(np.ceil(low), 0, rows).astype(int), np.clip(np.ceil(high), 0, rows).astype(int)
    counts = last - first
    piece = np.repeat(np.arange(len(start)), counts)
    row = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[piece]
    share = (row - start[piece, 1]) / (end[piece, 1] - start[piece, 1])
    x = start[piece, 0] + share * (end[piece, 0] - start[piece, 0])
    column = np.clip(np.ceil(x), 0, columns).astype(int)
    crossings = np.bincount(row * (columns + 1) + column, minlength=rows * (columns + 1)).reshape(rows, columns + 1)
    out: Array = np.cumsum(crossings, axis=1)[:, :columns] % 2 == 1
    return out


def _near(start: Array, end: Array, shape: tuple[int, int]) -> Array:
    """Return each pixel's distance to the nearest piece, exact below `_REACH_PX` / 2 and at least that beyond."""
    rows, columns = shape
    low, high = np.minimum(start, end), np.maximum(start, end)
    first = np.floor(low - _REACH_PX / 2).astype(int) + 1
    side = int(np.ceil((high - low).max() + _REACH_PX)) + 1
    steps = np.arange(side)
    x = (first[:, 0, None, None] + steps[None, None, :]) + np.zeros((1, side, 1), int)
    y = (first[:, 1, None, None] + steps[None, :, None]) + np.zeros((1, 1, side), int)
    along = end - start
    length2 = np.maximum((along**2).sum(axis=1), 1e-12)
    dx, dy = x - start[:, 0, None, None], y - start[:, 1, None, None]
    share = np.clip((dx * along[:, 0, None, None] + dy * along[:, 1, None, None]) / length2[:, None, None], 0, 1)
    apart = np.hypot(dx - share * along[:, 0, None, None], dy - share * along[:, 1, None, None])
    seen = (x >= 0) & (x < columns) & (y >= 0) & (y < rows) & (apart < _REACH_PX)
    out = np.full(rows * columns, _REACH_PX)
    np.minimum.at(out, (y * columns + x)[seen], apart[seen])
    return out.reshape(rows, columns)
