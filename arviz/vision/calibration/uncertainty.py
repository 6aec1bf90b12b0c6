"""How well a solved camera is known: sigma of each parameter, and of what it says at each pixel.

The covariance comes from the solution's own Jacobian, poses included and eliminated (Schur complement; Hartley & Zisserman,
"Multiple View Geometry", appendix 6). Two cameras that differ by a rotation alone are the same camera, so projections are
compared after the rotation that the corners imply, and the uncertainty of a projection is what such a comparison leaves
(the idea of mrcal, "Projection uncertainty" and "Implied transformation").

Corners of one view share their error (a bent board, a blurred picture), which the Jacobian cannot know. The spread of the
cameras solved without each view (jackknife; Efron & Stein 1981) does: sigma is widened where it says so. A board that is bent
alike in all views moves the camera by more than that; the bend is estimated, and what it does is added to the covariance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array, readonly, set_fields
from arviz.vision.calibration.solve import HoldOut, Solution, degenerate, rms, solve
from arviz.vision.calibration.views import View

PARAMETERS = ("fx_px", "fy_px", "cx_px", "cy_px")
COEFFICIENTS = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6", "s1", "s2", "s3", "s4")
_CLOSED = 1e-13
"""Least eigenvalue of the information beside the largest: rounding leaves less than this of nothing."""
_BENDS = 3
"""Shapes of a bent board: two bows and a twist (as mrcal's ``calobject_warp``, with the twist)."""
_BENT = 25.0
"""Squared distance of these from none, in sigmas: flat boards are above by chance once in 60,000 (chi squared, 3)."""
DEGENERATE_SHARE = 0.05
"""Focal length open by more than this share: no camera worth writing."""
WEAK_SHARE = 0.005
"""Focal length open by more than this share: low confidence."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Uncertainty:
    """The covariance of a camera's parameters.

    Parameters
    ----------
    names : tuple of str
        fx_px, fy_px, cx_px, cy_px and the free coefficients.
    covariance : ndarray (P, P)
    noise_px : float
        Standard deviation of a corner in one direction.
    widening : float
        By how much the sigmas of the Jacobian were multiplied because views differ by more than their corners' noise.
    bend_m, bend_sigma_m : float
        How far the middle of the board stands out of its plane, 0 where nothing says so. What that does to the camera is
        part of the covariance.
    """

    names: tuple[str, ...]
    covariance: Array
    noise_px: float
    widening: float
    bend_m: float = 0.0
    bend_sigma_m: float = 0.0

    def __post_init__(self) -> None:
        set_fields(self, covariance=readonly(self.covariance, np.float64))

    @property
    def sigmas(self) -> dict[str, float]:
        """Standard deviation of each parameter."""
        return {name: float(s) for name, s in zip(self.names, np.sqrt(np.diag(self.covariance)), strict=True)}

    @property
    def sigma_f_px(self) -> float:
        """Standard deviation of the mean of fx and fy."""
        return float(np.sqrt(self.covariance[:2, :2].mean()))


def uncertainty(views: Sequence[View], solution: Solution, held: HoldOut | None = None) -> Uncertainty:
    """Return the covariance of a solution's camera.

    Raises
    ------
    InputError
        ``E_CALIBRATION_DEGENERATE``: the views leave the camera open.
    """
    matrix, right = _normal_equations(views, solution)
    information = matrix[:-_BENDS, :-_BENDS]
    scale = np.sqrt(np.maximum(np.diag(information), 0))
    with np.errstate(all="ignore"):
        unit = information / np.outer(scale, scale)
    if not np.isfinite(unit).all() or (scale == 0).any():
        raise degenerate("some parameter changes nothing in the pictures")
    values, vectors = np.linalg.eigh(unit)
    # A rational model whose numerator and denominator share a factor changes nothing: wide open, but not for ever.
    inverse = (vectors / np.maximum(values, _CLOSED * values[-1])) @ vectors.T
    measured = 2 * sum(len(view.ids) for view in views)
    unknown = len(information) + 6 * len(views)
    if measured <= unknown:
        raise degenerate(f"{measured} measurements for {unknown} unknowns")
    variance = sum(float((r**2).sum()) for r in solution.residuals_px) / (measured - unknown)
    covariance = variance * inverse / np.outer(scale, scale)
    widening = 1.0 if held is None else _widening(covariance, solution, held)
    names = PARAMETERS + tuple(COEFFICIENTS[i] for i in solution.model.free)
    bend_m, bend_sigma_m, off = _bend(matrix, right, variance * widening**2)
    out = Uncertainty(
        names=names,
        covariance=covariance * widening**2 + np.outer(off, off),
        noise_px=float(np.sqrt(variance)),
        widening=widening,
        bend_m=bend_m,
        bend_sigma_m=bend_sigma_m,
    )
    focal = float(solution.camera.k[[0, 1], [0, 1]].mean())
    if out.sigma_f_px > DEGENERATE_SHARE * focal:
        raise degenerate(f"a focal length of {focal:.0f} +- {out.sigma_f_px:.0f} px")
    return out


def _normal_equations(views: Sequence[View], solution: Solution) -> tuple[Array, Array]:
    """Return J^T J (Q, Q) and J^T r (Q,) of the camera's parameters and `_BENDS` of the board, every view's pose eliminated."""
    import cv2

    camera = solution.camera
    columns = [6, 7, 8, 9, *(10 + i for i in solution.model.free)]
    distortion = np.pad(camera.distortion, (0, 14 - len(camera.distortion)))
    board = np.concatenate([view.board_m for view in views])
    low, high = board.min(axis=0), board.max(axis=0)
    matrix, right = np.zeros((len(columns) + _BENDS,) * 2), np.zeros(len(columns) + _BENDS)
    for view, r, t, residual in zip(views, solution.rotations, solution.translations_m, solution.residuals_px, strict=True):
        _, jacobian = cv2.projectPoints(view.board_m, r, t, camera.k, distortion)
        rotation, _ = cv2.Rodrigues(r)
        up = jacobian[:, 3:6].reshape(-1, 2, 3) @ rotation[:, 2]  # d pixel / d height of a corner above the board's plane
        u, v = ((2 * view.board_m - low - high) / (high - low).max())[:, :2].T
        bends = (up[:, :, None] * np.stack([u * u, v * v, u * v], axis=1)[:, None]).reshape(-1, _BENDS)
        # The part of the columns that no change of the pose can make.
        basis, _ = np.linalg.qr(jacobian[:, :6])
        own = np.hstack([jacobian[:, columns], bends])
        own = own - basis @ (basis.T @ own)
        matrix += own.T @ own
        right += own.T @ residual.reshape(-1)
    return matrix, right


def _bend(matrix: Array, right: Array, spread: float) -> tuple[float, float, Array]:
    """Return how high the board is bent, its sigma, and how far its camera's parameters (P,) are off if it is.

    One Gauss-Newton step from the flat board's solution; `spread` is the variance of a corner, widened. The height is that
    of the middle over the ends of the longer side. Zeros where a flat board explains the views.
    """
    count = len(right) - _BENDS
    scale = np.sqrt(np.diag(matrix))
    unit = matrix / np.outer(scale, scale)
    inverse = np.linalg.pinv(unit, rcond=_CLOSED, hermitian=True) / np.outer(scale, scale)
    step = inverse @ right
    bends, spreads = step[count:], spread * inverse[count:, count:]
    if bends @ np.linalg.pinv(spreads, hermitian=True) @ bends < _BENT:
        return 0.0, 0.0, np.zeros(count)
    return float(np.abs(bends[:2]).max()), float(np.sqrt(spreads[:2, :2].diagonal().max())), step[:count]


def parameters(camera: Camera, free: Sequence[int]) -> Array:
    """Return (fx, fy, cx, cy, free coefficients) of a camera."""
    distortion = np.pad(camera.distortion, (0, 14 - len(camera.distortion)))
    return np.concatenate([[camera.k[0, 0], camera.k[1, 1], camera.k[0, 2], camera.k[1, 2]], distortion[list(free)]])


def jackknife(solution: Solution, held: HoldOut) -> Array:
    """Return the covariance (P, P) that the cameras solved without each view give."""
    values = np.array([parameters(camera, solution.model.free) for camera in held.cameras])
    apart = values - values.mean(axis=0)
    out: Array = (len(values) - 1) / len(values) * apart.T @ apart
    return out


def _widening(covariance: Array, solution: Solution, held: HoldOut) -> float:
    ratios = np.diag(jackknife(solution, held))[:4] / np.diag(covariance)[:4]
    return float(np.sqrt(max(1.0, ratios.mean())))


def projection_sigma(camera: Camera, known: Uncertainty, *, seen_px: Array, at_px: Array) -> Array:
    """Return (N,) how far off the camera may see what lies at pixels `at_px` (N, 2), in the worst direction, one sigma.

    Parameters
    ----------
    seen_px : ndarray (M, 2)
        The corners of the calibration: they say which small rotation goes with a small change of the parameters.
    at_px : ndarray (N, 2)

    Returns
    -------
    ndarray (N,)
        Pixels; +inf where the lens model shows nothing.
    """
    seen, _ = _rays(camera, seen_px)
    rays, good = _rays(camera, at_px)
    turn, change = _slopes(seen, camera, known)
    implied = np.linalg.lstsq(turn.reshape(-1, 3), -change.reshape(-1, len(known.names)), rcond=None)[0]
    out = np.full(len(at_px), np.inf)
    turn, change = _slopes(rays, camera, known)
    effect = change + turn @ implied
    spread = effect @ known.covariance @ effect.transpose(0, 2, 1)
    out[good] = np.sqrt(np.maximum(np.linalg.eigvalsh(spread)[:, 1], 0))
    return out


def _rays(camera: Camera, points_px: Array) -> tuple[Array, Array]:
    """Return directions (G, 3) with z = 1 of those pixels that the model shows, and which they are (N,) bool."""
    rays = camera.rays(points_px)
    good: Array = np.asarray(np.isfinite(rays).all(axis=1))
    return rays[good], good


def _slopes(rays: Array, camera: Camera, known: Uncertainty) -> tuple[Array, Array]:
    """Return d pixel / d rotation (N, 2, 3) and d pixel / d parameters (N, 2, P) of directions."""
    import cv2

    distortion = np.pad(camera.distortion, (0, 14 - len(camera.distortion)))
    _, jacobian = cv2.projectPoints(rays, np.zeros(3), np.zeros(3), camera.k, distortion)
    columns = [6, 7, 8, 9, *(10 + COEFFICIENTS.index(name) for name in known.names[4:])]
    return jacobian[:, :3].reshape(-1, 2, 3), jacobian[:, columns].reshape(-1, 2, len(columns))


def projection_difference(a: Camera, b: Camera, *, seen_px: Array, at_px: Array) -> Array:
    """Return (N, 2) how far apart two cameras see what camera `a` sees at pixels `at_px`, after the best rotation.

    Parameters
    ----------
    seen_px : ndarray (M, 2)
        Pixels of camera `a` at which the rotation makes both agree best, in the least-squares sense.
    at_px : ndarray (N, 2)

    Returns
    -------
    ndarray (N, 2)
        Camera `b` minus camera `a`, pixels; NaN where camera `a` shows nothing.
    """
    import cv2

    seen, good = _rays(a, seen_px)
    rays, shown = _rays(a, at_px)
    wanted = np.asarray(seen_px, np.float64)[good]
    distortion = np.pad(b.distortion, (0, 14 - len(b.distortion)))
    turn = np.zeros(3)
    for _ in range(10):  # Gauss-Newton; a few steps reach rounding, as the rotations are small
        pixels, jacobian = cv2.projectPoints(seen, turn, np.zeros(3), b.k, distortion)
        step = np.linalg.lstsq(jacobian[:, :3], (wanted - pixels[:, 0]).reshape(-1), rcond=None)[0]
        turn = turn + step
        if np.linalg.norm(step) < 1e-12:
            break
    out = np.full((len(shown), 2), np.nan)
    pixels, _ = cv2.projectPoints(rays, turn, np.zeros(3), b.k, distortion)
    out[shown] = pixels[:, 0] - np.asarray(at_px, np.float64)[shown]
    return out


def halves_difference_px(views: Sequence[View], solution: Solution, *, at_px: Array) -> float | None:
    """Return the root mean square projection difference at pixels (N, 2) of the cameras of every other view.

    None where half of the views determine no camera.
    """
    seen = np.concatenate([view.points_px for view in views])
    try:
        cameras = [solve(views[first::2], model=solution.model, start=solution.camera).camera for first in (0, 1)]
    except InputError:
        return None
    apart = projection_difference(*cameras, seen_px=seen, at_px=at_px)
    apart = apart[np.isfinite(apart).all(axis=1)]
    return rms(apart) if len(apart) else None


def pixel_grid(width_px: int, height_px: int, *, columns: int = 24) -> Array:
    """Return (R, C, 2) pixels spread evenly over a picture out to its corners."""
    rows = max(2, round(columns * height_px / width_px))
    x, y = np.meshgrid(np.linspace(0, width_px - 1, columns), np.linspace(0, height_px - 1, rows))
    return np.stack([x, y], axis=-1)
