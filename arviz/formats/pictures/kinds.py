"""What each picture of a product is for: colour, data or normals."""

from __future__ import annotations

from arviz.core.asset import Asset
from arviz.core.material import COLOUR_SLOTS
from arviz.formats.pictures.encoding import Kind

_STRICTEST: tuple[Kind, ...] = ("colour", "data", "normal")


def picture_kinds(asset: Asset) -> dict[int, Kind]:
    """Return image index -> kind for every picture that a material uses.

    A picture with several uses gets the one that suffers most from loss: normal before data before colour.
    """
    kinds: dict[int, Kind] = {}
    for material in asset.materials:
        for slot, info in material.texture_slots():
            if not 0 <= info.texture < len(asset.textures):
                continue
            kind = kind_of_slot(slot)
            for image in asset.textures[info.texture].image_candidates:
                kinds[image] = max(kinds.get(image, kind), kind, key=_STRICTEST.index)
    return kinds


def kind_of_slot(slot: str) -> Kind:
    """Return what a texture in a glTF material slot holds, by the slot's name.

    **Convention** ``baseColorTexture`` is colour, ``clearcoatNormalTexture`` normal, ``clearcoatTexture`` data.
    """
    if slot.lower().endswith("normaltexture"):
        return "normal"
    return "colour" if slot in COLOUR_SLOTS else "data"
