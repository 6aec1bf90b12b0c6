"""How a synthetic head is photographed: camera, pose, light and what the camera does wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array, readonly, set_fields, vector

LightKind = Literal["neutral", "studio", "warm", "cool", "dim", "side"]
Gaze = Literal["camera", "far"]
ROUND_HEAD_M = (0.25, 0.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """A far lamp.

    Parameters
    ----------
    towards : (3,) float
        Direction to it, in camera axes (x right, y down, z forward), of length 1.
    irradiance : (3,) float
        Linear, on a plane across; with 1 and nothing else, a white sheet across is exposed as white.
    radius_rad : float
        How large it appears: shadows are that soft.
    """

    towards: tuple[float, ...]
    irradiance: tuple[float, ...]
    radius_rad: float

    def __post_init__(self) -> None:
        set_fields(self, towards=vector(self.towards, 3), irradiance=vector(self.irradiance, 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadLight:
    """Lamps, and light from above and below that has no shadows but those of creases."""

    kind: LightKind
    lamps: tuple[Lamp, ...]
    above: tuple[float, ...]
    below: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shot:
    """One picture to be taken of a head.

    Parameters
    ----------
    seed : int
        Of noise and background.
    camera : Camera
        The true one.
    handed : Camera
        The one that the code under test is told: the same, or with a focal length wrong by up to 3 %, which it states.
    camera_from_head : ndarray (4, 4) float64
    light : HeadLight
    background : (3,) float
        Mean, linear.
    gaze : "camera" or "far"
        Eyes turned to the camera, or straight on.
    white_balance : (3,) float
        Gains of the camera; (1, 1, 1) is right.
    noise : float
        1 for a phone by day, 0 for none.
    jpeg_quality : int or None
    """

    seed: int
    camera: Camera
    handed: Camera
    camera_from_head: Array = field(repr=False)
    light: HeadLight
    background: tuple[float, ...]
    gaze: Gaze = "camera"
    white_balance: tuple[float, ...] = (1.0, 1.0, 1.0)
    noise: float = 1.0
    jpeg_quality: int | None = None

    def __post_init__(self) -> None:
        pose = readonly(self.camera_from_head, np.float64)
        if pose.shape != (4, 4) or self.gaze not in get_args(Gaze):
            raise ValueError("a shot has a (4, 4) pose, and eyes that look to the camera or afar")
        set_fields(self, camera_from_head=pose, background=vector(self.background, 3), white_balance=vector(self.white_balance, 3))


def pose(
    *,
    yaw_rad: float = 0.0,
    pitch_rad: float = 0.0,
    roll_rad: float = 0.0,
    distance_m: float = 0.5,
    offset_m: tuple[float, float] = (0.0, 0.0),
) -> Array:
    """Return camera_from_head (4, 4) of a head turned by yaw (to its left), pitch (up), then roll (to its right shoulder).

    **Convention** `HeadPose.yaw_rad` and `pitch_rad` of the result are these; `distance_m` is the depth of the template's
    origin, `offset_m` how far it lies to the right of the optical axis and below.
    """
    raise NotImplementedError


def make_shot(
    seed: int,
    *,
    width_px: int = 640,
    height_px: int = 480,
    yaw_rad: float | None = None,
    pitch_rad: float | None = None,
    roll_rad: float | None = None,
    distance_m: float | None = None,
    offset_px: tuple[float, float] | None = None,
    light: LightKind | None = None,
    gaze: Gaze | None = None,
    errors: bool | None = None,
) -> Shot:
    """Draw a shot; what is given is not drawn.

    Yaw up to 40 degrees, pitch up to 20, roll up to 15, 0.25 to 0.8 m; any light; eyes to the camera in three of four. With
    `errors` (None: in half of the seeds) the camera handed over is wrong by up to 3 %, the white balance by up to 10 %, and the
    picture went through JPEG.
    """
    raise NotImplementedError
