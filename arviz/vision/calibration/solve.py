"""Solve a camera of a given lens model from views of a board, and predict views that it has not seen.

``cv2.calibrateCameraExtended`` solves (Zhang 2000, "A flexible new technique for camera calibration"; bundle adjustment
with a Schur complement).

OpenCV 5.0's other engine (``CALIB_DISABLE_SCHUR_COMPLEMENT``) was not taken: it frees the tilt of the sensor unasked, and
sigma of cx rose from 0.5 to 10 px on the same pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array, readonly, set_fields
from arviz.vision.calibration.views import View

FEWEST_VIEWS = 3
"""Fewer do not determine the four numbers of K and the distortion with a margin (Zhang 2000, section 3.1)."""
_MOST_FOLDS = 16
"""With more views than this, groups of views are held out."""
_ITERATIONS, _PRECISION = 100, 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A lens model: its name, which of OpenCV's 14 coefficients are free, and how many it writes."""

    name: str
    free: tuple[int, ...]
    count: int


MODELS = {
    model.name: model
    for model in (
        Model(name="pinhole4", free=(0, 1, 2, 3), count=4),
        Model(name="pinhole5", free=(0, 1, 2, 3, 4), count=5),
        Model(name="thin-prism", free=(0, 1, 2, 3, 4, 8, 9, 10, 11), count=12),
        Model(name="rational", free=(0, 1, 2, 3, 4, 5, 6, 7), count=8),
    )
}
"""Simplest first; pinholeN: that many coefficients k1, k2, p1, p2, k3."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Solution:
    """A camera, the poses of the board and what is left over.

    Parameters
    ----------
    model : Model
    camera : Camera
    rotations, translations_m : ndarray (V, 3)
        camera_from_board of each view, rotation vectors.
    residuals_px : tuple of ndarray (N, 2)
        Seen minus predicted, per view.
    """

    model: Model
    camera: Camera
    rotations: Array
    translations_m: Array
    residuals_px: tuple[Array, ...]

    def __post_init__(self) -> None:
        set_fields(
            self,
            rotations=readonly(self.rotations, np.float64),
            translations_m=readonly(self.translations_m, np.float64),
            residuals_px=tuple(readonly(r, np.float64) for r in self.residuals_px),
        )

    @property
    def rms_px(self) -> float:
        """Root mean square distance between seen and predicted corners, as OpenCV defines it."""
        return rms(np.concatenate(self.residuals_px))

    @property
    def view_rms_px(self) -> Array:
        """The same for each view (V,)."""
        return np.array([rms(residual) for residual in self.residuals_px])


def rms(residuals_px: Array) -> float:
    """Return the root mean square length of (N, 2) residuals."""
    return float(np.sqrt((residuals_px**2).sum(axis=1).mean()))


def solve(views: Sequence[View], *, model: Model, start: Camera | None = None) -> Solution:
    """Return the least-squares camera of views that have one size.

    Raises
    ------
    InputError
        ``E_CALIBRATION_VIEWS``: too few views; ``E_CALIBRATION_DEGENERATE``: the solver finds no camera.
    """
    import cv2

    if len(views) < FEWEST_VIEWS:
        raise InputError(
            "E_CALIBRATION_VIEWS",
            "too few pictures of the board are usable",
            expected=f"at least {FEWEST_VIEWS}, better 12",
            found=len(views),
            hint="Take more sharp pictures of the whole board, tilted to all sides, near and far, out to the corners of the picture.",
        )
    size = (views[0].width_px, views[0].height_px)
    boards = [view.board_m.astype(np.float32) for view in views]
    points = [view.points_px.astype(np.float32) for view in views]
    flags = _flags(model)
    k: Any = None
    distortion: Any = None
    if start is not None:
        flags |= cv2.CALIB_USE_INTRINSIC_GUESS
        k, distortion = start.k.copy(), np.pad(start.distortion, (0, max(0, model.count - len(start.distortion))))
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _ITERATIONS, _PRECISION)
    try:
        _, k, distortion, rotations, translations, *_ = cv2.calibrateCameraExtended(
            boards, points, size, k, distortion, flags=flags, criteria=stop
        )
    except cv2.error as error:
        raise degenerate(f"the solver gave up: {error.err}") from error
    values = np.array([k[0, 0], k[1, 1], *np.ravel(distortion)])
    if not np.isfinite(values).all() or (values[:2] <= 0).any():
        raise degenerate("no finite camera explains the pictures")
    camera = Camera(
        k=k,
        width_px=size[0],
        height_px=size[1],
        distortion=tuple(np.pad(np.ravel(distortion), (0, 14))[: model.count]),
        source="calibrated",
    )
    r, t = np.reshape(rotations, (-1, 3)), np.reshape(translations, (-1, 3))
    return Solution(model=model, camera=camera, rotations=r, translations_m=t, residuals_px=_residuals(views, camera, r, t))


def degenerate(found: str) -> InputError:
    """Return the error of views that leave the camera open."""
    return InputError(
        "E_CALIBRATION_DEGENERATE",
        "the pictures do not determine the camera",
        expected="pictures of the board tilted by 20 to 45 degrees to several sides",
        found=found,
        hint="Tilt the board, or move around it: pictures that all look straight at it leave focal length and distance open.",
    )


def _flags(model: Model) -> int:
    import cv2

    flags: int = cv2.CALIB_FIX_TAUX_TAUY
    if 4 not in model.free:
        flags |= cv2.CALIB_FIX_K3
    if 5 in model.free:
        flags |= cv2.CALIB_RATIONAL_MODEL
    if 8 in model.free:
        flags |= cv2.CALIB_THIN_PRISM_MODEL
    return flags


def _residuals(views: Sequence[View], camera: Camera, rotations: Array, translations_m: Array) -> tuple[Array, ...]:
    return tuple(view.points_px - project(view.board_m, camera, r, t) for view, r, t in zip(views, rotations, translations_m, strict=True))


def project(board_m: Array, camera: Camera, rotation: Array, translation_m: Array) -> Array:
    """Return where (N, 3) points of the board are seen, (N, 2) pixels, given camera_from_board as rotation vector and shift."""
    import cv2

    distortion = np.array(camera.distortion) if camera.distortion else None
    pixels, _ = cv2.projectPoints(board_m, rotation, translation_m, camera.k, distortion)
    return np.reshape(pixels, (-1, 2))


def pose(view: View, camera: Camera) -> tuple[Array, Array]:
    """Return camera_from_board of a view for a camera that is known: rotation vector and translation in metres."""
    import cv2

    distortion = np.array(camera.distortion) if camera.distortion else None
    # IPPE gives both minima of a plane's pose; the better one is then refined.
    _, rotations, translations, errors = cv2.solvePnPGeneric(view.board_m, view.points_px, camera.k, distortion, flags=cv2.SOLVEPNP_IPPE)
    best = int(np.argmin(np.ravel(errors)))
    r, t = cv2.solvePnPRefineLM(view.board_m, view.points_px, camera.k, distortion, rotations[best], translations[best])
    return np.ravel(r), np.ravel(t)


def posed(views: Sequence[View], camera: Camera) -> tuple[Array, ...]:
    """Return the residuals (N, 2) of each view, its pose fitted to a camera that is known."""
    poses = [pose(view, camera) for view in views]
    return _residuals(views, camera, np.array([r for r, _ in poses]), np.array([t for _, t in poses]))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HoldOut:
    """What a model makes of views that it has not seen.

    Parameters
    ----------
    view_rms_px : ndarray (V,)
        Residual of each view under the camera solved without it.
    cameras : tuple of Camera
        One per group of views held out.
    """

    view_rms_px: Array
    cameras: tuple[Camera, ...]

    @property
    def rms_px(self) -> float:
        """Root mean square over the views."""
        return float(np.sqrt(np.mean(self.view_rms_px**2)))


def hold_out(views: Sequence[View], solution: Solution) -> HoldOut:
    """Solve again without each view (with many views: without each group), and predict it."""
    folds = min(len(views), _MOST_FOLDS)
    errors, cameras = np.zeros(len(views)), []
    for fold in range(folds):
        inside = np.arange(len(views)) % folds != fold
        camera = solve([v for v, keep in zip(views, inside, strict=True) if keep], model=solution.model, start=solution.camera).camera
        errors[~inside] = [rms(r) for r in posed([v for v, keep in zip(views, inside, strict=True) if not keep], camera)]
        cameras.append(camera)
    return HoldOut(view_rms_px=errors, cameras=tuple(cameras))
