"""The variants of an `Asset` by their names."""

from __future__ import annotations

from arviz.core.asset import Asset
from arviz.core.errors import InputError


def variant_at(asset: Asset, name: str) -> int:
    """Return the index of a variant.

    Raises
    ------
    InputError
        ``E_VARIANT_UNKNOWN``: the product has no such variant.
    """
    if name not in asset.variants:
        raise InputError(
            "E_VARIANT_UNKNOWN",
            "the product has no such variant",
            expected=", ".join(asset.variants) or "none: the product has no variants",
            found=repr(name),
        )
    return asset.variants.index(name)


def variant_index(asset: Asset, variant: str | None) -> int | None:
    """Return the index of a variant as `variant_at`, None for the default look."""
    return None if variant is None else variant_at(asset, variant)
