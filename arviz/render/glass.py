"""What a material lets through: transmission, thin or with a volume behind its surface, as numbers for the shader.

The approximation is three.js's (r187, ``transmission_pars_fragment.glsl.js``, after glTF Sample Viewer), which is what
model-viewer shows: light crosses one surface, is bent once, travels the thickness and leaves where the ray then stands on
the screen; roughness reads a blurred picture of what is behind.
"""

from __future__ import annotations

from math import log
from typing import NamedTuple

from arviz.core.material import Material, extension_colour, extension_number

TRANSMISSION, VOLUME, IOR = "KHR_materials_transmission", "KHR_materials_volume", "KHR_materials_ior"
_SMOOTH = 0.045
"""Roughness that the surface shader takes for zero."""
_DARKEST = 1e-5
"""Attenuation colours below this count as this: their logarithm has to be finite."""


class Glass(NamedTuple):
    """How light passes a material; see KHR_materials_transmission, KHR_materials_volume and KHR_materials_ior."""

    transmission: float
    """Share that passes instead of being scattered; 0 is no glass at all."""
    ior: float
    thickness: float
    """In the unit of the mesh: the scale of its pose belongs to it. 0 is a thin wall, which does not bend light."""
    absorption_per_m: tuple[float, ...]
    """Of red, green and blue: what passes d metres is exp(-absorption d) (Beer-Lambert)."""
    blur: float
    """Levels of the blurred picture behind, as a share of all at roughness 1."""


def glass(material: Material) -> Glass:
    """Return how light passes `material`."""
    extensions = material.extensions
    transmission = min(max(extension_number(extensions.get(TRANSMISSION), "transmissionFactor", 0.0), 0.0), 1.0)
    # 0 stands for an infinite index: all is mirrored, so that it does not matter how the rest is bent.
    ior = max(extension_number(extensions.get(IOR), "ior", 1.5), 1.0)
    volume = extensions.get(VOLUME)
    thickness = max(extension_number(volume, "thicknessFactor", 0.0), 0.0)
    distance = extension_number(volume, "attenuationDistance", 0.0)  # the default is infinite: no attenuation
    colour = extension_colour(volume, "attenuationColor", (1.0, 1.0, 1.0))
    absorption = tuple(-log(min(max(value, _DARKEST), 1.0)) / distance if distance > 0 else 0.0 for value in colour)
    # An index of 1 does not blur, 1.5 and more do fully (three.js, applyIorToRoughness).
    blur = min(2.0 * ior - 2.0, 1.0) if material.roughness_factor > _SMOOTH else 0.0
    return Glass(transmission, ior, thickness, absorption, blur)
