"""Indices that point somewhere: the hierarchy is a forest, and every reference of an Asset has a target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from arviz.core.asset import Asset
from arviz.core.errors import FormatError, LimitError
from arviz.core.limits import Limits


def check_hierarchy(document: dict[str, Any], where: str, limits: Limits) -> None:
    """Refuse nodes with two parents, loops, and hierarchies deeper than the limit (glTF 2.0 section 3.5.2)."""
    nodes = document.get("nodes", [])
    parent: dict[int, int] = {}
    for index, node in enumerate(nodes):
        for child in node.get("children", ()):
            if type(child) is not int or not 0 <= child < len(nodes):
                raise _error(where, f"nodes[{index}].children", "points to no node", child)
            if child in parent:
                raise _error(where, f"nodes[{child}]", "has two parents", f"nodes {parent[child]} and {index}")
            parent[child] = index
    depth: dict[int, int] = {}
    for index in range(len(nodes)):
        chain = []
        at: int | None = index
        while at is not None and at not in depth:
            chain.append(at)
            if len(chain) > limits.node_depth:
                looped = len(set(chain)) < len(chain)
                raise _loop_or_depth(where, index, looped, limits)
            at = parent.get(at)
        base = 0 if at is None else depth[at]
        for step, node_index in enumerate(reversed(chain), start=1):
            depth[node_index] = base + step
        if chain and depth[chain[0]] > limits.node_depth:
            raise _loop_or_depth(where, index, False, limits)


def _loop_or_depth(where: str, index: int, looped: bool, limits: Limits) -> FormatError | LimitError:
    if looped:
        return _error(where, f"nodes[{index}]", "is its own ancestor", "a loop")
    return LimitError("E_LIMIT_NODE_DEPTH", "the hierarchy is too deep", where=where, expected=f"at most {limits.node_depth} levels")


def check_references(asset: Asset, where: str) -> None:
    """Raise FormatError if an index in `asset` has no target."""
    for place, kind, index in _references(asset):
        count = len(getattr(asset, kind))
        if type(index) is not int or not 0 <= index < count:
            raise _error(where, place, f"points to no item of {kind}", index)


def _references(asset: Asset) -> Iterator[tuple[str, str, Any]]:
    def given(place: str, kind: str, index: Any) -> Iterator[tuple[str, str, Any]]:
        if index is not None:
            yield place, kind, index

    yield from given("scene", "scenes", asset.scene)
    for i, scene in enumerate(asset.scenes):
        for root in scene.nodes:
            yield f"scenes[{i}]", "nodes", root
    for i, node in enumerate(asset.nodes):
        for key, kind in (("mesh", "meshes"), ("skin", "skins"), ("camera", "cameras"), ("light", "lights")):
            yield from given(f"nodes[{i}].{key}", kind, getattr(node, key))
    for i, mesh in enumerate(asset.meshes):
        for primitive in mesh.primitives:
            yield from given(f"meshes[{i}].material", "materials", primitive.material)
            for mapping in primitive.variants:
                yield f"meshes[{i}].variants", "materials", mapping.material
                for variant in mapping.variants:
                    yield f"meshes[{i}].variants", "variants", variant
    for i, material in enumerate(asset.materials):
        for slot, info in material.texture_slots():
            yield f"materials[{i}].{slot}", "textures", info.texture
    for i, texture in enumerate(asset.textures):
        yield from given(f"textures[{i}].sampler", "samplers", texture.sampler)
        for image in texture.image_candidates:
            yield f"textures[{i}]", "images", image
    for i, skin in enumerate(asset.skins):
        for joint in skin.joints:
            yield f"skins[{i}].joints", "nodes", joint
        yield from given(f"skins[{i}].skeleton", "nodes", skin.skeleton)
    for i, animation in enumerate(asset.animations):
        for track in animation.tracks:
            yield from given(f"animations[{i}]", "nodes", track.node)
    for i, moving in enumerate(asset.joints):
        yield f"extras.arviz.joints[{i}]", "nodes", moving.node
    for i, choices in enumerate(slot.choices for slot in asset.slots):
        for choice in choices.values():
            yield from given(f"extras.arviz.slots[{i}]", "materials", choice)


def _error(where: str, place: str, what: str, found: object) -> FormatError:
    return FormatError("E_GLTF_REFERENCE", f"{place} {what}", where=where, found=repr(found), hint="Export the file again.")
