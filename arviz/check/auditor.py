"""Khronos glTF Asset Auditor schemas (1.0.x) as profiles.

Source of the keys and of their meaning: README of KhronosGroup/gltf-asset-auditor, Apache-2.0. There -1 and false
switch a check off. A key that is left out is not checked here: the Auditor's README says that it then uses
recommended values, its code switches the check off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from arviz.check.profile_rules import Profile, Rule, RuleSource, invalid
from arviz.core.json_fields import Place

URL = "https://github.com/KhronosGroup/gltf-asset-auditor"
_RANGES = {
    "fileSizeInKb": "kilobytes",
    "materials": "materials",
    "model.objectCount.nodes": "nodes",
    "model.objectCount.meshes": "meshes",
    "model.objectCount.primitives": "primitives",
    "model.triangles": "triangles",
    "product.dimensions.height": "height_m",
    "product.dimensions.length": "depth_m",
    "product.dimensions.width": "width_m",
    "textures.height": "texture_height",
    "textures.width": "texture_width",
    "textures.pbrColorRange": "base_colour",
}
"""Place of a ``{minimum, maximum}`` pair -> the fact that it limits."""
_PAIRED = frozenset({"texture_height", "texture_width", "base_colour"})
"""Facts that come as a least and a greatest value."""
_SWITCHES: dict[str, tuple[tuple[str, str, Any], ...]] = {
    "model.requireCleanRootNodeTransform": (("root_transform_clean", "equals", True),),
    "model.requireManifoldEdges": (("open_or_shared_edges", "max", 0),),
    "textures.requireDimensionsBePowersOfTwo": (("textures", "power_of_two", None),),
    "textures.requireDimensionsBeQuadratic": (("textures_square", "equals", True),),
    "uvs.requireNotInverted": (("uv_inverted", "max", 0),),
    "uvs.requireRangeZeroToOne": (("uv_min", "min", 0), ("uv_max", "max", 1)),
}
_TOLERANCE = ".percentTolerance"


def auditor_profile(document: Mapping[str, Any], *, name: str, where: str) -> Profile:
    """Return the profile that an Asset Auditor schema describes.

    Raises
    ------
    InputError
        ``E_PROFILE_INVALID``: another version than 1.x, or a value of another type than the schema has.
    """
    version = document["version"]
    if not version.startswith("1."):
        raise Place(where, invalid)["version"].wrong("1.0.x", version)
    source = RuleSource(title=f"Khronos Asset Auditor schema {version}", url=URL, read="", kind="standard")
    rules: list[Rule] = []
    unchecked: list[str] = []
    tolerances: list[float] = []
    for place, value in _leaves({key: item for key, item in document.items() if key != "version"}):
        found = _limits(place, value, where)
        if place.endswith(_TOLERANCE) and place.removesuffix(_TOLERANCE) in _RANGES:
            tolerances += [value] if _number(value, place, where) > 0 else []
        elif found is None:
            unchecked += [place] if value not in (-1, False, None) else []
        else:
            rules += [Rule(fact=fact, op=op, value=wanted, severity="error", source=source) for fact, op, wanted in found]
    if tolerances:
        # One figure for all sides: the strictest. Without a listed size the rule is reported as not checked.
        rules.append(Rule(fact="size_deviation_percent", op="max", value=min(tolerances), severity="error", source=source))
    return Profile(name=name, title=f"Khronos Asset Auditor schema {where}", rules=tuple(rules), unchecked=tuple(unchecked))


def _leaves(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, child in value.items():
        if isinstance(child, dict):
            yield from _leaves(child, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", child


def _limits(place: str, value: Any, where: str) -> tuple[tuple[str, str, Any], ...] | None:
    """Return (fact, op, value) of one entry; empty if it is switched off, None if we do not check it."""
    if place in _SWITCHES:
        if not isinstance(value, bool):
            raise Place(where, invalid, place).wrong("true or false", value)
        return _SWITCHES[place] if value else ()
    pair, _, end = place.rpartition(".")
    if pair not in _RANGES or end not in ("minimum", "maximum"):
        return None
    if _number(value, place, where) < 0:
        return ()
    fact, op = _RANGES[pair], {"minimum": "min", "maximum": "max"}[end]
    if fact in _PAIRED:
        fact += f"_{op}_px" if fact.startswith("texture") else f"_{op}"
    return ((fact, op, value),)


def _number(value: Any, place: str, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Place(where, invalid, place).wrong("a number", value)
    return value
