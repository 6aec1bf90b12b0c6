"""Bundle adjustment: cameras and points that together explain best where the points were seen.

Levenberg-Marquardt with the points eliminated (Schur complement; Triggs et al. 2000, "Bundle Adjustment - A Modern
Synthesis", section 6), Cauchy's weights against what is still wrong. Twenty photos make a dense system of 120 unknowns,
for which plain matrices are faster than sparse ones; ``scipy.optimize.least_squares`` with a sparse Jacobian took some
twenty times as long.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array

_STEPS = 30
_CAUCHY = 1.0
"""Residual in units of the noise from which an observation counts for less."""


class Bundle(NamedTuple):
    """Cameras and points."""

    rotations: Array
    """(C, 3, 3) camera from world."""
    translations: Array
    """(C, 3)."""
    ln_focal: float
    """All focal lengths are the given ones times exp of this."""
    points: Array
    """(P, 3)."""


class Observations(NamedTuple):
    """Where points were seen, O times."""

    camera: Array
    """(O,)."""
    point: Array
    """(O,)."""
    flat: Array
    """(O, 2) x / z and y / z by the given focal length."""
    noise: Array
    """(O,) one pixel's worth of `flat`."""


class Spread(NamedTuple):
    """Standard deviations, in the unit of one pixel's noise and of the bundle."""

    rotation: Array
    """(C,)."""
    translation: Array
    """(C,) of the camera's place."""
    point: Array
    """(P,)."""
    ln_focal: float


def residuals(bundle: Bundle, seen: Observations) -> Array:
    """Return (O, 2) residuals in pixels; 1e6 for points behind a camera."""
    at = np.einsum("oij,oj->oi", bundle.rotations[seen.camera], bundle.points[seen.point]) + bundle.translations[seen.camera]
    front = at[:, 2] > 1e-9
    z = np.where(front, at[:, 2], 1.0)
    out = (at[:, :2] / z[:, None] * np.exp(bundle.ln_focal) - seen.flat) / seen.noise[:, None]
    return np.where(front[:, None], out, 1e6)


def adjust(bundle: Bundle, seen: Observations, *, fixed: Array, focal_sigma: float = 0.0, steps: int = _STEPS) -> Bundle:
    """Return the bundle with the least robust cost.

    Parameters
    ----------
    bundle, seen : Bundle, Observations
        Each camera sees a point at most once.
    fixed : ndarray (C,) bool
        Cameras that stay where they are.
    focal_sigma : float
        Standard deviation of ln f before; 0 keeps it.
    """
    damping, cost = 1e-4, _cost(bundle, seen, focal_sigma)
    for _ in range(steps):
        system = _system(bundle, seen, fixed, focal_sigma)
        for _ in range(8):
            step = _solved(system, damping)
            trial = _moved(bundle, *step)
            new = _cost(trial, seen, focal_sigma)
            if new < cost:
                break
            damping *= 8
        else:
            return bundle
        gain, bundle, cost, damping = cost - new, trial, new, max(damping / 6, 1e-9)
        if gain < 1e-6 * cost:
            break
    return bundle


def _cost(bundle: Bundle, seen: Observations, focal_sigma: float) -> float:
    square = (residuals(bundle, seen) ** 2).sum(axis=1) / _CAUCHY**2
    prior = (bundle.ln_focal / focal_sigma) ** 2 if focal_sigma else 0.0
    return float(_CAUCHY**2 * np.log1p(square).sum() + prior)


class _System(NamedTuple):
    camera: Array
    """(6 C + 1, 6 C + 1) of cameras and ln f."""
    cross: Array
    """(6 C + 1, P, 3)."""
    point: Array
    """(P, 3, 3)."""
    right_camera: Array
    right_point: Array
    free: Array
    """(6 C + 1,) bool."""


def _system(bundle: Bundle, seen: Observations, fixed: Array, focal_sigma: float) -> _System:
    cameras, points = len(bundle.rotations), len(bundle.points)
    turn = bundle.rotations[seen.camera]
    turned = np.einsum("oij,oj->oi", turn, bundle.points[seen.point])
    at = turned + bundle.translations[seen.camera]
    front = at[:, 2] > 1e-9
    z = np.where(front, at[:, 2], 1.0)
    scale = np.exp(bundle.ln_focal) / (z * seen.noise)
    flat = at[:, :2] / z[:, None]
    residual = residuals(bundle, seen)
    # d(x/z)/dX = (1, 0, -x/z) / z; a small turn w moves a turned point by w x point.
    slope = np.zeros((len(z), 2, 3))
    slope[:, 0, 0] = slope[:, 1, 1] = scale
    slope[:, :, 2] = -flat * scale[:, None]
    turning = np.cross(np.eye(3)[None], turned[:, None]).transpose(0, 2, 1)
    own = np.concatenate([slope @ turning, slope], axis=2)
    weight = np.sqrt(np.where(front, 1 / (1 + (residual**2).sum(axis=1) / _CAUCHY**2), 0.0))
    residual = residual * weight[:, None]
    own, there = own * weight[:, None, None], slope @ turn * weight[:, None, None]
    focal = flat * (np.exp(bundle.ln_focal) / seen.noise * weight)[:, None]

    size = 6 * cameras + 1
    camera = _by(seen.camera, own.transpose(0, 2, 1) @ own, cameras)
    matrix = np.zeros((size, size))
    for c in range(cameras):
        matrix[6 * c : 6 * c + 6, 6 * c : 6 * c + 6] = camera[c]
    matrix[-1, :-1] = matrix[:-1, -1] = _by(seen.camera, np.einsum("oij,oi->oj", own, focal), cameras).reshape(-1)
    matrix[-1, -1] = (focal**2).sum() + (1 / focal_sigma**2 if focal_sigma else 1.0)
    cross = np.zeros((size, points, 3))
    rows = 6 * seen.camera[:, None] + np.arange(6)
    cross[rows, seen.point[:, None]] = own.transpose(0, 2, 1) @ there
    cross[-1] = _by(seen.point, np.einsum("oij,oi->oj", there, focal), points)
    point = _by(seen.point, there.transpose(0, 2, 1) @ there, points)
    right_camera = np.zeros(size)
    right_camera[:-1] = _by(seen.camera, np.einsum("oij,oi->oj", own, residual), cameras).reshape(-1)
    right_camera[-1] = (focal * residual).sum() + (bundle.ln_focal / focal_sigma**2 if focal_sigma else 0.0)
    free = np.concatenate([np.repeat(~fixed, 6), [focal_sigma > 0]])
    return _System(matrix, cross, point, right_camera, _by(seen.point, np.einsum("oij,oi->oj", there, residual), points), free)


def _by(index: Array, values: Array, count: int) -> Array:
    """Return the sums of values by index."""
    flat = values.reshape(len(values), -1)
    out = np.stack([np.bincount(index, column, count) for column in flat.T], axis=1)
    return out.reshape(count, *values.shape[1:])


def _eliminated(system: _System, damping: float) -> tuple[Array, Array, Array]:
    """Return the cameras' system without the points, its right side, and the points' inverses."""
    eye = np.eye(3)
    blocks = system.point + (damping * np.einsum("pii->p", system.point) / 3 + 1e-12)[:, None, None] * eye
    inverse = np.linalg.inv(blocks)
    carried = np.einsum("apj,pjk->apk", system.cross, inverse)
    flat = carried.reshape(len(carried), -1)
    matrix = system.camera - flat @ system.cross.reshape(len(carried), -1).T
    right = system.right_camera - flat @ system.right_point.reshape(-1)
    return matrix, right, inverse


def _solved(system: _System, damping: float) -> tuple[Array, Array]:
    matrix, right, inverse = _eliminated(system, damping)
    free = system.free
    inner = matrix[np.ix_(free, free)]
    inner = inner + damping * np.diag(np.maximum(np.diag(system.camera)[free], 1e-9))
    step = np.zeros(len(right))
    step[free] = -np.linalg.solve(inner + 1e-12 * np.trace(inner) / max(len(inner), 1) * np.eye(len(inner)), right[free])
    moved = -np.einsum("pij,pj->pi", inverse, system.right_point + np.einsum("apj,a->pj", system.cross, step))
    return step, moved


def _moved(bundle: Bundle, step: Array, points: Array) -> Bundle:
    turns = step[:-1].reshape(-1, 6)
    return Bundle(
        rotations=_small_turns(turns[:, :3]) @ bundle.rotations,
        translations=bundle.translations + turns[:, 3:],
        ln_focal=bundle.ln_focal + float(step[-1]),
        points=bundle.points + points,
    )


def _small_turns(vectors: Array) -> Array:
    """Return rotations (C, 3, 3) of rotation vectors (Rodrigues)."""
    angle = np.linalg.norm(vectors, axis=1)[:, None, None]
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    safe = np.maximum(angle, 1e-12)
    out: Array = np.eye(3) + np.sinc(angle / np.pi) * cross + (1 - np.cos(safe)) / safe**2 * cross @ cross
    return out


def spread(bundle: Bundle, seen: Observations, *, focal_sigma: float) -> Spread:
    """Return what noise of one pixel makes of cameras and points.

    The similarity that nothing fixes is taken out (Triggs et al. 2000, section 9): cameras are told relative to all cameras,
    points relative to all points, so that neither carries what is unsure about the other's place as a whole.
    """
    cameras = len(bundle.rotations)
    system = _system(bundle, seen, np.zeros(cameras, bool), focal_sigma)
    matrix, _, inverse = _eliminated(system, 1e-9)
    inner = matrix[np.ix_(system.free, system.free)]
    scale = 1 / np.sqrt(np.maximum(np.diag(system.camera)[system.free], 1e-12))
    values, vectors = np.linalg.eigh(inner * scale[:, None] * scale)
    values = np.where(np.arange(len(values)) < 7, np.inf, np.maximum(values, 1e-12))  # seven: a similarity
    half = vectors / np.sqrt(values) * scale[:, None]
    covariance = half @ half.T
    variance = np.diag(covariance)[: 6 * cameras].reshape(-1, 6)
    carried = np.einsum("apj,pjk->apk", system.cross[system.free], inverse)
    through = np.einsum("apk,ab->pkb", carried, half)
    points = _relative_variance(bundle.points, inverse, through)
    focal = float(np.sqrt(covariance[-1, -1])) if focal_sigma else 0.0
    # The camera's place is -R^T t; a turn w about the camera's axes leaves t where it is and moves the place by R^T (t x w).
    place = _place_variance(bundle, covariance, cameras)
    return Spread(np.sqrt(variance[:, :3].mean(axis=1)), np.sqrt(place), np.sqrt(points / 3), focal)


def _relative_variance(points: Array, inverse: Array, through: Array) -> Array:
    """Return (P,) traces of the points' covariances once the similarity that fits all of them best is taken out.

    Their covariance is the blocks `inverse` (P, 3, 3) plus B B^T with B = `through` (P, 3, A); with the directions G of a
    similarity and Q = G (G^T G)^-1 G^T it becomes (1 - Q) C (1 - Q) (an S-transformation; Baarda 1973).
    """
    apart = points - points.mean(axis=0)
    shifts = np.broadcast_to(np.eye(3), (len(points), 3, 3))
    turns = np.cross(np.eye(3)[None], apart[:, None]).transpose(0, 2, 1)
    similar = np.concatenate([shifts, turns, apart[:, :, None]], axis=2)
    flat = similar.reshape(-1, 7)
    weights = np.linalg.inv(flat.T @ flat)
    carried = inverse @ similar + through @ (through.reshape(len(flat), -1).T @ flat)
    inner = weights @ (flat.T @ carried.reshape(-1, 7)) @ weights
    variance = np.einsum("pii->p", inverse) + (through**2).sum(axis=(1, 2))
    variance = variance - 2 * np.einsum("pia,ab,pib->p", carried, weights, similar) + np.einsum("pia,ab,pib->p", similar, inner, similar)
    out: Array = np.maximum(variance, 0.0)
    return out


def _place_variance(bundle: Bundle, covariance: Array, cameras: int) -> Array:
    out = np.empty(cameras)
    for c in range(cameras):
        block = covariance[6 * c : 6 * c + 6, 6 * c : 6 * c + 6]
        x, y, z = bundle.translations[c]
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        slope = np.concatenate([-cross, -np.eye(3)], axis=1)
        out[c] = np.trace(slope @ block @ slope.T) / 3
    return np.maximum(out, 0)
