"""UsdPreviewSurface to glTF: the inverse of `arviz.formats.usdz.surface`, and what glTF cannot say."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from arviz.core.material import AlphaMode, Material, TextureInfo
from arviz.core.report import Finding
from arviz.formats.flat import plain_material
from arviz.formats.usd_read.pictures import Pictures
from arviz.formats.usd_read.surface import Input, Read, Transform, VertexColour, inputs_of

SetOf = Callable[[str], int]
"""Primvar -> number of the glTF UV set that a mesh keeps it in."""
_IOR, _ROUGHNESS, _CLEARCOAT_ROUGHNESS = 1.5, 0.5, 0.01
"""Fallbacks of UsdPreviewSurface; glTF has 1.5, 1 and 0."""
_GREY = (0.18, 0.18, 0.18)


def varnames(inputs: Mapping[str, Input]) -> list[str]:
    """Return the primvars of texture coordinates that a surface reads, the base colour's first."""
    reads = [value for value in (inputs.get("diffuseColor"), *inputs.values()) if isinstance(value, Read)]
    return list(dict.fromkeys(read.varname for read in reads))


def colour_primvar(inputs: Mapping[str, Input] | None) -> str | None:
    """Return the primvar of vertex colours that a surface shows, None if it shows none."""
    base = None if inputs is None else inputs.get("diffuseColor")
    return base.varname if isinstance(base, VertexColour) else None


@dataclass(slots=True, eq=False, kw_only=True)
class Surfaces:
    """Translate materials; inputs of each are looked up once."""

    pictures: Pictures
    findings: list[Finding]
    _inputs: dict[str, Mapping[str, Input] | None] = field(default_factory=dict)

    def inputs(self, prim: Any) -> Mapping[str, Input] | None:
        """Return the inputs of a Material prim, None where it has no UsdPreviewSurface."""
        path = str(prim.GetPath())
        if path not in self._inputs:
            self._inputs[path] = inputs_of(prim)
            if self._inputs[path] is None:
                message = "the material has no UsdPreviewSurface; it is drawn plain grey"
                hint = "Export with UsdPreviewSurface materials."
                self.findings.append(Finding(code="W_USD_MATERIAL", severity="warning", where=path, message=message, hint=hint))
        return self._inputs[path]

    def material(self, prim: Any, *, double_sided: bool, coloured: bool, set_of: SetOf) -> Material:
        """Return the glTF material of a Material prim for meshes that keep their coordinates as `set_of` says."""
        name = prim.GetDisplayName() or prim.GetName()
        inputs = self.inputs(prim)
        if inputs is None:
            plain = plain_material(name, coloured=coloured)
            return Material(
                name=name, base_color_factor=plain.base_color_factor, metallic_factor=0, roughness_factor=plain.roughness_factor,
                double_sided=double_sided,
            )  # fmt: skip
        return _Translation(inputs=inputs, where=name, pictures=self.pictures, findings=self.findings, set_of=set_of).material(
            name, double_sided=double_sided, coloured=coloured
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Translation:
    """One surface on its way."""

    inputs: Mapping[str, Input]
    where: str
    pictures: Pictures
    findings: list[Finding]
    set_of: SetOf

    def material(self, name: str, *, double_sided: bool, coloured: bool) -> Material:
        """Return the material."""
        unlit = self._unlit()
        base = self.inputs.get("emissiveColor") if unlit else self.inputs.get("diffuseColor", _GREY)
        colour, texture = self._colour(base, "base colour", at_most_one=True)
        if coloured and isinstance(base, VertexColour):
            colour = (1.0, 1.0, 1.0)
        alpha, mode, cutoff, texture = self._opacity(base, texture)
        metal, rough, metal_rough = self._metal_rough()
        normal = self._normal()
        occlusion = self._occlusion()
        emissive, emissive_texture = (
            ((0.0, 0.0, 0.0), None) if unlit else self._colour(self.inputs.get("emissiveColor", (0.0,) * 3), "emission")
        )
        extensions: dict[str, Any] = {"KHR_materials_unlit": {}} if unlit else {}
        peak = max(emissive)
        if peak > 1:
            emissive = tuple(value / peak for value in emissive)
            extensions["KHR_materials_emissive_strength"] = {"emissiveStrength": peak}
        extensions |= {} if unlit else {**self._ior(), **self._clearcoat()}
        self._note_losses()
        return Material(
            name=name,
            base_color_factor=(*colour, alpha),
            base_color_texture=texture,
            metallic_factor=metal,
            roughness_factor=rough,
            metallic_roughness_texture=metal_rough,
            normal_texture=normal,
            occlusion_texture=occlusion,
            emissive_texture=emissive_texture,
            emissive_factor=emissive,
            alpha_mode=mode,
            alpha_cutoff=cutoff,
            double_sided=double_sided,
            extensions=extensions,
        )

    def _unlit(self) -> bool:
        """Say whether this is how `arviz.formats.usdz` writes an unlit surface: black, without reflections, shining."""
        return self.inputs.get("diffuseColor") == (0.0, 0.0, 0.0) and self.inputs.get("ior") == 1.0 and "emissiveColor" in self.inputs

    def _colour(self, value: Input | None, what: str, *, at_most_one: bool = False) -> tuple[tuple[float, ...], TextureInfo | None]:
        if isinstance(value, Read):
            info = self._use(value, _image(self.pictures, value, self.where))
            factor = tuple(max(number, 0.0) for number in value.scale[:3])
            if any(value.bias[:3]):
                # Nothing adds to a texture in glTF; the brightness of a middle tone is kept.
                factor = tuple(scale + 2 * bias for scale, bias in zip(factor, value.bias[:3], strict=True))
                self._approximated(f"what is added to the texture of the {what} became a factor")
            if at_most_one and max(factor) > 1:
                self._approximated(f"the {what} is brighter than its texture, which glTF cannot say")
                factor = tuple(min(number, 1.0) for number in factor)
            return (factor if info is not None else _mean(factor)), info
        if isinstance(value, VertexColour):
            value = value.fallback
        numbers = value if isinstance(value, tuple) and len(value) >= 3 else _GREY
        return tuple(min(max(number, 0.0), 1.0) if at_most_one else max(number, 0.0) for number in numbers[:3]), None

    def _opacity(self, base: Input | None, texture: TextureInfo | None) -> tuple[float, AlphaMode, float, TextureInfo | None]:
        value = self.inputs.get("opacity", 1.0)
        threshold = self.inputs.get("opacityThreshold", 0.0)
        cut = isinstance(threshold, float) and threshold > 0
        mode: AlphaMode = "MASK" if cut else "BLEND"
        cutoff = float(threshold) if cut and isinstance(threshold, float) else 0.5
        if isinstance(value, Read):
            image = _image(self.pictures, value, self.where)
            if image is None:
                return 1.0, "OPAQUE", 0.5, texture
            channel, alpha = value.channels[0], value.scale[value.channels[0]]
            if value.bias[channel] or alpha < 0:
                # `1 - through * texture`: glass that is clear where a picture is white.
                self._approximated("opacity that a picture takes away is shown even")
                return _share(alpha / 2 + value.bias[channel]), mode, cutoff, texture
            own = isinstance(base, Read) and _image(self.pictures, base, self.where) == image and channel == 3
            if not own:
                texture = self._with_alpha(base, value, image, channel)
            return _share(alpha), mode, cutoff, texture
        alpha = _share(value) if isinstance(value, float) else 1.0
        return (alpha, mode, cutoff, texture) if alpha < 1 or cut else (1.0, "OPAQUE", 0.5, texture)

    def _with_alpha(self, base: Input | None, value: Read, image: int, channel: int) -> TextureInfo | None:
        """Return the base colour's texture with another picture's channel for its alpha."""
        colour = _image(self.pictures, base, self.where) if isinstance(base, Read) else None
        planes = tuple(None if colour is None else (colour, i) for i in range(3))
        return self._use(base if isinstance(base, Read) else value, self.pictures.packed((*planes, (image, channel)), where=self.where))

    def _metal_rough(self) -> tuple[float, float, TextureInfo | None]:
        metal, rough = self.inputs.get("metallic", 0.0), self.inputs.get("roughness", _ROUGHNESS)
        if self.inputs.get("useSpecularWorkflow", 0.0) == 1.0:
            self._approximated("the specular workflow is shown as one without metal; specularColor is lost")
            metal = 0.0
        reads = [(value, place) for value, place in ((rough, 1), (metal, 2)) if isinstance(value, Read)]
        images = {place: _image(self.pictures, value, self.where) for value, place in reads}
        used = [(value, place) for value, place in reads if images[place] is not None]
        info = None
        if used:
            straight = len({images[place] for _, place in used}) == 1 and all(value.channels == (place,) for value, place in used)
            planes = [next(((images[p], value.channels[0]) for value, p in used if p == place), None) for place in range(3)]
            image = images[used[0][1]] if straight else self.pictures.packed(tuple(planes), where=self.where)  # type: ignore[arg-type]
            info = self._use(used[0][0], image)
            if any(value.bias[value.channels[0]] for value, _ in used):
                self._approximated("what is added to roughness or metal was left out")
        return self._factor(metal, 0.0), self._factor(rough, _ROUGHNESS), info

    def _factor(self, value: Input, default: float) -> float:
        if isinstance(value, Read):
            return _share(value.scale[value.channels[0]])
        return _share(value) if isinstance(value, float) else default

    def _normal(self) -> TextureInfo | None:
        value = self.inputs.get("normal")
        if not isinstance(value, Read):
            return None
        info = self._use(value, _image(self.pictures, value, self.where))
        if value.scale[1] < 0 < value.scale[0]:
            self._approximated("the normal map's green points down; it is shown as it is")
        # value * 2 - 1 is what glTF does by itself.
        scale = value.scale[0] / 2 if value.scale[0] > 0 and any(value.bias) else 1.0
        return None if info is None else _scaled(info, scale)

    def _occlusion(self) -> TextureInfo | None:
        value = self.inputs.get("occlusion")
        if not isinstance(value, Read):
            return None
        image = _image(self.pictures, value, self.where)
        channel = value.channels[0]
        if image is not None and channel != 0:
            image = self.pictures.packed(((image, channel), None, None), where=self.where)
        info = self._use(value, image)
        return None if info is None else _scaled(info, _share(value.scale[channel]))

    def _ior(self) -> dict[str, Any]:
        ior = self.inputs.get("ior", _IOR)
        return {"KHR_materials_ior": {"ior": ior}} if isinstance(ior, float) and ior >= 1 and abs(ior - _IOR) > 1e-6 else {}

    def _clearcoat(self) -> dict[str, Any]:
        coat, rough = self.inputs.get("clearcoat", 0.0), self.inputs.get("clearcoatRoughness", _CLEARCOAT_ROUGHNESS)
        if coat == 0.0:
            return {}
        out: dict[str, Any] = {"clearcoatFactor": self._factor(coat, 1.0), "clearcoatRoughnessFactor": self._factor(rough, 0.0)}
        for key, value, place in (("clearcoatTexture", coat, 0), ("clearcoatRoughnessTexture", rough, 1)):
            image = _image(self.pictures, value, self.where) if isinstance(value, Read) else None
            if isinstance(value, Read) and image is not None:
                if value.channels[0] != place:
                    planes = tuple((image, value.channels[0]) if i == place else None for i in range(3))
                    image = self.pictures.packed(planes, where=self.where)
                info = self._use(value, image)
                assert info is not None
                out[key] = {
                    "index": info.texture,
                    "texCoord": info.texcoord,
                    **({"extensions": info.extensions} if info.extensions else {}),
                }
        return {"KHR_materials_clearcoat": out}

    def _use(self, read: Read, image: int | None) -> TextureInfo | None:
        if image is None:
            return None
        return TextureInfo(
            texture=self.pictures.texture(image, read.wrap), texcoord=self.set_of(read.varname), extensions=_transform(read.transform)
        )

    def _note_losses(self) -> None:
        displacement = self.inputs.get("displacement", 0.0)
        if isinstance(displacement, Read):
            message = "not shown: displacement"
            self.findings.append(Finding(code="W_USD_MATERIAL", severity="warning", where=self.where, message=message))

    def _approximated(self, message: str) -> None:
        self.findings.append(Finding(code="W_USD_MATERIAL", severity="warning", where=self.where, message=message))


def _image(pictures: Pictures, read: Read, where: str) -> int | None:
    return pictures.image(read.asset, where=where)


def _scaled(info: TextureInfo, scale: float) -> TextureInfo:
    return TextureInfo(texture=info.texture, texcoord=info.texcoord, scale=scale, extensions=info.extensions)


def _transform(transform: Transform) -> dict[str, Any]:
    """Return KHR_texture_transform of (s, t) -> T + R(a) S (s, t), with glTF's v = 1 - t.

    **Convention** moved by (0, 0.25) in USD is the offset (0, -0.25) in glTF; a quarter turn is the offset (-1, 1).
    """
    if transform == Transform():
        return {}
    c, s = math.cos(transform.rotation_rad), math.sin(transform.rotation_rad)
    sy, (tx, ty) = transform.scale[1], transform.translation
    out = {"offset": [tx - s * sy, 1 - c * sy - ty], "scale": list(transform.scale), "rotation": transform.rotation_rad}
    return {"KHR_texture_transform": out}


def _mean(factor: tuple[float, ...]) -> tuple[float, ...]:
    """Return what stands for a texture that cannot be drawn: white times its factor."""
    return tuple(min(number, 1.0) for number in factor)


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
