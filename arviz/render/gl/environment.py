"""Light from all around, as the shader of the surfaces takes it.

What it costs on llvmpipe (the helmet, 1280 x 720, CPU ms): 14 of 82 with one sample for what is mirrored, 15 for the
harmonics. Tried without a gain beyond the noise of 5 %: the nearest level in place of two (289 and 301 of a picture with 4
samples and the sun), a lookup without the arc functions, as a cube map would have it (312 and 301).
"""

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
