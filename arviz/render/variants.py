"""Which variant an item shows, and the material that it gives a primitive."""

from __future__ import annotations

from arviz.core.asset import Asset, Primitive
from arviz.core.errors import InputError
from arviz.core.material import Material

_DEFAULT = Material()
"""One object, so that engines that know materials by identity make it once."""


def variant_index(asset: Asset, variant: str | None) -> int | None:
    """Return the index of a variant, None for the default look.

    Raises
    ------
    InputError
        ``E_VARIANT_UNKNOWN``: the asset has no such variant.
    """
    if variant is None:
        return None
    if variant not in asset.variants:
        raise InputError(
            "E_VARIANT_UNKNOWN",
            "the product has no such variant",
            expected=", ".join(asset.variants) or "none: the product has no variants",
            found=repr(variant),
        )
    return asset.variants.index(variant)


def material_of(asset: Asset, primitive: Primitive, variant: int | None) -> Material:
    """Return the material to draw a primitive with, glTF's default where it has none."""
    index = primitive.material_for(variant)
    return asset.materials[index] if index is not None and 0 <= index < len(asset.materials) else _DEFAULT
