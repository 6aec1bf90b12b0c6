"""Animations: samplers, channels, their targets (glTF 2.0 section 3.11)."""

from __future__ import annotations

from functools import partial

from arviz.formats.gltf.rules import elements
from arviz.formats.gltf.rules.links import Format, Links, format_of
from arviz.formats.gltf.rules.structure import UNREAD, Json

_WHOLE = (5120, 5121, 5122, 5123)


def _or_normalized(kind: str) -> frozenset[Format]:
    return frozenset({(kind, 5126, False)} | {(kind, component, True) for component in _WHOLE})


_OUTPUTS: dict[str, frozenset[Format]] = {
    "translation": frozenset({("VEC3", 5126, False)}),
    "rotation": _or_normalized("VEC4"),
    "scale": frozenset({("VEC3", 5126, False)}),
    "weights": _or_normalized("SCALAR"),
}


def link_animations(links: Links) -> None:
    """Check every animation."""
    for _, animation, where in links.items("animations"):
        _link_pointers(links, animation, where)
        if "samplers" not in animation or "channels" not in animation:
            continue
        for index, sampler in enumerate(animation["samplers"]):
            _link_sampler(links, sampler, f"{where}/samplers/{index}")
        used: set[int] = set()
        for index, channel in enumerate(animation["channels"]):
            _link_channel(links, animation, channel, f"{where}/channels/{index}", used)
        _find_duplicates(links, animation["channels"], f"{where}/channels")
        for index in range(len(animation["samplers"])):
            if index not in used:
                links.issues.add("UNUSED_OBJECT", f"{where}/samplers/{index}")


def _link_sampler(links: Links, sampler: Json, where: str) -> None:
    cubic = sampler.get("interpolation") == "CUBICSPLINE"
    for key, purpose in (("input", "AnimationInput"), ("output", "AnimationOutput")):
        place = f"{where}/{key}"
        accessor = links.follow(sampler, key, "accessors", where)
        if accessor is None:
            continue
        view = links.use_accessor(sampler[key], purpose, "Other", place)
        if view is not None and view.get("byteStride", -1) != -1:
            links.issues.add("ANIMATION_SAMPLER_ACCESSOR_WITH_BYTESTRIDE", place)
        if key == "output":
            continue
        if format_of(accessor) == ("SCALAR", 5126, False):
            links.element_checks[sampler[key]].append((place, elements.times))
        else:
            links.issues.add("ANIMATION_SAMPLER_INPUT_ACCESSOR_INVALID_FORMAT", place, format_of(accessor))
        if not ("min" in accessor and "max" in accessor):
            links.issues.add("ANIMATION_SAMPLER_INPUT_ACCESSOR_WITHOUT_BOUNDS", place)
        if cubic and accessor.get("count", -1) < 2:
            links.issues.add("ANIMATION_SAMPLER_INPUT_ACCESSOR_TOO_FEW_ELEMENTS", place, accessor.get("count", -1))


def _link_channel(links: Links, animation: Json, channel: Json, where: str, used: set[int]) -> None:
    target, index = channel.get("target"), channel.get("sampler", -1)
    node = links.follow(target, "node", "nodes", f"{where}/target") if target is not None else None
    path = target.get("path") if target is not None else None
    morphs = _morphs(links, node)
    if node is not None:
        if path in ("translation", "rotation", "scale"):
            if "matrix" in node:
                links.issues.add("ANIMATION_CHANNEL_TARGET_NODE_MATRIX", f"{where}/target")
            if links.item("skins", node.get("skin", -1)) is not None:
                links.issues.add("ANIMATION_CHANNEL_TARGET_NODE_SKIN", f"{where}/target/path")
        elif path == "weights" and morphs is None:
            links.issues.add("ANIMATION_CHANNEL_TARGET_NODE_WEIGHTS_NO_MORPHS", f"{where}/target")
    if index == -1:
        return
    where = f"{where}/sampler"
    if index >= len(animation["samplers"]):
        links.issues.add("UNRESOLVED_REFERENCE", where, index)
        return
    used.add(index)
    sampler = animation["samplers"][index]
    output = links.item("accessors", sampler.get("output", -1))
    if target is None or output is None:
        return
    cubic = sampler.get("interpolation") == "CUBICSPLINE"
    if path == "rotation" and output.get("type") in ("VEC4", "MAT2"):
        check = partial(elements.quaternions, with_tangents=cubic)
        links.element_checks[sampler["output"]].append((where, check))
    if path in _OUTPUTS and format_of(output) not in _OUTPUTS[path]:
        links.issues.add("ANIMATION_SAMPLER_OUTPUT_ACCESSOR_INVALID_FORMAT", where, f"{format_of(output)} for {path}")
    times = links.item("accessors", sampler.get("input", -1))
    if times is None or times.get("count", -1) == -1 or output.get("count", -1) == -1:
        return
    width = (morphs or 0) if path == "weights" else 1 if path in _OUTPUTS else 0
    expected = times["count"] * (3 if cubic else 1) * width
    if expected and expected != output["count"]:
        links.issues.add("ANIMATION_SAMPLER_OUTPUT_ACCESSOR_INVALID_COUNT", where, f"{output['count']} instead of {expected}")


def _morphs(links: Links, node: Json | None) -> int | None:
    mesh = links.item("meshes", node.get("mesh", -1)) if node is not None else None
    primitives = mesh.get("primitives") if mesh is not None else None
    targets = primitives[0].get("targets") if primitives else None
    return len(targets) if targets is not None else None


def _find_duplicates(links: Links, channels: list[Json], where: str) -> None:
    seen: dict[tuple[int, str | None], int] = {}
    for index, channel in enumerate(channels):
        target = channel.get("target")
        if target is None or target.get("node", -1) == -1 or channel.get("sampler", -1) == -1:
            continue
        key = (target["node"], target.get("path"))
        if key in seen:
            links.issues.add("ANIMATION_DUPLICATE_TARGETS", f"{where}/{seen[key]}/target", index)
        else:
            seen[key] = index


def _link_pointers(links: Links, animation: Json, where: str) -> None:
    for index, channel in enumerate(animation.get("channels", ())):
        target = channel.get("target")
        extension = target["extensions"].get("KHR_animation_pointer") if target is not None else None
        if target is None or extension is None or extension is UNREAD:
            continue
        place = f"{where}/channels/{index}/target/extensions/KHR_animation_pointer"
        if links.item("nodes", target.get("node", -1)) is not None:
            links.issues.add("KHR_ANIMATION_POINTER_ANIMATION_CHANNEL_TARGET_NODE", place)
        if target.get("path") != "pointer":
            links.issues.add("KHR_ANIMATION_POINTER_ANIMATION_CHANNEL_TARGET_PATH", place, target.get("path"))
