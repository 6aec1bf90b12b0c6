"""Textures and materials whose pictures have moved to other indices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from arviz.core.material import Material, Texture


def retarget_texture(texture: Texture, image_at: Mapping[int, int]) -> Texture:
    """Return a texture with its images at their new indices; what is not in `image_at` is gone."""
    extensions = {}
    for name, value in texture.extensions.items():
        if isinstance(value, Mapping) and "source" in value:
            if value["source"] not in image_at:
                continue
            value = {**value, "source": image_at[value["source"]]}
        extensions[name] = value
    image = None if texture.image is None else image_at.get(texture.image)
    return replace(texture, image=image, extensions=extensions)


_CORE_SLOTS = ("base_color_texture", "metallic_roughness_texture", "normal_texture", "occlusion_texture", "emissive_texture")


def retarget_material(material: Material, texture_at: Mapping[int, int]) -> Material:
    """Return a material with its textures at their new indices; uses of what is not in `texture_at` are gone."""
    slots: dict[str, Any] = {}
    for slot in _CORE_SLOTS:
        info = getattr(material, slot)
        if info is not None:
            slots[slot] = replace(info, texture=texture_at[info.texture]) if info.texture in texture_at else None
    extensions = {name: _retarget_json(value, texture_at) for name, value in material.extensions.items()}
    return replace(material, extensions=extensions, **slots)


def _retarget_json(extension: Any, texture_at: Mapping[int, int]) -> Any:
    if not isinstance(extension, Mapping):
        return extension
    out = {}
    for key, value in extension.items():
        if key.endswith("Texture") and isinstance(value, Mapping) and "index" in value:
            if value["index"] not in texture_at:
                continue
            value = {**value, "index": texture_at[value["index"]]}
        out[key] = value
    return out
