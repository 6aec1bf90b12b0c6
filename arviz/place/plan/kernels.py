"""Where a convex polygon may be, on the raster of a site: kernels that are laid over masks of what is taken.

A pose is the cell in whose middle the product's reference point stands. Obstacles are whole cells, so for these poses the
answer is exact, not an approximation: the kernel holds the cells that the polygon reaches into.

`cv2.dilate` and `cv2.filter2D` correlate: they lay the kernel over the mask as it is. A kernel that is reflected, as a
Minkowski sum asks for, keeps the zone before a sofa free behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array

SLACK_M = 1e-6
"""Things that touch do not meet: what reaches less than this into each other is rounding."""


class Kernel(NamedTuple):
    """Cells around a pose: `cells` (h, w) bool, the first of them `row`, `column` away from the pose's own."""

    cells: Array
    row: int
    column: int

    @property
    def reflected(self) -> Kernel:
        """The cells on the other side of the pose."""
        return Kernel(self.cells[::-1, ::-1], 1 - self.row - self.cells.shape[0], 1 - self.column - self.cells.shape[1])


def kernel(outline_m: Array, *, cell_m: float, less_cells: float = 0.0) -> Kernel | None:
    """Return the cells that a convex polygon (N, 2) around its reference point reaches into; None if there is none.

    With `less_cells` the polygon shrinks by as many cells along x and z on all sides before.
    """
    normals, offsets = half_planes(outline_m)
    offsets = offsets + (0.5 - less_cells) * np.abs(normals).sum(axis=1) * cell_m - SLACK_M
    low = np.floor(outline_m.min(axis=0) / cell_m - 0.5).astype(int)
    high = np.ceil(outline_m.max(axis=0) / cell_m + 0.5).astype(int)
    columns, rows = (np.arange(low[axis], high[axis] + 1) for axis in (0, 1))
    x, z = columns * cell_m, rows[:, None] * cell_m
    cells = np.ones((len(rows), len(columns)), bool)
    for (nx, nz), offset in zip(normals, offsets, strict=True):
        cells &= nx * x + nz * z < offset
    taken_rows, taken_columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    if not len(taken_rows):
        return None
    r, c = taken_rows[0], taken_columns[0]
    return Kernel(cells[r : taken_rows[-1] + 1, c : taken_columns[-1] + 1], int(rows[r]), int(columns[c]))


def united(kernels: Sequence[Kernel | None]) -> Kernel | None:
    """Return the cells of several kernels around one pose; None if there are none."""
    laid = [each for each in kernels if each is not None]
    if len(laid) <= 1:
        return laid[0] if laid else None
    row, column = min(each.row for each in laid), min(each.column for each in laid)
    ends = max(each.row + each.cells.shape[0] for each in laid), max(each.column + each.cells.shape[1] for each in laid)
    cells = np.zeros((ends[0] - row, ends[1] - column), bool)
    for each in laid:
        r, c = each.row - row, each.column - column
        cells[r : r + each.cells.shape[0], c : c + each.cells.shape[1]] |= each.cells
    return Kernel(cells, row, column)


def half_planes(outline_m: Array) -> tuple[Array, Array]:
    """Return outward normals (M, 2) and offsets (M,): a convex polygon (N, 2) is where ``normals @ x <= offsets``.

    Those of its bounds are among them, so that together with the axes they separate it from squares (separating axes).
    """
    edges = np.roll(outline_m, -1, axis=0) - outline_m
    lengths = np.linalg.norm(edges, axis=1)
    edges = edges[lengths > 1e-9] / lengths[lengths > 1e-9, None]
    turn = np.sign(np.sum(outline_m[:, 0] * np.roll(outline_m[:, 1], -1) - outline_m[:, 1] * np.roll(outline_m[:, 0], -1)))
    normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1) * (turn or 1.0)
    normals = np.concatenate([normals, [[1, 0], [-1, 0], [0, 1], [0, -1]]])
    return normals, (outline_m @ normals.T).max(axis=0)


def met(mask: Array, laid: Kernel | None) -> Array:
    """Return for each pose (rows, columns) bool whether the kernel laid there meets a taken cell of `mask`.

    All outside of the raster is taken.
    """
    import cv2

    if laid is None:
        return np.zeros(mask.shape, bool)
    (h, w), (rows, columns) = laid.cells.shape, mask.shape
    spread = _around(mask, laid)
    if laid.cells.all():
        out = cv2.dilate(spread, np.ones((h, w), np.uint8), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
        return np.asarray(out[:rows, :columns] > 0)
    return _sums(spread, laid)[:rows, :columns] > 0.5


def share(mask: Array, laid: Kernel | None) -> Array:
    """Return for each pose (rows, columns) which share of the kernel laid there is taken; beyond the raster all is."""
    if laid is None:
        return np.zeros(mask.shape)
    out: Array = _sums(_around(mask, laid), laid)[: mask.shape[0], : mask.shape[1]] / laid.cells.sum()
    return out


def _around(mask: Array, laid: Kernel) -> Array:
    """Return the mask, moved and widened so that the kernel's first cell for pose [0, 0] is its cell [0, 0]."""
    (h, w), (rows, columns) = laid.cells.shape, mask.shape
    out = np.ones((rows + h - 1, columns + w - 1), np.uint8)
    r, c = max(laid.row, 0), max(laid.column, 0)
    part = mask[r : max(laid.row + rows + h - 1, 0), c : max(laid.column + columns + w - 1, 0)]
    to_r, to_c = max(-laid.row, 0), max(-laid.column, 0)
    part = part[: max(len(out) - to_r, 0), : max(out.shape[1] - to_c, 0)]
    out[to_r : to_r + part.shape[0], to_c : to_c + part.shape[1]] = part
    return out


def _sums(spread: Array, laid: Kernel) -> Array:
    import cv2

    zeros, ones = spread.astype(np.float32), laid.cells.astype(np.float32)
    if laid.cells.all():
        size = ones.shape[::-1]
        return np.asarray(cv2.boxFilter(zeros, -1, size, anchor=(0, 0), normalize=False, borderType=cv2.BORDER_CONSTANT))
    return np.asarray(cv2.filter2D(zeros, -1, ones, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT))


def paint(mask: Array, outline_m: Array, *, origin_m: tuple[float, ...], cell_m: float) -> None:
    """Set the cells of `mask` that a convex polygon (N, 2) reaches into; `origin_m` (2,) is the corner of cell [0, 0]."""
    laid = kernel(outline_m - np.asarray(origin_m) - cell_m / 2, cell_m=cell_m)
    if laid is None:
        return
    r, c = max(laid.row, 0), max(laid.column, 0)
    part = mask[r : max(laid.row + len(laid.cells), 0), c : max(laid.column + laid.cells.shape[1], 0)]
    part |= laid.cells[r - laid.row : r - laid.row + part.shape[0], c - laid.column : c - laid.column + part.shape[1]]


def rectangles(mask: Array) -> Array:
    """Return (N, 4) int rectangles (first row, first column, end row, end column) that together cover `mask`, apart.

    Runs along rows; equal ones in neighbouring rows are one.
    """
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    order = np.lexsort((rows, ends, starts))
    rows, starts, ends = rows[order], starts[order], ends[order]
    same = (np.diff(rows) == 1) & (np.diff(starts) == 0) & (np.diff(ends) == 0)
    first = np.flatnonzero(np.concatenate([[True], ~same])) if len(rows) else np.zeros(0, int)
    last = np.concatenate([first[1:], [len(rows)]]) - 1 if len(rows) else first
    return np.stack([rows[first], starts[first], rows[last] + 1, ends[first]], axis=1)
