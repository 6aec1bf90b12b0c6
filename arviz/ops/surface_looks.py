"""What a product looks like at places of its surface: colour, gloss and light of its own, as one plain material would say them.

What such a material has no word for is folded in: sheen into the colour (`arviz.core.sheen`), a coat of varnish into the roughness,
an unlit surface into light of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arviz.core.asset import Asset, Primitive
from arviz.core.colour import srgb_to_linear
from arviz.core.errors import ArvizError
from arviz.core.frozen import Array
from arviz.core.graph import Drawn
from arviz.core.image import decode
from arviz.core.limits import Limits
from arviz.core.material import Material, Sampler, TextureInfo, extension_colour, extension_number, extension_texture
from arviz.core.sheen import sheen_albedo
from arviz.core.texture_transform import uv_matrix

LONGEST_PX = 1024
"""Textures are read at this size at most: what is baked from them is smaller."""
_CLAMP, _MIRROR = 33071, 33648
_ROUGHNESSES = np.linspace(0.0, 1.0, 17)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Looks:
    """Of N places: linear `colour` and `emission` (N, 3); `alpha`, `occlusion`, `roughness` and `metallic` (N,), all 0..1 but `emission`.

    `alpha` is 1 where a surface is opaque, and of a cut-out one 0 or 1.
    """

    colour: Array
    emission: Array
    alpha: Array
    occlusion: Array
    roughness: Array
    metallic: Array
    specular: Array
    """(N, 3): what the reflection of a dielectric is multiplied by (KHR_materials_specular)."""


class Reader:
    """Reads the looks of drawn pieces of a product; pictures are decoded once."""

    def __init__(self, asset: Asset, *, limits: Limits) -> None:
        self._asset, self._limits = asset, limits
        self._pixels: dict[int, Array | None] = {}

    def looks(self, pieces: Sequence[Drawn], piece: Array, triangle: Array, weights: Array) -> Looks:
        """Return the looks at (N,) triangles of (N,) pieces and (N, 3) barycentric weights."""
        count = len(piece)
        out = Looks(
            colour=np.ones((count, 3)),
            emission=np.zeros((count, 3)),
            alpha=np.ones(count),
            occlusion=np.ones(count),
            roughness=np.ones(count),
            metallic=np.ones(count),
            specular=np.ones((count, 3)),
        )
        for number, drawn in enumerate(pieces):
            rows = np.flatnonzero(piece == number)
            if len(rows):
                corners = drawn.primitive.triangles[triangle[rows]].astype(np.int64)
                self._fill(out, rows, drawn.primitive, corners, weights[rows])
        return out

    def _fill(self, out: Looks, rows: Array, primitive: Primitive, corners: Array, weights: Array) -> None:
        material = Material() if primitive.material is None else self._asset.materials[primitive.material]
        at = _Places(self, primitive, corners, weights)
        base, base_factor = material.base_color_texture, np.array(material.base_color_factor)
        metallic, roughness = material.metallic_factor, material.roughness_factor
        glossy = material.extensions.get("KHR_materials_pbrSpecularGlossiness")
        if glossy is not None:
            base = extension_texture(glossy, "diffuseTexture")
            base_factor = np.ones(4)
            metallic, roughness = 0.0, 1 - extension_number(glossy, "glossinessFactor", 1.0)
        rgba = base_factor * at.texture(base, srgb=True) * at.vertex_colour()
        colour, alpha = rgba[:, :3], rgba[:, 3]
        if material.alpha_mode != "BLEND":
            alpha = (alpha >= material.alpha_cutoff) * 1.0 if material.alpha_mode == "MASK" else np.ones(len(rows))
        gloss = at.texture(None if glossy is not None else material.metallic_roughness_texture, srgb=False)
        metal, rough = metallic * gloss[:, 2], roughness * gloss[:, 1]
        emission = np.array(material.emissive_factor) * at.texture(material.emissive_texture, srgb=True)[:, :3]
        emission *= extension_number(material.extensions.get("KHR_materials_emissive_strength"), "emissiveStrength", 1.0)
        if "KHR_materials_unlit" in material.extensions:
            colour, emission, metal, rough = np.zeros_like(colour), colour, np.zeros(len(rows)), np.ones(len(rows))
        else:
            colour = _with_sheen(material, at, colour)
            rough = _with_coat(material, at, rough, metal)
        info = material.occlusion_texture
        light = np.ones(len(rows)) if info is None else 1 + info.scale * (at.texture(info, srgb=False)[:, 0] - 1)
        for array, values in (
            (out.colour, colour), (out.alpha, alpha), (out.occlusion, light), (out.roughness, rough), (out.metallic, metal),
            (out.specular, _specular(material, at)),
        ):  # fmt: skip
            array[rows] = np.clip(np.nan_to_num(values), 0, 1)
        out.emission[rows] = np.maximum(np.nan_to_num(emission), 0)

    def picture(self, texture: int) -> Array | None:
        """Return (H, W, 4) float32 0..1 of a texture's best picture that can be read, as encoded."""
        if texture not in self._pixels:
            found = (self._decoded(index) for index in self._asset.textures[texture].image_candidates)
            self._pixels[texture] = next((pixels for pixels in found if pixels is not None), None)
        return self._pixels[texture]

    def sampler(self, texture: int) -> Sampler:
        """Return how a texture goes on past its borders."""
        number = self._asset.textures[texture].sampler
        return Sampler() if number is None else self._asset.samplers[number]

    def _decoded(self, index: int) -> Array | None:
        data = self._asset.images[index].data
        try:
            pixels = None if data is None else decode(data, limits=self._limits, mean_at_px=LONGEST_PX).pixels
        except ArvizError:
            return None  # viewers draw it as white; reading and checks have told it
        if pixels is None:
            return None
        grey = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
        out = np.ones((*grey.shape[:2], 4), np.float32)
        out[..., : grey.shape[2]] = grey.astype(np.float32) / 255
        return out


class _Places:
    """Places of one primitive, at which its textures are read."""

    def __init__(self, reader: Reader, primitive: Primitive, corners: Array, weights: Array) -> None:
        self._reader, self._primitive, self._corners, self._weights = reader, primitive, corners, weights

    def vertex_colour(self) -> Array:
        """Return (N, 4) linear, white where there is none."""
        out = np.ones((len(self._corners), 4))
        colours = self._primitive.attributes.get("COLOR_0")
        if colours is not None:
            out[:, : colours.shape[1]] = self._over(colours)
        return out

    def texture(self, info: TextureInfo | None, *, srgb: bool) -> Array:
        """Return (N, 4) of a texture, white where there is none; with `srgb` its colour in linear light."""
        white = np.ones((len(self._corners), 4))
        pixels = None if info is None else self._reader.picture(info.texture)
        if info is None or pixels is None:
            return white
        uv_set, matrix = uv_matrix(info)
        uv = self._primitive.attributes.get(f"TEXCOORD_{uv_set}")
        if uv is None:
            return white
        sampler = self._reader.sampler(info.texture)
        out = _bilinear(pixels, self._over(uv) @ matrix[:2, :2].T + matrix[:2, 2], sampler)
        if srgb:
            out[:, :3] = srgb_to_linear(out[:, :3])
        return out

    def _over(self, values: Array) -> Array:
        out: Array = np.einsum("nij,ni->nj", np.nan_to_num(values.astype(np.float64))[self._corners], self._weights)
        return out


def _bilinear(pixels: Array, uv: Array, sampler: Sampler) -> Array:
    """Return (N, 4) of (H, W, 4) at `uv` (N, 2), between the centres of texels (glTF 2.0, 3.8.4)."""
    height, width = pixels.shape[:2]
    x, y = uv[:, 0] * width - 0.5, uv[:, 1] * height - 0.5
    left, top = np.floor(x), np.floor(y)
    columns = [_wrapped(left + step, width, sampler.wrap_s) for step in (0, 1)]
    rows = [_wrapped(top + step, height, sampler.wrap_t) for step in (0, 1)]
    right, down = (x - left)[:, None], (y - top)[:, None]
    upper = pixels[rows[0], columns[0]] * (1 - right) + pixels[rows[0], columns[1]] * right
    lower = pixels[rows[1], columns[0]] * (1 - right) + pixels[rows[1], columns[1]] * right
    out: Array = upper * (1 - down) + lower * down
    return out


def _wrapped(index: Array, count: int, mode: int) -> Array:
    """Return texels (N,) below `count`."""
    if mode == _CLAMP:
        return np.asarray(np.clip(index, 0, count - 1), np.int64)
    if mode == _MIRROR:
        there = np.mod(index, 2 * count)
        return np.asarray(np.minimum(there, 2 * count - 1 - there), np.int64)
    return np.asarray(np.mod(index, count), np.int64)


def _with_sheen(material: Material, at: _Places, colour: Array) -> Array:
    """Return `colour` with the mean light of a sheen added, and what that takes from the colour below (KHR_materials_sheen)."""
    extension = material.extensions.get("KHR_materials_sheen")
    factor = extension_colour(extension, "sheenColorFactor", (0.0, 0.0, 0.0))
    if max(factor) <= 0:
        return colour
    sheen = np.clip(np.array(factor) * at.texture(extension_texture(extension, "sheenColorTexture"), srgb=True)[:, :3], 0, 1)
    rough = extension_number(extension, "sheenRoughnessFactor", 0.0)
    roughness = np.clip(rough * at.texture(extension_texture(extension, "sheenRoughnessTexture"), srgb=False)[:, 3], 0, 1)
    albedo = np.interp(roughness, _ROUGHNESSES, [sheen_albedo(float(each)) for each in _ROUGHNESSES])[:, None]
    out: Array = colour * (1 - sheen.max(axis=1, keepdims=True) * albedo) + sheen * albedo
    return out


def _specular(material: Material, at: _Places) -> Array:
    extension = material.extensions.get("KHR_materials_specular")
    factor = extension_number(extension, "specularFactor", 1.0) * np.array(
        extension_colour(extension, "specularColorFactor", (1.0, 1.0, 1.0))
    )
    colour = at.texture(extension_texture(extension, "specularColorTexture"), srgb=True)[:, :3]
    out: Array = factor * colour * at.texture(extension_texture(extension, "specularTexture"), srgb=False)[:, 3:]
    return out


def _with_coat(material: Material, at: _Places, rough: Array, metal: Array) -> Array:
    """Return the roughness of what shines: of a coated dielectric both layers reflect alike, and the coat lies above."""
    extension = material.extensions.get("KHR_materials_clearcoat")
    factor = extension_number(extension, "clearcoatFactor", 0.0)
    if factor <= 0:
        return rough
    share = factor * at.texture(extension_texture(extension, "clearcoatTexture"), srgb=False)[:, 0] * (1 - metal)
    coat = extension_number(extension, "clearcoatRoughnessFactor", 0.0)
    coat_rough = coat * at.texture(extension_texture(extension, "clearcoatRoughnessTexture"), srgb=False)[:, 1]
    out: Array = rough * (1 - share) + coat_rough * share
    return out
