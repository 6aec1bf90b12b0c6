"""Glass where only opacity is to be had: how clear a surface may be, and what light becomes in the wall behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.material import extension_colour, extension_number

_KEPT_CLEAR = 0.8


def clearness(factor: float, colour: Sequence[float]) -> float:
    """Return the share (0..0.8) of what lies behind that is seen through glass: 1 minus the opacity.

    Light that passes is tinted by the base colour, so a dark lens lets little through: 0.8 times `factor` (KHR_materials_transmission)
    times the luminance of the linear `colour` (3,). A fifth of even clear glass stays: at opacity 0 no reflections would be drawn
    either.
    """
    return _KEPT_CLEAR * factor * min(max(0.0, float(np.dot(LUMINANCE, colour))), 1.0)


def attenuation(volume: Any) -> tuple[float, ...]:
    """Return the colour of light after crossing the wall once (KHR_materials_volume, "Attenuation"); `volume` is its JSON or None."""
    colour = extension_colour(volume, "attenuationColor", (1.0, 1.0, 1.0))
    thickness, distance = extension_number(volume, "thicknessFactor", 0.0), extension_number(volume, "attenuationDistance", math.inf)
    if thickness <= 0 or distance <= 0 or not math.isfinite(distance):
        return (1.0, 1.0, 1.0)
    return tuple(min(max(value, 0.0), 1.0) ** (thickness / distance) for value in colour)
