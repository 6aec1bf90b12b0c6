"""Textures of one colour say no more than a factor; what no factor can say fits in one pixel."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from arviz.core.asset import Asset
from arviz.core.colour import srgb_to_linear
from arviz.core.errors import ArvizError
from arviz.core.frozen import Array
from arviz.core.image import decode, measure
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import EncodedImage, Material, are_numbers, extension_number

_BYTES_PER_PIXEL = 1 / 16
"""A picture of one colour takes far less in every format: larger files are not decoded to find out."""
_GLANCE_PX = 64
"""Pictures are looked at in this size first: most end there, and a JPEG costs a fraction."""
_POINTER = "KHR_animation_pointer"

_NUMBERS = {
    "KHR_materials_clearcoat": (("clearcoatTexture", "clearcoatFactor", 0), ("clearcoatRoughnessTexture", "clearcoatRoughnessFactor", 1)),
    "KHR_materials_transmission": (("transmissionTexture", "transmissionFactor", 0),),
    "KHR_materials_volume": (("thicknessTexture", "thicknessFactor", 1),),
    "KHR_materials_sheen": (("sheenRoughnessTexture", "sheenRoughnessFactor", 3),),
    "KHR_materials_iridescence": (("iridescenceTexture", "iridescenceFactor", 0),),
}
"""Extension -> texture, the factor (0 without one) that it multiplies, and its channel: the extensions' own texts."""


def fold_constant_textures(asset: Asset, *, limits: Limits = DEFAULT_LIMITS) -> Asset:
    """Return `asset` with textures of one colour multiplied into their factors, and the rest of them made one pixel large.

    Nothing is folded into factors that an animation may move (KHR_animation_pointer).
    """
    if any(_POINTER in track.extensions for animation in asset.animations for track in animation.tracks):
        return asset
    colours = {i: colour for i, image in enumerate(asset.images) if (colour := _only_colour(image, limits)) is not None}
    if not colours:
        return asset
    of_texture = {
        index: colours[texture.image_candidates[0]]
        for index, texture in enumerate(asset.textures)
        if len(texture.image_candidates) == 1 and texture.image_candidates[0] in colours
    }
    images = tuple(_pixel(image, colours[i]) if i in colours else image for i, image in enumerate(asset.images))
    return replace(asset, images=images, materials=tuple(_folded(material, of_texture) for material in asset.materials))


def _only_colour(image: EncodedImage, limits: Limits) -> Array | None:
    """Return (4,) uint8, the colour of every pixel; None if there are several, or it cannot be told."""
    try:
        if image.data is None or image.mime_type == "image/ktx2":
            return None
        width, height = measure(image.data)
        if len(image.data) > max(width * height * _BYTES_PER_PIXEL, 1024):
            return None
        pixels = decode(image.data, limits=limits).pixels
    except ArvizError:
        return None
    first = pixels[0, 0]
    if not (pixels == first).all():
        return None
    grey = np.repeat(first, 3) if first.size == 1 else first
    return np.append(grey, 255).astype(np.uint8) if grey.size == 3 else grey


def _pixel(image: EncodedImage, colour: Array) -> EncodedImage:
    from PIL import Image as PillowImage

    pixel = colour if colour[3] < 255 else colour[:3]
    out = io.BytesIO()
    PillowImage.fromarray(pixel.reshape(1, 1, -1)).save(out, "PNG")
    data = out.getvalue()
    if image.data is None or len(data) >= len(image.data) or image.mime_type not in ("image/png", "image/jpeg"):
        return image  # other kinds are named by an extension of the texture
    return replace(image, data=data, mime_type="image/png")


def _folded(material: Material, colours: Mapping[int, Array]) -> Material:
    """Return a material without its textures of one colour, as far as factors hold them exactly."""
    changes: dict[str, Any] = {}
    if (colour := _of(material.base_color_texture, colours)) is not None:
        factor = np.array(material.base_color_factor) * np.append(_linear(colour), colour[3] / 255)
        changes |= {"base_color_texture": None, "base_color_factor": tuple(factor.tolist())}
    if (colour := _of(material.metallic_roughness_texture, colours)) is not None:
        changes |= {
            "metallic_roughness_texture": None,
            "roughness_factor": material.roughness_factor * float(colour[1]) / 255,
            "metallic_factor": material.metallic_factor * float(colour[2]) / 255,
        }
    if (colour := _of(material.emissive_texture, colours)) is not None:
        changes |= {"emissive_texture": None, "emissive_factor": tuple((np.array(material.emissive_factor) * _linear(colour)).tolist())}
    if (colour := _of(material.occlusion_texture, colours)) is not None and colour[0] == 255:
        changes["occlusion_texture"] = None
    extensions = {name: _folded_extension(name, value, colours) for name, value in material.extensions.items()}
    if any(value is not material.extensions[name] for name, value in extensions.items()):
        changes["extensions"] = extensions
    return replace(material, **changes) if changes else material


def _folded_extension(name: str, extension: Any, colours: Mapping[int, Array]) -> Any:
    if not isinstance(extension, Mapping):
        return extension
    out = dict(extension)
    for slot, factor, channel in _NUMBERS.get(name, ()):
        if (colour := _of(extension.get(slot), colours)) is not None:
            out[factor] = extension_number(extension, factor, 0.0) * float(colour[channel]) / 255
            del out[slot]
    tint = extension.get("sheenColorFactor", (0.0, 0.0, 0.0))
    if name == "KHR_materials_sheen" and (colour := _of(extension.get("sheenColorTexture"), colours)) is not None and are_numbers(tint, 3):
        out["sheenColorFactor"] = (np.array(tint) * _linear(colour)).tolist()
        del out["sheenColorTexture"]
    return out if out != dict(extension) else extension


def _of(info: Any, colours: Mapping[int, Array]) -> Array | None:
    """Return the colour that a texture use shows everywhere, if it is one."""
    index = info.get("index") if isinstance(info, Mapping) else getattr(info, "texture", None)
    return colours.get(index) if isinstance(index, int) else None


def _linear(colour: Array) -> Array:
    """Return (3,) float64: sRGB pictures become linear factors."""
    return np.asarray(srgb_to_linear(colour[:3].astype(np.float64) / 255), np.float64)
