"""How a synthetic head is photographed: camera, pose, light and what the camera does wrong."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, cast, get_args

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frames import CV_FROM_GL
from arviz.core.frozen import Array, readonly, set_fields, vector

LightKind = Literal["neutral", "studio", "warm", "cool", "dim", "side"]
Gaze = Literal["camera", "far"]
DISTANCES_M = (0.25, 0.8)
K_ERROR = 0.03


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
    cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw_rad, pitch_rad, roll_rad) for f in (np.cos, np.sin))
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    pitch = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    out = np.eye(4)
    out[:3, :3] = CV_FROM_GL[:3, :3] @ yaw @ pitch @ roll
    out[:3, 3] = (*offset_m, distance_m)
    return out


def head_light(kind: LightKind) -> HeadLight:
    """Return a kind of light; a white sheet towards the key lamp is exposed as about .9, but as .35 in the ``dim`` one."""
    lamps, above, below, tint = _LIGHTS[kind]
    colour = np.array(tint)
    directions = [np.array(towards) / np.linalg.norm(towards) for towards, _, _ in lamps]
    return HeadLight(
        kind=kind,
        lamps=tuple(
            Lamp(towards=tuple(d), irradiance=tuple(e * colour), radius_rad=r) for d, (_, e, r) in zip(directions, lamps, strict=True)
        ),
        above=tuple(above * colour),
        below=tuple(below * colour),
    )


_FRONT = (((0.4, -0.5, -0.77), 0.55, 0.20), ((-0.7, -0.2, -0.6), 0.18, 0.35))
_LIGHTS: dict[str, tuple[tuple[tuple[tuple[float, float, float], float, float], ...], float, float, tuple[float, float, float]]] = {
    "neutral": (_FRONT, 0.45, 0.22, (1.0, 1.0, 1.0)),
    "studio": (
        (((0.55, -0.6, -0.7), 0.62, 0.30), ((-0.8, -0.1, -0.5), 0.20, 0.45), ((-0.5, -0.5, 0.8), 0.45, 0.25)),
        0.26,
        0.14,
        (1, 1, 1),
    ),
    "warm": (_FRONT, 0.45, 0.22, (1.25, 1.0, 0.62)),
    "cool": (_FRONT, 0.45, 0.22, (0.85, 1.0, 1.2)),
    "dim": (_FRONT, 0.45, 0.22, (0.35, 0.35, 0.35)),
    "side": ((((0.95, -0.25, -0.25), 0.75, 0.15),), 0.22, 0.12, (1.0, 0.97, 0.92)),
}
"""Lamps (towards, irradiance, radius), light from above and from below, colour. Towards in camera axes: -y is up, -z before the face."""


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
    rng = np.random.default_rng([seed, 2])
    yaw, pitch, roll = (np.radians(limit) * rng.uniform(-1, 1) for limit in (40, 20, 15))
    far = rng.uniform(*DISTANCES_M)
    kind = str(rng.choice(get_args(LightKind)))
    aside = rng.uniform(-1, 1, 2)
    look: Gaze = "camera" if rng.random() < 0.75 else "far"
    wrong = bool(rng.random() < 0.5) if errors is None else errors
    focal, gains, quality = rng.uniform(-1, 1), rng.uniform(-1, 1, 3), int(rng.integers(75, 96))
    background = rng.uniform(0.05, 0.6) * (1 + rng.normal(0, 0.08, 3))
    f = width_px  # a webcam: 53 degrees from side to side
    centre = ((width_px - 1) / 2, (height_px - 1) / 2)
    k = np.array([[f, 0, centre[0]], [0, f, centre[1]], [0, 0, 1.0]])
    camera = Camera(k=k, width_px=width_px, height_px=height_px)
    handed = camera
    if wrong:
        told = k.copy()
        told[[0, 1], [0, 1]] *= 1 + K_ERROR * focal
        handed = replace(camera, k=told, source="exif", sigma_f_px=K_ERROR / 3**0.5 * f)  # the deviation of an even draw
    depth = far if distance_m is None else distance_m
    reach = 0.12 * np.array([width_px, height_px]) * min(depth / 0.5, 1.5)
    shift_px = aside * reach if offset_px is None else np.array(offset_px)
    return Shot(
        seed=seed,
        camera=camera,
        handed=handed,
        camera_from_head=pose(
            yaw_rad=yaw if yaw_rad is None else yaw_rad,
            pitch_rad=pitch if pitch_rad is None else pitch_rad,
            roll_rad=roll if roll_rad is None else roll_rad,
            distance_m=depth,
            offset_m=(shift_px[0] * depth / f, shift_px[1] * depth / f),
        ),
        light=head_light(light or cast(LightKind, kind)),
        background=tuple(np.clip(background, 0.02, 0.8)),
        gaze=gaze or look,
        white_balance=tuple(1 + 0.1 * (gains - gains[1])) if wrong else (1.0, 1.0, 1.0),
        jpeg_quality=quality if wrong else None,
    )
