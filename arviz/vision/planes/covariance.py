"""How an uncertain plane is told: waves for errors that neighbours share, tilts and offset at the centroid."""

from __future__ import annotations

from functools import lru_cache
from math import sqrt
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array, readonly
from arviz.vision.planes.cells import Rays
from arviz.vision.planes.noise import DepthNoise

_FAINT = 0.003
"""Waves with less than this share of the strongest one's variance are left out."""


_FAINTEST = 0.01
"""The same for waves over both sides, whose number is paid for squared; what they leave out is taken for patchy."""


class Waves(NamedTuple):
    """Errors that neighbours share, as a sum of independent waves: a Gaussian process over the picture, in its eigenvectors.

    The correlation over a distance x is ``(1 + a) exp(-a)`` with ``a = sqrt(3) x / length`` (Matern 3/2), along rows times along
    columns: it has a slope everywhere but is not so smooth that far pixels would tell near ones to the last digit, which no
    sensor grants. Constant blocks and knots with interpolation between them were tried first: blocks know no slope (small
    planes seemed twice as certain as they are), and knots claim to know where the sensor's own grid lies.
    """

    rows: Array
    """(cell rows, k): waves times their standard deviation."""
    columns: Array

    @staticmethod
    def of(rays: Rays, noise: DepthNoise) -> Waves:
        """Return the waves of a sensor over the cells of a camera's picture."""
        length = noise.smooth_length * rays.camera.width_px / rays.cell_px
        return Waves(_waves(rays.rows, length), _waves(rays.columns, length))

    def gather(self, cells: Array) -> Array:
        """Return (K, waves, 3): values (K, N, 3) of cells summed with each wave's weights."""
        count, _, depth = cells.shape
        halfway = self.rows.T @ cells.reshape(count, len(self.rows), len(self.columns) * depth)
        halfway = halfway.reshape(count, self.rows.shape[1], len(self.columns), depth)
        out: Array = (self.columns.T @ halfway).reshape(count, self.rows.shape[1] * self.columns.shape[1], depth)
        return out


def wave_weights(rays: Rays, noise: DepthNoise) -> Array:
    """Return (N, waves): the weight of each wave in each cell, the faintest left out."""
    return _weights(rays.rows, rays.columns, noise.smooth_length * rays.camera.width_px / rays.cell_px)


@lru_cache(maxsize=4)
def _weights(rows: int, columns: int, length: float) -> Array:
    both = np.kron(_waves(rows, length), _waves(columns, length))
    power = np.einsum("nm,nm->m", both, both)
    return readonly(both[:, power > _FAINTEST * power.max()], np.float64)


@lru_cache(maxsize=16)
def _waves(cells: int, length: float) -> Array:
    """Return (cells, k) the waves along one side: the same for every frame of a camera."""
    place = np.arange(cells) * (sqrt(3) / length)
    apart = np.abs(place[:, None] - place)
    values, vectors = np.linalg.eigh((1 + apart) * np.exp(-apart))
    kept = values > _FAINT * values[-1]
    return readonly(vectors[:, kept] * np.sqrt(values[kept]), np.float64)


def in_plane_axes(normal: Array) -> Array:
    """Return (2, 3) unit vectors in the plane: the first is level in the picture (as far as it can), the second completes."""
    x, y, z = (float(part) for part in normal)
    # By hand: np.cross costs more than all the rest for single vectors.
    first = np.array([z, 0.0, -x]) if x * x + z * z > 0.01 else np.array([y, -x, 0.0])
    a, b, c = (float(part) for part in first / np.sqrt(first @ first))
    return np.array([[a, b, c], [y * c - z * b, z * a - x * c, x * b - y * a]])


def tilts_and_offset(normals: Array, distances: Array, covariances: Array, centroids_m: Array) -> Array:
    """Return the (K, 3, 3) covariances of the turns about `in_plane_axes` (rad) and of the planes' places at their centroids (m).

    With ``theta = -n / d`` and its covariance given: a turn w about the axis t moves n by ``w (t x n)``, and theta's component along
    t x n by ``-d``; the distance of a fixed point c is ``d (1 - theta . c)``.
    """
    axes = np.array([in_plane_axes(normal) for normal in normals]).reshape(-1, 2, 3)
    # first x normal = -second, second x normal = first: the three are right-handed with the normal before them.
    jacobian = -distances[:, None, None] * np.stack([-axes[:, 1], axes[:, 0], centroids_m], axis=1)
    out: Array = jacobian @ covariances @ jacobian.transpose(0, 2, 1)
    return out
