"""Materials, textures and samplers of a glTF document; and how every item's name, extensions and extras are taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arviz.core.material import Material, Sampler, Texture, texture_info


def plain(value: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Pick the keys that are called the same in glTF and in our types.

    Raises
    ------
    TypeError
        A name is no text, or extensions are not an object of objects.
    """
    if "name" in keys and not isinstance(value.get("name", ""), str):
        raise TypeError(f"a name is text, found {value['name']!r}")
    if "extensions" in keys:
        extensions(value)
    return {key: value[key] for key in keys if key in value}


def extensions(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the item's extensions; raise TypeError if they are not an object of objects (glTF 2.0 section 3.12)."""
    found = value.get("extensions", {})
    if not isinstance(found, dict) or not all(isinstance(extension, dict) for extension in found.values()):
        raise TypeError("extensions are an object of objects")
    return dict(found)


def own_extras(value: Mapping[str, Any]) -> tuple[Mapping[str, Any], Any]:
    """Split ``extras`` into what stands under our key and the rest (None if nothing is left)."""
    extras = value.get("extras")
    if not isinstance(extras, dict) or not isinstance(extras.get("arviz"), dict):
        return {}, extras
    own = extras["arviz"]
    return own, {k: v for k, v in extras.items() if k != "arviz"} or own.get("extras")


def material(value: dict[str, Any]) -> Material:
    """Build a Material from its JSON."""
    pbr = value.get("pbrMetallicRoughness", {})

    def info(place: Mapping[str, Any], key: str) -> Any:
        if key not in place:
            return None
        extensions(place[key])
        return texture_info(place[key])

    optional = {
        "base_color_factor": pbr.get("baseColorFactor"),
        "metallic_factor": pbr.get("metallicFactor"),
        "roughness_factor": pbr.get("roughnessFactor"),
        "emissive_factor": value.get("emissiveFactor"),
        "alpha_mode": value.get("alphaMode"),
        # Without MASK the cutoff means nothing (and the validator warns of it).
        "alpha_cutoff": value.get("alphaCutoff") if value.get("alphaMode") == "MASK" else None,
        "double_sided": value.get("doubleSided"),
    }
    return Material(
        base_color_texture=info(pbr, "baseColorTexture"),
        metallic_roughness_texture=info(pbr, "metallicRoughnessTexture"),
        normal_texture=info(value, "normalTexture"),
        occlusion_texture=info(value, "occlusionTexture"),
        emissive_texture=info(value, "emissiveTexture"),
        pbr_extensions=extensions(pbr),
        pbr_extras=pbr.get("extras"),
        **{key: item for key, item in optional.items() if item is not None},
        **plain(value, "name", "extensions", "extras"),
    )


def texture(value: dict[str, Any]) -> Texture:
    """Build a Texture from its JSON."""
    return Texture(image=value.get("source"), **plain(value, "sampler", "name", "extensions", "extras"))


def sampler(value: dict[str, Any]) -> Sampler:
    """Build a Sampler from its JSON."""
    names = {"magFilter": "mag_filter", "minFilter": "min_filter", "wrapS": "wrap_s", "wrapT": "wrap_t"}
    filters = {ours: value[theirs] for theirs, ours in names.items() if theirs in value}
    return Sampler(**filters, **plain(value, "name", "extensions", "extras"))
