"""From cells to pixels: which plane each pixel lies in, and each plane fitted to its pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import Rays, fit, moments, residuals
from arviz.vision.planes.noise import DepthNoise

_ACCEPT = 3.0
FIT = 2.5
_APART = 5.0
"""A pixel counts in a fit only where no other plane is this near, in sigmas: next to an edge, chance decides which plane a
pixel goes to, and a cut there would turn both planes towards each other. Twice `FIT`, so that the cut is never seen."""
_CANDIDATES = 4
PORTION = 96
"""Cells worked on at once."""
_UNEVEN_M = 0.001


class Pixels(NamedTuple):
    """The inverse depth of a picture by cells, (N, pixels of a cell)."""

    inverse: Array
    """float32, 0 where unknown."""
    known: Array
    """bool."""


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

    def per_plane(self, values: Array, count: int) -> Array:
        """Return (count, ...): values (M, ...) added up for each plane."""
        out = np.zeros((count, *values.shape[1:]))
        np.add.at(out, self.plane, values)
        return out


def candidates(labels: Array, rays: Rays) -> Array:
    """Return (N, 4) the planes (0 for none) that a cell's pixels may belong to: those of the 3 x 3 cells around it.

    Parameters
    ----------
    labels : ndarray (L, N)
        Planes of cells; several sheets where cells have several.
    """
    around = []
    for sheet in labels:
        padded = np.pad(sheet.reshape(rays.rows, rays.columns), 1)
        around += [padded[j : j + rays.rows, i : i + rays.columns].reshape(-1) for j in range(3) for i in range(3)]
    ordered = np.sort(np.stack(around, axis=1), axis=1)
    ordered[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = 0
    out: Array = np.sort(ordered, axis=1)[:, ::-1][:, :_CANDIDATES]
    return out


def assign(
    pixels: Pixels, thetas: Array, near: Array, *, inner: Array, cells: Array, rays: Rays, noise: DepthNoise, exact: bool
) -> Assigned:
    """Give each pixel to the candidate whose plane it is nearest to, in sigmas.

    Parameters
    ----------
    pixels, thetas, near
        The picture, planes (K, 3), and the `candidates` of each cell.
    inner : ndarray (N,) bool
        Cells within one plane: the sums of `cells` stand for their pixels, which are compared only if `exact`.
    cells : ndarray (N, 10)
        `moments` of the cells.
    """
    basis = rays.basis()
    thin = basis.T.astype(np.float32)
    size = pixels.inverse.shape
    labels = np.zeros(size, np.uint8)
    residual = np.zeros(size, np.float32)
    clear = np.zeros(size, bool)
    labels[inner] = pixels.known[inner] * near[inner, :1].astype(np.uint8)
    number = (near > 0).sum(axis=1)
    number[inner] *= exact
    for count in range(1, near.shape[1] + 1):
        rows = np.flatnonzero(number == count)
        # In portions that stay in the processor's cache.
        for part in np.split(rows, range(PORTION, len(rows), PORTION)):
            seen, apart = pixels.inverse[part], np.float32(99.0)
            for slot in range(count):
                plane = near[part, slot] - 1
                across = np.einsum("ni,nij->nj", thetas[plane], rays.jacobian[part])
                _, tolerance = _pixel_variance(across[:, 2], thetas[plane], rays=rays, noise=noise)
                rest = seen - across.astype(np.float32) @ thin
                sigmas = rest * (1 / np.sqrt(tolerance)).astype(np.float32)[:, None]
                if slot == 0:
                    name = np.repeat((plane + 1).astype(np.uint8)[:, None], size[1], axis=1)
                    best, own = sigmas, rest
                    continue
                apart = np.minimum(apart, np.abs(sigmas - best))
                nearer = np.abs(sigmas) < np.abs(best)
                best, own = np.where(nearer, sigmas, best), np.where(nearer, rest, own)
                name = np.where(nearer, (plane + 1).astype(np.uint8)[:, None], name)
            best = np.abs(best)
            labels[part] = name * (pixels.known[part] & (best < _ACCEPT))
            residual[part] = own
            clear[part] = (best < FIT) & (apart > _APART)
    clear &= ~_edges(labels, pixels.known, rays=rays, reach=noise.edge_px)
    part = np.flatnonzero(inner)
    planes, places, sums = [near[part, 0] - 1], [part], [residuals(cells[part], thetas[near[part, 0] - 1])]
    for slot in range(near.shape[1]):
        part = np.flatnonzero((near[:, slot] > 0) & ~inner)
        plane = near[part, slot] - 1
        mine = (labels[part] == (plane + 1)[:, None]) & clear[part]
        some = mine.any(axis=1)
        part, plane, mine = part[some], plane[some], mine[some]
        planes.append(plane)
        places.append(part)
        sums.append(moments(mine, residual[part] * mine, basis=basis, jacobian=rays.jacobian[part]))
    plane, place = np.concatenate(planes), np.concatenate(places)
    across = (thetas[plane] * rays.jacobian[place, :, 2]).sum(axis=1)
    return Assigned(labels, plane, place, np.concatenate(sums), *_pixel_variance(across, thetas[plane], rays=rays, noise=noise))


def _edges(labels: Array, known: Array, *, rays: Rays, reach: int) -> Array:
    """Return where (N, pixels) another plane, none, or the picture's border is at most `reach` pixels away; unknown pixels are no edges."""
    picture, seen = rays.picture(labels), rays.picture(known)
    edge = np.zeros(picture.shape, bool)
    if reach:
        edge[[0, -1]] = True
        edge[:, [0, -1]] = True
        step = (picture[:, 1:] != picture[:, :-1]) & seen[:, 1:] & seen[:, :-1]
        edge[:, 1:] |= step
        edge[:, :-1] |= step
        step = (picture[1:] != picture[:-1]) & seen[1:] & seen[:-1]
        edge[1:] |= step
        edge[:-1] |= step
    for _ in range(reach - 1):
        wide = edge.copy()
        wide[:, 1:] |= edge[:, :-1]
        wide[:, :-1] |= edge[:, 1:]
        wide[1:] |= edge[:-1]
        wide[:-1] |= edge[1:]
        edge = wide
    return rays.blocks(edge)


def _pixel_variance(inverse: Array, theta: Array, *, rays: Rays, noise: DepthNoise) -> tuple[Array, Array]:
    """Return (N,) the variance of one pixel's inverse depth on planes theta (N, 3), and that with shared errors and unevenness.

    `inverse` (N,) is the inverse depth expected there.
    """
    inverse = np.maximum(inverse, 1 / noise.far_m)
    lateral = (noise.lateral_px / rays.camera.k[0, 0]) ** 2
    chance = (noise.sigma_m(1 / inverse) * inverse**2) ** 2 + lateral * (theta[:, :2] ** 2).sum(axis=1)
    return chance, chance + (noise.smooth_share * inverse) ** 2 + (_UNEVEN_M * inverse**2) ** 2


def refit(thetas: Array, assigned: Assigned) -> Array:
    """Return the planes (K, 3) fitted to the pixels that count; those that too few pixels fix stay as they were."""
    step, good = fit(assigned.per_plane(assigned.sums / assigned.variance[:, None], len(thetas)))
    out: Array = thetas + np.where(good[:, None], step, 0.0)
    return out
