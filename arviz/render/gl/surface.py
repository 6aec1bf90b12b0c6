"""From a glTF `Material` to shader defines, uniforms and texture slots (no GL here).

Every feature is a ``#define``: a material pays only for what it uses, and on a software rasteriser a texture
that is not there is the cheapest one. UV transforms run once per vertex: slots that share a UV set and a
transform share a channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from arviz.core.frozen import Array
from arviz.core.material import Material, extension_number, extension_texture
from arviz.render.gl.lobes import anisotropy, clearcoat, iridescence, sheen, specular, within, without_glossiness
from arviz.render.gl.slots import Mirrors, Slot, Slots
from arviz.render.glass import TRANSMISSION, VOLUME, glass

_UNLIT, _STRENGTH = "KHR_materials_unlit", "KHR_materials_emissive_strength"
_MOST_LIGHT = 6e4
"""Emission is clamped here: half floats end soon after."""
UNITS_OF_PASSES = 7
"""Texture units that light, shadows, occlusion and what lies behind take; OpenGL 3.3 promises 16 in all."""

Pass = Literal["opaque", "blend"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Surface:
    """What the shader needs to know of a material on a primitive.

    `defines` are ``NAME`` -> value; `uv` lists the (UV set, (3, 2) matrix) of each channel.
    """

    defines: Mapping[str, str]
    uniforms: Mapping[str, Any]
    slots: tuple[Slot, ...]
    uv: tuple[tuple[int, Array], ...]
    draw_pass: Pass
    double_sided: bool
    depth_defines: Mapping[str, str] = field(default_factory=dict)
    in_depth: bool = True


def surface(material: Material, *, attributes: Mapping[str, Any], mirrors: Mirrors, most_textures: int = 16 - UNITS_OF_PASSES) -> Surface:
    """Describe `material` on a primitive that has `attributes`, with at most so many textures."""
    build = Slots(attributes=attributes, mirrors=mirrors)
    material, glossiness = without_glossiness(material)
    extensions = material.extensions
    blend = material.alpha_mode == "BLEND"
    build.uniforms["base_factor"] = tuple(within(value, 0.0, 1.0, 1.0) for value in material.base_color_factor)
    build.texture("base_map", "baseColorTexture", material.base_color_texture)
    if "COLOR_0" in attributes:
        build.defines["VERTEX_COLOUR"] = "1"
    if material.alpha_mode == "MASK":
        build.defines["ALPHA_MASK"] = "1"
        build.uniforms["alpha_cutoff"] = within(material.alpha_cutoff, 0.0, 2.0, 0.5)
    transmission = 0.0
    if _UNLIT in extensions:
        build.defines["UNLIT"] = "1"
    else:
        transmission = _lit(build, material)
        if glossiness is not None and "SPECULAR_COLOUR_MAP" in build.defines:
            build.defines["GLOSSINESS"] = "1"
            build.uniforms["glossiness"] = glossiness
    build.limit(most_textures)
    if blend:
        build.defines["ALPHA_BLEND"] = "1"
    # The first surface that is at least half opaque counts as depth; glass does not.
    depth: dict[str, str] = {}
    if blend or material.alpha_mode == "MASK":
        depth = {name: build.defines[name] for name in ("BASE_MAP", "VERTEX_COLOUR") if name in build.defines}
        depth["ALPHA_TEST"] = "1"
        build.uniforms.setdefault("alpha_cutoff", 0.5)
    mapped = "TRANSMISSION_MAP" in build.defines
    if mapped:
        depth["ALPHA_TEST"] = "1"
    return Surface(
        defines=build.defines,
        uniforms=build.uniforms,
        slots=tuple(build.slots),
        uv=tuple(build.uv),
        draw_pass="blend" if blend or transmission > 0 else "opaque",
        double_sided=material.double_sided,
        depth_defines=depth,
        in_depth=transmission <= 0.5 or mapped,
    )


def _lit(build: Slots, material: Material) -> float:
    """Add metallic-roughness, normal, occlusion, emission and the layers; return the transmission factor."""
    _metal(build, material)
    if build.texture("normal_map", "normalTexture", material.normal_texture):
        assert material.normal_texture is not None
        build.uniforms["normal_scale"] = within(material.normal_texture.scale, -100.0, 100.0, 1.0)
        if "TANGENT" in build.attributes:
            build.defines["TANGENT"] = "1"
    if build.texture("occlusion_map", "occlusionTexture", material.occlusion_texture):
        assert material.occlusion_texture is not None
        build.uniforms["occlusion_strength"] = within(material.occlusion_texture.scale, 0.0, 1.0, 1.0)
    strength = extension_number(material.extensions.get(_STRENGTH), "emissiveStrength", 1.0)
    emission = tuple(within(strength * value, 0.0, _MOST_LIGHT, 0.0) for value in material.emissive_factor)
    if any(emission):
        build.defines["EMISSIVE"] = "1"
        build.uniforms["emissive_factor"] = emission
        build.texture("emissive_map", "emissiveTexture", material.emissive_texture)
    specular(build, material)
    sheen(build, material)
    clearcoat(build, material)
    iridescence(build, material)
    anisotropy(build, material)
    return _transmission(build, material)


def _metal(build: Slots, material: Material) -> None:
    metallic = within(material.metallic_factor, 0.0, 1.0, 1.0)
    build.uniforms["metallic_roughness"] = (metallic, within(material.roughness_factor, 0.0, 1.0, 1.0))
    mapped = build.texture("metal_rough_map", "metallicRoughnessTexture", material.metallic_roughness_texture)
    # Half of the work falls away where it is known to be one or the other.
    if metallic == 0:
        build.defines["METALLIC"] = "0.0"
    elif metallic == 1 and not mapped:
        build.defines["METALLIC"] = "1.0"


def _transmission(build: Slots, material: Material) -> float:
    """Add what lets light through; return the transmission factor."""
    through = glass(material)
    if through.transmission > 0:
        build.defines["TRANSMISSION"] = "1"
        build.uniforms["transmission_factor"] = through.transmission
        build.texture(
            "transmission_map", "transmissionTexture", extension_texture(material.extensions[TRANSMISSION], "transmissionTexture")
        )
        if through.thickness > 0:
            build.defines["VOLUME"] = "1"
            build.uniforms["thickness_factor"] = through.thickness
            build.uniforms["index_of_refraction"] = through.ior
            build.uniforms["absorption_per_m"] = through.absorption_per_m
            build.texture("thickness_map", "thicknessTexture", extension_texture(material.extensions[VOLUME], "thicknessTexture"))
        if through.blur > 0:
            build.defines["BLURRED"] = "1"
            build.uniforms["blur_of_roughness"] = through.blur
    return through.transmission
