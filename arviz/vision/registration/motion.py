"""Rigid motions: how they are moved a little, and which of them brings most of matched points together."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array

_TRIALS = 3000
_LEAST_APART_M = 0.05
"""Three points nearer to one line than this give no turn."""
GATE = 16.3
"""Of the squared distance in sigmas of a point in space: 0.1 % of true ones lie beyond (chi-square, three degrees of freedom)."""
_BEST = 12
_ROUNDS = 4


def cross_matrix(vectors: Array) -> Array:
    """Return (..., 3, 3) matrices whose products with x are the cross products of (..., 3) vectors with x."""
    x, y, z = np.moveaxis(np.asarray(vectors, np.float64), -1, 0)
    none = np.zeros_like(x)
    rows = (np.stack(row, axis=-1) for row in ((none, -z, y), (z, none, -x), (-y, x, none)))
    out: Array = np.stack(list(rows), axis=-2)
    return out


def turned(pose: Array, step: Array) -> Array:
    """Return a pose (4, 4) turned by step[:3] about its own place and moved by step[3:], both in the outer axes."""
    from scipy.spatial.transform import Rotation

    out = np.array(pose, np.float64)
    out[:3, :3] = Rotation.from_rotvec(step[:3]).as_matrix() @ out[:3, :3]
    out[:3, 3] += step[3:]
    return out


def aligned(a: Array, b: Array) -> Array:
    """Return the poses (..., 4, 4) a_from_b of least squares between points (..., N, 3) (Kabsch 1976; Umeyama 1991)."""
    middle_a, middle_b = a.mean(axis=-2, keepdims=True), b.mean(axis=-2, keepdims=True)
    u, _, vt = np.linalg.svd(np.swapaxes(a - middle_a, -1, -2) @ (b - middle_b))
    sign = np.ones((*u.shape[:-2], 1, 3))
    sign[..., 0, 2] = np.linalg.det(u @ vt)
    turn = (u * sign) @ vt
    out = np.zeros((*turn.shape[:-2], 4, 4))
    out[..., :3, :3] = turn
    out[..., :3, 3] = (middle_a - middle_b @ np.swapaxes(turn, -1, -2))[..., 0, :]
    out[..., 3, 3] = 1.0
    return out


def off(pose: Array, a: Array, b: Array, a_covariance: Array, b_covariance: Array) -> tuple[Array, Array]:
    """Return how far b's points (N, 3) come to lie from a's, and the information (N, 3, 3) of that difference."""
    turn = pose[:3, :3]
    return b @ turn.T + pose[:3, 3] - a, np.linalg.inv(a_covariance + turn @ b_covariance @ turn.T)


def squared(pose: Array, *points: Array) -> Array:
    """Return the distances (N,) of matched points in sigmas, squared; arguments as `off`."""
    difference, information = off(pose, *points)
    out: Array = np.einsum("ni,nij,nj->n", difference, information, difference)
    return out


def common_motion(a: Array, b: Array, a_covariance: Array, b_covariance: Array, *, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return the pose a_from_b (4, 4) on which most matched points agree, and (N,) bool which these are.

    Three points give a pose (RANSAC, Fischler & Bolles 1981); distances that both frames measure differently leave no motion
    and are not tried. The best ones are refitted to all that agree.
    """
    none = np.eye(4), np.zeros(len(a), bool)
    if len(a) < 3:
        return none
    points = a, b, a_covariance, b_covariance
    # Standard deviations of a point in all directions together: quick to compare, never too small.
    spread = np.sqrt(np.trace(a_covariance, axis1=1, axis2=2) + np.trace(b_covariance, axis1=1, axis2=2))
    three = rng.integers(0, len(a), (_TRIALS * 4, 3))
    three = three[(three[:, 0] != three[:, 1]) & (three[:, 1] != three[:, 2]) & (three[:, 0] != three[:, 2])]
    sides = [(three[:, i], three[:, j]) for i, j in ((0, 1), (1, 2), (2, 0))]
    fits = np.ones(len(three), bool)
    for i, j in sides:
        length, length_there = (np.linalg.norm(p[i] - p[j], axis=1) for p in (a, b))
        fits &= np.abs(length - length_there) < 2 * np.hypot(spread[i], spread[j])
    first, second, third = (a[three[:, k]] for k in range(3))
    across = np.linalg.norm(np.cross(second - first, third - first), axis=1)
    fits &= across > _LEAST_APART_M * np.linalg.norm(second - first, axis=1).clip(_LEAST_APART_M)
    three = three[fits][:_TRIALS]
    if not len(three):
        return none
    poses = aligned(a[three], b[three])
    distance = np.linalg.norm(np.einsum("hij,nj->hni", poses[:, :3, :3], b) + poses[:, None, :3, 3] - a, axis=2)
    scores = np.minimum(distance / (3 * spread), 1).sum(axis=1)
    best, best_cost = none, np.inf
    for index in np.argsort(scores, kind="stable")[:_BEST]:
        pose = poses[index]
        for _ in range(_ROUNDS):
            near = squared(pose, *points) < GATE * 4
            if near.sum() < 3:
                break
            pose = aligned(a[near], b[near])
        far = squared(pose, *points)
        cost = float(np.minimum(far, GATE).sum())
        if cost < best_cost:
            best, best_cost = (pose, far < GATE), cost
    return best
