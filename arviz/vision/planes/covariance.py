"""How an uncertain plane is told: waves for errors that neighbours share, tilts and offset at the centroid."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import Rays
from arviz.vision.planes.noise import DepthNoise

_FAINT = 0.003
"""Waves with less than this share of the strongest one's variance are left out."""


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

        def waves(cells: int) -> Array:
            place = np.arange(cells) * (sqrt(3) / length)
            apart = np.abs(place[:, None] - place)
            values, vectors = np.linalg.eigh((1 + apart) * np.exp(-apart))
            kept = values > _FAINT * values[-1]
            return np.asarray(vectors[:, kept] * np.sqrt(values[kept]))

        return Waves(waves(rays.rows), waves(rays.columns))

    def gather(self, cells: Array) -> Array:
        """Return (waves, k): values (N, k) of cells summed with each wave's weights."""
        grid = cells.reshape(len(self.rows), -1)
        halfway = (self.rows.T @ grid).reshape(self.rows.shape[1], len(self.columns), -1)
        out: Array = (self.columns.T @ halfway).reshape(-1, cells.shape[-1])
        return out

    def weights(self) -> Array:
        """Return (N, waves): the weight of each wave in each cell, the faintest left out."""
        both = np.kron(self.rows, self.columns)
        power = np.einsum("nm,nm->m", both, both)
        return np.asarray(both[:, power > _FAINT * power.max()])


def in_plane_axes(normal: Array) -> Array:
    """Return (2, 3) unit vectors in the plane: the first is level in the picture (as far as it can), the second completes."""
    x, y, z = (float(part) for part in normal)
    # By hand: np.cross costs more than all the rest for single vectors.
    first = np.array([z, 0.0, -x]) if x * x + z * z > 0.01 else np.array([y, -x, 0.0])
    a, b, c = (float(part) for part in first / np.sqrt(first @ first))
    return np.array([[a, b, c], [y * c - z * b, z * a - x * c, x * b - y * a]])


def tilts_and_offset(theta: Array, covariance: Array, centroid_m: Array) -> Array:
    """Return the (3, 3) covariance of the turns about `in_plane_axes` (rad) and of the plane's place at its centroid (m).

    With ``n = -theta / |theta|`` and ``d = 1 / |theta|``: a turn w about the axis t moves n by w (t x n), and theta's
    component along t x n by ``-d``; the distance of a fixed point c is ``d (1 - theta . c)``.
    """
    distance = 1 / float(np.linalg.norm(theta))
    normal = -theta * distance
    axes = in_plane_axes(normal)
    # first x normal = -second, second x normal = first: the three are right-handed with the normal before them.
    jacobian = -distance * np.stack([-axes[1], axes[0], centroid_m])
    out: Array = jacobian @ covariance @ jacobian.T
    return out
