"""How uncertain a fitted plane is: by chance, by errors that neighbouring pixels share, by the focal length."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.cells import Rays, matrix_of
from arviz.vision.planes.noise import DepthNoise

TRUNCATED = 0.911
"""Variance of a standard normal cut off at 2.5."""


class Evidence(NamedTuple):
    """What the pixels of one plane say, after its last fit.

    ``sums`` (N, 10) are `moments` per cell of residuals against ``theta``, ``variance`` (N,) that of one pixel there.
    """

    theta: Array
    sums: Array
    variance: Array


def covariance_of_theta(evidence: Evidence, *, rays: Rays, noise: DepthNoise, sigma_f_px: float | None) -> Array:
    """Return the (3, 3) covariance of theta.

    Three parts are added:

    - chance: the inverse of the normal equations, times the variance that the residuals really have;
    - errors that neighbours share (`DepthNoise.smooth_share`): one error per block of the picture, carried through the fit. If
      the means of the blocks scatter more than both parts explain - a sensor worse than its model, a wall that is bent - all
      is enlarged to what they show;
    - the focal length: theta's first two components are proportional to it.
    """
    theta = evidence.theta
    sums = evidence.sums / evidence.variance[:, None]
    total = sums.sum(axis=0)
    inverse = np.linalg.inv(matrix_of(total))
    spread = max(total[9] / evidence.sums[:, 5].sum() / TRUNCATED, 0.05)
    block = _block_of_cell(rays, noise)
    used = np.unique(block, return_inverse=True)[1]
    per_block = np.zeros((int(used.max()) + 1, 10))
    np.add.at(per_block, used, sums)
    per_block = per_block[per_block[:, 5] > 0]
    pull = matrix_of(per_block) @ theta * noise.smooth_share
    out: Array = inverse * spread + inverse @ (pull.T @ pull) @ inverse
    # A block's sum of residuals, its expected variance: the fit takes out three of them.
    expected = per_block[:, 5] * spread + pull[:, 2] ** 2
    found = float((per_block[:, 8] ** 2 / expected).sum())
    if len(per_block) > 6:
        out = out * max(found / (len(per_block) - 3), 1.0)
    if sigma_f_px is not None:
        focal = np.array([theta[0], theta[1], 0.0]) * sigma_f_px / rays.camera.k[0, 0]
        out = out + np.outer(focal, focal)
    return out


def _block_of_cell(rays: Rays, noise: DepthNoise) -> Array:
    length = max(noise.smooth_length * rays.camera.width_px / rays.cell_px, 1.0)
    row, column = np.divmod(np.arange(rays.rows * rays.columns), rays.columns)
    out: Array = (row / length).astype(np.int64) * 4096 + (column / length).astype(np.int64)
    return out


def in_plane_axes(normal: Array) -> Array:
    """Return (2, 3) unit vectors in the plane: the first is level in the picture (as far as it can), the second completes."""
    first = np.cross((0.0, 1.0, 0.0), normal)
    if np.linalg.norm(first) < 0.1:
        first = np.cross(normal, (0.0, 0.0, 1.0))
    first = first / np.linalg.norm(first)
    return np.stack([first, np.cross(normal, first)])


def tilts_and_offset(theta: Array, covariance: Array, centroid_m: Array) -> Array:
    """Return the (3, 3) covariance of the turns about `in_plane_axes` (rad) and of the plane's place at its centroid (m).

    With ``n = -theta / |theta|`` and ``d = 1 / |theta|``: a turn w about the axis t moves n by w (t x n), and theta's
    component along t x n by ``-d``; the distance of a fixed point c is ``d (1 - theta . c)``.
    """
    distance = 1 / float(np.linalg.norm(theta))
    normal = -theta * distance
    axes = in_plane_axes(normal)
    jacobian = -distance * np.stack([np.cross(axes[0], normal), np.cross(axes[1], normal), centroid_m])
    out: Array = jacobian @ covariance @ jacobian.T
    return out
