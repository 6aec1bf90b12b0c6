"""From a glTF `Material` to shader defines, uniforms and texture slots (no GL here).

Every feature is a ``#define``: a material pays only for what it uses, and on a software rasteriser a texture
that is not there is the cheapest one. UV transforms run once per vertex: slots that share a UV set and a
transform share a channel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field
from typing import Any, Literal

import numpy as np

from arviz.core.frozen import Array
from arviz.core.material import COLOUR_SLOTS, Material, TextureInfo, are_numbers, extension_colour, extension_number, extension_texture
from arviz.render.gl.glass import TRANSMISSION, VOLUME, glass

DEFAULT = Material()
_SHEEN = "KHR_materials_sheen"
_IOR, _SPECULAR = "KHR_materials_ior", "KHR_materials_specular"
_UNLIT, _STRENGTH, _TRANSFORM = "KHR_materials_unlit", "KHR_materials_emissive_strength", "KHR_texture_transform"

Pass = Literal["opaque", "blend"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Slot:
    """A texture in use: `name` of the sampler uniform, the texture's index, and whether it holds sRGB colour."""

    name: str
    texture: int
    srgb: bool


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


def uv_matrix(info: TextureInfo) -> tuple[int, Array]:
    """Return the UV set and the (3, 3) matrix that KHR_texture_transform gives a texture use.

    uv' = translation @ rotation @ scale @ uv (KHR_texture_transform, "Overview"); the rotation is
    counter-clockwise around the upper-left origin.
    """
    transform = info.extensions.get(_TRANSFORM)
    if not isinstance(transform, Mapping):
        return info.texcoord, np.eye(3)
    angle = extension_number(transform, "rotation", 0.0)
    sx, sy = _pair(transform, "scale", 1.0)
    ox, oy = _pair(transform, "offset", 0.0)
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.array([[c * sx, s * sy, ox], [-s * sx, c * sy, oy], [0, 0, 1]])
    uv_set = transform.get("texCoord", info.texcoord)
    return uv_set if isinstance(uv_set, int) else info.texcoord, matrix


Mirrors = Callable[[int, bool], tuple[bool, bool] | None]
"""(texture index, srgb) -> which axes repeat by mirroring; None for a texture that cannot be shown."""


def surface(material: Material, *, attributes: Mapping[str, Any], mirrors: Mirrors) -> Surface:
    """Describe `material` on a primitive that has `attributes`."""
    build = _Builder(attributes=attributes, mirrors=mirrors)
    extensions = material.extensions
    blend = material.alpha_mode == "BLEND"
    build.uniforms["base_factor"] = material.base_color_factor
    build.texture("base_map", "baseColorTexture", material.base_color_texture)
    if "COLOR_0" in attributes:
        build.defines["VERTEX_COLOUR"] = "1"
    if material.alpha_mode == "MASK":
        build.defines["ALPHA_MASK"] = "1"
        build.uniforms["alpha_cutoff"] = material.alpha_cutoff
    transmission = 0.0
    if _UNLIT in extensions:
        build.defines["UNLIT"] = "1"
    else:
        transmission = _lit(build, material)
    if blend:
        build.defines["ALPHA_BLEND"] = "1"
    # The first surface that is at least half opaque counts as depth; glass does not.
    depth: dict[str, str] = {}
    if blend or material.alpha_mode == "MASK":
        depth = {name: build.defines[name] for name in ("BASE_MAP", "VERTEX_COLOUR") if name in build.defines}
        depth["ALPHA_TEST"] = "1"
        build.uniforms.setdefault("alpha_cutoff", 0.5)
    return Surface(
        defines=build.defines,
        uniforms=build.uniforms,
        slots=tuple(build.slots),
        uv=tuple(build.uv),
        draw_pass="blend" if blend or transmission > 0 else "opaque",
        double_sided=material.double_sided,
        depth_defines=depth,
        in_depth=transmission <= 0.5,
    )


def _lit(build: _Builder, material: Material) -> float:
    """Add metallic-roughness, normal, occlusion, emission, sheen and transmission; return the transmission factor."""
    extensions = material.extensions
    build.uniforms["metallic_roughness"] = (material.metallic_factor, material.roughness_factor)
    build.texture("metal_rough_map", "metallicRoughnessTexture", material.metallic_roughness_texture)
    if build.texture("normal_map", "normalTexture", material.normal_texture):
        assert material.normal_texture is not None
        build.uniforms["normal_scale"] = material.normal_texture.scale
        if "TANGENT" in build.attributes:
            build.defines["TANGENT"] = "1"
    if build.texture("occlusion_map", "occlusionTexture", material.occlusion_texture):
        assert material.occlusion_texture is not None
        build.uniforms["occlusion_strength"] = material.occlusion_texture.scale
        build.share("occlusion_map", "metal_rough_map")
    strength = extension_number(extensions.get(_STRENGTH), "emissiveStrength", 1.0)
    emission = tuple(strength * value for value in material.emissive_factor)
    if any(emission):
        build.defines["EMISSIVE"] = "1"
        build.uniforms["emissive_factor"] = emission
        build.texture("emissive_map", "emissiveTexture", material.emissive_texture)
    ior = extension_number(extensions.get(_IOR), "ior", 1.5)
    specular = extensions.get(_SPECULAR)
    f0 = ((ior - 1) / (ior + 1)) ** 2 if ior > 0 else 1.0  # KHR_materials_ior: 0 means a Fresnel of 1
    weight = extension_number(specular, "specularFactor", 1.0)
    tint = extension_colour(specular, "specularColorFactor", (1.0, 1.0, 1.0))
    build.uniforms["dielectric_f0"] = tuple(min(f0 * value, 1.0) * weight for value in tint)
    sheen = extensions.get(_SHEEN)
    tint = extension_colour(sheen, "sheenColorFactor", (0.0, 0.0, 0.0))
    if any(tint):
        build.defines["SHEEN"] = "1"
        build.uniforms["sheen_factor"] = (*tint, extension_number(sheen, "sheenRoughnessFactor", 0.0))
        build.texture("sheen_colour_map", "sheenColorTexture", extension_texture(sheen, "sheenColorTexture"))
        build.texture("sheen_rough_map", "sheenRoughnessTexture", extension_texture(sheen, "sheenRoughnessTexture"))
    return _transmission(build, material)


def _transmission(build: _Builder, material: Material) -> float:
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


@dataclass(slots=True, eq=False, kw_only=True)
class _Builder:
    attributes: Mapping[str, Any]
    mirrors: Mirrors
    defines: dict[str, str] = field(default_factory=dict)
    uniforms: dict[str, Any] = field(default_factory=dict)
    slots: list[Slot] = field(default_factory=list)
    uv: list[tuple[int, Array]] = field(default_factory=list)

    def texture(self, name: str, slot: str, info: TextureInfo | None) -> bool:
        """Use a texture if it is there, can be decoded and has its UV set; else the slot's default stays."""
        srgb = slot in COLOUR_SLOTS
        if info is None or (mirror := self.mirrors(info.texture, srgb)) is None:
            return False
        uv_set, matrix = uv_matrix(info)
        if f"TEXCOORD_{uv_set}" not in self.attributes or not np.isfinite(matrix).all():
            return False
        uv = f"v_uv[{self._channel(uv_set, matrix)}]"
        self.defines[f"{name.upper()}_UV"] = uv
        self.defines[name.upper()] = f"mirror({uv}, bvec2({int(mirror[0])}, {int(mirror[1])}))" if any(mirror) else uv
        self.slots.append(Slot(name=name, texture=info.texture, srgb=srgb))
        return True

    def share(self, name: str, other: str) -> None:
        """Read `name` from the sample of `other` where both are the same texture at the same place (a fetch saved)."""
        slots = {slot.name: slot for slot in self.slots}
        key = name.upper()
        if (
            other in slots
            and astuple(slots[name])[1:] == astuple(slots[other])[1:]
            and self.defines.get(other.upper()) == self.defines[key]
        ):
            self.slots.remove(slots[name])
            self.defines[f"{key}_SHARED"] = "1"

    def _channel(self, uv_set: int, matrix: Array) -> int:
        for index, (other, known) in enumerate(self.uv):
            if other == uv_set and np.array_equal(known, matrix):
                return index
        self.uv.append((uv_set, matrix))
        return len(self.uv) - 1


def _pair(extension: Mapping[str, Any], key: str, default: float) -> tuple[float, float]:
    value = extension.get(key)
    return (float(value[0]), float(value[1])) if value is not None and are_numbers(value, 2) else (default, default)
