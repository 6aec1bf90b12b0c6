"""The lights that products bring along (KHR_lights_punctual), placed in the world.

Units are glTF's: candela for points and spots, lux for distant lights, taken as they are into the unit of the
environment's radiance, as three.js does: a white matte surface at right angles to 1 lux shows 1 / pi. A light lights
all items of the scene and throws no shadow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from arviz.core.animation import at_time
from arviz.core.frozen import Array
from arviz.core.graph import world_matrices
from arviz.core.material import extension_colour, extension_number
from arviz.core.scene import Scene

MOST_LIGHTS = 16
"""More than these would make every fragment pay for light that nobody sees."""
_BRIGHTEST = 1e8
_NEAREST_M = 0.01
"""Nearer than this, no more light arrives."""

Kind = Literal["directional", "point", "spot"]


class PunctualLight(NamedTuple):
    """One light where it stands in the world."""

    item: int
    """Index in `Scene.items`."""
    name: str
    kind: Kind
    position_m: Array
    """(3,), in the world; of no meaning for a distant light."""
    aim: Array
    """(3,) unit vector along which it shines."""
    intensity: tuple[float, ...]
    """Linear Rec.709: candela, or lux for a distant light."""
    range_m: float
    """Where it ends; inf for never."""
    inner_rad: float
    outer_rad: float
    """Half angles of a spot: full light within the inner one, none beyond the outer one."""


def punctual_lights(scene: Scene) -> tuple[PunctualLight, ...]:
    """Return the lights of all visible items, in the scene's order."""
    return tuple(light for index, item in enumerate(scene.items) if item.role == "visible" for light in _item_lights(scene, index))


def strongest(lights: Iterable[PunctualLight], *, at_m: Array, most: int = MOST_LIGHTS) -> tuple[PunctualLight, ...]:
    """Return the lights that give most light on a surface at `at_m` (3,) facing them, strongest first, at most `most`."""
    return tuple(sorted(lights, key=lambda light: -arriving(light, at_m[None])[1].sum())[:most])


def arriving(light: PunctualLight, points_m: Array) -> tuple[Array, Array]:
    """Return unit vectors (N, 3) from points (N, 3) to a light, and the irradiance (N, 3) on surfaces there that face it.

    The falloffs that KHR_lights_punctual recommends ("Range Property", "Inner and Outer Cone Angles"), as ``gl/shaders/direct.glsl``.
    """
    points = np.asarray(points_m, np.float64)
    power = np.asarray(light.intensity)
    if light.kind == "directional":
        return np.broadcast_to(-light.aim, points.shape), np.broadcast_to(power, points.shape)
    way = light.position_m - points
    squared = np.maximum((way**2).sum(axis=1), 1e-12)
    to_light = way / np.sqrt(squared)[:, None]
    scale, offset = cone_falloff(light)
    cone = (scale * (to_light @ -light.aim) + offset).clip(0, 1)
    window = (1 - (squared / light.range_m**2) ** 2).clip(0, 1)
    return to_light, (window * cone**2 / np.maximum(squared, _NEAREST_M**2))[:, None] * power


def cone_falloff(light: PunctualLight) -> tuple[float, float]:
    """Return (scale, offset): light at the angle a from the aim is ``clamp(scale cos a + offset, 0, 1)`` squared.

    KHR_lights_punctual, "Inner and Outer Cone Angles"; (0, 1) for lights without a cone.
    """
    if light.kind != "spot":
        return 0.0, 1.0
    scale = 1 / max(0.001, math.cos(light.inner_rad) - math.cos(light.outer_rad))
    return scale, -math.cos(light.outer_rad) * scale


def _item_lights(scene: Scene, index: int) -> Iterable[PunctualLight]:
    item = scene.items[index]
    asset = item.asset
    if not asset.lights:
        return
    if item.animation is not None:
        asset = at_time(asset, animation=item.animation, time_s=item.time_s)
    assert item.world_from_asset is not None
    for node, asset_from_node in world_matrices(asset).items():
        number = asset.nodes[node].light
        if number is not None and 0 <= number < len(asset.lights):
            light = _placed(asset.lights[number], item.world_from_asset @ asset_from_node, item=index)
            if light is not None:
                yield light


def _placed(light: Mapping[str, Any], world_from_node: Array, *, item: int) -> PunctualLight | None:
    kind = light.get("type")
    aim = -world_from_node[:3, 2]  # an unturned light shines along -Z
    length = float(np.linalg.norm(aim))
    if kind not in ("directional", "point", "spot") or not np.isfinite(world_from_node).all() or (length == 0 and kind != "point"):
        return None
    intensity = extension_number(light, "intensity", 1.0)
    colour = tuple(min(max(value * intensity, 0.0), _BRIGHTEST) for value in extension_colour(light, "color", (1.0, 1.0, 1.0)))
    reach = extension_number(light, "range", 0.0)
    outer = min(max(extension_number(light.get("spot"), "outerConeAngle", math.pi / 4), 1e-3), math.pi / 2)
    inner = min(max(extension_number(light.get("spot"), "innerConeAngle", 0.0), 0.0), outer)
    return PunctualLight(
        item=item,
        name=str(light.get("name", "")),
        kind=kind,
        position_m=world_from_node[:3, 3],
        aim=aim / length if length else aim,
        intensity=colour,
        range_m=reach if reach > 0 and kind != "directional" else math.inf,
        inner_rad=inner,
        outer_rad=outer,
    )
