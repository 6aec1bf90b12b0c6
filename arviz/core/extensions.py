"""Which glTF extensions an Asset uses, read off the Asset itself so that the answer is never stale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from arviz.core.asset import Asset


def used_extensions(asset: Asset) -> tuple[str, ...]:
    """Return the names of all extensions that `asset` needs when written as glTF, sorted."""
    names = set(_names(asset))
    if asset.variants:
        names.add("KHR_materials_variants")
    if asset.lights:
        names.add("KHR_lights_punctual")
    return tuple(sorted(names))


def _names(value: Any) -> Iterator[str]:
    if is_dataclass(value):
        for item in fields(value):
            if item.name == "extras":
                continue
            child = getattr(value, item.name)
            if item.name.endswith("extensions"):
                yield from child
            yield from _names(child)
    elif isinstance(value, Mapping):
        for key, child in value.items():
            if key == "extensions" and isinstance(child, Mapping):
                yield from child
            if key != "extras":
                yield from _names(child)
    elif isinstance(value, tuple):
        for child in value:
            if not isinstance(child, (int, float, str)):
                yield from _names(child)
