"""From cells to pixels: which plane each pixel lies in, and each plane fitted to its pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import PORTION, Rays, fit, moments, residuals
from arviz.vision.planes.noise import DepthNoise

_ACCEPT = 3.0
FIT = 2.5
_APART = 5.0
"""A pixel counts in a fit only where no other plane is this near, in sigmas: next to an edge, chance decides which plane a
pixel goes to, and a cut there would turn both planes towards each other. Twice `FIT`, so that the cut is never seen."""
_CANDIDATES = 4
_UNEVEN_M = 0.001
_LEAST_SIDE = 12
"""Of cells, in pixels, that still tell planes when thinned."""


class Pixels(NamedTuple):
    """The inverse depth of a picture by cells, (N, pixels of a cell)."""

    inverse: Array
    """float32, 0 where unknown."""
    known: Array
    """bool."""
    basis: Array
    """(pixels of a cell, 3): `Rays.basis` of each."""

    def thin(self) -> Pixels:
        """Return every second pixel of every second row; all where cells are small."""
        side = round(len(self.basis) ** 0.5)
        if side < _LEAST_SIDE or side % 2:
            return self

        kept = np.arange(side * side).reshape(side, side)[::2, ::2].reshape(-1)
        inverse, known = (
            np.ascontiguousarray(part.reshape(-1, side, side)[:, ::2, ::2]).reshape(len(part), -1) for part in (self.inverse, self.known)
        )
        return Pixels(inverse, known, self.basis[kept])


class Assigned(NamedTuple):
    """Which plane each pixel lies in, and what the pixels say that count in a fit: one row for each cell of each plane."""

    labels: Array
    """(N, pixels) uint8; 0 for none, i + 1 for plane i."""
    plane: Array
    """(M,)"""
    cell: Array
    """(M,)"""
    sums: Array
    """(M, 10): `moments` of the residuals."""
    variance: Array
    """(M,) of one pixel's inverse depth, by chance."""
    tolerance: Array
    """(M,) squared; what pixels were compared with."""
    pixels: Array
    """(K,) that lie in each plane, whether they count or not."""

    def per_plane(self, values: Array, count: int) -> Array:
        """Return (count, k): values (M, k) added up for each plane."""
        return np.asarray((np.arange(count)[:, None] == self.plane).astype(np.float64) @ values)

    def well_filled(self, share: float) -> Array:
        """Return the rows with more than a share of the pixels of the fullest cell of their plane."""
        most = np.zeros(int(self.plane.max(initial=0)) + 1)
        np.maximum.at(most, self.plane, self.sums[:, 5])
        return np.flatnonzero(self.sums[:, 5] > share * most[self.plane])


def candidates(labels: Array, rays: Rays) -> Array:
    """Return (N, 4) the planes (0 for none) that a cell's pixels may belong to: those of the 3 x 3 cells around it.

    Parameters
    ----------
    labels : ndarray (L, N)
        Planes of cells; several sheets where cells have several.
    """
    # A bit for each plane.
    bits = np.zeros((rays.rows + 2, rays.columns + 2), np.int64)
    for sheet in labels:
        bits[1:-1, 1:-1] |= (np.int64(1) << sheet.reshape(rays.rows, rays.columns)) >> 1
    wide = bits[:, :-2] | bits[:, 1:-1] | bits[:, 2:]
    around = (wide[:-2] | wide[1:-1] | wide[2:]).reshape(-1)
    out = np.empty((len(around), _CANDIDATES), np.int64)
    for place in range(_CANDIDATES):
        # The exponent of a number is its highest bit.
        highest = np.frexp(around.astype(np.float64))[1].astype(np.int64)
        out[:, place] = highest
        around = around ^ ((np.int64(1) << highest) >> 1)
    return out


class _Expected(NamedTuple):
    """What each candidate says of each cell: one row for each (M), and in tables (N, 4)."""

    cell: Array
    slot: Array
    plane: Array
    variance: Array
    tolerance: Array
    slopes: Array
    """(N, 4, 3) float32: inverse depth over (p, q, 1)."""
    bounds: Array
    """(N, 4) float32: square root of `tolerance`."""

    @staticmethod
    def of(thetas: Array, near: Array, *, rays: Rays, noise: DepthNoise) -> _Expected:
        cell, slot = np.nonzero(near)
        plane = near[cell, slot] - 1
        across = np.einsum("nj,njk->nk", thetas[plane], rays.jacobian[cell])
        variance, tolerance = _pixel_variance(across[:, 2], thetas[plane], rays=rays, noise=noise)
        slopes, bounds = np.zeros((*near.shape, 3), np.float32), np.ones(near.shape, np.float32)
        slopes[cell, slot], bounds[cell, slot] = across, np.sqrt(tolerance)
        return _Expected(cell, slot, plane, variance, tolerance, slopes, bounds)


def unexplained(pixels: Pixels, thetas: Array, near: Array, *, inner: Array, rays: Rays, noise: DepthNoise) -> Array:
    """Return (N, pixels) bool: the known pixels that lie in none of their candidates; none of cells within one plane (`inner`)."""
    expected = _Expected.of(thetas, near, rays=rays, noise=noise)
    thin = pixels.basis.T.astype(np.float32)
    out: Array = pixels.known & ~inner[:, None]
    for slot in range(near.shape[1]):
        rows = np.flatnonzero((near[:, slot] > 0) & ~inner)
        away = np.abs(expected.slopes[rows, slot] @ thin - pixels.inverse[rows])
        out[rows] &= away >= _ACCEPT * expected.bounds[rows, slot, None]
    return out


def assign(pixels: Pixels, thetas: Array, near: Array, *, inner: Array, cells: Array, rays: Rays, noise: DepthNoise) -> Assigned:
    """Give each pixel to the candidate whose plane it is nearest to, in sigmas.

    Parameters
    ----------
    pixels, thetas, near
        The picture, planes (K, 3), and the `candidates` of each cell.
    inner : ndarray (N,) bool
        Cells within one plane: the sums of `cells` stand for their pixels.
    cells : ndarray (N, 10)
        `moments` of the cells.
    """
    expected = _Expected.of(thetas, near, rays=rays, noise=noise)
    cell, slot, plane, slopes, bounds = expected.cell, expected.slot, expected.plane, expected.slopes, expected.bounds
    thin = pixels.basis.T.astype(np.float32)
    names = near.astype(np.uint8)
    labels = np.empty(pixels.known.shape, np.uint8)
    only = names[:, :1] * inner[:, None]
    for first in range(0, len(near), PORTION):
        part = slice(first, first + PORTION)
        away = slopes[part, 0] @ thin
        away -= pixels.inverse[part]
        mine = np.abs(away, out=away) < _ACCEPT * bounds[part, :1]
        mine &= pixels.known[part]
        np.multiply(mine, only[part], out=labels[part])
    number = np.count_nonzero(near, axis=1)
    number[inner] = 0
    border = np.argsort(number, kind="stable")
    ends = np.searchsorted(number[border], np.arange(1, near.shape[1] + 2))
    border, ends = border[ends[0] :], ends - ends[0]
    name, residual, clear = (np.empty((len(border), len(pixels.basis)), kind) for kind in (np.uint8, np.float32, bool))
    for count in range(1, near.shape[1] + 1):
        for first in range(ends[count - 1], ends[count], PORTION):
            here = slice(first, min(first + PORTION, ends[count]))
            rows = border[here]
            nearest = _nearest(pixels.inverse[rows], slopes[rows, :count], 1 / bounds[rows, :count], names[rows, :count], thin)
            name[here], residual[here], clear[here] = nearest
            name[here] *= pixels.known[rows]
    labels[border] = name
    if noise.edge_px:
        clear &= ~_edges(labels, pixels.known, rays=rays, reach=noise.edge_px)[border]
    place = np.full(len(near), -1)
    place[border] = np.arange(len(border))
    within, beside = np.flatnonzero(inner[cell]), np.flatnonzero(place[cell] >= 0)
    row = place[cell[beside]]
    mine = name[row] == names[cell[beside], slot[beside], None]
    number = np.concatenate([_sum(labels[cell[within]] > 0), _sum(mine)])
    number = np.bincount(plane[np.concatenate([within, beside])], number, len(thetas))
    mine &= clear[row]
    some = np.flatnonzero(_sum(mine))
    beside, row, mine = beside[some], row[some], mine[some]
    sums = [
        residuals(cells[cell[within]], thetas[plane[within]]),
        moments(mine, residual, rows=row, basis=pixels.basis, rays=rays, cells=cell[beside]),
    ]
    used = np.concatenate([within, beside])
    return Assigned(labels, plane[used], cell[used], np.concatenate(sums), expected.variance[used], expected.tolerance[used], number)


def _nearest(seen: Array, across: Array, scale: Array, names: Array, thin: Array) -> tuple[Array, Array, Array]:
    """Return of pixels (N, P) the name of the plane of C that they lie in, the residual against the nearest, and whether they count.

    Parameters
    ----------
    seen : ndarray (N, P)
        Inverse depth.
    across : ndarray (N, C, 3)
        Planes over the `thin` (3, P) basis.
    scale, names : ndarray (N, C)
        One over the tolerance; what each is called.
    """
    own = seen - across[:, 0] @ thin
    best = own * scale[:, :1]
    away = np.abs(best)
    name, apart = np.repeat(names[:, :1], seen.shape[1], axis=1), np.ones(seen.shape, bool)
    for slot in range(1, across.shape[1]):
        rest = seen - across[:, slot] @ thin
        sigmas = rest * scale[:, slot, None]
        further = np.abs(sigmas)
        apart &= np.abs(sigmas - best) > _APART
        nearer = further < away
        # Sums, names modulo 256, take a quarter of the time of choices.
        name += nearer * (names[:, slot, None] - name)
        own += nearer * (rest - own)
        best += nearer * (sigmas - best)
        away = np.minimum(away, further)
    name *= away < _ACCEPT
    return name, own, (away < FIT) & apart


def _sum(mask: Array) -> Array:
    """Return (N,) how many of (N, pixels) are true; for bytes, a twentieth of the time of numpy's."""
    import cv2

    if not len(mask):
        return np.zeros(0)
    return np.asarray(cv2.reduce(mask.view(np.uint8), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32F))[:, 0]


def _edges(labels: Array, known: Array, *, rays: Rays, reach: int) -> Array:
    """Return where (N, pixels) another plane, none, or the picture's border is at most `reach` pixels away; unknown pixels are no edges."""
    import cv2

    picture = rays.picture(labels)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    highest = cv2.dilate(picture, cross, iterations=reach)
    unknown = rays.picture(known.view(np.uint8)) - np.uint8(1)  # 0 or 255
    lowest = cv2.erode(np.bitwise_or(picture, unknown), cross, iterations=reach)
    edge = highest != lowest
    edge[[0, -1]] = True
    edge[:, [0, -1]] = True
    return rays.blocks(edge)


def _pixel_variance(inverse: Array, theta: Array, *, rays: Rays, noise: DepthNoise) -> tuple[Array, Array]:
    """Return (...) the variance of one pixel's inverse depth on planes theta (..., 3), and that with shared errors and unevenness.

    `inverse` (...) is the inverse depth expected there.
    """
    inverse = np.maximum(inverse, 1 / noise.far_m)
    lateral = (noise.lateral_px / rays.camera.k[0, 0]) ** 2
    chance = (noise.sigma_m(1 / inverse) * inverse**2) ** 2 + lateral * (theta[..., :2] ** 2).sum(axis=-1)
    return chance, chance + (noise.smooth_share * inverse) ** 2 + (_UNEVEN_M * inverse**2) ** 2


def refit(thetas: Array, assigned: Assigned) -> Array:
    """Return the planes (K, 3) fitted to the pixels that count; those that too few pixels fix stay as they were."""
    step, _, good = fit(assigned.per_plane(assigned.sums / assigned.variance[:, None], len(thetas)))
    out: Array = thetas + np.where(good[:, None], step, 0.0)
    return out


def moved(thetas: Array, assigned: Assigned) -> tuple[Array, Assigned]:
    """Return `refit` planes and what the same pixels say about them."""
    out = refit(thetas, assigned)
    return out, assigned._replace(sums=residuals(assigned.sums, (out - thetas)[assigned.plane]))
