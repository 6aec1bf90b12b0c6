"""The lens model of OpenCV: where a lens puts what a pinhole would see elsewhere, and the way back (numpy only).

Coefficients are (k1, k2, p1, p2[, k3[, k4, k5, k6[, s1, s2, s3, s4[, tx, ty]]]]) as in ``cv2.projectPoints``; formulas
from the OpenCV documentation, "Camera Calibration and 3D Reconstruction", detailed description.

``cv2.undistortPoints`` was not taken for the way back: it iterates a fixed point that oscillates in strong lenses, and
returns nonsense without a word where the lens maps two directions to one place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.errors import InputError
from arviz.core.frozen import Array

COUNTS = (0, 4, 5, 8, 12, 14)
"""How many coefficients OpenCV knows."""
_STEPS = 40
_CLOSE = 1e-8
"""The last step of Newton's method: what is left after it is its square."""
_BAND = 2**13
"""Points solved at once: the arrays of a whole picture leave the processor's cache and took three times as long."""
_PATH = np.linspace(0.125, 1.0, 8)
"""Where the way from the middle is looked at for folds."""


def coefficients(distortion: Sequence[float]) -> Array | None:
    """Return all 14 coefficients, None where the lens does nothing.

    Raises
    ------
    InputError
        ``E_DISTORTION``: a count that OpenCV does not know, or numbers that are not finite.
    """
    values = np.asarray(distortion, np.float64)
    if len(values) not in COUNTS or not np.isfinite(values).all():
        raise InputError(
            "E_DISTORTION",
            "these are not the distortion coefficients of a lens",
            expected=f"{', '.join(map(str, COUNTS))} finite numbers in OpenCV's order k1, k2, p1, p2, k3, ...",
            found=f"{len(values)} numbers" if np.isfinite(values).all() else "numbers that are not finite",
        )
    return np.pad(values, (0, 14 - len(values))) if values.any() else None


def distort(points: Array, distortion: Sequence[float]) -> Array:
    """Return (..., 2) normalised positions (x / z, y / z) as the lens shows them."""
    known = coefficients(distortion)
    points = np.asarray(points, np.float64)
    return points.copy() if known is None else _homography(_tilt(known), _polynomial(points, known))


def undistort(points: Array, distortion: Sequence[float]) -> Array:
    """Return the (..., 2) normalised positions that `distort` takes to `points`; NaN where the lens shows nothing.

    Of several directions that a polynomial folds onto one place the one is meant that is reached from the middle of the
    picture without a fold: the others are no part of what a real lens shows.
    """
    known = coefficients(distortion)
    points = np.asarray(points, np.float64)
    if known is None:
        return points.copy()
    target = _homography(np.linalg.inv(_tilt(known)), points).reshape(-1, 2)
    bands = (target[top : top + _BAND] for top in range(0, len(target), _BAND))
    return np.concatenate([np.empty((0, 2)), *(_inverse(band, known) for band in bands)]).reshape(points.shape)


def _inverse(target: Array, known: Array) -> Array:
    """Solve `_polynomial` for (N, 2) positions by Newton's method; NaN where there is no answer."""
    out = np.full_like(target, np.nan)
    active = np.flatnonzero(np.isfinite(target).all(axis=1))
    at = target[active].copy()
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            missing = _polynomial(at, known) - target[active]
            step = _solve(_jacobian(at, known), missing)
            # No step longer than half the radius of a picture: near a fold Newton would leap to the other side.
            length = np.linalg.norm(step, axis=1, keepdims=True)
            at = at - step * np.minimum(1.0, 0.5 / np.maximum(length, 1e-300))
            done = length[:, 0] < _CLOSE
            out[active[done]] = at[done]
            active, at = active[~done], at[~done]
            if not len(active):
                break
        near = np.linalg.norm(_polynomial(at, known) - target[active], axis=1) < 1e-9  # rounding keeps the last steps alive
        out[active[near]] = at[near]
        out[~_unfolded(out, known)] = np.nan
    return out


def _polynomial(points: Array, known: Array) -> Array:
    x, y = points[..., 0], points[..., 1]
    k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4 = known[:12]
    r2 = x * x + y * y
    radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
    u = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x) + r2 * (s1 + r2 * s2)
    v = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y + r2 * (s3 + r2 * s4)
    return np.stack([u, v], axis=-1)


def _jacobian(points: Array, known: Array) -> tuple[Array, Array, Array, Array]:
    """Return du/dx, du/dy, dv/dx, dv/dy of `_polynomial`."""
    x, y = points[..., 0], points[..., 1]
    k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4 = known[:12]
    r2 = x * x + y * y
    above, below = 1 + r2 * (k1 + r2 * (k2 + r2 * k3)), 1 + r2 * (k4 + r2 * (k5 + r2 * k6))
    radial = above / below
    slope = ((k1 + r2 * (2 * k2 + r2 * 3 * k3)) - radial * (k4 + r2 * (2 * k5 + r2 * 3 * k6))) / below  # d radial / d r2
    prism_u, prism_v = s1 + 2 * s2 * r2, s3 + 2 * s4 * r2
    dudx = radial + 2 * x * (x * slope + prism_u) + 2 * p1 * y + 6 * p2 * x
    dudy = 2 * y * (x * slope + prism_u) + 2 * p1 * x + 2 * p2 * y
    dvdx = 2 * x * (y * slope + prism_v) + 2 * p1 * x + 2 * p2 * y
    dvdy = radial + 2 * y * (y * slope + prism_v) + 6 * p1 * y + 2 * p2 * x
    return dudx, dudy, dvdx, dvdy


def _solve(jacobian: tuple[Array, Array, Array, Array], right: Array) -> Array:
    a, b, c, d = jacobian
    determinant = a * d - b * c
    out: Array = np.stack([d * right[:, 0] - b * right[:, 1], a * right[:, 1] - c * right[:, 0]], axis=1) / determinant[:, None]
    return out


def _unfolded(points: Array, known: Array) -> Array:
    """Tell which (N, 2) positions are reached from the middle without a fold or a pole of the polynomial."""
    good: Array = np.asarray(np.isfinite(points).all(axis=1))
    k4, k5, k6 = known[5:8]
    for share in _PATH:
        at = points * share
        a, b, c, d = _jacobian(at, known)
        r2 = (at * at).sum(axis=1)
        good &= (a * d - b * c > 0) & (1 + r2 * (k4 + r2 * (k5 + r2 * k6)) > 0)
    return good


def _tilt(known: Array) -> Array:
    """Return the (3, 3) homography of a tilted sensor (OpenCV, tau_x and tau_y)."""
    tx, ty = known[12:]
    if tx == 0 and ty == 0:
        return np.eye(3)
    cx, sx, cy, sy = np.cos(tx), np.sin(tx), np.cos(ty), np.sin(ty)
    turn = np.array([[cy, sy * sx, -sy * cx], [0, cx, sx], [sy, -cy * sx, cy * cx]])
    project = np.array([[turn[2, 2], 0, -turn[0, 2]], [0, turn[2, 2], -turn[1, 2]], [0, 0, 1]])
    out: Array = project @ turn
    return out


def _homography(matrix: Array, points: Array) -> Array:
    if np.array_equal(matrix, np.eye(3)):
        return points
    with np.errstate(all="ignore"):
        mapped = points @ matrix[:, :2].T + matrix[:, 2]
        out: Array = mapped[..., :2] / mapped[..., 2:]
    return out
