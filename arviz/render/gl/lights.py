"""Lamps that products bring along (KHR_lights_punctual), as the surface shader takes them.

Units are glTF's: candela for points and spots, lux for distant lights, taken as they are into the unit of the
environment's radiance, as three.js does: a white matte surface at right angles to 1 lux shows 1 / pi. A lamp lights all
items of the scene and throws no shadow.
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
from arviz.render.gl.draws import Draw
from arviz.render.gl.inputs import Inputs
from arviz.render.gl.view import light_from_world

MOST_LAMPS = 16
"""More than these would make every fragment pay for light that nobody sees."""
_MOST_LIGHT = 1e8

Kind = Literal["directional", "point", "spot"]


class Lamp(NamedTuple):
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


def lamps(scene: Scene) -> tuple[Lamp, ...]:
    """Return the lights of all visible items, in the scene's order."""
    return tuple(lamp for index, item in enumerate(scene.items) if item.role == "visible" for lamp in _item_lamps(scene, index))


def strongest(all_lamps: Iterable[Lamp], *, at_m: Array, most: int = MOST_LAMPS) -> tuple[Lamp, ...]:
    """Return the lamps that give most light on a surface at `at_m` (3,) facing them, strongest first, at most `most`."""
    return tuple(sorted(all_lamps, key=lambda lamp: -_irradiance(lamp, at_m))[:most])


def lamp_inputs(scene: Scene, draws: list[Draw], *, world_from_camera: Array) -> Inputs:
    """Return what the surfaces of a picture need of the lamps; nothing where there are none.

    Where there are more than `MOST_LAMPS`, those stay that are strongest in the middle of what is drawn.
    """
    shining = tuple(lamp for lamp in lamps(scene) if any(lamp.intensity))
    if not shining:
        return Inputs()
    if len(shining) > MOST_LAMPS:
        shining = strongest(shining, at_m=_middle(draws))
    light = light_from_world(world_from_camera, rotation_rad=scene.lighting.rotation_rad)
    place, power, aim, cone = [], [], [], []
    for lamp in shining:
        distant = lamp.kind == "directional"
        place.append((*(light[:3, :3] @ -lamp.aim if distant else light[:3, :3] @ lamp.position_m + light[:3, 3]), 0.0 if distant else 1.0))
        power.append((*lamp.intensity, 1 / lamp.range_m))
        aim.append(light[:3, :3] @ lamp.aim)
        cone.append(cone_falloff(lamp))
    return Inputs(
        defines={"LAMPS": str(len(shining))},
        uniforms={
            "lamp_place": np.array(place, np.float32).tobytes(),
            "lamp_power": np.array(power, np.float32).tobytes(),
            "lamp_aim": np.array(aim, np.float32).tobytes(),
            "lamp_cone": np.array(cone, np.float32).tobytes(),
        },
    )


def cone_falloff(lamp: Lamp) -> tuple[float, float]:
    """Return (scale, offset): light at the angle a from the aim is ``clamp(scale cos a + offset, 0, 1)`` squared.

    KHR_lights_punctual, "Inner and Outer Cone Angles"; (0, 1) for lamps without a cone.
    """
    if lamp.kind != "spot":
        return 0.0, 1.0
    scale = 1 / max(0.001, math.cos(lamp.inner_rad) - math.cos(lamp.outer_rad))
    return scale, -math.cos(lamp.outer_rad) * scale


def _item_lamps(scene: Scene, index: int) -> Iterable[Lamp]:
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
            lamp = _lamp(asset.lights[number], item.world_from_asset @ asset_from_node, item=index)
            if lamp is not None:
                yield lamp


def _lamp(light: Mapping[str, Any], world_from_node: Array, *, item: int) -> Lamp | None:
    kind = light.get("type")
    aim = -world_from_node[:3, 2]  # an unturned lamp shines along -Z
    length = float(np.linalg.norm(aim))
    if kind not in ("directional", "point", "spot") or not np.isfinite(world_from_node).all() or (length == 0 and kind != "point"):
        return None
    intensity = extension_number(light, "intensity", 1.0)
    colour = tuple(min(max(value * intensity, 0.0), _MOST_LIGHT) for value in extension_colour(light, "color", (1.0, 1.0, 1.0)))
    reach = extension_number(light, "range", 0.0)
    outer = min(max(extension_number(light.get("spot"), "outerConeAngle", math.pi / 4), 1e-3), math.pi / 2)
    inner = min(max(extension_number(light.get("spot"), "innerConeAngle", 0.0), 0.0), outer)
    return Lamp(
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


def _irradiance(lamp: Lamp, at_m: Array) -> float:
    """Return what arrives at a point on a surface that faces the lamp, its channels added up."""
    brightness = sum(lamp.intensity)
    if lamp.kind == "directional":
        return brightness
    way = at_m - lamp.position_m
    distance = max(float(np.linalg.norm(way)), 1e-2)
    scale, offset = cone_falloff(lamp)
    cone = min(max(scale * float(lamp.aim @ way) / distance + offset, 0.0), 1.0)
    return brightness * cone**2 * max(1 - (distance / lamp.range_m) ** 4, 0.0) / distance**2


def _middle(draws: list[Draw]) -> Array:
    """Return the middle of the pieces' middles."""
    points = [draw.world_from_piece[:3, :3] @ draw.piece.box.mean(axis=0) + draw.world_from_piece[:3, 3] for draw in draws]
    middle: Array = (np.min(points, axis=0) + np.max(points, axis=0)) / 2 if points else np.zeros(3)
    return middle
