"""The light of a face as renderers take it, and a plausible one where none is known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import LightEstimate, sh_basis
from arviz.core.scene import Lighting
from arviz.render.prefilter import directions
from arviz.render.room_light import HEIGHT_PX, WIDTH_PX, lighting_of

_SKIN = 0.35
"""Luminance that skin sends back, between types II and III."""
NOOK = 0.4
"""Share of the light that reaches nose pads and skin behind the front."""
_HEAD_COSINES = 0.5, 0.8
"""Of the angle to the middle of the head: it begins and is all that is seen."""
_SHARE, _RADIUS_RAD = 0.3, 0.4
_FROM = (0.25, 0.75, 0.61)
"""Where light comes from if nothing says otherwise: above, before and a little beside the head."""
_SIGMA_RAD = 0.9
_FLOOR_WALL_CEILING = 0.35, 1.0, 1.8
"""Radiance in the room that is mirrored."""
_SEAMS_RAD, _SEAM_RAD = (-0.2, 0.35), 0.12
"""Heights above the eyes at which one goes over into the next, and how softly: walls are some metres away, and rooms are not tidy."""


class FaceLight(NamedTuple):
    """The light on a face, in the head's axes."""

    sky: Array
    """(9, 3) harmonics of the radiance from all around, without the main light."""
    to_light: Array | None
    """(3,) unit vector."""
    irradiance: Array
    """(3,) of the main light on a surface that faces it."""
    radius_rad: float


def unknown_light(skin: Array) -> LightEstimate:
    """Return soft light from above and before, as bright and coloured as the mean skin (N, 3), linear, needs; confidence 0."""
    level = float(np.median(skin @ LUMINANCE)) / _SKIN if len(skin) else 0.6
    level = float(np.clip(level, 0.05, 1.5)) * np.pi
    to_light = np.asarray(_FROM) / np.linalg.norm(_FROM)
    sh = np.zeros((9, 3))
    sh[0] = level * (1 - _SHARE) / np.pi / 0.28209479
    return LightEstimate(
        sh=sh + sh_basis(to_light[None]).T * level * _SHARE,
        to_light=tuple(to_light.tolist()),
        sigma_direction_rad=_SIGMA_RAD,
        directional_share=_SHARE,
        angular_radius_rad=_RADIUS_RAD,
        colour=(1.0, 1.0, 1.0),
        source="up",
        confidence=0.0,
    )


def lighting_of_face(light: LightEstimate, *, to_head: Array | None = None) -> Lighting:
    """Return an estimate as the environment and the sun of glasses; what is mirrored has the detail of a plain room, scaled to the light.

    A photo of a face does not show what is before it: nine harmonics alone would make lenses and rims look dull. Behind the glasses,
    towards `to_head` (3,), away from the camera by default, is no room but a face in their shade: without it the inner walls of rims shine.
    """
    mean = np.maximum(light.sh[0] * 0.28209479, 0)
    lit = lighting_of(light, surroundings=_room() * mean)
    pixels = np.asarray(lit.environment.pixels)
    cosine = directions(pixels.shape[1], pixels.shape[0]).reshape(*pixels.shape[:2], 3) @ (
        np.array([0, 0, -1.0]) if to_head is None else to_head
    )
    share = np.clip((cosine - _HEAD_COSINES[0]) / (_HEAD_COSINES[1] - _HEAD_COSINES[0]), 0, 1)[..., None]
    face = (_SKIN * NOOK * mean).astype(np.float32)
    return replace(lit, environment=Image(pixels=(pixels + share * (face - pixels)).astype(np.float32), space="linear"))


def turned_light(light: LightEstimate, lit: Lighting, world_from_head: Array) -> FaceLight:
    """Return the light in the head's axes: what is not the sun's share as harmonics."""
    turn = world_from_head[:3, :3]
    if lit.sun is None:
        return FaceLight(_turned(light.sh, turn), None, np.zeros(3), 0.0)
    to_light, irradiance = np.asarray(lit.sun.to_light), np.asarray(lit.sun.irradiance)
    sky = light.sh - sh_basis(to_light[None]).T * irradiance
    return FaceLight(_turned(sky, turn), turn.T @ to_light, irradiance, max(float(light.angular_radius_rad), 0.05))


def _turned(harmonics: Array, world_from_head: Array) -> Array:
    """Return the same light in other axes: harmonics of the second degree are known by any nine directions."""
    i = np.arange(64)
    y = 1 - (2 * i + 1) / 64
    r, turn = np.sqrt(1 - y * y), np.pi * (3 - 5**0.5) * i
    ways = np.stack([r * np.cos(turn), y, r * np.sin(turn)], axis=1)
    out: Array = np.linalg.lstsq(sh_basis(ways), sh_basis(ways @ world_from_head.T) @ harmonics, rcond=None)[0]
    return out


@cache
def _room() -> Array:
    """Return radiance (HEIGHT_PX, WIDTH_PX, 3) of a plain room, of mean 1: floor, walls and ceiling, the same on all sides.

    It has no window: that is the estimate's main light, which stands where it was found.
    """
    way = directions(WIDTH_PX, HEIGHT_PX)
    height = np.arcsin(way[..., 1])
    floor, wall, ceiling = _FLOOR_WALL_CEILING
    above = [np.clip((height - seam) / _SEAM_RAD + 0.5, 0, 1) for seam in _SEAMS_RAD]
    grey = floor + (wall - floor) * above[0] + (ceiling - wall) * above[1]
    return np.repeat((grey / np.average(grey, weights=np.cos(height)))[..., None], 3, axis=2)
