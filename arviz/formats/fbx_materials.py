"""FBX materials to glTF, through the PBR values that ufbx makes of every shading model.

Colours of Lambert and Phong are taken for sRGB, as in MTL and COLLADA (`arviz.formats.mtl` gives the reasons), unless
Blender wrote the file; those of physically based models (Arnold, 3ds Max, glTF, OpenPBR) are linear.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from arviz.core.colour import srgb_to_linear
from arviz.core.material import AlphaMode, Material, TextureInfo
from arviz.core.report import Finding
from arviz.formats.fbx_elements import counted
from arviz.formats.files import Files
from arviz.formats.flat import PLAIN_ROUGHNESS, plain_material
from arviz.formats.mtl_textures import TextureSet

_CLASSIC = ("UNKNOWN", "FBX_LAMBERT", "FBX_PHONG", "BLENDER_PHONG")
_LOST = {
    "transmission_factor": "transmission", "subsurface_factor": "subsurface scattering", "thin_film_factor": "thin film",
    "specular_anisotropy": "anisotropy",
}  # fmt: skip
_MAPS_LOST = ("specular_factor", "specular_color", "coat_factor", "coat_roughness", "coat_normal", "sheen_color", "sheen_roughness")


class _Embedded(Files):
    """The pictures inside the file first, then those in its folder."""

    def __init__(self, files: Files) -> None:
        super().__init__(files.path, name=files.name, limits=files.limits)
        self.beside = files.beside
        self.inside: dict[str, bytes] = {}

    def read(self, uri: str) -> bytes | None:
        return self.inside.get(uri) or super().read(uri)


class Materials:
    """Make materials on first use; `materials`, `textures` and `findings` grow."""

    def __init__(self, scene: Any, files: Files, findings: list[Finding]) -> None:
        self.files = _Embedded(files)
        self.findings = findings
        self.materials: list[Material] = []
        self.textures = TextureSet(self.files, findings)
        self._blender = "blender" in scene.metadata.creator.lower() or scene.metadata.exporter.name.startswith("BLENDER")
        self._at: dict[object, int] = {}

    def index(self, material: Any) -> int:
        """Return the number of a ufbx material."""
        key = int(material.element_id)
        if key not in self._at:
            self._at[key] = len(self.materials)
            self.materials.append(self._make(material))
        return self._at[key]

    def plain(self, *, coloured: bool) -> int:
        """Return the number of the material of faces that have none."""
        key = ("plain", coloured)
        if key not in self._at:
            self._at[key] = len(self.materials)
            self.materials.append(plain_material(coloured=coloured))
        return self._at[key]

    def _make(self, material: Any) -> Material:
        name, pbr = material.name, material.pbr
        classic = material.shader_type.name in _CLASSIC
        base = self._texture(pbr.base_color, name)
        opacity = self._file(pbr.opacity, name)
        mode: AlphaMode = "OPAQUE"
        if opacity is not None and base is not None:
            base_use, mode = self.textures.base(self._file(pbr.base_color, name), opacity, where=name)
            base = base if base_use is None else replace(base_use, extensions=base.extensions)
        alpha = self._alpha(material, classic)
        metal_rough, has_metal, has_rough = self.textures.metal_rough(
            self._file(pbr.metalness, name), self._file(pbr.roughness, name), where=name
        )  # fmt: skip
        emissive_texture = self._texture(pbr.emission_color, name)
        emissive, extensions = self._emission(pbr, textured=emissive_texture is not None, linear=self._blender or not classic)
        extensions |= _coat(pbr)
        self._note_losses(material)
        return Material(
            name=name,
            base_color_factor=(*self._base(pbr, base is not None, linear=self._blender or not classic), alpha),
            base_color_texture=base,
            metallic_factor=1.0 if has_metal else _share(_value(pbr.metalness, 0.0)),
            roughness_factor=1.0 if has_rough else _roughness(material, classic),
            metallic_roughness_texture=metal_rough,
            normal_texture=self._normals(material, name),
            occlusion_texture=self._texture(pbr.ambient_occlusion, name),
            emissive_texture=emissive_texture,
            emissive_factor=emissive,
            alpha_mode="BLEND" if alpha < 1 else mode,
            double_sided=bool(material.features.double_sided.enabled),
            extensions=extensions,
        )

    def _base(self, pbr: Any, textured: bool, *, linear: bool) -> tuple[float, ...]:
        if textured:
            return (1.0, 1.0, 1.0)
        if not pbr.base_color.has_value:
            return plain_material().base_color_factor[:3]
        factor = _value(pbr.base_factor, 1.0)
        return _linear(np.clip(_vector(pbr.base_color) * factor, 0, 1), linear)

    def _alpha(self, material: Any, classic: bool) -> float:
        pbr, fbx = material.pbr, material.fbx
        alpha = 1.0
        if pbr.opacity.has_value:
            alpha = float(_vector(pbr.opacity)[: max(int(pbr.opacity.value_components), 1)].mean())
        elif classic and fbx.transparency_color.has_value:
            # What is seen through: colour times factor (FBX SDK, FbxSurfaceLambert).
            alpha = 1 - float(_vector(fbx.transparency_color).mean()) * _value(fbx.transparency_factor, 1.0)
        # Old exporters write 0 for opaque; nobody sells an invisible surface.
        return _share(alpha) if 0 < alpha < 0.999 else 1.0

    def _emission(self, pbr: Any, *, textured: bool, linear: bool) -> tuple[tuple[float, ...], dict[str, Any]]:
        if textured:
            return (1.0, 1.0, 1.0), {}
        if not pbr.emission_color.has_value:
            return (0.0, 0.0, 0.0), {}
        colour = np.array(_linear(np.clip(_vector(pbr.emission_color), 0, 1), linear)) * max(_value(pbr.emission_factor, 1.0), 0.0)
        strength = float(colour.max())
        if strength <= 1:
            return tuple(colour.tolist()), {}
        return tuple((colour / strength).tolist()), {"KHR_materials_emissive_strength": {"emissiveStrength": strength}}

    def _normals(self, material: Any, name: str) -> TextureInfo | None:
        info = self._texture(material.pbr.normal_map, name)
        if info is not None:
            return info
        bump = self._file(material.fbx.bump, name)
        return self._texture(material.fbx.bump, name) if bump is not None and self.textures.looks_like_normals(bump, where=name) else None

    def _texture(self, use: Any, where: str) -> TextureInfo | None:
        file = self._file(use, where)
        if file is None:
            return None
        info = self.textures.file(file, where=where)
        return None if info is None else replace(info, extensions=self._transform(use.texture, where))

    def _file(self, use: Any, where: str) -> str | None:
        """Return the name under which `textures` finds the picture of a material's map."""
        if not use.texture_enabled:
            return None
        texture = use.texture
        if texture is None:
            return None
        counted(texture)
        files = [counted(each) for each in texture.file_textures]
        if not files:
            message = "a layered or procedural texture without a picture was left out"
            self._warn("W_FBX_TEXTURE", where, message)
            return None
        if len(files) > 1:
            self._warn("W_FBX_TEXTURE", where, f"of {len(files)} layers of a texture only the first is shown")
        texture = files[0]
        name = str(texture.relative_filename or texture.filename or texture.name or f"texture{texture.element_id}")
        content = bytes(texture.content)
        if content:
            name = f"{texture.element_id}/{PurePosixPath(name.replace(chr(92), '/')).name}"
            self.files.inside[name] = content
        return name

    def _transform(self, texture: Any, where: str) -> dict[str, Any]:
        """Return KHR_texture_transform of a texture that is moved or scaled; v runs the other way in glTF."""
        counted(texture)
        if not texture.has_uv_transform:
            return {}
        place = texture.uv_transform
        scale, move, turn = place.scale, place.translation, place.rotation
        if abs(turn.x) + abs(turn.y) + abs(turn.z) > 1e-6:
            self._warn("W_FBX_TEXTURE", where, "a texture is turned, which was left out")
        if not np.isfinite([scale.x, scale.y, move.x, move.y]).all() or not scale.x or not scale.y:
            return {}
        # uv_transform maps texture space to UV; sampling goes the other way.
        su, sv = 1 / scale.x, 1 / scale.y
        offset = [-move.x * su, 1 - sv + move.y * sv]
        return {"KHR_texture_transform": {"offset": offset, "scale": [su, sv]}}

    def _note_losses(self, material: Any) -> None:
        pbr = material.pbr
        lost = [
            what for key, what in _LOST.items() if abs(_value(getattr(pbr, key), 0.0)) > 0 and material.shader_type.name not in _CLASSIC
        ]
        if lost:
            self._warn("W_FBX_MATERIAL", material.name, f"not shown: {', '.join(lost)}")
        maps = [key.replace("_", " ") for key in _MAPS_LOST if getattr(pbr, key).texture_enabled]
        if maps:
            self._warn("W_FBX_MATERIAL", material.name, f"maps that were left out: {', '.join(maps)}")

    def _warn(self, code: str, where: str, message: str) -> None:
        self.findings.append(Finding(code=code, severity="warning", where=where, message=message))


def _roughness(material: Any, classic: bool) -> float:
    if material.shader_type.name == "FBX_LAMBERT":
        return 1.0
    value = _share(_value(material.pbr.roughness, PLAIN_ROUGHNESS))
    return 1 - value if material.features.roughness_as_glossiness.enabled and not classic else value


def _coat(pbr: Any) -> dict[str, Any]:
    factor = _share(_value(pbr.coat_factor, 0.0))
    if factor <= 0:
        return {}
    roughness = _share(_value(pbr.coat_roughness, 0.0))
    return {"KHR_materials_clearcoat": {"clearcoatFactor": factor, "clearcoatRoughnessFactor": roughness}}


def _value(use: Any, default: float) -> float:
    value = float(use.value_vec4.x) if use.has_value else default
    return value if np.isfinite(value) else default


def _vector(use: Any) -> Any:
    value = use.value_vec4
    return np.nan_to_num([value.x, value.y, value.z], nan=0, posinf=1, neginf=0)


def _linear(rgb: Any, linear: bool) -> tuple[float, ...]:
    return tuple((rgb if linear else srgb_to_linear(rgb).astype(np.float64)).tolist())


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
