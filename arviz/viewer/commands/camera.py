"""Where the product is looked at from."""

from __future__ import annotations

from dataclasses import replace
from math import pi, radians
from typing import Any

import numpy as np

from arviz.core.frames import look_at, orbit_direction
from arviz.viewer.command import Command, Given
from arviz.viewer.state import State

_NEAREST, _FARTHEST = 0.02, 20.0
_POLE = radians(0.5)
"""The eye stays so far from straight above and below, where left and right are lost."""
_VIEWS = {
    "front": (0.0, 90.0),
    "right": (90.0, 90.0),
    "back": (180.0, 90.0),
    "left": (-90.0, 90.0),
    "top": (0.0, 0.5),
    "shop": (30.0, 75.0),
}


def _seen(given: Given, **changes: Any) -> State:
    shot = given.state.shot
    assert shot is not None
    return replace(given.state, shot=replace(shot, eye=replace(shot.eye, **changes)))


def _orbit(given: Given, turn: tuple[float, float]) -> State:
    """Turn by (azimuth, polar) radians."""
    shot = given.state.shot
    assert shot is not None
    polar = min(max(shot.eye.polar_rad + turn[1], _POLE), pi - _POLE)
    return _seen(given, azimuth_rad=(shot.eye.azimuth_rad + turn[0]) % (2 * pi), polar_rad=polar)


def _pan(given: Given, move_m: tuple[float, float]) -> State:
    """Move what is looked at by metres to the right and up, as the eye sees them."""
    shot = given.state.shot
    assert shot is not None
    eye = shot.eye
    right, down, _ = look_at(orbit_direction(eye.azimuth_rad, eye.polar_rad), np.zeros(3))[:3, :3].T
    x, y, z = (np.asarray(eye.aside_m) + move_m[0] * right - move_m[1] * down).tolist()
    return _seen(given, aside_m=(x, y, z))


def _zoom(given: Given, factor: float) -> State:
    """Go nearer (below 1) or farther."""
    shot = given.state.shot
    assert shot is not None
    return _seen(given, distance=min(max(shot.eye.distance * factor, _NEAREST), _FARTHEST))


def _frame(given: Given, _: object) -> State:
    return _seen(given, distance=1.0, aside_m=(0.0, 0.0, 0.0))


def _from(name: str) -> Command:
    azimuth, polar = (radians(angle) for angle in _VIEWS[name])
    key = {"front": "1", "right": "3", "back": "Ctrl+1", "left": "Ctrl+3", "top": "7", "shop": "0"}[name]
    return Command(
        name=f"camera.{name}",
        keys=key,
        change=lambda given, _: _seen(given, azimuth_rad=azimuth, polar_rad=polar, distance=1.0, aside_m=(0.0, 0.0, 0.0)),
    )


COMMANDS = (
    Command(name="camera.orbit", keys="Left drag", change=_orbit, gathers=True),
    Command(name="camera.pan", keys="Middle drag, Shift+Left drag", change=_pan, gathers=True),
    Command(name="camera.zoom", keys="Wheel", change=_zoom, gathers=True),
    Command(name="camera.nearer", keys="+", change=lambda given, _: _zoom(given, 0.8), gathers=True),
    Command(name="camera.farther", keys="-", change=lambda given, _: _zoom(given, 1.25), gathers=True),
    Command(name="camera.frame", keys="F", change=_frame),
    *(_from(name) for name in _VIEWS),
)
