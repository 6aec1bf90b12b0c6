"""From a glTF material to the description of a Mitsuba BSDF (`arviz.render.mitsuba.bsdf`), textures as linear arrays.

Left out: textures of anisotropy, thickness and clearcoat normals, occlusion (a path tracer casts its own), textures on another
UV set than the first one's (a Mitsuba mesh has one), a vertical wrapping that differs from the horizontal one, nearest-texel
filters, KHR_materials_dispersion and _pbrSpecularGlossiness. Glass without thickness is a smooth pane, whatever its roughness,
through which a transparent background stays transparent; glass with a thickness refracts the light around (Mitsuba's
``principled``, without specular, sheen, clearcoat, iridescence and the transmission texture). What a volume absorbs over
`thicknessFactor` is a tint, whatever way a ray takes through the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from arviz.core.asset import Asset
from arviz.core.colour import srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.limits import Limits
from arviz.core.material import Material, TextureInfo, extension_colour, extension_number, extension_texture
from arviz.core.texture_transform import uv_matrix
from arviz.render.glass import glass
from arviz.render.mitsuba.bsdf import NAME as BSDF
from arviz.render.mitsuba.product import NAME
from arviz.render.texture_pixels import CLAMP, REPEAT, sampler_of, texture_pixels

_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)


class Materials:
    """The BSDFs of one asset."""

    def __init__(self, mitsuba: Any, asset: Asset, *, cap_px: int, limits: Limits) -> None:
        self._mi = mitsuba
        self._asset = asset
        self._cap_px = cap_px
        self._limits = limits
        self._pixels: dict[tuple[int, bool], Array | None] = {}

    def bsdf(self, material: Material, *, uv_set: int | None, coloured: bool = False, scale: float = 1.0) -> dict[str, Any]:
        """Return the description of a BSDF; textures of another UV set than `uv_set` are left out.

        `coloured`: the mesh has the attributes ``vertex_colour`` and ``vertex_alpha``; `scale`: metres per unit of the mesh.
        """
        extensions = material.extensions
        base = self._base(material, uv_set, coloured=coloured)
        if "KHR_materials_unlit" in extensions:
            return {"type": "diffuse", "reflectance": self._rgb((0.0, 0.0, 0.0))}
        transmission = extensions.get("KHR_materials_transmission")
        through = min(extension_number(transmission, "transmissionFactor", 0.0), 1.0)
        ior = extension_number(extensions.get("KHR_materials_ior"), "ior", 1.5)
        rough = self._channel(material.metallic_roughness_texture, 1, material.roughness_factor, uv_set)
        metal = self._channel(material.metallic_roughness_texture, 2, material.metallic_factor, uv_set)
        body = glass(material)
        if through > 0 and body.thickness > 0:
            passed = np.exp(-np.asarray(body.absorption_per_m) * body.thickness * scale)
            base = self._base(material, uv_set, coloured=coloured, tint=tuple(passed.tolist()))
            solid = {"type": "principled", "base_color": base, "metallic": metal, "roughness": rough, "spec_trans": through}
            bumped = self._bumped({**solid, "eta": float(np.clip(ior, 1.01, 2.4))}, material.normal_texture, uv_set)
            return self._masked(bumped, material, uv_set, coloured=coloured)
        out = {"type": BSDF, "base_color": base, "metallic": metal, "roughness": rough, "ior": ior}
        if through > 0:
            out["transmission"] = self._channel(extension_texture(transmission, "transmissionTexture"), 0, through, uv_set)
        specular = extensions.get("KHR_materials_specular")
        if specular is not None:
            weight, tint = extension_number(specular, "specularFactor", 1.0), extension_colour(specular, "specularColorFactor", _WHITE)
            out["specular"] = self._channel(extension_texture(specular, "specularTexture"), 3, weight, uv_set)
            out["specular_color"] = self._colour(extension_texture(specular, "specularColorTexture"), tint, uv_set)
        sheen = extensions.get("KHR_materials_sheen")
        tint = extension_colour(sheen, "sheenColorFactor", _BLACK)
        if any(tint):
            out["sheen_color"] = self._colour(extension_texture(sheen, "sheenColorTexture"), tint, uv_set)
            roughness = extension_number(sheen, "sheenRoughnessFactor", 0.0)
            out["sheen_roughness"] = self._channel(extension_texture(sheen, "sheenRoughnessTexture"), 3, roughness, uv_set)
        coat = extensions.get("KHR_materials_clearcoat")
        factor = extension_number(coat, "clearcoatFactor", 0.0)
        if factor > 0:
            out["clearcoat"] = self._channel(extension_texture(coat, "clearcoatTexture"), 0, factor, uv_set)
            roughness = extension_number(coat, "clearcoatRoughnessFactor", 0.0)
            out["clearcoat_roughness"] = self._channel(extension_texture(coat, "clearcoatRoughnessTexture"), 1, roughness, uv_set)
        film = extensions.get("KHR_materials_iridescence")
        factor = extension_number(film, "iridescenceFactor", 0.0)
        if factor > 0:
            out["iridescence"] = self._channel(extension_texture(film, "iridescenceTexture"), 0, factor, uv_set)
            out["iridescence_ior"] = extension_number(film, "iridescenceIor", 1.3)
            most = extension_number(film, "iridescenceThicknessMaximum", 400.0)
            least = extension_number(film, "iridescenceThicknessMinimum", 100.0)
            out["iridescence_thickness_nm"] = self._between(extension_texture(film, "iridescenceThicknessTexture"), 1, least, most, uv_set)
        grain = extensions.get("KHR_materials_anisotropy")
        out["anisotropy"] = min(abs(extension_number(grain, "anisotropyStrength", 0.0)), 1.0)
        out["anisotropy_rotation"] = extension_number(grain, "anisotropyRotation", 0.0)
        return self._masked(self._bumped(out, material.normal_texture, uv_set), material, uv_set, coloured=coloured)

    def emission(self, material: Material, *, uv_set: int | None, coloured: bool = False) -> dict[str, Any] | None:
        """Return the description of what the surface sends out, None for nothing."""
        strength = extension_number(material.extensions.get("KHR_materials_emissive_strength"), "emissiveStrength", 1.0)
        factor = tuple(strength * value for value in material.emissive_factor)
        if "KHR_materials_unlit" in material.extensions:
            return {"type": "area", "radiance": self._base(material, uv_set, coloured=coloured)}
        if not any(factor):
            return None
        return {"type": "area", "radiance": self._colour(material.emissive_texture, factor, uv_set)}

    def _masked(self, bsdf: dict[str, Any], material: Material, uv_set: int | None, *, coloured: bool) -> dict[str, Any]:
        if material.alpha_mode == "OPAQUE":
            return bsdf
        pixels = self._usable(material.base_color_texture, uv_set, srgb=True)
        factor = float(np.clip(material.base_color_factor[3], 0, 1))
        alpha: dict[str, Any] = {"type": NAME}
        if pixels is not None and material.base_color_texture is not None:
            alpha["first"] = self._bitmap(pixels[..., 3:] * np.float32(factor), material.base_color_texture)
        else:
            alpha["first"] = self._constant(factor)
        if coloured:
            alpha["second"] = {"type": "mesh_attribute", "name": "vertex_alpha"}
        if material.alpha_mode == "MASK":
            alpha["cutoff"] = float(material.alpha_cutoff)
        return {"type": "mask", "opacity": alpha, "bsdf": bsdf}

    def _base(self, material: Material, uv_set: int | None, *, coloured: bool, tint: tuple[float, ...] = _WHITE) -> dict[str, Any]:
        """Return the base colour, times that of the vertices and a tint."""
        factor = tuple(a * b for a, b in zip(material.base_color_factor[:3], tint, strict=True))
        picture = self._colour(material.base_color_texture, factor, uv_set)
        return {"type": NAME, "first": picture, "second": {"type": "mesh_attribute", "name": "vertex_colour"}} if coloured else picture

    def _bumped(self, bsdf: dict[str, Any], info: TextureInfo | None, uv_set: int | None) -> dict[str, Any]:
        pixels = self._usable(info, uv_set, srgb=False)
        if pixels is None or info is None:
            return bsdf
        normal = pixels[..., :3] * 2 - 1
        normal[..., :2] *= info.scale
        normal[..., 2] = np.maximum(normal[..., 2], 0.05)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        return {"type": "normalmap", "normalmap": self._bitmap(normal * 0.5 + 0.5, info), "bsdf": bsdf}

    def _colour(self, info: TextureInfo | None, factor: tuple[float, ...], uv_set: int | None) -> dict[str, Any]:
        pixels = self._usable(info, uv_set, srgb=True)
        if pixels is None or info is None:
            return self._rgb(factor)
        return self._bitmap(pixels[..., :3] * np.asarray(factor, np.float32), info)

    def _channel(self, info: TextureInfo | None, channel: int, factor: float, uv_set: int | None) -> Any:
        pixels = self._usable(info, uv_set, srgb=False)
        if pixels is None or info is None:
            return {"type": "rgb", "value": [float(np.clip(factor, 0, 1))] * 3}
        return self._bitmap(np.clip(pixels[..., channel : channel + 1] * np.float32(factor), 0, 1), info)

    def _between(self, info: TextureInfo | None, channel: int, low: float, high: float, uv_set: int | None) -> Any:
        """Return a texture's channel stretched over low..high; `high` where there is none."""
        pixels = self._usable(info, uv_set, srgb=False)
        if pixels is None or info is None:
            return self._constant(high)
        return self._bitmap(low + (high - low) * pixels[..., channel : channel + 1], info)

    def _constant(self, value: float) -> dict[str, Any]:
        return {"type": "bitmap", "bitmap": self._mi.Bitmap(np.full((1, 1, 1), value, np.float32)), "raw": True}

    def _rgb(self, colour: tuple[float, ...]) -> dict[str, Any]:
        return {"type": "rgb", "value": [max(float(value), 0.0) for value in colour]}

    def _bitmap(self, pixels: Array, info: TextureInfo) -> dict[str, Any]:
        wrap = sampler_of(self._asset, info.texture).wrap_s
        return {
            "type": "bitmap",
            "bitmap": self._mi.Bitmap(np.array(pixels, np.float32)),  # Mitsuba wants an array it may write to
            "raw": True,
            "wrap_mode": "clamp" if wrap == CLAMP else "repeat" if wrap == REPEAT else "mirror",
            "to_uv": self._mi.ScalarTransform3f(uv_matrix(info)[1]),
        }

    def _usable(self, info: TextureInfo | None, uv_set: int | None, *, srgb: bool) -> Array | None:
        """Return (H, W, 4) float32 linear pixels, None where there is no such texture on this UV set."""
        if info is None or uv_set is None or uv_matrix(info)[0] != uv_set:
            return None
        key = (info.texture, srgb)
        if key not in self._pixels:
            self._pixels[key] = self._read(info.texture, srgb=srgb)
        known = self._pixels[key]
        return None if known is None else known.copy()

    def _read(self, texture: int, *, srgb: bool) -> Array | None:
        pixels = texture_pixels(self._asset, texture, cap_px=self._cap_px, limits=self._limits, srgb=srgb)
        if pixels is None:
            return None
        out = pixels.astype(np.float32) / 255
        if srgb:
            out[..., :3] = srgb_to_linear(out[..., :3])
        return out


def main_uv_set(material: Material) -> int | None:
    """Return the UV set to build a mesh with: that of the first texture in use (Mitsuba's meshes have one)."""
    extensions: Mapping[str, Any] = material.extensions
    slots = (
        material.base_color_texture,
        material.normal_texture,
        material.metallic_roughness_texture,
        material.emissive_texture,
        extension_texture(extensions.get("KHR_materials_clearcoat"), "clearcoatNormalTexture"),
    )
    return next((uv_matrix(info)[0] for info in slots if info is not None), None)
