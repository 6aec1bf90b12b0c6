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
_PORTION = 96
"""Cells worked on at once: they stay in the processor's cache."""
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

    def per_plane(self, values: Array, count: int) -> Array:
        """Return (count, k): values (M, k) added up for each plane."""
        return np.asarray((np.arange(count)[:, None] == self.plane).astype(np.float64) @ values)


def candidates(labels: Array, rays: Rays) -> Array:
    """Return (N, 4) the planes (0 for none) that a cell's pixels may belong to: those of the 3 x 3 cells around it.

    Parameters
    ----------
    labels : ndarray (L, N)
        Planes of cells; several sheets where cells have several.
    """
    around = np.zeros((rays.rows, rays.columns, 9 * len(labels)), np.uint8)
    for place, sheet in enumerate(labels):
        padded = np.pad(sheet.reshape(rays.rows, rays.columns), 1)
        for k in range(9):
            around[:, :, 9 * place + k] = padded[k // 3 : k // 3 + rays.rows, k % 3 : k % 3 + rays.columns]
    ordered = np.sort(around.reshape(len(labels[0]), -1), axis=1)
    ordered[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = 0
    out: Array = np.sort(ordered, axis=1)[:, : -_CANDIDATES - 1 : -1].astype(np.int64)
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
    thin = pixels.basis.T.astype(np.float32)
    across = thetas[near - 1] @ rays.jacobian
    _, tolerance = _pixel_variance(across[:, :, 2], thetas[near - 1], rays=rays, noise=noise)
    tolerance = np.sqrt(tolerance).astype(np.float32)
    across = across.astype(np.float32)
    names = near.astype(np.uint8)
    labels = np.zeros(pixels.known.shape, np.uint8)
    part = np.flatnonzero(inner)
    for rows in np.split(part, range(_PORTION, len(part), _PORTION)):
        mine = pixels.known[rows]
        if exact:
            mine &= np.abs(pixels.inverse[rows] - across[rows, 0] @ thin) < _ACCEPT * tolerance[rows, :1]
        labels[rows] = mine * names[rows, :1]
    planes, places, sums = ([near[part, 0] - 1], [part], [residuals(cells[part], thetas[near[part, 0] - 1])])
    number = (near > 0).sum(axis=1)
    number[inner] = 0
    order = np.argsort(number, kind="stable")
    ends = np.searchsorted(number[order], np.arange(1, near.shape[1] + 2))
    border = order[ends[0] :]
    seen, known = pixels.inverse[border], pixels.known[border]
    name, residual, clear = (np.empty(seen.shape, np.uint8), np.empty_like(seen), np.empty(seen.shape, bool))
    for count in range(1, near.shape[1] + 1):
        for first in range(ends[count - 1], ends[count], _PORTION):
            here = slice(first - ends[0], min(first + _PORTION, ends[count]) - ends[0])
            rows = border[here]
            nearest = _nearest(seen[here], across[rows, :count], 1 / tolerance[rows, :count], names[rows, :count], thin)
            name[here], residual[here], clear[here] = (nearest[0] * (known[here] & nearest[2]), nearest[1], nearest[3])
    labels[border] = name
    if noise.edge_px:
        clear &= ~_edges(labels, pixels.known, rays=rays, reach=noise.edge_px)[border]
    clear &= name > 0
    row, slot = np.nonzero(near[border])
    mine = (name[row] == names[border[row], slot, None]) & clear[row]
    some = np.flatnonzero(mine.any(axis=1))
    row, slot, mine = row[some], slot[some], mine[some]
    planes.append(near[border[row], slot] - 1)
    places.append(border[row])
    sums.append(moments(mine, residual[row] * mine, basis=pixels.basis, jacobian=rays.jacobian[border[row]]))
    plane, place = np.concatenate(planes), np.concatenate(places)
    middle = (thetas[plane] * rays.jacobian[place, :, 2]).sum(axis=1)
    return Assigned(labels, plane, place, np.concatenate(sums), *_pixel_variance(middle, thetas[plane], rays=rays, noise=noise))


def _nearest(seen: Array, across: Array, scale: Array, names: Array, thin: Array) -> tuple[Array, Array, Array, Array]:
    """Return of pixels (N, P) the name of the nearest of C planes, the residual, whether it lies in it, and whether none else is near.

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
    if across.shape[1] == 1:
        return names, own, away < _ACCEPT, away < FIT
    name, apart = names[:, :1], None
    for slot in range(1, across.shape[1]):
        rest = seen - across[:, slot] @ thin
        sigmas = rest * scale[:, slot, None]
        further = np.abs(sigmas)
        gap = np.abs(sigmas - best) > _APART
        apart = gap if apart is None else apart & gap
        nearer = further < away
        name = np.where(nearer, names[:, slot, None], name)
        own = np.where(nearer, rest, own)
        away = np.minimum(away, further)
        if slot + 1 < across.shape[1]:
            best = np.where(nearer, sigmas, best)
    return name, own, away < _ACCEPT, (away < FIT) & apart


def _edges(labels: Array, known: Array, *, rays: Rays, reach: int) -> Array:
    """Return where (N, pixels) another plane, none, or the picture's border is at most `reach` pixels away; unknown pixels are no edges."""
    import cv2

    picture = rays.picture(labels)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    highest = cv2.dilate(picture, cross, iterations=reach)
    lowest = cv2.erode(rays.picture(np.where(known, labels, np.uint8(255))), cross, iterations=reach)
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
    step, good = fit(assigned.per_plane(assigned.sums / assigned.variance[:, None], len(thetas)))
    out: Array = thetas + np.where(good[:, None], step, 0.0)
    return out


def moved(thetas: Array, assigned: Assigned) -> tuple[Array, Assigned]:
    """Return `refit` planes and what the same pixels say about them."""
    out = refit(thetas, assigned)
    return out, assigned._replace(sums=residuals(assigned.sums, (out - thetas)[assigned.plane]))
