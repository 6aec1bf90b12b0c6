"""A measured face: `FaceTemplate`, `HeadPose`, `FaceScale`.

The head's frame is that of an asset: right-handed, metres, +Y up, +Z out of the face, +X to the person's left; its origin
is that of the template (the canonical face model of mediapipe), 63 mm between the pupils where the size of a head is unknown.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.length import Length
from arviz.core.resources import resource

_BELOW_NOSE = 2
"""The template's point where the upper lip meets the nose."""
ScaleSource = Literal["pd", "card", "iris", "template"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FaceTemplate:
    """The mean face that landmarks are numbered by.

    Parameters
    ----------
    points_m : ndarray (468, 3) float64
        In the head's frame.
    uv : ndarray (468, 2) float64
        Texture coordinates from the upper left, 0 to 1.
    triangles : ndarray (898, 3) int32
        Counter-clockwise from outside.
    rigid : ndarray (K,) int32
        Points that move least with the mouth, the eyes and the brows: for the pose.
    """

    points_m: Array = field(repr=False)
    uv: Array = field(repr=False)
    triangles: Array = field(repr=False)
    rigid: Array = field(repr=False)

    def __post_init__(self) -> None:
        set_fields(
            self,
            points_m=readonly(self.points_m, np.float64),
            uv=readonly(self.uv, np.float64),
            triangles=readonly(self.triangles, np.int32),
            rigid=readonly(self.rigid, np.int32),
        )

    @property
    def upper(self) -> Array:
        """Return the points above the lips, (K,) int32: what talking hardly moves, many enough that their tremble is averaged away."""
        above = self.points_m[:, 1] > self.points_m[_BELOW_NOSE, 1]
        return readonly(np.flatnonzero(above), np.int32)


@cache
def face_template() -> FaceTemplate:
    """Return the template of ``calibration/face/template.json``; that file says where each number comes from."""
    document = json.loads(resource("calibration", "face", "template.json").read_text(encoding="utf-8"))
    return FaceTemplate(**{name: np.array(document[name]) for name in ("points_m", "uv", "triangles", "rigid")})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HeadPose:
    """Where a head is before a camera.

    Parameters
    ----------
    camera_from_head : ndarray (4, 4) float64
        Rigid; OpenCV camera axes; metres if `FaceScale` knows the head's size, else as far as a head of the template's size is.
    sigma_rotation_rad : float
        Standard deviation of the rotation, about its worst axis.
    sigma_depth : float
        Relative standard deviation of the distance, without that of the head's size.
    residual_px : float
        Root mean square distance between the landmarks and the posed template, of the points that were used.
    """

    camera_from_head: Array
    sigma_rotation_rad: float
    sigma_depth: float
    residual_px: float

    def __post_init__(self) -> None:
        pose = readonly(self.camera_from_head, np.float64)
        if pose.shape != (4, 4) or not np.isfinite(pose).all():
            raise ValueError("a pose is a finite (4, 4) matrix")
        if pose[2, 3] <= 0:
            raise ValueError("a head is before the camera")
        set_fields(self, camera_from_head=pose)

    @property
    def yaw_rad(self) -> float:
        """How far the face is turned to the person's left, about the head's up axis; 0 looks at the camera's plane."""
        forward = self.camera_from_head[:3, 2]
        return float(np.arctan2(forward[0], -forward[2]))

    @property
    def pitch_rad(self) -> float:
        """How far the face looks up."""
        return float(np.arcsin(np.clip(-self.camera_from_head[1, 2], -1, 1)))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FaceScale:
    """How large a head really is.

    Parameters
    ----------
    ratio : float
        True size of this head, as a multiple of the posed template's: 1.05 is 5 % larger than the template.
    sigma : float
        Relative standard deviation of `ratio`.
    source : str
        ``pd``: the user knows the pupillary distance; ``card``: a bank card in the picture; ``iris``: the mean human iris;
        ``template``: nothing is known, an adult of mean size is taken.
    pd : Length
        Distance between the pupils as the eyes look afar.
    """

    ratio: float
    sigma: float
    source: ScaleSource
    pd: Length

    def __post_init__(self) -> None:
        if not (0.2 < self.ratio < 5) or not (0 <= self.sigma < 10):
            raise ValueError(f"no head is {self.ratio} +- {self.sigma} times as large as the mean")
