"""The floor of one photo: where it lies before the camera, in metres if something in the picture says so, and lengths on it.

Everything uncertain is kept together in one covariance over (tilt, tilt, ln height, ln f), because it belongs together: with
a sheet of paper as scale a wrong focal length tilts the floor and moves it so that lengths near the sheet stay right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.length import Length
from arviz.vision.photo.gravity import UpPrior, tangents

CLICK_SIGMA_PX = 0.7
"""Of a place that a person points at in an enlarged picture, in x and y."""
_GRAZING = np.sin(np.radians(1.0))
"""Nearer to the horizon a pixel spans metres of floor."""
_TILTS, _HEIGHT, _FOCAL = slice(0, 2), 2, 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PhotoFloor:
    """The floor in camera axes: ``up . x + height_m = 0``.

    Parameters
    ----------
    camera : Camera
    up : ndarray (3,)
        Unit normal of the floor, camera axes.
    height_m : float
        Of the camera above the floor; 1 where nothing gives metres: then that is the unit of all lengths.
    metric : bool
    covariance : ndarray (4, 4)
        Of the tilts towards ``tangents(up)`` in radians, ln height and ln f. Without scale the height is exact, being the
        unit.
    source : str
        What says so: ``"a4"``, ``"a4 + vanishing points"``, ``"gravity"`` ...
    """

    camera: Camera
    up: Array
    height_m: float
    metric: bool
    covariance: Array
    source: str

    def __post_init__(self) -> None:
        for name in ("up", "covariance"):
            set_fields(self, **{name: readonly(getattr(self, name), np.float64)})

    @property
    def sigma_tilt_rad(self) -> float:
        """Standard deviation of the normal about each direction across it."""
        return float(np.sqrt(np.trace(self.covariance[_TILTS, _TILTS]) / 2))

    @property
    def sigma_height_m(self) -> float:
        """Standard deviation of the camera's height."""
        return float(np.sqrt(self.covariance[_HEIGHT, _HEIGHT]) * self.height_m)

    def moved(self, change: Array) -> PhotoFloor:
        """Return the floor after changes (4,) of the tilts, ln height and ln f."""
        up = self.up + change[_TILTS] @ tangents(self.up)
        k = self.camera.k.copy()
        k[:2, :2] *= np.exp(change[_FOCAL])
        return replace(
            self,
            up=up / np.linalg.norm(up),
            height_m=self.height_m * float(np.exp(change[_HEIGHT])),
            camera=replace(self.camera, k=k),
        )

    def below(self, points_px: Array) -> Array:
        """Return (...,) bool: whether a pixel (..., 2) looks at the floor, clear of the horizon."""
        towards = self.camera.rays(points_px)
        with np.errstate(invalid="ignore"):
            out: Array = -(towards @ self.up) > _GRAZING * np.linalg.norm(towards, axis=-1)
        return out

    def points(self, points_px: Array) -> Array:
        """Return the places (..., 3) on the floor, camera axes, that pixels (..., 2) show; NaN above the horizon."""
        towards = self.camera.rays(points_px)
        down = -(towards @ self.up)
        with np.errstate(invalid="ignore", divide="ignore"):
            scale = np.where(down > 0, self.height_m / down, np.nan)
        return towards * scale[..., None]

    def length_on_floor(self, p_px: Array, q_px: Array, *, click_sigma_px: float = CLICK_SIGMA_PX) -> Length:
        """Return how far apart two places on the floor are that two pixels (2,) show.

        The sigma is of first order in the floor, the focal length and both pixels.

        Raises
        ------
        InputError
            ``E_POINT_OUTSIDE``, ``E_POINT_ABOVE_HORIZON``, ``E_POINTS_EQUAL``.
        """
        ends = check_floor_points(np.stack([np.asarray(p_px, np.float64), np.asarray(q_px, np.float64)]), floor=self)
        value = _distance(self, ends)
        if np.linalg.norm(ends[1] - ends[0]) < 1e-9:
            raise InputError("E_POINTS_EQUAL", "both ends of the length are one point", expected="two places", found=_text(ends[0]))
        step = 1e-5
        slope = np.array([_distance(self.moved(step * unit), ends) - value for unit in np.eye(4)]) / step
        clicks = np.array([_distance(self, ends + step * unit.reshape(2, 2)) - value for unit in np.eye(4)]) / step
        variance = float(slope @ self.covariance @ slope + click_sigma_px**2 * (clicks @ clicks))
        return Length(value, float(np.sqrt(max(variance, 0.0))), self.source)


def floor_from_up(prior: UpPrior, *, camera: Camera) -> PhotoFloor:
    """Return the floor whose normal is known and whose distance is not."""
    across = tangents(prior.up)
    to_tilt = across @ _turn_to_change(prior.up)
    sigma2 = camera.relative_sigma_f**2
    slope = to_tilt @ prior.turn_per_ln_f
    covariance = np.zeros((4, 4))
    covariance[:2, :2] = to_tilt @ prior.covariance @ to_tilt.T + np.outer(slope, slope) * sigma2
    covariance[:2, _FOCAL] = covariance[_FOCAL, :2] = slope * sigma2
    covariance[_FOCAL, _FOCAL] = sigma2
    return PhotoFloor(camera=camera, up=prior.up, height_m=1.0, metric=False, covariance=covariance, source=prior.source)


def with_known_length(floor: PhotoFloor, ends_px: Array, length_m: float, *, sigma_px: float, relative_sigma: float) -> PhotoFloor:
    """Return the floor at the height at which two pixels (2, 2) on it are `length_m` apart."""
    unit = replace(floor, height_m=1.0)
    value = _distance(unit, ends_px)
    step = 1e-5
    # ln height = ln length - ln distance at height 1.
    by_floor = -np.array([np.log(_distance(unit.moved(step * axis), ends_px) / value) for axis in np.eye(4)[[0, 1, 3]]]) / step
    by_pixel = -np.array([np.log(_distance(unit, ends_px + step * axis.reshape(2, 2)) / value) for axis in np.eye(4)]) / step
    kept = [0, 1, 3]
    known = floor.covariance[np.ix_(kept, kept)]
    covariance = floor.covariance.copy()
    covariance[kept, _HEIGHT] = covariance[_HEIGHT, kept] = known @ by_floor
    covariance[_HEIGHT, _HEIGHT] = by_floor @ known @ by_floor + sigma_px**2 * (by_pixel @ by_pixel) + relative_sigma**2
    return replace(floor, height_m=length_m / value, metric=True, covariance=covariance, source=f"length + {floor.source}")


def check_floor_points(points_px: Array, *, floor: PhotoFloor) -> Array:
    """Return points (N, 2) in pixels as float64 if all of them show the floor.

    Raises
    ------
    InputError
        ``E_POINT_OUTSIDE``, ``E_POINT_ABOVE_HORIZON``.
    """
    points = check_inside(points_px, camera=floor.camera)
    good = floor.below(points)
    if not good.all():
        raise InputError(
            "E_POINT_ABOVE_HORIZON",
            "a point does not lie on the floor",
            expected="a place below the horizon",
            found=_text(points[np.argmin(good)]),
            hint="Point at places on the floor, more than a degree below the horizon.",
        )
    return points


def check_inside(points_px: Array, *, camera: Camera) -> Array:
    """Return points (N, 2) as float64 if all lie in the picture; raise InputError ``E_POINT_OUTSIDE`` otherwise."""
    points = np.asarray(points_px, np.float64).reshape(-1, 2)
    size = np.array([camera.width_px, camera.height_px])
    inside = ((points >= -0.5) & (points <= size - 0.5)).all(axis=1)  # NaN is not
    if not inside.all():
        raise InputError(
            "E_POINT_OUTSIDE",
            "a point lies outside the picture",
            expected=f"0 to {size[0] - 1} and 0 to {size[1] - 1} px",
            found=_text(points[np.argmin(inside)]),
            hint="Count pixels from the upper left corner of the picture as it was given.",
        )
    return points


def _turn_to_change(up: Array) -> Array:
    """Return the matrix that takes a small rotation w to the change w x up."""
    x, y, z = up
    return np.array([[0, z, -y], [-z, 0, x], [y, -x, 0]])


def _distance(floor: PhotoFloor, ends_px: Array) -> float:
    ends = floor.points(ends_px)
    return float(np.linalg.norm(ends[1] - ends[0]))


def _text(point: Array) -> str:
    return f"({point[0]:.1f}, {point[1]:.1f})"
