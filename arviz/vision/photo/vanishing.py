"""The three right-angled directions of a room from its straight edges (vanishing points), with an honest sigma.

An edge along the direction a lies in a plane through the camera's centre whose normal n has n . a = 0. The search is
exhaustive in the manner of Lu et al. 2017 ("2-Line Exhaustive Searching for Real-Time Vanishing Point Estimation"): pairs of
edges give a first axis, turns by one degree the other two, least squares over small rotations the end.

The sigma comes from how the groups of edges pull (a cluster-robust "sandwich"; edges of one line pull together), not from
how well each is seen: walls are not quite at right angles, and chairs have legs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields
from arviz.vision.photo.gravity import SIGMA_RAD, UpPrior, down_vector, gravity_prior
from arviz.vision.photo.segments import Segments

_MOST = 120
_LEAST = 6
_SPREAD = np.sin(np.radians(1.5))
_PAIRS, _BEST, _REFINED = 250, 40, 4
_TURNS = np.radians(np.arange(180))
_GATES = np.sin(np.radians([3.0, 3.0, 3.0, 1.5, 1.5, 1.5, 1.5, 1.5]))
_GROUP_RAD = np.radians(2.0)
"""Edges that are seen within this angle of each other around their vanishing point are one line, broken or double."""
_AXIS_SHARE, _AXIS_GROUPS = 0.06, 2
_LEAST_SHARE = 0.4
_FLOOR_RAD = np.radians(0.15)
"""What walls and doors are built to: 2.5 mm per metre (DIN 18202, table 2: 6 to 8 mm per 1 to 3 m at most)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Triad:
    """Three directions at right angles along which a room is built.

    Parameters
    ----------
    axes_camera : ndarray (3, 3)
        Rows: unit vectors in camera axes, right-handed: along a wall, up, along another wall. The last is the one that
        points most nearly to the camera, so that the rows are a room's +X, +Y, +Z where the camera looks along -Z.
    share : (3,) float
        Share of the length of all edges that runs along each axis.
    sigma_rad : (3,) float
        Standard deviation of each axis about each direction across it, the uncertainty of f included.
    covariance : ndarray (3, 3)
        Of the small rotation, camera axes, radians, that takes the axes to the truth, for the f of the camera.
    turn_per_ln_f : (3,) float
        How that rotation changes with ln f.
    confidence : float
        0 to 1: how sure it is that the room is built along these directions.
    """

    axes_camera: Array
    share: tuple[float, ...]
    sigma_rad: tuple[float, ...]
    covariance: Array
    turn_per_ln_f: Array
    confidence: float

    def __post_init__(self) -> None:
        set_fields(self, **{name: readonly(getattr(self, name), np.float64) for name in ("axes_camera", "covariance")})
        set_fields(self, turn_per_ln_f=readonly(self.turn_per_ln_f, np.float64))

    vertical = 1
    """The row of `axes_camera` that points up."""

    @property
    def up(self) -> Array:
        """(3,) unit vector, camera axes."""
        out: Array = self.axes_camera[1]
        return out

    def prior(self) -> UpPrior:
        """Return what the triad says about up."""
        return UpPrior(self.up, self.covariance, self.turn_per_ln_f, "vanishing points")


def manhattan(
    segments: Segments,
    *,
    focal_px: float,
    sigma_ln_f: float = 0.0,
    gravity: Array | None = None,
    gravity_sigma_rad: float = SIGMA_RAD,
) -> Triad | None:
    """Return the directions of a room; None where too few edges agree on three directions at right angles.

    Parameters
    ----------
    segments : Segments
    focal_px : float
        Of the camera that made the segments' normals.
    sigma_ln_f : float
        Standard deviation of ln f; its effect is part of `Triad.sigma_rad`.
    gravity : (3,) float, optional
        Down in camera axes. It starts the search and is weighed against the edges. Without it the camera is taken to be
        held less than 45 degrees from level.
    gravity_sigma_rad : float
        Of gravity, about each direction across it.

    Raises
    ------
    InputError
        ``E_GRAVITY``.
    """
    prior = None if gravity is None else gravity_prior(down_vector(gravity), sigma_rad=gravity_sigma_rad)
    normals, weights = segments.normals[:_MOST], segments.length_px[:_MOST]
    if len(normals) < _LEAST:
        return None
    weights = weights / weights.sum()
    starts = _hypotheses(normals, weights, None if prior is None else prior.up)
    axes = max((_refine(start, normals, weights, prior) for start in starts), key=lambda axes: _score(axes, normals, weights))
    axes = _ordered(axes)
    nearest, inside = _assign(axes, normals, _GATES[-1])
    share = np.array([weights[inside & (nearest == k)].sum() for k in range(3)])
    groups = _groups(axes, normals, nearest)
    held = [share[k] >= _AXIS_SHARE and len(np.unique(groups[inside & (nearest == k)])) >= _AXIS_GROUPS for k in range(3)]
    if share.sum() < _LEAST_SHARE or sum(held) < 2:
        return None
    covariance = _covariance(axes, normals[inside], weights[inside], nearest[inside], groups[inside], prior)
    slope = _turn_per_ln_f(axes, normals[inside], weights[inside], nearest[inside], prior)
    total = covariance + np.outer(slope, slope) * sigma_ln_f**2
    sigma = tuple(float(np.sqrt(max(np.trace(total) - axis @ total @ axis, 0) / 2)) for axis in axes)
    return Triad(
        axes_camera=axes,
        share=tuple(share.tolist()),
        sigma_rad=sigma,
        covariance=covariance,
        turn_per_ln_f=slope,
        confidence=_confidence(axes, share, held, prior),
    )


def _hypotheses(normals: Array, weights: Array, up: Array | None) -> list[Array]:
    """Return the best (3, 3) triads of the search, rows are axes."""
    if up is None:
        rng = np.random.default_rng(0)  # the same picture gives the same answer
        first, second = rng.choice(len(normals), (2, _PAIRS), p=weights)
        crossed = np.cross(normals[first], normals[second])
        size = np.linalg.norm(crossed, axis=1)
        candidates = crossed[size > 1e-3] / size[size > 1e-3, None]
        support = np.exp(-((candidates @ normals.T / _SPREAD) ** 2) / 2) @ weights
        candidates = candidates[np.argsort(-support, kind="stable")[:_BEST]]
    else:
        candidates = up[None]
    if not len(candidates):
        return [np.eye(3)]
    helper = np.eye(3)[np.argmin(np.abs(candidates), axis=1)]
    across = np.cross(candidates, helper)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    other = np.cross(candidates, across)
    # Squared n . axis of each hypothesis, turn and edge; the third axis is the second, 90 turns on.
    turned = np.cos(_TURNS)[:, None] * (across @ normals.T)[:, None] + np.sin(_TURNS)[:, None] * (other @ normals.T)[:, None]
    turned = turned.astype(np.float32) ** 2
    least = np.minimum(np.minimum(turned[:, :90], turned[:, 90:]), ((candidates @ normals.T) ** 2)[:, None].astype(np.float32))
    scores = np.exp(least * np.float32(-0.5 / _SPREAD**2)) @ weights.astype(np.float32)
    best_turn = scores.argmax(axis=1)
    order = np.argsort(-scores[np.arange(len(scores)), best_turn], kind="stable")[:_REFINED]
    out = []
    for k in order:
        c, s = np.cos(_TURNS[best_turn[k]]), np.sin(_TURNS[best_turn[k]])
        second_axis = c * across[k] + s * other[k]
        out.append(np.stack([candidates[k], second_axis, np.cross(candidates[k], second_axis)]))
    return out


def _score(axes: Array, normals: Array, weights: Array) -> float:
    least = (np.abs(normals @ axes.T).min(axis=1) / _SPREAD) ** 2
    return float(np.exp(-least / 2) @ weights)


def _assign(axes: Array, normals: Array, gate: float) -> tuple[Array, Array]:
    """Return the nearest axis of each edge (N,), and whether it is within the gate (N,)."""
    off = np.abs(normals @ axes.T)
    nearest = off.argmin(axis=1)
    return nearest, off[np.arange(len(off)), nearest] < gate


def _refine(axes: Array, normals: Array, weights: Array, prior: UpPrior | None) -> Array:
    """Return the triad that small rotations by weighted least squares make of `axes`."""
    for gate in _GATES:
        nearest, inside = _assign(axes, normals, gate)
        if inside.sum() < 3:
            break
        hessian, gradient = _normal_equations(axes, normals[inside], weights[inside], nearest[inside], prior)
        axes = _rotate(axes, -np.linalg.solve(hessian + 1e-9 * np.trace(hessian) * np.eye(3), gradient))
    return axes


def _pulls(axes: Array, normals: Array, nearest: Array) -> tuple[Array, Array]:
    """Return the residuals n . axis (N,) and their derivatives (N, 3) by a small rotation: (w x a) . n = w . (a x n)."""
    mine = axes[nearest]
    return np.einsum("ij,ij->i", mine, normals), np.cross(mine, normals)


def _normal_equations(axes: Array, normals: Array, weights: Array, nearest: Array, prior: UpPrior | None) -> tuple[Array, Array]:
    """Return J'WJ and J'Wr of the edges, in units of their own scatter, with those of gravity added."""
    residual, slope = _pulls(axes, normals, nearest)
    precision = _precision(residual, weights)
    hessian, gradient = (slope * precision[:, None]).T @ slope, slope.T @ (precision * residual)
    if prior is not None:
        information, turn = _gravity_pull(axes, prior)
        hessian, gradient = hessian + information, gradient - information @ turn
    return hessian, gradient


def _precision(residual: Array, weights: Array) -> Array:
    """Return 1 / variance of each edge: longer ones weigh more, and all scatter as they do."""
    share = weights / weights.mean()
    scatter = max(float(np.average(residual**2, weights=weights)), np.radians(0.02) ** 2)
    out: Array = share / scatter
    return out


def _gravity_pull(axes: Array, prior: UpPrior) -> tuple[Array, Array]:
    """Return the information (3, 3) of gravity, and the rotation (3,) that would obey it alone."""
    near = axes[np.argmax(np.abs(axes @ prior.up))]
    near = near * np.sign(near @ prior.up)
    sigma2 = max(float(np.trace(prior.covariance)) / 2, 1e-12)
    information: Array = (np.eye(3) - np.outer(near, near)) / sigma2
    return information, np.cross(near, prior.up)


def _rotate(axes: Array, turn: Array) -> Array:
    """Return the axes turned by a rotation vector (Rodrigues)."""
    angle = np.linalg.norm(turn)
    if angle < 1e-15:
        return axes
    unit = turn / angle
    cross = np.cross(unit, axes)
    out: Array = axes * np.cos(angle) + cross * np.sin(angle) + np.outer(axes @ unit, unit) * (1 - np.cos(angle))
    return out


def _ordered(axes: Array) -> Array:
    """Return the axes as right, up, towards the camera."""
    up = int(np.argmax(np.abs(axes[:, 1])))
    towards = max((k for k in range(3) if k != up), key=lambda k: abs(axes[k, 2]))
    y, z = -np.sign(axes[up, 1]) * axes[up], -np.sign(axes[towards, 2]) * axes[towards]
    return np.stack([np.cross(y, z), y, z])


def _groups(axes: Array, normals: Array, nearest: Array) -> Array:
    """Return a number (N,) for each edge: the same for pieces of what may be one line."""
    after, before = axes[(nearest + 1) % 3], axes[(nearest + 2) % 3]
    angle = np.arctan2(np.einsum("ij,ij->i", normals, after), np.einsum("ij,ij->i", normals, before)) % np.pi
    out: Array = nearest * 1000 + np.floor(angle / _GROUP_RAD).astype(int)
    return out


def _covariance(axes: Array, normals: Array, weights: Array, nearest: Array, groups: Array, prior: UpPrior | None) -> Array:
    residual, slope = _pulls(axes, normals, nearest)
    hessian, _ = _normal_equations(axes, normals, weights, nearest, prior)
    inverse = np.linalg.pinv(hessian)
    pull = slope * (_precision(residual, weights) * residual)[:, None]
    names = np.unique(groups)
    sums = np.stack([pull[groups == name].sum(axis=0) for name in names])
    few = len(names) / max(len(names) - 3, 1)  # degrees of freedom taken by the fit
    middle = sums.T @ sums * few
    if prior is not None:
        middle = middle + _gravity_pull(axes, prior)[0]
    out: Array = inverse @ middle @ inverse + np.eye(3) * _FLOOR_RAD**2
    return out


def _turn_per_ln_f(axes: Array, normals: Array, weights: Array, nearest: Array, prior: UpPrior | None) -> Array:
    """Return how the least-squares rotation moves with ln f, by a difference."""
    step = 1e-3
    # A plane n . (x, y, 1) = 0 of pixels divided by f becomes (n_x, n_y, n_z / (1 + step)) for another f.
    moved = normals * (1, 1, 1 / (1 + step))
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    ends = []
    for current in (normals, moved):
        hessian, gradient = _normal_equations(axes, current, weights, nearest, prior)
        ends.append(-np.linalg.pinv(hessian) @ gradient)
    out: Array = (ends[1] - ends[0]) / step
    return out


def _confidence(axes: Array, share: Array, held: list[bool], prior: UpPrior | None) -> float:
    """Return 0 to 1: from how much of the length agrees, how many axes are seen, and whether up is beyond doubt."""
    agreed = float(np.clip((share.sum() - _LEAST_SHARE) / (0.75 - _LEAST_SHARE), 0, 1))
    seen = (0.3 + 0.7 * agreed) * (1.0 if all(held) else 0.7)
    if prior is not None:
        return seen
    second = np.sort(np.abs(axes[:, 1]))[-2]
    doubt = float(np.clip((abs(axes[1, 1]) - second) / 0.2, 0, 1))  # a camera at 45 degrees might be either way
    return seen * (0.5 + 0.5 * doubt)
