"""Two cameras on one bar: where the right one stands in the frame of the left, from pictures of a board that both see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array, readonly, set_fields
from arviz.vision.calibration.boards import Board
from arviz.vision.calibration.corners import LEAST, Corners

LEAST_PAIRS = 3
_APART_RAD, _APART_SHARE = np.deg2rad(5.0), 0.2
"""A pair that gives another turn or baseline than most by more than this shows the board at two moments or places."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StereoRig:
    """A calibrated stereo pair.

    Parameters
    ----------
    left, right : Camera
    right_from_left : ndarray (4, 4) float64
        From the left camera's frame to the right one's, metres. **Convention** of two parallel cameras 0.1 m apart it is the
        identity with (-0.1, 0, 0) as translation.
    rms_px : float
        Of all corners in both pictures, per point; 0 for a rig that was not calibrated but given.
    sigma_baseline_m : float
        Standard deviation of the distance of the two cameras, given the lenses.
    epipolar_px : float
        Root mean square distance of corners from the lines on which the other picture places them.
    pairs : int
        How many pairs of pictures agreed.
    """

    left: Camera
    right: Camera
    right_from_left: Array
    rms_px: float = 0.0
    sigma_baseline_m: float = 0.0
    epipolar_px: float = 0.0
    pairs: int = 0

    def __post_init__(self) -> None:
        pose = readonly(self.right_from_left, np.float64)
        turn = pose[:3, :3] if pose.shape == (4, 4) else np.zeros((3, 3))
        if not np.allclose(turn @ turn.T, np.eye(3), atol=1e-6) or np.linalg.det(turn) < 0 or not np.isfinite(pose).all():
            raise ValueError("right_from_left is a (4, 4) rigid motion")
        if not np.linalg.norm(pose[:3, 3]) > 0:
            raise ValueError("the cameras of a stereo pair stand apart")
        set_fields(self, right_from_left=pose)

    @property
    def baseline_m(self) -> float:
        """Distance of the two cameras."""
        return float(np.linalg.norm(self.right_from_left[:3, 3]))


class _Pair(NamedTuple):
    board_m: Array
    """(N, 3)."""
    left_px: Array
    right_px: Array


def calibrate_stereo(pairs: Sequence[tuple[Corners, Corners]], board: Board, *, left: Camera, right: Camera) -> StereoRig:
    """Solve where the right camera stands, from corners (left, right) of pictures that were taken together.

    The lenses stay as they are. All poses are solved together by least squares. The baseline's sigma is the larger of the
    usual one and of one that lets the errors of a picture depend on each other (the sandwich of Liang & Zeger 1986).

    Raises
    ------
    InputError
        ``E_STEREO_FEW``: fewer than three pairs show the same part of the board; ``E_STEREO_PAIRS``: the pairs contradict
        each other.
    """
    shared = _shared(pairs, board)
    starts = [_start(pair, left, right) for pair in shared]
    chosen = _agreeing([start[1] for start in starts])
    if chosen.sum() < max(LEAST_PAIRS, len(shared) / 2):
        raise InputError(
            "E_STEREO_PAIRS",
            "the pairs of pictures contradict each other",
            expected="a rig that does not move within itself, and pictures taken at the same moment",
            found=f"{int(chosen.sum())} of {len(shared)} pairs agree within {np.rad2deg(_APART_RAD):.0f} degrees and {_APART_SHARE:.0%}",
            hint="Give the pictures of both cameras in the same order, and fix the cameras to each other.",
        )
    kept = [pair for pair, keep in zip(shared, chosen, strict=True) if keep]
    start = [start for start, keep in zip(starts, chosen, strict=True) if keep]
    return _solve(kept, start, left, right)


def _shared(pairs: Sequence[tuple[Corners, Corners]], board: Board) -> list[_Pair]:
    places = board.object_points()[1]
    out = []
    for one, other in pairs:
        ids, at_left, at_right = np.intersect1d(one.ids, other.ids, assume_unique=True, return_indices=True)
        if len(ids) >= LEAST:
            out.append(_Pair(places[ids], one.points_px[at_left], other.points_px[at_right]))
    if len(out) < LEAST_PAIRS:
        raise InputError(
            "E_STEREO_FEW",
            "too few pairs of pictures show the board in both",
            expected=f"{LEAST_PAIRS} pairs with {LEAST} corners in common, better 10",
            found=f"{len(out)} of {len(pairs)}",
            hint="Hold the board where both cameras see it, tilted another way in each pair.",
        )
    return out


def _start(pair: _Pair, left: Camera, right: Camera) -> tuple[Array, Array]:
    """Return left_from_board and right_from_left (4, 4) of one pair alone."""
    poses = [_pose(pair.board_m, points, camera) for points, camera in ((pair.left_px, left), (pair.right_px, right))]
    return poses[0], poses[1] @ np.linalg.inv(poses[0])


def _pose(board_m: Array, points_px: Array, camera: Camera) -> Array:
    import cv2

    lens = np.array(camera.distortion) if camera.distortion else None
    _, turn, shift = cv2.solvePnP(board_m, points_px, camera.k, lens, flags=cv2.SOLVEPNP_IPPE)
    turn, shift = cv2.solvePnPRefineLM(board_m, points_px, camera.k, lens, turn, shift)
    return _matrix(np.concatenate([turn.reshape(3), shift.reshape(3)]))


def _agreeing(rigs: list[Array]) -> Array:
    """Tell (N,) which right_from_left agree with the one that most others agree with."""
    turns, shifts = np.array([rig[:3, :3] for rig in rigs]), np.array([rig[:3, 3] for rig in rigs])
    cosine = (np.einsum("aij,bij->ab", turns, turns) - 1) / 2
    near = np.arccos(np.clip(cosine, -1, 1)) < _APART_RAD
    distance = np.linalg.norm(shifts[:, None] - shifts[None], axis=2)
    near &= distance < _APART_SHARE * np.linalg.norm(shifts, axis=1)[:, None]
    return np.asarray(near[int(near.sum(axis=1).argmax())])


def _solve(pairs: list[_Pair], starts: list[tuple[Array, Array]], left: Camera, right: Camera) -> StereoRig:
    from scipy.optimize import least_squares

    middle = int(np.argmin([np.abs(rig - np.median([r for _, r in starts], axis=0)).sum() for _, rig in starts]))
    start = np.concatenate([_vector(starts[middle][1]), *(_vector(pose) for pose, _ in starts)])

    def residuals(values: Array) -> Array:
        rig = _matrix(values[:6])
        parts = []
        for index, pair in enumerate(pairs):
            at = pair.board_m @ (pose := _matrix(values[6 + 6 * index : 12 + 6 * index]))[:3, :3].T + pose[:3, 3]
            parts.append((left.project_distorted(at) - pair.left_px).reshape(-1))
            parts.append((right.project_distorted(at @ rig[:3, :3].T + rig[:3, 3]) - pair.right_px).reshape(-1))
        return np.concatenate(parts)

    found = least_squares(residuals, start, method="lm", x_scale="jac")
    rig, errors, slopes = _matrix(found.x[:6]), found.fun, found.jac
    inverse = np.linalg.pinv(slopes.T @ slopes)
    plain = inverse * float(errors @ errors) / max(len(errors) - len(found.x), 1)
    ends = np.cumsum([0, *(4 * len(pair.board_m) for pair in pairs)])
    scores = np.array([slopes[a:b].T @ errors[a:b] for a, b in pairwise(ends)])
    grouped = inverse @ (scores.T @ scores) @ inverse * len(pairs) / (len(pairs) - 1)
    shift = rig[:3, 3]
    along = shift / np.linalg.norm(shift)
    sigma = max(float(np.sqrt(max(along @ spread[3:6, 3:6] @ along, 0.0))) for spread in (plain, grouped))
    return StereoRig(
        left=left,
        right=right,
        right_from_left=rig,
        rms_px=float(np.sqrt(2 * (errors**2).mean())),
        sigma_baseline_m=sigma,
        epipolar_px=_epipolar(pairs, rig, left, right),
        pairs=len(pairs),
    )


def _epipolar(pairs: list[_Pair], rig: Array, left: Camera, right: Camera) -> float:
    x, y, z = rig[:3, 3]
    essential = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]) @ rig[:3, :3]
    one, other = (
        np.nan_to_num(camera.rays(points))  # what a lens does not show is the middle, which no line is far from
        for points, camera in (
            (np.concatenate([pair.left_px for pair in pairs]), left),
            (np.concatenate([pair.right_px for pair in pairs]), right),
        )
    )
    product = np.einsum("ni,ij,nj->n", other, essential, one)
    at_right = product / np.linalg.norm((one @ essential.T)[:, :2], axis=1) * right.k[0, 0]
    at_left = product / np.linalg.norm((other @ essential)[:, :2], axis=1) * left.k[0, 0]
    return float(np.sqrt((np.concatenate([at_left, at_right]) ** 2).mean()))


def _matrix(values: Array) -> Array:
    """Return the (4, 4) rigid motion of a rotation vector and a translation."""
    import cv2

    out = np.eye(4)
    out[:3, :3], out[:3, 3] = cv2.Rodrigues(np.asarray(values[:3], np.float64))[0], values[3:]
    return out


def _vector(matrix: Array) -> Array:
    import cv2

    return np.concatenate([cv2.Rodrigues(matrix[:3, :3])[0].reshape(3), matrix[:3, 3]])
