"""How true a shade is: what is drawn, its light divided out, against what the recipe promises."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.colour_difference import delta_e_2000, lab
from arviz.core.frozen import Array
from arviz.tryon.makeup.blend import Uniforms
from arviz.tryon.makeup.light import FaceLight, linear
from arviz.tryon.makeup.region import Region

_AXES = np.array([[1, 1, 1], [0.5, 0, -0.5], [-0.25, 0.5, -0.25]])
"""How the light may be wrong, in ln of its channels: brightness, warm to cool, green to purple."""


class ShadeError(NamedTuple):
    """How far what is drawn is from what the product would show.

    `delta_e`: CIEDE2000 in the light as estimated; `sigma`: standard deviation that comes of not knowing that light better.
    """

    delta_e: float
    sigma: float


def shade_error(bare: Array, made: Array, where: Region, given: Uniforms, light: FaceLight) -> ShadeError:
    """Compare the drawn core of a layer with its promise: product and bare skin in the proportion of the coverage.

    Parameters
    ----------
    bare, made : ndarray (H, W, 3) uint8
        The region's window without and with the layer.
    """
    share = (where.mask[where.core] * given.coverage).mean()
    drawn, skin = (np.median(linear(picture[where.core]), axis=0) / given.light for picture in (made, bare))
    drawn = drawn - share * given.sheen  # of the surface, not of the shade
    promised = share * given.albedo + (1 - share) * skin
    delta = float(delta_e_2000(lab(np.clip(drawn, 0, 1)), lab(np.clip(promised, 0, 1))))
    # If the light is really brighter by a factor, the product drawn under the estimate is too dark by it.
    steps = np.exp(_AXES * np.array([light.sigma, light.sigma_hue, light.sigma_hue])[:, None])
    wrong = delta_e_2000(lab(given.albedo * steps), lab(given.albedo))
    return ShadeError(delta, float(share * np.sqrt((wrong**2).sum())))
