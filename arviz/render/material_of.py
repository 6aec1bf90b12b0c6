"""The material that a primitive is drawn with."""

from __future__ import annotations

from arviz.core.asset import Asset, Primitive
from arviz.core.material import Material

_DEFAULT = Material()
"""One object, so that engines that know materials by identity make it once."""


def material_of(asset: Asset, primitive: Primitive, variant: int | None) -> Material:
    """Return the material to draw a primitive with, glTF's default where it has none."""
    index = primitive.material_for(variant)
    return asset.materials[index] if index is not None and 0 <= index < len(asset.materials) else _DEFAULT
