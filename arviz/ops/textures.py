"""Textures, UV sets, tangents and colours that nobody sees leave; equal ones become one. The look stays to the last bit.

Uses are counted through KHR_texture_transform (whose ``texCoord`` overrules the material's), all KHR material extensions, every
variant and every slot. Names stay: of nodes, parts, materials and variants.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from arviz.core.asset import Asset, Mesh, Primitive
from arviz.core.frozen import Array
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import Material, TextureInfo
from arviz.ops.drop_textures import drop_textures
from arviz.ops.retarget import retarget_material
from arviz.ops.textures_constant import fold_constant_textures
from arviz.ops.textures_merge import merge_textures

_TRANSFORM = "KHR_texture_transform"
_FOREIGN = ("EXT_lights_image_based",)
"""Extensions that name images themselves: their indices must hold."""


def textures(asset: Asset, *, limits: Limits = DEFAULT_LIMITS) -> Asset:
    """Return `asset` without what textures carry in vain: merged, constant ones as factors, unused ones and their UVs gone.

    Lossless in look; applied twice it is applied once.
    """
    folded = fold_constant_textures(asset, limits=limits)
    return drop_unused_attributes(drop_unused_textures(merge_textures(folded, limits=limits)))


def drop_unused_textures(asset: Asset) -> Asset:
    """Return `asset` without the textures and images that no shown material uses; materials that nothing shows keep their names."""
    if any(name in asset.extensions for name in _FOREIGN):
        return asset
    shown = shown_materials(asset)
    materials = tuple(m if i in shown else retarget_material(m, {}) for i, m in enumerate(asset.materials))
    used = {info.texture for material in materials for _, info in material.texture_slots()}
    keep = [index for index in range(len(asset.textures)) if index in used]
    wanted = {image for index in keep for image in asset.textures[index].image_candidates}
    unwanted = [index for index in range(len(asset.images)) if index not in wanted]
    if len(keep) == len(asset.textures) and not unwanted:
        return asset
    at = {old: new for new, old in enumerate(keep)}
    left = replace(
        asset, textures=tuple(asset.textures[index] for index in keep), materials=tuple(retarget_material(m, at) for m in materials)
    )
    return _without_idle_samplers(drop_textures(left, unwanted))


def _without_idle_samplers(asset: Asset) -> Asset:
    used = sorted({texture.sampler for texture in asset.textures if texture.sampler is not None})
    if len(used) == len(asset.samplers):
        return asset
    at = {old: new for new, old in enumerate(used)}
    textures = (t if t.sampler is None else replace(t, sampler=at.get(t.sampler)) for t in asset.textures)
    return replace(asset, samplers=tuple(asset.samplers[index] for index in used if index < len(asset.samplers)), textures=tuple(textures))


def shown_materials(asset: Asset) -> frozenset[int]:
    """Return the materials that a primitive shows, as it is, in a variant or by a slot."""
    out = {choice for slot in asset.slots for choice in slot.choices.values() if choice is not None}
    for mesh in asset.meshes:
        for primitive in mesh.primitives:
            out |= _materials_of(primitive)
    return frozenset(out)


def _materials_of(primitive: Primitive) -> set[int]:
    return {m for m in (primitive.material, *(mapping.material for mapping in primitive.variants)) if m is not None}


def drop_unused_attributes(asset: Asset) -> Asset:
    """Return `asset` without UV sets, tangents and further vertex colours that no material of their primitive reads.

    Sets are numbered without gaps (the Khronos validator asks for it), so only those above the last one that is read go.
    """
    by_slot = {part: set[int]() for slot in asset.slots for part in slot.parts}
    for slot in asset.slots:
        for part in slot.parts:
            by_slot[part] |= {choice for choice in slot.choices.values() if choice is not None}
    chosen: dict[int, set[int]] = {}
    for node in asset.nodes:
        if node.mesh is not None and node.part in by_slot:
            chosen.setdefault(node.mesh, set()).update(by_slot[node.part])
    meshes = tuple(_lean(mesh, asset.materials, chosen.get(index, set())) for index, mesh in enumerate(asset.meshes))
    return asset if all(a is b for a, b in zip(meshes, asset.meshes, strict=True)) else replace(asset, meshes=meshes)


def _lean(mesh: Mesh, materials: tuple[Material, ...], chosen: set[int]) -> Mesh:
    primitives = tuple(_lean_primitive(p, [materials[i] for i in sorted(_materials_of(p) | chosen)]) for p in mesh.primitives)
    return mesh if all(a is b for a, b in zip(primitives, mesh.primitives, strict=True)) else replace(mesh, primitives=primitives)


def _lean_primitive(primitive: Primitive, materials: list[Material]) -> Primitive:
    sets = {uv_set for material in materials for _, info in material.texture_slots() for uv_set in _uv_sets(info)}
    gone = {name for name in primitive.attributes if name.startswith("TEXCOORD_") and _number(name) > max(sets, default=-1)}
    # Colours of the first set tint what they stand on, without being asked; viewers read no others.
    gone |= {name for name in primitive.attributes if name.startswith("COLOR_") and _number(name) > 0}
    if _white(primitive.attributes.get("COLOR_0")) and not any("COLOR_0" in target for target in primitive.targets):
        gone |= {"COLOR_0"} & primitive.attributes.keys()
    if not any(_reads_tangents(material) for material in materials):
        gone |= {"TANGENT"} & primitive.attributes.keys()
    if not gone:
        return primitive
    targets = tuple(_without(target, gone) for target in primitive.targets)
    # A target may not be empty (glTF 2.0, 5.24.4): one that moved only what goes keeps its numbers.
    if not all(targets):
        gone -= {name for target in primitive.targets for name in target}
        targets = tuple(_without(target, gone) for target in primitive.targets)
    return replace(primitive, attributes=_without(primitive.attributes, gone), targets=targets)


def _without(arrays: Mapping[str, Array], gone: Iterable[str]) -> dict[str, Array]:
    return {name: array for name, array in arrays.items() if name not in gone}


def _number(name: str) -> int:
    tail = name.rpartition("_")[2]
    return int(tail) if tail.isdecimal() else -1


def _uv_sets(info: TextureInfo) -> set[int]:
    """Return the sets that a use may read: a viewer without the transform's extension reads the material's."""
    transform = info.extensions.get(_TRANSFORM)
    override = transform.get("texCoord") if isinstance(transform, Mapping) else None
    return {info.texcoord, *([override] if isinstance(override, int) else [])}


def _white(colours: Array | None) -> bool:
    return colours is not None and bool((np.asarray(colours) == 1).all())


def _reads_tangents(material: Material) -> bool:
    """Return whether a material has a direction: by a normal map, or by brushed metal."""
    bumpy = any(slot.lower().endswith("normaltexture") for slot, _ in material.texture_slots())
    return bumpy or "KHR_materials_anisotropy" in material.extensions
