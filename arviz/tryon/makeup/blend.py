"""Put a layer of make-up on pixels, in linear light: ``blend(pixels, mask, uniforms)`` is pure, id ``arviz.brdf/1``.

A pixel of skin or lips is shading times reflectance plus shine. Its luminance against that of the region's middle is the
shading; what exceeds `_SHINE` times the middle is shine, which has the colour of the light. The product keeps the shading and
brings its own reflectance under the estimated light, so a shade looks the same on every skin, and changes with the lamp.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.colour import LUMINANCE, linear_to_srgb, to_uint8
from arviz.core.frozen import Array
from arviz.core.recipe import Finish
from arviz.tryon.makeup.light import linear

_SHINE = 1.35
_FINISH: dict[Finish, tuple[float, float]] = {"matte": (0.35, 0.0), "satin": (1.0, 0.0), "gloss": (1.0, 1.0)}
"""Share of the bare shine that stays, and how much is added."""
_GLOSS_FROM, _GLOSS_OVER = 1.1, 0.4


class Uniforms(NamedTuple):
    """What one layer on one picture needs beside its mask.

    `light` (3,): linear Rec.709 of a white matte surface in the middle of the region; `middle`: luminance of the bare region's
    middle; `albedo` (3,) of the product; `coverage` 0 to 1; `shine`: share of bare shine that stays; `gloss`: what is added.
    """

    light: Array
    middle: float
    albedo: Array
    coverage: float
    shine: float
    gloss: float


def finish_uniforms(finish: Finish) -> tuple[float, float]:
    """Return `Uniforms.shine` and `Uniforms.gloss` of a finish."""
    return _FINISH[finish]


def blend(pixels: Array, mask: Array, uniforms: Uniforms) -> Array:
    """Return 8-bit sRGB pixels (H, W, 3) with the product where `mask` (H, W) is above 0."""
    skin = linear(pixels)
    shade = skin @ LUMINANCE.astype(np.float32) / np.float32(uniforms.middle)
    diffuse = np.minimum(shade, np.float32(_SHINE))
    lobe = np.clip((shade - _GLOSS_FROM) / _GLOSS_OVER, 0, 1) ** 2
    shine = ((shade - diffuse) * uniforms.shine + uniforms.gloss * lobe) * uniforms.middle
    light = np.asarray(uniforms.light, np.float32)
    made = light * np.asarray(uniforms.albedo, np.float32) * diffuse[..., None] + shine[..., None] * (light / (light @ LUMINANCE))
    share = (mask * np.float32(uniforms.coverage))[..., None]
    return to_uint8(linear_to_srgb(skin + share * (made - skin)))
