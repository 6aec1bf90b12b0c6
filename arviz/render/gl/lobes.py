"""The layers of KHR_materials_* that change how a surface mirrors: specular, sheen, clearcoat, iridescence, anisotropy.

Each function adds to `Slots` what its shader file asks for, or nothing where the layer is off: then a material pays
nothing. Numbers are brought into the range that the extension allows, so that no shader divides by what a file says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from arviz.core.material import Material, are_numbers, extension_colour, extension_number, extension_texture
from arviz.render.gl.slots import Slots

_MOST_IOR = 5.0
"""Of a film: diamond is 2.4, silicon 4."""
_MOST_NM = 1e5
_GLOSSY = "KHR_materials_pbrSpecularGlossiness"
_F0 = 0.04
"""Of the default index of refraction 1.5."""
_MOST_COLOUR = 1e4


def within(value: float, low: float, high: float, default: float) -> float:
    """Return a number of a file inside its range; the default where it is not finite."""
    return min(max(value, low), high) if math.isfinite(value) else default


def without_glossiness(material: Material) -> tuple[Material, float | None]:
    """Return a specular-glossiness material (archived, KHR_materials_pbrSpecularGlossiness) as metallic-roughness, and its glossiness.

    Its specular colour is the F0 of a dielectric; None for materials that are not of this kind.
    """
    extension = material.extensions.get(_GLOSSY)
    if not isinstance(extension, Mapping):
        return material, None
    glossiness = _unit(extension, "glossinessFactor", 1.0)
    diffuse = extension.get("diffuseFactor")
    colour = [value / _F0 for value in extension_colour(extension, "specularFactor", (1.0, 1.0, 1.0))]
    texture = extension.get("specularGlossinessTexture")
    shine = {"specularColorFactor": colour, **({} if texture is None else {"specularColorTexture": texture})}
    others = {name: value for name, value in material.extensions.items() if name not in (_GLOSSY, "KHR_materials_ior")}
    changed = replace(
        material,
        base_color_factor=tuple(diffuse) if diffuse is not None and are_numbers(diffuse, 4) else (1.0, 1.0, 1.0, 1.0),
        base_color_texture=extension_texture(extension, "diffuseTexture"),
        metallic_factor=0.0,
        metallic_roughness_texture=None,
        roughness_factor=1 - glossiness,
        extensions={**others, "KHR_materials_specular": shine},
    )
    return changed, glossiness


def specular(build: Slots, material: Material) -> None:
    """Add F0 and F90 of the dielectric (KHR_materials_ior, KHR_materials_specular)."""
    ior = extension_number(material.extensions.get("KHR_materials_ior"), "ior", 1.5)
    extension = material.extensions.get("KHR_materials_specular")
    f0 = ((ior - 1) / (ior + 1)) ** 2 if ior >= 1 else 1.0  # KHR_materials_ior: 0 means a Fresnel of 1, others start at 1
    weight = _unit(extension, "specularFactor", 1.0)
    tint = extension_colour(extension, "specularColorFactor", (1.0, 1.0, 1.0))
    colour = tuple(f0 * within(value, 0.0, _MOST_COLOUR, 1.0) for value in tint)
    strength_map = build.texture("specular_map", "specularTexture", extension_texture(extension, "specularTexture"))
    colour_map = build.texture("specular_colour_map", "specularColorTexture", extension_texture(extension, "specularColorTexture"))
    if weight != 1 or strength_map or colour_map:
        build.defines["SPECULAR"] = "1"
        build.uniforms["specular_weight"] = weight
    else:
        colour = tuple(min(value, 1.0) for value in colour)
    build.uniforms["dielectric_f0"] = colour


def sheen(build: Slots, material: Material) -> None:
    """Add velvet (KHR_materials_sheen)."""
    extension = material.extensions.get("KHR_materials_sheen")
    tint = tuple(within(value, 0.0, 1.0, 0.0) for value in extension_colour(extension, "sheenColorFactor", (0.0, 0.0, 0.0)))
    if not any(tint):
        return
    build.defines["SHEEN"] = "1"
    build.uniforms["sheen_factor"] = (*tint, _unit(extension, "sheenRoughnessFactor", 0.0))
    build.texture("sheen_colour_map", "sheenColorTexture", extension_texture(extension, "sheenColorTexture"))
    build.texture("sheen_rough_map", "sheenRoughnessTexture", extension_texture(extension, "sheenRoughnessTexture"))


def clearcoat(build: Slots, material: Material) -> None:
    """Add varnish (KHR_materials_clearcoat)."""
    extension = material.extensions.get("KHR_materials_clearcoat")
    strength = _unit(extension, "clearcoatFactor", 0.0)
    if strength == 0:
        return
    build.defines["CLEARCOAT"] = "1"
    build.uniforms["clearcoat_factor"] = (strength, _unit(extension, "clearcoatRoughnessFactor", 0.0))
    build.texture("clearcoat_map", "clearcoatTexture", extension_texture(extension, "clearcoatTexture"))
    build.texture("clearcoat_roughness_map", "clearcoatRoughnessTexture", extension_texture(extension, "clearcoatRoughnessTexture"))
    normal = extension_texture(extension, "clearcoatNormalTexture")
    if normal is not None and build.texture("clearcoat_normal_map", "clearcoatNormalTexture", normal):
        build.uniforms["clearcoat_normal_scale"] = within(normal.scale, -_MOST_COLOUR, _MOST_COLOUR, 1.0)
        _tangents(build)


def iridescence(build: Slots, material: Material) -> None:
    """Add a thin film (KHR_materials_iridescence)."""
    extension = material.extensions.get("KHR_materials_iridescence")
    strength = _unit(extension, "iridescenceFactor", 0.0)
    if strength == 0:
        return
    build.defines["IRIDESCENCE"] = "1"
    ior = within(extension_number(extension, "iridescenceIor", 1.3), 1.0, _MOST_IOR, 1.3)
    least = within(extension_number(extension, "iridescenceThicknessMinimum", 100.0), 0.0, _MOST_NM, 100.0)
    most = within(extension_number(extension, "iridescenceThicknessMaximum", 400.0), 0.0, _MOST_NM, 400.0)
    build.uniforms["iridescence_factor"] = (strength, ior, least, most)
    build.texture("iridescence_map", "iridescenceTexture", extension_texture(extension, "iridescenceTexture"))
    build.texture("iridescence_thickness_map", "iridescenceThicknessTexture", extension_texture(extension, "iridescenceThicknessTexture"))


def anisotropy(build: Slots, material: Material) -> None:
    """Add brushing (KHR_materials_anisotropy); call it after the normal map, whose tangents it shares."""
    extension = material.extensions.get("KHR_materials_anisotropy")
    strength = _unit(extension, "anisotropyStrength", 0.0)
    if strength == 0:
        return
    build.defines["ANISOTROPY"] = "1"
    turn = math.remainder(extension_number(extension, "anisotropyRotation", 0.0), 2 * math.pi)
    build.uniforms["anisotropy_factor"] = (strength, math.cos(turn), math.sin(turn))
    build.texture("anisotropy_map", "anisotropyTexture", extension_texture(extension, "anisotropyTexture"))
    uv = build.defines.get("ANISOTROPY_MAP_UV") or build.defines.get("NORMAL_MAP_UV")
    if uv is None and "TEXCOORD_0" in build.attributes:
        uv = build.channel(0, np.eye(3))
    if uv is not None or "TANGENT" in build.attributes:
        build.defines["ANISOTROPY_UV"] = uv or "vec2(0.0)"
    _tangents(build)


def _tangents(build: Slots) -> None:
    if "TANGENT" in build.attributes:
        build.defines["TANGENT"] = "1"


def _unit(extension: Any, key: str, default: float) -> float:
    return within(extension_number(extension, key, default), 0.0, 1.0, default)
