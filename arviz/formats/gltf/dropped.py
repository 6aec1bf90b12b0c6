"""What an `Asset` has no place for: extras and extensions of glTF's storage objects, which reading dissolves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from arviz.core.report import Finding

_STORAGE = ("accessors", "bufferViews", "buffers")
_DECODED = ("EXT_meshopt_compression", "KHR_meshopt_compression")


def dropped(document: dict[str, Any]) -> Iterator[Finding]:
    """Yield a finding for each kind of object whose extras or extensions do not reach the Asset.

    Accessors, bufferViews and buffers become arrays; samplers and channels of animations become tracks; a light and
    its place on a node become an index.
    """
    places = {kind: document.get(kind, []) for kind in _STORAGE}
    for kind in ("samplers", "channels"):
        places[f"animations' {kind}"] = [item for animation in document.get("animations", []) for item in animation.get(kind, [])]
    owners = [*document.get("nodes", []), document]
    lights = [owner["extensions"]["KHR_lights_punctual"] for owner in owners if "KHR_lights_punctual" in owner.get("extensions", {})]
    places["references to lights"] = lights
    for kind, items in places.items():
        count = sum(isinstance(item, dict) and _speaks(item) for item in items)
        if count:
            message = f"extras or extensions of {count:,} {kind} are not kept"
            yield Finding(code="I_STORAGE_EXTRAS", severity="info", message=message, where=f"/{kind}")


def _speaks(item: dict[str, Any]) -> bool:
    return "extras" in item or any(name not in _DECODED for name in item.get("extensions", {}))
