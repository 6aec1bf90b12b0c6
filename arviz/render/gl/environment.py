"""Light from all around, as the shader of the surfaces takes it."""

from __future__ import annotations

from arviz.core.scene import Lighting
from arviz.render.gl.inputs import Inputs
from arviz.render.gl.painter import Painter
from arviz.render.prefilter import LEVELS


def environment_inputs(painter: Painter, lighting: Lighting) -> Inputs:
    """Return the prefiltered environment and its strength."""
    light = painter.store.light(lighting)
    return Inputs(
        defines={"ENVIRONMENT_TOP_LEVEL": f"{LEVELS - 1}.0"},
        uniforms={"harmonics": light.harmonics.tobytes(), "light_intensity": lighting.intensity},
        textures={"environment": (light.texture, painter.samplers.environment())},
    )
