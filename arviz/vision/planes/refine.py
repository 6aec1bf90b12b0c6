"""From cells to pixels: which plane each pixel lies in, and each plane fitted to its pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import MOMENTS, Rays, fit, moments
from arviz.vision.planes.noise import DepthNoise

_ACCEPT = 3.0
FIT = 2.5
_APART = 5.0
"""A pixel counts in a fit only where no other plane is this near, in sigmas: next to an edge, chance decides which plane a
pixel goes to, and a cut there would turn both planes towards each other. Twice `FIT`, so that the cut is never seen."""
_CANDIDATES = 4
_UNEVEN_M = 0.001


class Pixels(NamedTuple):
    """The inverse depth of a picture by cells, (N, pixels of a cell)."""

    inverse: Array
    """float32, 0 where unknown."""
    known: Array
    """bool."""


class Assigned(NamedTuple):
    """Which plane each pixel lies in."""

    labels: Array
    """(N, pixels) uint8; 0 for none, i + 1 for plane i."""
    sums: Array
    """(planes, N, 10): `moments` of the residuals of the pixels that count in a fit."""
    variance: Array
    """(planes, N): of one pixel's inverse depth, by chance; inf where no pixel counts."""
    tolerance: Array
    """(planes, N): squared; what pixels were compared with."""


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


def assign(pixels: Pixels, thetas: Array, near: Array, *, rays: Rays, noise: DepthNoise) -> Assigned:
    """Give each pixel to the candidate whose plane it is nearest to, in sigmas."""
    basis = rays.basis()
    thin = basis.astype(np.float32)
    size = pixels.inverse.shape
    best = np.full(size, 99.0, np.float32)
    apart = best.copy()
    labels = np.zeros(size, np.uint8)
    kept = []
    for slot in range(near.shape[1]):
        cells = np.flatnonzero(near[:, slot])
        if not len(cells):
            break
        plane = near[cells, slot] - 1
        theta = thetas[plane]
        across = np.einsum("ni,nij->nj", theta, rays.jacobian[cells])
        variance, tolerance = _pixel_variance(across[:, 2], theta, rays=rays, noise=noise)
        residual = pixels.inverse[cells] - across.astype(np.float32) @ thin.T
        sigmas = residual * (1 / np.sqrt(tolerance)).astype(np.float32)[:, None]
        before = best[cells]
        nearer = np.abs(sigmas) < np.abs(before)
        apart[cells] = np.minimum(apart[cells], np.abs(sigmas - before))
        best[cells] = np.where(nearer, sigmas, before)
        labels[cells] = np.where(nearer, (plane + 1).astype(np.uint8)[:, None], labels[cells])
        kept.append((cells, plane, residual, variance, tolerance))
    np.abs(best, out=best)
    labels *= pixels.known & (best < _ACCEPT)
    clear = (best < FIT) & (apart > _APART) & ~_edges(labels, pixels.known, rays=rays, reach=noise.edge_px)
    shape = (len(thetas), size[0])
    assigned = Assigned(labels, np.zeros((*shape, MOMENTS)), np.full(shape, np.inf), np.zeros(shape))
    for cells, plane, residual, variance, tolerance in kept:
        mine = (labels[cells] == (plane + 1)[:, None]) & clear[cells]
        assigned.sums[plane, cells] = moments(mine, residual * mine, basis=basis, jacobian=rays.jacobian[cells])
        assigned.variance[plane, cells] = variance
        assigned.tolerance[plane, cells] = tolerance
    return assigned


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
    step, good = fit((assigned.sums / assigned.variance[..., None]).sum(axis=1))
    out: Array = thetas + np.where(good[:, None], step, 0.0)
    return out
