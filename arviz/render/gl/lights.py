"""The punctual lights that products bring along, as the surface shader takes them."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.scene import Scene
from arviz.render.gl.draws import Draw
from arviz.render.gl.inputs import Inputs
from arviz.render.gl.view import light_from_world
from arviz.render.punctual_lights import MOST_LIGHTS, cone_falloff, punctual_lights, strongest


def punctual_light_inputs(scene: Scene, draws: list[Draw], *, world_from_camera: Array) -> Inputs:
    """Return what the surfaces of a picture need of the punctual lights; nothing where there are none.

    Where there are more than `MOST_LIGHTS`, those stay that are strongest in the middle of what is drawn.
    """
    shining = tuple(light for light in punctual_lights(scene) if any(light.intensity))
    if not shining:
        return Inputs()
    if len(shining) > MOST_LIGHTS:
        shining = strongest(shining, at_m=_middle(draws))
    turned = light_from_world(world_from_camera, rotation_rad=scene.lighting.rotation_rad)
    place, power, aim, cone = [], [], [], []
    for light in shining:
        distant = light.kind == "directional"
        place.append(
            (*(turned[:3, :3] @ -light.aim if distant else turned[:3, :3] @ light.position_m + turned[:3, 3]), 0.0 if distant else 1.0)
        )
        power.append((*light.intensity, 1 / light.range_m))
        aim.append(turned[:3, :3] @ light.aim)
        cone.append(cone_falloff(light))
    return Inputs(
        defines={"LAMPS": str(len(shining))},
        uniforms={
            "lamp_place": np.array(place, np.float32).tobytes(),
            "lamp_power": np.array(power, np.float32).tobytes(),
            "lamp_aim": np.array(aim, np.float32).tobytes(),
            "lamp_cone": np.array(cone, np.float32).tobytes(),
        },
    )


def _middle(draws: list[Draw]) -> Array:
    """Return the middle of the pieces' middles."""
    points = [draw.world_from_piece[:3, :3] @ draw.piece.box.mean(axis=0) + draw.world_from_piece[:3, 3] for draw in draws]
    middle: Array = (np.min(points, axis=0) + np.max(points, axis=0)) / 2 if points else np.zeros(3)
    return middle
