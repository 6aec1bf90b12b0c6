"""From a glTF `Material` to the inputs of a UsdPreviewSurface, and what that surface cannot say (no pxr here).

Source: UsdPreviewSurface specification 2.6 (OpenUSD); the KHR_materials_* extensions. ``W_USD_APPROXIMATED`` means
that the product looks a little different, ``W_USD_LOST`` that a feature is not there at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from arviz.core.glass import attenuation, clearness
from arviz.core.material import Material, TextureInfo, extension_colour, extension_number, extension_texture
from arviz.core.report import Finding
from arviz.core.sheen import sheen_albedo
from arviz.formats.usdz.pictures import Picture, Pictures, Role
from arviz.formats.usdz.uv import Channel, channel_of

Output = Literal["rgb", "r", "g", "b", "a"]
_COMPONENTS: Mapping[str, tuple[int, ...]] = {"rgb": (0, 1, 2), "r": (0,), "g": (1,), "b": (2,), "a": (3,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One UsdUVTexture: ``value * scale + bias`` of `picture` at the coordinates of ``Preview.channels[channel]``."""

    picture: Picture
    channel: int
    raw: bool
    scale: tuple[float, ...]
    bias: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An input read from output `output` of ``Preview.samples[sample]``."""

    sample: int
    output: Output


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexColour:
    """An input read from the mesh's displayColor; `fallback` where it has none."""

    fallback: tuple[float, ...]


Input = float | tuple[float, ...] | Link | VertexColour


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A UsdPreviewSurface: its inputs that differ from the defaults, its textures, the UV channels they read."""

    inputs: Mapping[str, Input]
    samples: tuple[Sample, ...]
    channels: tuple[Channel, ...]
    findings: tuple[Finding, ...]


def preview(material: Material, *, where: str, pictures: Pictures, vertex_colour: bool = False) -> Preview:
    """Describe `material`; `where` names it in findings, `vertex_colour` says that its meshes carry COLOR_0."""
    build = _Builder(where=where, pictures=pictures)
    if "KHR_materials_unlit" in material.extensions:
        _unlit(build, material)
        if vertex_colour:
            build.lost("vertex colours of an unlit surface", hint="Bake COLOR_0 into the texture.")
        _opacity(build, material, None)
    else:
        glass = _glass(build, material)
        _base_colour(build, material, glass, vertex_colour)
        _metallic_roughness(build, material)
        _normal_and_occlusion(build, material)
        _emission(build, material)
        _dielectric(build, material)
        _clearcoat(build, material)
        _opacity(build, material, glass)
    _without_counterpart(build, material)
    return Preview(
        inputs=build.inputs,
        samples=tuple(node.sample() for node in build.nodes),
        channels=tuple(build.channels) or (Channel(),),
        findings=tuple(build.findings),
    )


def _base_colour(build: _Builder, material: Material, glass: _Glass | None, vertex_colour: bool) -> None:
    kept, added = _sheen(build, material)
    tint = (1.0, 1.0, 1.0) if glass is None else glass.tint
    factor = tuple(f * t * kept for f, t in zip(material.base_color_factor[:3], tint, strict=True))
    link = build.link(material.base_color_texture, "rgb", role="colour", scale=factor, bias=added, alpha=material.alpha_mode != "OPAQUE")
    colour = tuple(min(f + a, 1.0) for f, a in zip(factor, added, strict=True))
    build.inputs["diffuseColor"] = link or (VertexColour(fallback=colour) if vertex_colour else colour)
    if vertex_colour and link is not None:
        build.lost("vertex colours beside a base colour texture: the surface cannot multiply them", hint="Bake COLOR_0 into the texture.")
    elif vertex_colour:
        build.approximated("vertex colours are shown as displayColor, without their alpha")


def _sheen(build: _Builder, material: Material) -> tuple[float, tuple[float, ...]]:
    """Return the factor that a sheen leaves of the base colour, and the mean of what it adds."""
    extension = material.extensions.get("KHR_materials_sheen")
    colour = extension_colour(extension, "sheenColorFactor", (0.0, 0.0, 0.0))
    if max(colour) <= 0:
        return 1.0, (0.0, 0.0, 0.0)
    info = extension_texture(extension, "sheenColorTexture")
    if info is not None:
        colour = tuple(c * m for c, m in zip(colour, build.pictures.mean(info.texture, srgb=True), strict=False))
    roughness = extension_number(extension, "sheenRoughnessFactor", 0.0)
    info = extension_texture(extension, "sheenRoughnessTexture")
    if info is not None:
        roughness *= build.pictures.mean(info.texture, srgb=False)[3]
    albedo = sheen_albedo(round(min(max(roughness, 0.0), 1.0), 3))
    build.approximated("KHR_materials_sheen is added to the base colour: as bright on the whole, without the soft rim of cloth")
    return 1.0 - min(max(colour), 1.0) * albedo, tuple(min(max(c, 0.0), 1.0) * albedo for c in colour)


def _unlit(build: _Builder, material: Material) -> None:
    colour = material.base_color_factor[:3]
    link = build.link(material.base_color_texture, "rgb", role="colour", scale=colour, alpha=material.alpha_mode != "OPAQUE")
    # No light comes back from an index of refraction of 1 and a black base: only the emission is seen.
    build.inputs |= {"diffuseColor": (0.0, 0.0, 0.0), "roughness": 1.0, "ior": 1.0, "emissiveColor": link or colour}
    build.approximated("KHR_materials_unlit is drawn as light that the surface emits")


def _metallic_roughness(build: _Builder, material: Material) -> None:
    outputs: tuple[tuple[str, Output, float], ...] = (
        ("roughness", "g", material.roughness_factor),
        ("metallic", "b", material.metallic_factor),
    )
    for name, output, factor in outputs:
        link = build.link(material.metallic_roughness_texture, output, role="data", scale=(factor,)) if factor else None
        build.inputs[name] = factor if link is None else link


def _normal_and_occlusion(build: _Builder, material: Material) -> None:
    info = material.normal_texture
    if info is not None:
        # OpenUSD demands exactly this scale and bias, so a normal scale is baked into the pixels.
        link = build.link(info, "rgb", role="normal", scale=(2.0, 2.0, 2.0), bias=(-1.0, -1.0, -1.0), normal_scale=info.scale)
        if link is not None:
            build.inputs["normal"] = link
    info = material.occlusion_texture
    if info is not None:
        link = build.link(info, "r", role="data", scale=(info.scale,), bias=(1.0 - info.scale,))
        if link is not None:
            build.inputs["occlusion"] = link


def _emission(build: _Builder, material: Material) -> None:
    strength = extension_number(material.extensions.get("KHR_materials_emissive_strength"), "emissiveStrength", 1.0)
    colour = tuple(max(value * strength, 0.0) for value in material.emissive_factor)
    peak = max(colour)
    if peak <= 0:
        return
    if peak > 1:
        colour = tuple(value / peak for value in colour)
        build.approximated(f"emission {peak:.3g} times white is shown as white at most (KHR_materials_emissive_strength)")
    link = build.link(material.emissive_texture, "rgb", role="colour", scale=colour)
    build.inputs["emissiveColor"] = colour if link is None else link


def _dielectric(build: _Builder, material: Material) -> None:
    """Set `ior`, with KHR_materials_specular folded into it: F0 = ((ior - 1) / (ior + 1))^2."""
    ior = extension_number(material.extensions.get("KHR_materials_ior"), "ior", 1.5)
    specular = material.extensions.get("KHR_materials_specular")
    f0 = ((ior - 1) / (ior + 1)) ** 2 if ior > 0 else 1.0
    if isinstance(specular, Mapping):
        colour = extension_colour(specular, "specularColorFactor", (1.0, 1.0, 1.0))
        f0 = min(f0 * max(extension_number(specular, "specularFactor", 1.0), 0.0) * max(sum(colour) / 3, 0.0), 1.0)
        root = min(math.sqrt(f0), 0.99)
        ior = (1 + root) / (1 - root)
        build.approximated("KHR_materials_specular is folded into the index of refraction; tint, texture and grazing weight are lost")
    elif ior <= 0:
        ior = 100.0  # KHR_materials_ior: 0 means that everything is reflected
    if abs(ior - 1.5) > 1e-6:
        build.inputs["ior"] = ior


def _clearcoat(build: _Builder, material: Material) -> None:
    extension = material.extensions.get("KHR_materials_clearcoat")
    factor = extension_number(extension, "clearcoatFactor", 0.0)
    if factor <= 0:
        return
    link = build.link(extension_texture(extension, "clearcoatTexture"), "r", role="data", scale=(factor,))
    build.inputs["clearcoat"] = factor if link is None else link
    roughness = extension_number(extension, "clearcoatRoughnessFactor", 0.0)
    link = (
        build.link(extension_texture(extension, "clearcoatRoughnessTexture"), "g", role="data", scale=(roughness,)) if roughness else None
    )
    build.inputs["clearcoatRoughness"] = roughness if link is None else link
    if extension_texture(extension, "clearcoatNormalTexture") is not None:
        build.lost("clearcoatNormalTexture: the coat follows the normal map below it")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Glass:
    """What stands for transmission: a tint of the base colour, and opacity 1 - `through` (times `texture`, if any)."""

    tint: tuple[float, ...]
    through: float
    texture: TextureInfo | None


def _glass(build: _Builder, material: Material) -> _Glass | None:
    """Return how glass is imitated by opacity (`arviz.core.glass.clearness`), or None for a surface that is none."""
    extension = material.extensions.get("KHR_materials_transmission")
    factor = min(max(extension_number(extension, "transmissionFactor", 0.0), 0.0), 1.0)
    if factor == 0:
        return None
    if material.alpha_mode == "MASK":
        build.lost("KHR_materials_transmission: a cut-out surface cannot be glass")
        return None
    texture = extension_texture(extension, "transmissionTexture")
    tint = attenuation(material.extensions.get("KHR_materials_volume"))
    colour = [f * t for f, t in zip(material.base_color_factor[:3], tint, strict=True)]
    if material.base_color_texture is not None:
        weight = None if texture is None else texture.texture
        mean = build.pictures.mean(material.base_color_texture.texture, srgb=True, weight=weight)
        colour = [c * m for c, m in zip(colour, mean, strict=False)]
    through = clearness(factor, colour)
    if texture is not None and material.alpha_mode == "BLEND":  # opacity can be read from one texture only
        through *= build.pictures.mean(texture.texture, srgb=False)[0]
        texture = None
    build.approximated(
        f"KHR_materials_transmission is shown as opacity {1 - through:.2f}{' at the clearest' * bool(texture)}, without refraction"
    )
    return _Glass(tint=tint, through=through, texture=texture)


def _opacity(build: _Builder, material: Material, glass: _Glass | None) -> None:
    through = 0.0 if glass is None else glass.through
    if material.alpha_mode == "OPAQUE":
        if glass is not None and through > 0:
            link = build.link(glass.texture, "r", role="data", scale=(-through,), bias=(1.0,))
            build.inputs["opacity"] = link or 1.0 - through
        return
    if material.alpha_mode == "MASK" and material.alpha_cutoff <= 0:
        return  # nothing is cut; a threshold of 0 would mean blending
    alpha = material.base_color_factor[3] * (1.0 - through)
    link = build.link(material.base_color_texture, "a", role="colour", scale=(alpha,), alpha=True, needs_alpha=True)
    build.inputs["opacity"] = link or alpha
    if material.alpha_mode == "MASK":
        if material.alpha_cutoff > 1:
            build.inputs["opacity"] = 0.0  # glTF: nothing passes the test
        build.inputs["opacityThreshold"] = min(material.alpha_cutoff, 1.0)


_WITHOUT_COUNTERPART = {
    "KHR_materials_iridescence": "colours that change with the angle",
    "KHR_materials_anisotropy": "brushed highlights",
    "KHR_materials_dispersion": "rainbow colours in glass",
    "KHR_materials_diffuse_transmission": "light shining through thin cloth or leaves",
    "KHR_materials_pbrSpecularGlossiness": "the specular-glossiness surface",
}
_KNOWN = frozenset({"KHR_materials_unlit", "KHR_materials_emissive_strength", "KHR_materials_ior", "KHR_materials_specular",
                    "KHR_materials_clearcoat", "KHR_materials_sheen", "KHR_materials_transmission", "KHR_materials_volume"})  # fmt: skip


def _without_counterpart(build: _Builder, material: Material) -> None:
    for name, value in sorted({**material.pbr_extensions, **material.extensions}.items()):
        if name in _KNOWN:
            if name == "KHR_materials_volume" and "KHR_materials_transmission" in material.extensions:
                build.approximated("KHR_materials_volume tints the base colour by one crossing of its thickness")
            continue
        if name == "KHR_materials_iridescence" and extension_number(value, "iridescenceFactor", 0.0) == 0:
            continue
        if name == "KHR_materials_anisotropy" and extension_number(value, "anisotropyStrength", 0.0) == 0:
            continue
        build.lost(f"{name} ({_WITHOUT_COUNTERPART[name]})" if name in _WITHOUT_COUNTERPART else name)


@dataclass(slots=True, eq=False)
class _Node:
    """A texture node being put together: components that nobody reads stay None."""

    key: tuple[Picture, int, bool]
    scale: list[float | None] = field(default_factory=lambda: [None] * 4)
    bias: list[float | None] = field(default_factory=lambda: [None] * 4)

    def accepts(self, components: tuple[int, ...], scale: tuple[float, ...], bias: tuple[float, ...]) -> bool:
        """Say whether `components` are free or scaled the same way already."""
        wanted = zip(components, scale, bias, strict=True)
        return all(self.scale[i] is None or (self.scale[i], self.bias[i]) == (s, b) for i, s, b in wanted)

    def sample(self) -> Sample:
        """Return the finished node."""
        picture, channel, raw = self.key
        return Sample(
            picture=picture,
            channel=channel,
            raw=raw,
            scale=tuple(1.0 if value is None else value for value in self.scale),
            bias=tuple(0.0 if value is None else value for value in self.bias),
        )


@dataclass(slots=True, eq=False, kw_only=True)
class _Builder:
    where: str
    pictures: Pictures
    inputs: dict[str, Input] = field(default_factory=dict)
    nodes: list[_Node] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def link(
        self,
        info: TextureInfo | None,
        output: Output,
        *,
        role: Role,
        scale: tuple[float, ...],
        bias: tuple[float, ...] | None = None,
        alpha: bool = False,
        needs_alpha: bool = False,
        normal_scale: float = 1.0,
    ) -> Link | None:
        """Read `output` of a texture times `scale` plus `bias`; None if there is no such texture (or no alpha in it)."""
        if info is None:
            return None
        picture = self.pictures.take(info.texture, role=role, alpha=alpha, normal_scale=normal_scale)
        if picture is None or (needs_alpha and not picture.has_alpha):
            return None
        components = _COMPONENTS[output]
        bias = bias or (0.0,) * len(components)
        key = (picture, self._channel(channel_of(info)), role != "colour")
        fitting = [i for i, node in enumerate(self.nodes) if node.key == key and node.accepts(components, scale, bias)]
        if not fitting:
            self.nodes.append(_Node(key=key))
        index = fitting[0] if fitting else len(self.nodes) - 1
        node = self.nodes[index]
        for component, s, b in zip(components, scale, bias, strict=True):
            node.scale[component], node.bias[component] = s, b
        return Link(sample=index, output=output)

    def _channel(self, channel: Channel) -> int:
        if channel not in self.channels:
            self.channels.append(channel)
        return self.channels.index(channel)

    def approximated(self, message: str) -> None:
        """Report a feature that looks a little different."""
        self.findings.append(Finding(code="W_USD_APPROXIMATED", severity="warning", where=self.where, message=message))

    def lost(self, what: str, *, hint: str = "") -> None:
        """Report a feature that USD's surface has not."""
        message = f"not shown in USDZ: {what}"
        self.findings.append(Finding(code="W_USD_LOST", severity="warning", where=self.where, message=message, hint=hint))
