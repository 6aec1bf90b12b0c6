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

from arviz.core.camera import Camera
from arviz.core.frozen import Array, readonly, set_fields
from arviz.vision.photo.gravity import UpPrior
from arviz.vision.photo.pulls import Edges, groups, rotate, system
from arviz.vision.photo.segments import Segments

_MOST = 120
_LEAST = 6
_SPREAD = np.sin(np.radians(1.5))
_PAIRS, _BEST, _REFINED = 250, 40, 3
_TURNS = np.radians(np.arange(180))
_GATES = np.sin(np.radians([3.0, 3.0, 1.5, 1.5, 1.5, 1.5]))
_AXIS_SHARE, _AXIS_GROUPS = 0.06, 2
_LEAST_SHARE = 0.4
_FLOOR_RAD = np.radians(0.1)
"""What rooms are built to: 8 mm in 3 m at most (DIN 18202, table 2, angles), a third of it where several walls agree."""


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
    camera: Camera,
    gravity: UpPrior | None = None,
) -> Triad | None:
    """Return the directions of a room; None where too few edges agree on three directions at right angles.

    Parameters
    ----------
    segments : Segments
    camera : Camera
        The one that made the segments' normals; what its focal length may be wrong is part of `Triad.sigma_rad`.
    gravity : UpPrior, optional
        As `gravity_prior` makes it. It starts the search and is weighed against the edges. Without it the camera is taken to be
        held less than 45 degrees from level.
    """
    normals, weights = segments.normals[:_MOST], segments.length_px[:_MOST]
    if len(normals) < _LEAST:
        return None
    weights = weights / weights.sum()
    starts = _hypotheses(normals, weights, None if gravity is None else gravity.up)
    axes = max((_refine(start, normals, weights, gravity) for start in starts), key=lambda axes: _score(axes, normals, weights))
    axes = _ordered(axes, None if gravity is None else gravity.up)
    edges = supporting(segments, axes)
    share = np.bincount(edges.axis, edges.weights, minlength=3)
    lines = groups(axes, edges)
    held = [share[k] >= _AXIS_SHARE and len(np.unique(lines[edges.axis == k])) >= _AXIS_GROUPS for k in range(3)]
    if share.sum() < _LEAST_SHARE or sum(held) < 2:
        return None
    equations = system(axes, edges, gravity)
    covariance, slope = equations.turn_covariance(lines) + np.eye(3) * _FLOOR_RAD**2, equations.turn_per_ln_f()
    total = covariance + np.outer(slope, slope) * camera.relative_sigma_f**2
    sigma = tuple(float(np.sqrt(max(np.trace(total) - axis @ total @ axis, 0) / 2)) for axis in axes)
    return Triad(
        axes_camera=axes,
        share=tuple(share.tolist()),
        sigma_rad=sigma,
        covariance=covariance,
        turn_per_ln_f=slope,
        confidence=_confidence(axes, share, held, gravity),
    )


def supporting(segments: Segments, axes: Array) -> Edges:
    """Return those of the longest edges that run along one of the axes; weights are shares of the length of all."""
    normals, weights = segments.normals[:_MOST], segments.length_px[:_MOST]
    nearest, inside = _assign(axes, normals, _GATES[-1])
    return Edges(normals[inside], weights[inside] / max(float(weights.sum()), 1e-12), nearest[inside])


def along_axis(segments: Segments, triad: Triad, axis: int) -> Array:
    """Return (N,) bool: edges that run along one row of `Triad.axes_camera`."""
    nearest, inside = _assign(triad.axes_camera, segments.normals, _GATES[-1])
    out: Array = inside & (nearest == axis)
    return out


def support(axes: Array, segments: Segments) -> float:
    """Return 0 to 1: how much of the length of the longest edges runs along the axes, those near them in part."""
    weights = segments.length_px[:_MOST]
    return _score(axes, segments.normals[:_MOST], weights / max(float(weights.sum()), 1e-12))


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


def _refine(axes: Array, normals: Array, weights: Array, gravity: UpPrior | None) -> Array:
    """Return the triad that small rotations by weighted least squares make of `axes`."""
    for gate in _GATES:
        nearest, inside = _assign(axes, normals, gate)
        if inside.sum() < 3:
            break
        axes = rotate(axes, system(axes, Edges(normals[inside], weights[inside], nearest[inside]), gravity).turn())
    return axes


def _ordered(axes: Array, up: Array | None) -> Array:
    """Return the axes as right, up, towards the camera; up is the picture's where nothing else is known."""
    likely = np.array([0.0, -1.0, 0.0]) if up is None else up
    vertical = int(np.argmax(np.abs(axes @ likely)))
    towards = max((k for k in range(3) if k != vertical), key=lambda k: abs(axes[k, 2]))
    y = axes[vertical] if axes[vertical] @ likely > 0 else -axes[vertical]
    z = axes[towards] if axes[towards, 2] < 0 else -axes[towards]
    return np.stack([np.cross(y, z), y, z])


def _confidence(axes: Array, share: Array, held: list[bool], gravity: UpPrior | None) -> float:
    """Return 0 to 1: from how much of the length agrees, how many axes are seen, and whether up is beyond doubt."""
    agreed = float(np.clip((share.sum() - _LEAST_SHARE) / (0.75 - _LEAST_SHARE), 0, 1))
    seen = (0.3 + 0.7 * agreed) * (1.0 if all(held) else 0.7)
    if gravity is not None:
        return seen
    second = np.sort(np.abs(axes[:, 1]))[-2]
    doubt = float(np.clip((abs(axes[1, 1]) - second) / 0.2, 0, 1))  # a camera at 45 degrees might be either way
    return seen * (0.5 + 0.5 * doubt)
