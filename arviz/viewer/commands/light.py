"""The light on the product."""

from __future__ import annotations

from dataclasses import replace
from math import degrees, log2, radians
from pathlib import Path
from typing import Any, get_args

from arviz.flows.preview_shot import Light
from arviz.render.environment import ENVIRONMENTS
from arviz.render.renderer import ToneMap
from arviz.viewer.command import Command, Given, Range
from arviz.viewer.state import State

_FULL_SUN = 3.0
"""Irradiance of the sun that is switched on: as much as a white wall in the studio's light sends back."""


def _light(given: Given) -> Light:
    return given.state.shot.light if given.state.shot else Light()


def _lit(given: Given, **changes: Any) -> State:
    shot = given.state.shot
    assert shot is not None
    return replace(given.state, shot=replace(shot, light=replace(shot.light, **changes)))


def _sunny(given: Given) -> bool:
    return _light(given).sun > 0


def _angle(name: str, field: str, keys: str, low: float, high: float, *, sun: bool) -> Command:
    return Command(
        name=name,
        keys=keys,
        change=lambda given, angle: _lit(given, **{field: radians(angle)}),
        gathers=True,
        when=lambda given: given.state.shot is not None and (not sun or _sunny(given)),
        range=Range(low, high, 5.0, "°"),
        value=lambda given: degrees(getattr(_light(given), field)),
    )


def _environments(given: Given) -> tuple[tuple[str, str], ...]:
    """Return ours, and the file that lights the product now."""
    now = _light(given).environment
    return (*((name, "") for name in ENVIRONMENTS), *(((now, Path(now).name),) if now not in ENVIRONMENTS else ()))


COMMANDS = (
    Command(
        name="light.environment",
        keys="E",
        change=lambda given, name: _lit(given, environment=name),
        choices=_environments,
        value=lambda given: _light(given).environment,
    ),
    Command(name="light.environment_file", keys="Ctrl+E", effect="choose_environment"),
    _angle("light.turn", "rotation_rad", "R", -180.0, 180.0, sun=False),
    Command(
        name="light.sun",
        keys="S",
        change=lambda given, on: _lit(given, sun=_FULL_SUN if on else 0.0),
        checked=_sunny,
    ),
    Command(
        name="light.sun_strength",
        keys="Ctrl+]",
        change=lambda given, amount: _lit(given, sun=amount),
        gathers=True,
        when=lambda given: given.state.shot is not None and _sunny(given),
        range=Range(0.1, 10.0, 0.5),
        value=lambda given: _light(given).sun,
    ),
    Command(
        name="light.lamps",
        keys="K",
        change=lambda given, on: _lit(given, lamps=on),
        when=lambda given: given.state.shot is not None and given.opened is not None and given.opened.lamps > 0,
        checked=lambda given: _light(given).lamps,
    ),
    _angle("light.sun_azimuth", "sun_azimuth_rad", "]", -180.0, 180.0, sun=True),
    _angle("light.sun_height", "sun_height_rad", "'", 5.0, 85.0, sun=True),
    Command(
        name="light.exposure",
        keys="X",
        change=lambda given, stops: _lit(given, exposure=2.0**stops),
        gathers=True,
        range=Range(-4.0, 4.0, 1 / 3, " EV"),
        value=lambda given: log2(_light(given).exposure),
    ),
    Command(
        name="light.tone_map",
        keys="T",
        change=lambda given, name: _lit(given, tone_map=name),
        choices=lambda given: tuple((name, "") for name in get_args(ToneMap)),
        value=lambda given: _light(given).tone_map,
    ),
    Command(
        name="light.shadow",
        keys="H",
        change=lambda given, amount: _lit(given, shadow=amount),
        gathers=True,
        range=Range(0.0, 1.0, 0.1),
        value=lambda given: _light(given).shadow,
    ),
)
