"""The floor from a flat thing of known shape that lies on it: its pose, weighed against what else says where up is.

IPPE (Collins & Bartoli 2014, in OpenCV) gives the two poses that a flat thing can be mistaken for; each is refined over
pose and ln f together (Levenberg-Marquardt), with the focal length and up as further observations. No source is preferred
by rule: a board outweighs gravity because its covariance is smaller.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.vision.photo.floor import PhotoFloor
from arviz.vision.photo.gravity import UpPrior, tangents

_STEPS = 30
_STEP = 1e-6
_LEAST_SIGMA_LN_F = 1e-6
_LEAST_UP = -0.5
"""Cosine of the angle from where up should be: of the two poses of a flat thing the other often faces down."""


class Fit(NamedTuple):
    """A floor under a flat thing, and how well the picture agrees."""

    floor: PhotoFloor
    cost: float
    """Sum of squared residuals in units of their sigmas."""
    camera_from_object: Array
    """(4, 4)."""


def fit_flat(
    object_m: Array,
    points_px: Array,
    *,
    sigma_px: float,
    camera: Camera,
    source: str,
    relative_sigma: float = 0.0,
    prior: UpPrior | None = None,
) -> Fit | None:
    """Return the floor under a flat thing; None where no pose in front of the camera shows its points so.

    Parameters
    ----------
    object_m : (N, 2)
        Corners on the thing, in its own plane; N >= 4.
    points_px : (N, 2)
        Where the picture shows them.
    sigma_px : float
        Standard deviation of each, in x and y; raised to what they scatter by, where there are many.
    relative_sigma : float
        How far the thing's size may be wrong: one standard deviation as a share.
    prior : UpPrior, optional
    """
    seen = camera.rays(points_px)[:, :2]
    if not np.isfinite(seen).all():
        return None
    # Pixels of a camera without distortion: where the lens bends little over a pixel, their noise is the same.
    flat_px = seen @ camera.k[:2, :2].T
    starts = _ippe(object_m, seen)
    known = None if prior is None else _known(prior)
    refined = (_refine(start, object_m, flat_px, sigma_px, camera, known) for start in starts)
    likely = np.array([0.0, -1.0, 0.0]) if prior is None else prior.up
    fits = [fit for fit in refined if fit is not None and _plane(fit[0])[0] @ likely > _LEAST_UP]
    if not fits:
        return None
    theta, jacobian, residual = min(fits, key=lambda fit: float(fit[2] @ fit[2]))
    free = 2 * len(object_m) - 6
    misfit = float((residual[: 2 * len(object_m)] ** 2).sum())
    # With few corners their stated sigma is all there is to go by; with many the scatter itself tells.
    inflate = max(1.0, (misfit + 4) / (free + 4)) if free > 4 else 1.0
    information = jacobian.T @ jacobian
    covariance = np.linalg.pinv(information) * inflate
    return Fit(
        _floor(theta, covariance, camera, relative_sigma, source if prior is None else f"{source} + {prior.source}"),
        float(residual @ residual),
        _matrix(theta),
    )


def _ippe(object_m: Array, seen: Array) -> list[Array]:
    """Return up to two starts (7,): rotation vector, translation, ln f."""
    import cv2

    centre = object_m.mean(axis=0)
    flat = np.column_stack([object_m - centre, np.zeros(len(object_m))])
    try:
        _, turns, shifts, _ = cv2.solvePnPGeneric(flat, seen[:, None], np.eye(3), None, flags=cv2.SOLVEPNP_IPPE)
    except cv2.error:  # corners on a line
        return []
    out = []
    for turn, shift in zip(turns, shifts, strict=True):
        matrix = cv2.Rodrigues(turn)[0]
        start = np.concatenate([turn[:, 0], shift[:, 0] - matrix[:, :2] @ centre, [0.0]])
        if np.isfinite(start).all():
            out.append(start)
    return out


def _refine(
    theta: Array, object_m: Array, flat_px: Array, sigma_px: float, camera: Camera, prior: _Known | None
) -> tuple[Array, Array, Array] | None:
    """Return the best (7,) parameters, the Jacobian and the residuals there."""
    damping = 1e-3
    residual = _residual(theta, object_m, flat_px, sigma_px, camera, prior)
    cost = residual @ residual
    if not np.isfinite(cost):
        return None
    jacobian = _jacobian(theta, residual, object_m, flat_px, sigma_px, camera, prior)
    for _ in range(_STEPS):
        normal = jacobian.T @ jacobian
        step = -np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-12), jacobian.T @ residual)
        trial = _residual(theta + step, object_m, flat_px, sigma_px, camera, prior)
        if np.isfinite(trial).all() and trial @ trial <= cost:
            gain = cost - trial @ trial
            theta, residual, cost = theta + step, trial, trial @ trial
            damping = max(damping / 10, 1e-12)
            jacobian = _jacobian(theta, residual, object_m, flat_px, sigma_px, camera, prior)
            if gain < 1e-7 * (1 + cost):
                break
        else:
            damping *= 10
            if damping > 1e8:
                break
    return theta, jacobian, residual


def _residual(theta: Array, object_m: Array, flat_px: Array, sigma_px: float, camera: Camera, prior: _Known | None) -> Array:
    """Return the residuals in units of their sigmas: 2 N of the corners, 1 of ln f, 2 of up."""
    matrix = _rotation(theta[:3])
    points = object_m @ matrix[:, :2].T + theta[3:6]
    if (points[:, 2] <= 1e-6).any():
        return np.full(2 * len(object_m) + 1 + 2 * (prior is not None), np.inf)
    shown = points[:, :2] / points[:, 2:] @ (camera.k[:2, :2] * np.exp(theta[6])).T
    parts = [((shown - flat_px) / sigma_px).ravel(), [theta[6] / max(camera.relative_sigma_f, _LEAST_SIGMA_LN_F)]]
    if prior is not None:
        parts.append(prior.residual(_up(matrix, theta), float(theta[6])))
    return np.concatenate(parts)


class _Known(NamedTuple):
    """An `UpPrior` made ready: residuals of unit variance are ``whitened @ (off - slope * ln_f)``."""

    up: Array
    across: Array
    """(2, 3)."""
    whitened: Array
    """(2, 2)."""
    slope: Array
    """(2,)."""

    def residual(self, up: Array, ln_f: float) -> Array:
        """Return (2,): how far up is from what is expected at this f, in units of its sigmas."""
        off = self.across @ up
        # The angle keeps growing to the far side of the sphere, where its sine alone would vanish again.
        sine = float(np.hypot(off[0], off[1]))
        off = off * (np.arctan2(sine, self.up @ up) / max(sine, 1e-12))
        out: Array = self.whitened @ (off - self.slope * ln_f)
        return out


def _known(prior: UpPrior) -> _Known:
    across = tangents(prior.up)
    to_tilt = across @ _cross(prior.up)
    covariance = to_tilt @ prior.covariance @ to_tilt.T + np.eye(2) * 1e-12
    return _Known(prior.up, across, np.linalg.cholesky(np.linalg.inv(covariance)).T, to_tilt @ prior.turn_per_ln_f)


def _jacobian(theta: Array, residual: Array, *rest: object) -> Array:
    columns = [(_residual(theta + _STEP * unit, *rest) - residual) / _STEP for unit in np.eye(7)]  # type: ignore[arg-type]
    return np.stack(columns, axis=1)


def _floor(theta: Array, covariance: Array, camera: Camera, relative_sigma: float, source: str) -> PhotoFloor:
    from dataclasses import replace

    up, height = _plane(theta)
    across = tangents(up)

    def told(values: Array) -> Array:
        new_up, new_height = _plane(values)
        return np.concatenate([across @ new_up, [np.log(new_height), values[6]]])

    here = told(theta)
    slope = np.stack([(told(theta + _STEP * unit) - here) / _STEP for unit in np.eye(7)], axis=1)
    out = slope @ covariance @ slope.T
    out[2, 2] += relative_sigma**2
    k = camera.k.copy()
    k[:2, :2] *= np.exp(theta[6])
    refined = replace(camera, k=k, sigma_f_px=None if camera.sigma_f_px is None else float(np.sqrt(out[3, 3]) * k[0, 0]))
    return PhotoFloor(camera=refined, up=up, height_m=height, metric=True, covariance=out, source=source)


def _plane(theta: Array) -> tuple[Array, float]:
    """Return up and the camera's height over the thing's plane."""
    matrix = _rotation(theta[:3])
    up = _up(matrix, theta)
    return up, float(-up @ theta[3:6])


def _up(matrix: Array, theta: Array) -> Array:
    """Return the normal of the thing's plane that looks to the camera."""
    normal = matrix[:, 2]
    out: Array = normal if normal @ theta[3:6] < 0 else -normal
    return out


def _rotation(vector: Array) -> Array:
    """Return the rotation matrix of a rotation vector (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    cross = -_cross(vector)
    if angle < 1e-12:
        return np.eye(3) + cross
    out: Array = np.eye(3) + np.sin(angle) / angle * cross + (1 - np.cos(angle)) / angle**2 * cross @ cross
    return out


def _cross(vector: Array) -> Array:
    """Return the matrix of w -> w x vector."""
    x, y, z = vector
    return np.array([[0, z, -y], [-z, 0, x], [y, -x, 0]])


def _matrix(theta: Array) -> Array:
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = _rotation(theta[:3]), theta[3:6]
    return out
