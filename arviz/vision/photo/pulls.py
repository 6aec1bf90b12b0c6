"""How edges, and gravity, pull at three directions: least squares over a small rotation and ln f.

An edge along the direction a is seen in a plane through the camera's centre of normal n: n . a = 0. A small rotation w turns
a into a + w x a, so n . a changes by w . (a x n); a longer focal length flattens n along z.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.photo.gravity import UpPrior

_GROUP_RAD = np.radians(2.0)
"""Edges that are seen within this angle of each other around their vanishing point are one line, broken or double."""
_LEAST_SCATTER = np.radians(0.02)


class Edges(NamedTuple):
    """N edges, each with the axis that it is taken to run along."""

    normals: Array
    """(N, 3)."""
    weights: Array
    """(N,): their lengths as shares of all."""
    axis: Array
    """(N,) int."""


class System(NamedTuple):
    """Normal equations over (w_x, w_y, w_z, ln f), in units of the edges' own scatter."""

    hessian: Array
    """(4, 4)."""
    gradient: Array
    """(4,)."""
    pulls: Array
    """(N, 4): what each edge adds to the gradient."""
    known: Array
    """(4, 4): what gravity adds to the Hessian."""

    def turn(self) -> Array:
        """Return the rotation (3,) of least squares for the f as it is."""
        out: Array = -np.linalg.lstsq(self.hessian[:3, :3], self.gradient[:3], rcond=1e-9)[0]
        return out

    def turn_per_ln_f(self) -> Array:
        """Return how the rotation (3,) of least squares changes with ln f."""
        out: Array = -np.linalg.lstsq(self.hessian[:3, :3], self.hessian[:3, 3], rcond=1e-9)[0]
        return out

    def turn_covariance(self, lines: Array) -> Array:
        """Return the covariance (3, 3) of the rotation for the f as it is; `lines` as `groups` returns them."""
        inverse = np.linalg.pinv(self.hessian[:3, :3], hermitian=True)
        out: Array = inverse @ self._scatter(lines)[:3, :3] @ inverse
        return out

    def solve(self, lines: Array) -> tuple[Array, Array]:
        """Return rotation and ln f (4,) together, and their covariance (4, 4)."""
        inverse = np.linalg.pinv(self.hessian, hermitian=True)
        return -inverse @ self.gradient, inverse @ self._scatter(lines) @ inverse

    def _scatter(self, lines: Array) -> Array:
        """Return the covariance (4, 4) of the gradient as the pulls of whole lines show it (cluster-robust)."""
        _, line = np.unique(lines, return_inverse=True)
        sums = np.zeros((line.max() + 1, 4))
        np.add.at(sums, line, self.pulls)
        taken = len(sums) / max(len(sums) - 3, 1)  # degrees of freedom that the fit takes
        out: Array = sums.T @ sums * taken + self.known
        return out


def system(axes: Array, edges: Edges, prior: UpPrior | None) -> System:
    """Return the normal equations of edges, and of gravity if there is any, at the axes (rows of (3, 3))."""
    mine, normals = axes[edges.axis], edges.normals
    residual = np.einsum("ij,ij->i", mine, normals)
    slope = np.column_stack([np.cross(mine, normals), residual * normals[:, 2] ** 2 - mine[:, 2] * normals[:, 2]])
    # 1 / variance: longer edges weigh more, and all scatter as they do.
    total = edges.weights.sum()
    spread = max(float(edges.weights @ residual**2 / total), _LEAST_SCATTER**2)
    precision = edges.weights * (len(residual) / total / spread)
    hessian, pulls = (slope * precision[:, None]).T @ slope, slope * (precision * residual)[:, None]
    gradient, known = pulls.sum(axis=0), np.zeros((4, 4))
    if prior is not None:
        known[:3, :3], towards = _gravity(axes, prior)
        hessian = hessian + known
        gradient[:3] -= known[:3, :3] @ towards
    return System(hessian, gradient, pulls, known)


def groups(axes: Array, edges: Edges) -> Array:
    """Return a number (N,) for each edge: the same for pieces of what may be one line."""
    after, before = axes[(edges.axis + 1) % 3], axes[(edges.axis + 2) % 3]
    angle = np.arctan2(np.einsum("ij,ij->i", edges.normals, after), np.einsum("ij,ij->i", edges.normals, before)) % np.pi
    out: Array = edges.axis * 1000 + np.floor(angle / _GROUP_RAD).astype(int)
    return out


def rotate(axes: Array, turn: Array) -> Array:
    """Return axes, the rows of (3, 3), turned by a rotation vector (Rodrigues)."""
    angle = np.linalg.norm(turn)
    if angle < 1e-15:
        return axes
    unit = turn / angle
    out: Array = axes * np.cos(angle) + np.cross(unit, axes) * np.sin(angle) + np.outer(axes @ unit, unit) * (1 - np.cos(angle))
    return out


def _gravity(axes: Array, prior: UpPrior) -> tuple[Array, Array]:
    """Return the information (3, 3) of gravity, and the rotation (3,) that would obey it alone."""
    near = axes[np.argmax(np.abs(axes @ prior.up))]
    near = near * np.sign(near @ prior.up)
    variance = max(float(np.trace(prior.covariance)) / 2, 1e-12)
    information: Array = (np.eye(3) - np.outer(near, near)) / variance
    return information, np.cross(near, prior.up)
