"""A rectangle of known shape that lies on a sequence's floor: one thing, fitted to its sides in all photos together.

What is unknown is where it lies, how it is turned, how long it is in the sequence's unit, by how much its edges look moved
in the pictures, and what is uncertain of the floor and of the photos' poses; all with the variances that are stated of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.photo.edges import Quad
from arviz.vision.photo.gravity import tangents
from arviz.vision.photo.sheet import sheet_corners
from arviz.vision.sequence.cloud import CloudPlane
from arviz.vision.sequence.result import PosedPhoto

_GROWTH_PX, _SIDE_PX = 0.2, 0.1
"""How far all edges of a thing look moved outwards (sharpened, or blurred after encoding), and each for itself by what lies
beside it: standard deviations, alike in all photos."""
_STEPS, _SETTLED = 30, 1e-4
"""Changes of the middle (in the thing's own unit), yaw and ln unit below which a fit has settled."""
_STEP = 1e-6
_MOST_CHANGE = 0.5
"""Of ln unit: beyond it a fit follows other edges than those it began with."""
_GATE = 16.0
"""Of the squares of a side's two ends: chance passes it once in 3000."""
_OWN = 11
"""Unknowns beside the photos' shifts: middle (2), yaw, ln size, growth of four sides, floor (2 tilts, offset)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ground:
    """A floor with axes on it, in the sequence's unit.

    Parameters
    ----------
    origin : ndarray (3,)
        In the middle of the points that say where the floor is.
    axes : ndarray (2, 3)
        Along the floor.
    normal : ndarray (3,)
    sigma_tilt_rad, sigma_offset : float
    """

    origin: Array
    axes: Array
    normal: Array
    sigma_tilt_rad: float
    sigma_offset: float

    @classmethod
    def of(cls, floor: CloudPlane, points: Array) -> Ground:
        """Return a floor through points (P, 3)."""
        middle = points[floor.members].mean(axis=0)
        return cls(
            origin=middle - (floor.normal @ middle + floor.offset) * floor.normal,
            axes=tangents(floor.normal),
            normal=floor.normal,
            sigma_tilt_rad=floor.sigma_normal_rad,
            sigma_offset=floor.sigma_offset,
        )

    def cast(self, photo: PosedPhoto, points_px: Array) -> Array:
        """Return the places (..., 2) that pixels (..., 2) show; NaN above the horizon."""
        turn, eye = _pose(photo)
        rays = photo.camera.rays(points_px) @ turn.T
        down = -(rays @ self.normal)
        with np.errstate(invalid="ignore", divide="ignore"):
            reach = np.where(down > 1e-3 * np.linalg.norm(rays, axis=-1), ((eye - self.origin) @ self.normal) / down, np.nan)
        out: Array = (eye - self.origin + reach[..., None] * rays) @ self.axes.T
        return out

    def height(self, photo: PosedPhoto) -> float:
        """Return how high a photo was taken."""
        return float((_pose(photo)[1] - self.origin) @ self.normal)


class Lying(NamedTuple):
    """A rectangle on the floor."""

    middle: Array
    """(2,) on the floor's axes."""
    yaw_rad: float
    """Of its long side."""
    unit: float
    """How long a metre is in the sequence's unit."""

    def corners(self, size_m: tuple[float, ...]) -> Array:
        """Return its corners (4, 2) on the floor's axes."""
        c, s = np.cos(self.yaw_rad), np.sin(self.yaw_rad)
        shape = sheet_corners(size_m, turned=False) - np.array(size_m) / 2
        out: Array = self.middle + self.unit * shape @ np.array([[c, s], [-s, c]])
        return out


class Sighting(NamedTuple):
    """The thing in one photo."""

    photo: PosedPhoto
    quad: Quad
    """Its corners in the order of `Lying.corners`."""


class Joint(NamedTuple):
    """A rectangle fitted to all its sightings."""

    lying: Lying
    sigma: float
    """Standard deviation of ln unit."""
    misfit: float
    """Squared residuals of the sides that are kept, in units of their sigmas, and of all that is known beforehand."""
    free: int
    """What `misfit` is on the average."""
    kept: Array
    """(S, 4) bool: sides that agree."""


def shown(ground: Ground, photo: PosedPhoto, lying: Lying, size_m: tuple[float, ...]) -> Array:
    """Return where a photo shows the corners (4, 2) of a rectangle; NaN behind the camera."""
    return _project(photo, ground.origin + lying.corners(size_m) @ ground.axes)


def fit_lying(ground: Ground, sightings: Sequence[Sighting], start: Lying, *, size_m: tuple[float, ...]) -> Joint | None:
    """Return the rectangle that agrees best with its sides in all photos; None if none of them agrees.

    Residuals are distances of the ends of a side from its edge in the picture. Sides that do not agree lose their weight step by
    step: Geman-McClure's loss, graduated (Yang et al. 2020).
    """
    lines = [_lines(sighting.quad.corners_px) for sighting in sightings]
    sigma = np.array([sighting.quad.sigma_px for sighting in sightings])
    growth = float(np.hypot(_GROWTH_PX, np.mean([sighting.quad.growth_px for sighting in sightings])))
    shift = np.array([_shift_px(ground, sighting, start) for sighting in sightings])
    before = np.zeros((_OWN + 2 * len(sightings),) * 2)
    before[4:8, 4:8] = np.linalg.inv(growth**2 * np.ones((4, 4)) + _SIDE_PX**2 * np.eye(4))
    before[8:11, 8:11] = np.diag([ground.sigma_tilt_rad**-2.0] * 2 + [ground.sigma_offset**-2.0])
    before[11:, 11:] = np.diag(np.repeat(shift**-2.0, 2))
    theta = np.concatenate([start.middle, [start.yaw_rad, np.log(start.unit)], np.zeros(len(before) - 4)])

    def off(theta: Array) -> Array:
        """Return (S, 4, 2): how far outside of its edge either end of a side is, in sigmas."""
        lying = Lying(theta[:2], theta[2], float(np.exp(theta[3])))
        flat = lying.corners(size_m)
        up = theta[10] + flat @ theta[8:10]
        corners = ground.origin + flat @ ground.axes + up[:, None] * ground.normal
        out = np.empty((len(sightings), 4, 2))
        for i, sighting in enumerate(sightings):
            seen = _project(sighting.photo, corners) + theta[11 + 2 * i : 13 + 2 * i]
            ends = np.stack([seen, np.roll(seen, -1, axis=0)], axis=1)
            out[i] = ((ends * lines[i][:, None, :2]).sum(axis=2) + lines[i][:, None, 2] + theta[4:8, None]) / sigma[i]
        return out

    scale = np.concatenate([[start.unit] * 2, np.ones(8), [start.unit], np.ones(2 * len(sightings))])
    changes = _STEP * np.diag(scale)
    here = off(theta)
    gate = np.inf
    weight = np.ones((len(sightings), 4))
    for _ in range(_STEPS):
        slope = np.stack([(off(theta + change) - here) / change.max() for change in changes], axis=-1)
        told = slope * weight[..., None, None]
        information = np.einsum("skea,skeb->ab", told, slope) + before
        damped = information + 1e-9 * np.diag(np.diag(information))
        step = -np.linalg.solve(damped, np.einsum("skea,ske->a", told, here) + before @ _open(theta))
        theta = theta + step
        here = off(theta)
        if not np.isfinite(here).all() or abs(theta[3] - np.log(start.unit)) > _MOST_CHANGE:
            return None
        squares = (here**2).sum(axis=2)
        if gate == _GATE and np.abs(step[:4] / scale[:4]).max() < _SETTLED:
            break
        gate = max(_GATE, min(gate / 2, float(squares.max())))
        weight = (1 + squares / gate) ** -2.0
    kept = squares < _GATE
    if not kept.any():
        return None
    covariance = np.linalg.pinv(information)
    return Joint(
        lying=Lying(theta[:2], float(theta[2]), float(np.exp(theta[3]))),
        sigma=float(np.sqrt(covariance[3, 3])),
        misfit=float((here[kept] ** 2).sum() + _open(theta) @ before @ _open(theta)),
        free=2 * int(kept.sum()) - 4,
        kept=kept,
    )


def _open(theta: Array) -> Array:
    """Return how far off the unknowns are from what is expected of them beforehand: nothing is, of the rectangle itself."""
    return np.concatenate([np.zeros(4), theta[4:]])


def _lines(corners_px: Array) -> Array:
    """Return (4, 3): unit normals outwards and offsets of the sides from corner k to k + 1."""
    ends = np.roll(corners_px, -1, axis=0)
    along = (ends - corners_px) / np.linalg.norm(ends - corners_px, axis=1, keepdims=True)
    normal = np.column_stack([along[:, 1], -along[:, 0]])
    offset = -(normal * corners_px).sum(axis=1)
    outwards = -np.sign(normal @ corners_px.mean(axis=0) + offset)
    out: Array = np.column_stack([normal, offset]) * outwards[:, None]
    return out


def _shift_px(ground: Ground, sighting: Sighting, start: Lying) -> float:
    """Return by how much the photo's own pose may move the thing in it."""
    photo = sighting.photo
    eye = _pose(photo)[1]
    reach = float(np.linalg.norm(ground.origin + start.middle @ ground.axes - eye))
    return float(photo.camera.k[0, 0] * np.hypot(photo.sigma_rotation_rad, photo.sigma_position / reach)) + 1e-3


def _project(photo: PosedPhoto, points: Array) -> Array:
    turn, eye = _pose(photo)
    at = (points - eye) @ turn
    if (at[:, 2] <= 1e-6).any():
        return np.full((len(at), 2), np.nan)
    return photo.camera.project_distorted(at)


def _pose(photo: PosedPhoto) -> tuple[Array, Array]:
    assert photo.world_from_camera is not None
    return photo.world_from_camera[:3, :3], photo.world_from_camera[:3, 3]
