"""Many pairs become one pose for each frame: those that contradict are left out, the others share out what they differ by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.registration.bend import BENDS
from arviz.vision.registration.motion import turned
from arviz.vision.registration.pair import Pair

_CONTRADICTS = 60.0
"""Squared distance in sigmas, of six numbers, between a pair and what all pairs say of it; beyond 22 lies 0.1 % of true ones. More
is allowed because patterns that repeat are in no sigma."""


class Located(NamedTuple):
    """Frames that hang together with the first."""

    poses: dict[int, Array]
    """Frame -> first_from_frame (4, 4); the first frame's is the unit matrix."""
    sigma_rotation_rad: float
    """Standard deviation about each axis, against the first frame, of the frame that is known least."""
    sigma_position_m: float


def located(pairs: Sequence[Pair]) -> Located:
    """Return the poses of all frames that sure pairs join to frame 0.

    Of pairs that contradict each other the one that fewest points speak for is left out, until none do.
    """
    left = list(pairs)
    while True:
        left = joined(left)
        if not left:
            return Located({0: np.eye(4)}, 0.0, 0.0)
        frames = sorted({index for pair in left for index in (pair.first, pair.second)} - {0})
        poses, covariance, off = _adjusted(left, frames)
        wrong = [pair for pair, distance in zip(left, off, strict=True) if distance > _CONTRADICTS]
        if not wrong:
            break
        left.remove(min(wrong, key=lambda pair: pair.points))
    variance = np.diag(covariance).reshape(-1, 2, 3).mean(axis=2)
    sigma = np.sqrt(variance.max(axis=0))
    return Located({0: np.eye(4), **dict(zip(frames, poses, strict=True))}, float(sigma[0]), float(sigma[1]))


def joined(pairs: list[Pair]) -> list[Pair]:
    """Return the pairs of frames that hang together with frame 0."""
    known, grown = {0}, True
    while grown:
        more = {index for pair in pairs if known & {pair.first, pair.second} for index in (pair.first, pair.second)} - known
        known, grown = known | more, bool(more)
    return [pair for pair in pairs if pair.first in known]


def _chained(pairs: list[Pair]) -> dict[int, Array]:
    """Return first poses, each from the pair that most points speak for among those that lead on."""
    poses = {0: np.eye(4)}
    while True:
        leading = [pair for pair in pairs if (pair.first in poses) != (pair.second in poses)]
        if not leading:
            return poses
        best = max(leading, key=lambda pair: pair.points)
        if best.first in poses:
            poses[best.second] = poses[best.first] @ best.solved.pose
        else:
            poses[best.first] = poses[best.second] @ np.linalg.inv(best.solved.pose)


def _adjusted(pairs: list[Pair], frames: list[int]) -> tuple[list[Array], Array, list[float]]:
    """Return the poses of frames, the covariance (6 F, 6 F) of their turns and places, and how far off each pair is, squared."""
    from scipy.optimize import least_squares

    start = _chained(pairs)
    roots = [np.linalg.cholesky(np.linalg.inv(pair.solved.covariance)).T for pair in pairs]

    def moved(steps: Array) -> dict[int, Array]:
        return {0: start[0], **{frame: turned(start[frame], step) for frame, step in zip(frames, steps.reshape(-1, 6), strict=True)}}

    def residuals(steps: Array) -> Array:
        poses = moved(steps)
        return np.concatenate([root @ _difference(pair, poses) for pair, root in zip(pairs, roots, strict=True)])

    found = least_squares(residuals, np.zeros(6 * len(frames)), method="lm")
    poses = moved(found.x)
    off = (found.fun.reshape(-1, 6) ** 2).sum(axis=1)
    excess = max(float(off.sum()) / max(6 * (len(pairs) - len(frames)), 1), 1.0)
    drawn = np.linalg.inv(found.jac.T @ found.jac) @ found.jac.T
    # What is by chance is so in each pair by itself; a bend is the same in all, and no number of pairs makes it smaller.
    parts = [drawn[:, 6 * index : 6 * index + 6] @ root for index, root in enumerate(roots)]
    chance = sum((part @ pair.solved.chance @ part.T for part, pair in zip(parts, pairs, strict=True)), np.zeros((len(drawn),) * 2))
    swayed = sum((part @ pair.solved.swayed for part, pair in zip(parts, pairs, strict=True)), np.zeros((len(drawn), BENDS)))
    return [poses[frame] for frame in frames], excess * (chance + swayed @ swayed.T), off.tolist()


def _difference(pair: Pair, poses: dict[int, Array]) -> Array:
    """Return the turn and the shift (6,) by which poses differ from a pair, in the first's axes."""
    from scipy.spatial.transform import Rotation

    here = np.linalg.inv(poses[pair.first]) @ poses[pair.second]
    turn = Rotation.from_matrix(here[:3, :3] @ pair.solved.pose[:3, :3].T).as_rotvec()
    return np.concatenate([turn, here[:3, 3] - pair.solved.pose[:3, 3]])
