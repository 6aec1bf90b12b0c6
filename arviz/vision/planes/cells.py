"""A depth picture cut into square cells, and the sums that fit planes to any set of them.

A plane ``n . x + d = 0`` seen along the ray ``r = (U, V, 1)`` has the inverse depth ``1 / z = theta . r`` with
``theta = -n / d``: linear in the ray. So planes are fitted by linear least squares of the inverse depth, whose noise hardly
varies within a cell (and not at all for stereo and structured light), and whatever is summed up once per cell serves every
later fit. In a cell, rays are linear in the pixel: ``r = J (p, q, 1)``; curvature of a lens within 16 px stays below 0.1 px.
So all sums are products with constant matrices, whatever the lens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array

MOMENTS = 10
"""Of cells: UU, UV, VV, U, V, 1, wU, wV, w, ww, each summed over pixels; w is the inverse depth."""
PORTION = 96
"""Cells worked on at once: they stay in the processor's cache."""
_UPPER = ((0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2))
_FULL = np.array([[0, 1, 3], [1, 2, 4], [3, 4, 5]])
"""Where the six sums stand in the symmetric matrix."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rays:
    """Where the pixels of a camera look, cell by cell; worth keeping when many frames of one camera come.

    Parameters
    ----------
    camera : Camera
    cell_px : int
    rows, columns : int
        Cells; the last ones may reach over the picture's edge.
    jacobian : ndarray (rows * columns, 3, 3) float64
        The ray (U, V, 1) is ``jacobian @ (p, q, 1)``, p to the right and q down from the cell's middle in pixels. Zero where
        the lens shows nothing.
    """

    camera: Camera
    cell_px: int
    rows: int
    columns: int
    jacobian: Array
    squares: Array
    """(rows * columns, 6, 6): turns `products` of (p, q, 1), summed up in a cell, into those of rays."""

    @staticmethod
    def of(camera: Camera, *, cell_px: int) -> Rays:
        """Return the rays of `camera`, its lens taken into account."""
        rows, columns = -(-camera.height_px // cell_px), -(-camera.width_px // cell_px)
        half = cell_px / 2
        # Three by three points of each cell; neighbours share those on their borders.
        x = np.arange(2 * columns + 1) * half - 0.5
        y = np.arange(2 * rows + 1) * half - 0.5
        pixels = np.stack(np.meshgrid(x, y), axis=-1)
        seen = camera.rays(pixels)[..., :2]
        nine = np.stack([seen[j : j + 2 * rows : 2, i : i + 2 * columns : 2] for j in range(3) for i in range(3)], axis=-2)
        nine = nine.reshape(-1, 9, 2)
        jacobian = np.zeros((rows * columns, 3, 3))
        side = np.array([-1.0, 0.0, 1.0])
        jacobian[:, :2, 0] = np.einsum("nkc,k->nc", nine, np.tile(side, 3)) / (6 * half)
        jacobian[:, :2, 1] = np.einsum("nkc,k->nc", nine, np.repeat(side, 3)) / (6 * half)
        jacobian[:, :2, 2] = nine.mean(axis=1)
        jacobian[:, 2, 2] = 1.0
        jacobian[~np.isfinite(jacobian).all(axis=(1, 2))] = 0.0
        first, second = np.array(_UPPER).T
        squares = jacobian[:, first][:, :, first] * jacobian[:, second][:, :, second]
        mixed = jacobian[:, first][:, :, second] * jacobian[:, second][:, :, first]
        squares += mixed * (first != second)
        return Rays(camera=camera, cell_px=cell_px, rows=rows, columns=columns, jacobian=jacobian, squares=squares)

    @property
    def seen(self) -> Array:
        """(rows * columns,) bool: the lens shows something in the cell."""
        return self.jacobian[:, 2, 2] > 0

    def blocks(self, picture: Array) -> Array:
        """Return a picture (H, W), or one thinned in both directions, as (cells, pixels of a cell), zero over the edge."""
        h, w = picture.shape
        c = self.cell_px // round(self.camera.height_px / h)
        whole = picture
        if (h, w) != (self.rows * c, self.columns * c):
            whole = np.zeros((self.rows * c, self.columns * c), picture.dtype)
            whole[:h, :w] = picture
        # Runs of c pixels are moved as one thing.
        runs = np.ascontiguousarray(whole).view(f"V{c * whole.itemsize}").reshape(self.rows, c, self.columns)
        return np.ascontiguousarray(runs.transpose(0, 2, 1)).view(whole.dtype).reshape(-1, c * c)

    def picture(self, blocks: Array) -> Array:
        """Return (cells, pixels of a cell) as the picture (H, W): the inverse of `blocks`; thinned cells make a smaller one."""
        c = round(blocks.shape[1] ** 0.5)
        runs = np.ascontiguousarray(blocks).view(f"V{c * blocks.itemsize}").reshape(self.rows, self.columns, c)
        whole = np.ascontiguousarray(runs.transpose(0, 2, 1)).view(blocks.dtype).reshape(self.rows * c, self.columns * c)
        height, width = (-(-side * c // self.cell_px) for side in (self.camera.height_px, self.camera.width_px))
        return np.ascontiguousarray(whole[:height, :width])

    def basis(self) -> Array:
        """Return (pixels of a cell, 3): p, q, 1 of each."""
        middle = (self.cell_px - 1) / 2
        q, p = np.divmod(np.arange(self.cell_px**2), self.cell_px)
        return np.stack([p - middle, q - middle, np.ones(len(p))], axis=1)


def products(basis: Array) -> Array:
    """Return (..., 6): pp, pq, qq, p, q, 1 of (..., 3)."""
    return np.stack([basis[..., i] * basis[..., j] for i, j in _UPPER], axis=-1)


def moments(known: Array, value: Array, *, rows: Array, basis: Array, rays: Rays, cells: Array) -> Array:
    """Return the `MOMENTS` (M, 10), in rays, of some pixels of some cells.

    Parameters
    ----------
    known : ndarray (M, pixels) bool
        Which pixels count.
    value : ndarray (N, pixels) float32
        What is fitted.
    rows, cells : ndarray (M,)
        Which row of `value` is meant, and which cell of `rays` it is.
    basis : ndarray (pixels, 3)
        As `Rays.basis`.
    """
    thin = basis.astype(np.float32)
    wide = products(basis).astype(np.float32)
    left, right = np.empty((len(known), 6)), np.empty((len(known), 3))
    middle, square = np.empty(len(known)), np.empty(len(known))
    for first in range(0, len(known), PORTION):
        part = slice(first, first + PORTION)
        ones = known[part].astype(np.float32)
        mine = value[rows[part]]
        mine *= ones
        sums = ones @ wide
        # About the mean of each cell, where single precision is plenty.
        mean = (mine @ thin[:, 2]) / np.maximum(sums[:, 5], 1)
        ones *= mean[:, None]
        mine -= ones
        left[part], middle[part], right[part] = sums, mean, mine @ thin
        square[part] = np.einsum("np,np->n", mine, mine)
    out = np.empty((len(known), MOMENTS))
    out[:, :6] = np.einsum("nij,nj->ni", rays.squares[cells], left)
    out[:, 6:9] = np.einsum("nij,nj->ni", rays.jacobian[cells], right) + middle[:, None] * out[:, 3:6]
    out[:, 9] = square + middle * (2 * right[:, 2] + middle * left[:, 5])
    return out


def matrix_of(sums: Array) -> Array:
    """Return (..., 3, 3): the normal equations' matrix of sums (..., 6 or more)."""
    out: Array = sums[..., _FULL]
    return out


def fit(sums: Array) -> tuple[Array, Array, Array]:
    """Return theta (N, 3) of least squares, the squares (N,) that are left, and whether (N,) it is determined; theta is 0 where not."""
    a, b, c, left, good = solved(np.ascontiguousarray(sums.T))
    return np.stack([a, b, c * good], axis=-1), left, good


def solved(sums: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Return of sums (10, N) the three parts of theta (N,), the squares that are left, and whether it is determined."""
    uu, uv, vv, u, v, one, wu, wv, w, ww = sums
    # About the means, where nothing cancels that matters.
    per = 1 / np.maximum(one, 1e-300)
    mean_u, mean_v, mean = u * per, v * per, w * per
    cuu, cuv, cvv = uu - u * mean_u, uv - u * mean_v, vv - v * mean_v
    cwu, cwv = wu - u * mean, wv - v * mean
    determinant = cuu * cvv - cuv * cuv
    good = determinant > 1e-12 * uu * vv + 1e-300
    scale = good / np.where(good, determinant, 1.0)
    a, b = (cvv * cwu - cuv * cwv) * scale, (cuu * cwv - cuv * cwu) * scale
    return a, b, mean - a * mean_u - b * mean_v, ww - w * mean - a * cwu - b * cwv, good


def inverted(sums: Array) -> tuple[Array, Array]:
    """Return the inverse of the matrix of sums (..., 10) as its six entries (..., 6), 0 where it is not determined, and where it is.

    By cofactors: a thousand small systems at once take a tenth of ``np.linalg.solve``'s time.
    """
    uu, uv, vv, u, v, one = np.ascontiguousarray(np.moveaxis(sums[..., :6], -1, 0))
    xx, xy, xz = vv * one - v * v, u * v - uv * one, uv * v - u * vv
    yy, yz, zz = uu * one - u * u, u * uv - uu * v, uu * vv - uv * uv
    determinant = uu * xx + uv * xy + u * xz
    # Relative to what it would be with nothing but chance between directions: the scale of the sums does not matter.
    good = determinant > 1e-12 * np.abs(uu * vv * one) + 1e-300
    scale = np.where(good, 1 / np.where(good, determinant, 1.0), 0.0)
    return np.stack([xx, xy, yy, xz, yz, zz], axis=-1) * scale[..., None], good


def residuals(sums: Array, theta: Array) -> Array:
    """Return the sums (N, 10) of the residuals against planes theta (N, 3), without looking at pixels again."""
    out = sums.copy()
    out[:, 6:9] -= np.einsum("nij,nj->ni", matrix_of(sums), theta)
    out[:, 9] = misfit(sums, theta)
    return out


def misfit(sums: Array, theta: Array) -> Array:
    """Return (N,) the sums of squared residuals of sums (N, 10) against planes theta (N, 3), one for each."""
    return np.asarray(np.maximum(np.einsum("nk,nk->n", sums, _squared(theta)), 0.0))


def misfits(sums: Array, theta: Array) -> Array:
    """Return (K, N) the sums of squared residuals of sums (N, 10) against each plane theta (K, 3)."""
    return np.asarray(np.maximum(_squared(theta) @ sums.T, 0.0))


def _squared(theta: Array) -> Array:
    """Return (..., 10): what turns `MOMENTS` into the sum of squared residuals."""
    a, b, c = (theta[..., i] for i in range(3))
    return np.stack([a * a, 2 * a * b, b * b, 2 * a * c, 2 * b * c, c * c, -2 * a, -2 * b, -2 * c, np.ones_like(a)], axis=-1)
