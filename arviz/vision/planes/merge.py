"""Parts of one plane, kept apart by what stands before it or by noise, become one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.flat import Cells

_SIGMAS = 3.0
_OFF_M = 0.005
"""Two parts of a wall may be this far out of line beside their uncertainty."""
_TILT_RAD = np.radians(1.5)
_EXPLAINED = 0.7
"""Share of the cells of each of two parts that one plane must fit."""


class Parts(NamedTuple):
    """Regions of cells with their planes, one a row."""

    cells: Array
    """(K, N) bool"""
    theta: Array
    """(K, 3)"""
    covariance: Array
    """(K, 3, 3) of theta."""
    ray: Array
    """(K, 3) mean."""
    pixels: Array
    """(K,) in their cells."""
    tilt: Array
    """(K,) variance of the steepest tilt."""

    @staticmethod
    def of(cells: Cells, regions: Array) -> Parts:
        """Return the planes of regions (K, N), largest first."""
        known = cells.fitted(regions)
        regions, theta, covariance = (values[known.good] for values in (regions, known.theta, known.covariance))
        total = regions @ cells.sums[:, 3:6]
        distance = 1 / np.linalg.norm(theta, axis=1)
        flat = np.eye(3) - (distance[:, None] * theta)[:, :, None] * (distance[:, None] * theta)[:, None, :]
        tilt = np.linalg.eigvalsh(flat @ covariance @ flat)[:, -1] * distance**2
        order = np.argsort(-total[:, 2], kind="stable")
        whole = (regions, theta, covariance, total / total[:, 2:], total[:, 2], tilt)
        return Parts(*(values[order] for values in whole))


def merge(cells: Cells, regions: Array) -> Parts:
    """Return the regions (K, N) bool with those joined whose planes agree within their uncertainty, largest first.

    The gates grow with the sigma of both: a wall five metres away comes in parts whose planes differ by centimetres.
    """
    parts = Parts.of(cells, regions)
    while True:
        apart = apartness(parts)
        first, second = np.nonzero(np.triu(apart < 1, 1))
        if not len(first):
            return parts
        # A door is not in its wall's plane: one plane must explain most cells of each.
        union = parts.cells[first] | parts.cells[second]
        suits = cells.fits(cells.fitted(union))
        explained = [(suits & parts.cells[of]).sum(axis=1) / parts.cells[of].sum(axis=1) for of in (first, second)]
        agreed = np.minimum(*explained) > _EXPLAINED
        first, second = first[agreed], second[agreed]
        if not len(first):
            return parts
        # Those that are each other's nearest; what has grown is another plane.
        nearest = np.full(apart.shape, np.inf)
        nearest[first, second] = nearest[second, first] = apart[first, second]
        best = nearest.argmin(axis=1)
        mutual = (best[first] == second) & (best[second] == first)
        merged = parts.cells.copy()
        merged[first[mutual]] |= merged[second[mutual]]
        parts = Parts.of(cells, np.delete(merged, second[mutual], axis=0))


def apartness(parts: Parts) -> Array:
    """Return (K, K) how far parts are from lying in one plane: up to 1 they may, as far as their uncertainty lets anyone say."""
    theta, covariance, ray = parts.theta, parts.covariance, parts.ray
    length = np.linalg.norm(theta, axis=1)
    unit = theta / length[:, None]
    gate = _SIGMAS * np.sqrt(_TILT_RAD**2 + parts.tilt[:, None] + parts.tilt)
    turned = np.arccos(np.clip(unit @ unit.T, -1.0, 1.0)) / gate
    # Row: the plane; column: the part whose middle is compared with it.
    inverse = theta @ ray.T
    scale = 1 / (length[:, None] * np.maximum(np.diagonal(inverse), 1e-9))
    spread = np.einsum("jk,ikl,jl->ij", ray, covariance, ray)
    variance = scale**2 * (spread + np.diagonal(spread)) + _OFF_M**2
    off = np.abs(scale * (np.diagonal(inverse) - inverse)) / np.sqrt(variance)
    return np.asarray(np.maximum(turned, np.minimum(off, off.T) / _SIGMAS))
