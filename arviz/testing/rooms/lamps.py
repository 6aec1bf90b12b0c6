"""Draws what lights a room: lamps that hang, lie under the ceiling or stand, and the sky outside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np

from arviz.core.frozen import Array
from arviz.testing.rooms.builder import UP, Builder
from arviz.testing.rooms.furnishing import Floor, ball, cylinder, turned
from arviz.testing.rooms.polygons import newell
from arviz.testing.rooms.truth import Daylight

_LUMEN = (700.0, 2200.0)
_SHARES = (0.4, 0.35, 0.25)
"""Of rooms in the evening, under a clouded sky, and with the sun in a window."""
LightKind = Literal["lamps", "clouded", "sunny"]


def draw_lamps(rng: np.random.Generator, floor: Floor, builder: Builder, *, lit: bool) -> None:
    """Add a lamp at the ceiling, and often one that stands on the floor."""
    shell = floor.shell
    low, high = shell.corners.min(axis=0), shell.corners.max(axis=0)
    spots = [p for p in rng.uniform(low + 0.8, high - 0.8, (30, 2)) if shell.inside(*p, margin_m=0.7)]
    x, z = min(spots, key=lambda p: float(np.abs(p - (low + high) / 2).sum()), default=(low + high) / 2)
    top = shell.headroom_m(x, z)
    if rng.random() < 0.5 and top == shell.height_m:
        _panel(rng, builder, np.array([x, top, z]), lit=lit)
    else:
        _pendant(rng, builder, np.array([x, top, z]), lit=lit)
    if rng.random() < 0.5:
        _standing(rng, floor, builder, lit=lit)


def draw_daylight(rng: np.random.Generator, kind: LightKind | None, panes: list[Array], *, yaw_rad: float) -> tuple[bool, Daylight]:
    """Draw whether lamps burn, and the sky outside in the world's axes, where the plan is turned by `yaw_rad`.

    `panes` are the outlines of windows in the plan, seen from inside: the sun shines into one of them.
    """
    kinds = get_args(LightKind)
    drawn: LightKind = kinds[rng.choice(3, p=_SHARES)]
    kind, seed, lamps_too = kind or drawn, int(rng.integers(2**31)), bool(rng.random() < 0.4)
    if kind == "lamps":
        night = np.array([0.02, 0.03, 0.06]) * rng.uniform(0.2, 2.0)
        return True, Daylight(zenith=tuple(night), horizon=tuple(night * 1.6), ground=tuple(night * 0.2), seed=seed)
    bright = rng.uniform(1.0, 4.0)
    zenith, horizon, ground = np.array([0.75, 1.0, 1.45]), np.array([1.15, 1.2, 1.25]), np.array([0.16, 0.2, 0.10])
    day = Daylight(zenith=tuple(zenith * bright), horizon=tuple(horizon * bright), ground=tuple(ground * bright), seed=seed)
    if kind == "clouded" or not panes:
        return lamps_too or not panes, day
    into = newell(panes[rng.integers(len(panes))])
    azimuth, height = np.arctan2(-into[0], -into[2]) + rng.uniform(-0.9, 0.9) + yaw_rad, np.radians(rng.uniform(18, 50))
    to_sun = (float(np.sin(azimuth) * np.cos(height)), float(np.sin(height)), float(np.cos(azimuth) * np.cos(height)))
    strength = rng.uniform(10.0, 40.0) * np.array([1.0, 0.93, 0.82])
    return lamps_too, replace(day, to_sun=to_sun, sun_irradiance=tuple(strength))


def _glow(
    rng: np.random.Generator, builder: Builder, position: Array, radius: float, kind: str, area: float, *, lit: bool
) -> dict[str, Any]:
    """Note a lamp of some lumens, warm to neutral; return its finish."""
    warm = rng.random()
    colour = np.array([1.0, 0.74 + 0.18 * warm, 0.45 + 0.38 * warm])
    radiance = colour * rng.uniform(*_LUMEN) / (np.pi * area) / 1000 if lit else np.zeros(3)
    builder.lamps.append({"kind": kind, "position_m": position, "radius_m": radius, "radiance": tuple(radiance)})
    return {"paint": "glow", "colour": (0.75, 0.74, 0.72), "index": len(builder.lamps) - 1}


def _panel(rng: np.random.Generator, builder: Builder, ceiling: Array, *, lit: bool) -> None:
    radius, thick = rng.uniform(0.15, 0.28), 0.05
    position = ceiling - UP * thick
    finish = _glow(rng, builder, position, radius, "panel", np.pi * radius**2, lit=lit)
    vertices, triangles = turned(np.array([[0.0, 0.0], [radius, 0.0]]), segments=48)
    builder.curved(vertices + position, triangles, finish=finish)
    rim, sides = turned(np.array([[radius, 0.0], [radius, thick]]), segments=48)
    builder.curved(rim + position, sides, finish={"paint": "plain", "colour": (0.7, 0.7, 0.7)})


def _pendant(rng: np.random.Generator, builder: Builder, ceiling: Array, *, lit: bool) -> None:
    radius = rng.uniform(0.10, 0.17)
    position = ceiling - UP * (radius + rng.uniform(0.15, 0.4))
    finish = _glow(rng, builder, position, radius, "globe", 4 * np.pi * radius**2, lit=lit)
    sphere, triangles = ball(radius)
    builder.curved(sphere + position - UP * radius, triangles, finish=finish)
    length = float(ceiling[1] - position[1] - radius)
    cable, triangles = cylinder(0.004, length, segments=8)
    builder.curved(cable + position + UP * radius, triangles, finish={"paint": "plain", "colour": (0.05, 0.05, 0.05)})


def _standing(rng: np.random.Generator, floor: Floor, builder: Builder, *, lit: bool) -> None:
    shell = floor.shell
    for _ in range(30):
        i = int(rng.integers(len(shell.corners)))
        inward = shell.corners.mean(axis=0) - shell.corners[i]
        x, z = shell.corners[i] + 0.28 * np.sign(inward) + rng.uniform(0, 0.15, 2) * np.sign(inward)
        if floor.free(x, z, (0.17, 0.17), 1.7):
            break
    else:
        return
    floor.take(x, z, (0.17, 0.17))
    radius, height = rng.uniform(0.12, 0.16), rng.uniform(1.35, 1.55)
    base = np.array([x, 0.0, z])
    metal = {"paint": "plain", "colour": (0.12, 0.12, 0.12)}
    for r, h in ((0.15, 0.025), (0.012, height - radius)):
        vertices, triangles = cylinder(r, h, segments=32)
        builder.curved(vertices + base, triangles, finish=metal)
    finish = _glow(rng, builder, base + UP * height, radius, "globe", 4 * np.pi * radius**2, lit=lit)
    sphere, triangles = ball(radius)
    builder.curved(sphere + base + UP * (height - radius), triangles, finish=finish)
    builder.stand("lamp", base, (2 * max(radius, 0.15), height + radius, 2 * max(radius, 0.15)), 0.0)
