"""Parts of one plane, kept apart by what stands before it or by noise, become one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.grow import Cells

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
    def of(cells: Cells, regions: Array, slope: Array) -> Parts:
        """Return the planes of regions (K, N), largest first; `slope` as for `Cells.fitted`."""
        known = cells.fitted(regions, slope)
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
    if not len(regions):
        return Parts.of(cells, regions, np.zeros(0))
    parts = Parts.of(cells, regions, cells.fitted(regions, np.zeros(len(regions))).slope)
    start = 0
    while True:
        first, second = np.nonzero(np.triu(same_plane(parts), 1))
        first, second = first[first >= start], second[first >= start]
        if not len(first):
            return parts
        # A door is not in its wall's plane: one plane must explain most cells of each.
        union = parts.cells[first] | parts.cells[second]
        suits = cells.fits(cells.fitted(union, _slopes(parts)[first]))
        explained = [(suits & parts.cells[of]).sum(axis=1) / parts.cells[of].sum(axis=1) for of in (first, second)]
        agreed = np.flatnonzero(np.minimum(*explained) > _EXPLAINED)
        if not len(agreed):
            return parts
        # One at a time, the largest first: what has grown is another plane. Those larger than it have been tried.
        into, gone = first[agreed[0]], second[agreed[0]]
        merged = parts.cells.copy()
        merged[into] |= merged[gone]
        member = int(np.flatnonzero(merged[into])[0])
        left = np.arange(len(merged)) != gone
        parts = Parts.of(cells, merged[left], _slopes(parts)[left])
        start = int(np.flatnonzero(parts.cells[:, member])[0])


def _slopes(parts: Parts) -> Array:
    return np.asarray((parts.theta[:, :2] ** 2).sum(axis=1))


def same_plane(parts: Parts) -> Array:
    """Return (K, K) which parts lie in one plane as far as their uncertainty lets anyone say."""
    theta, covariance, ray = parts.theta, parts.covariance, parts.ray
    length = np.linalg.norm(theta, axis=1)
    unit = theta / length[:, None]
    gate = _SIGMAS * np.sqrt(_TILT_RAD**2 + parts.tilt[:, None] + parts.tilt)
    near = np.arccos(np.clip(unit @ unit.T, -1.0, 1.0)) <= gate
    # Row: the plane; column: the part whose middle is compared with it.
    inverse = theta @ ray.T
    scale = 1 / (length[:, None] * np.maximum(np.diagonal(inverse), 1e-9))
    spread = np.einsum("jk,ikl,jl->ij", ray, covariance, ray)
    variance = scale**2 * (spread + np.diagonal(spread)) + _OFF_M**2
    off = np.abs(scale * (np.diagonal(inverse) - inverse)) / np.sqrt(variance)
    out: Array = near & (np.minimum(off, off.T) < _SIGMAS)
    return out
