"""Material variants: rename, remove, make the default, and add one from another file of the same product.

A variant says for each primitive which material it shows (KHR_materials_variants); a primitive that a variant does not name shows
its default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Literal

from arviz.core.asset import Asset, Mesh, Primitive, VariantMapping
from arviz.core.errors import InputError
from arviz.core.extensions import used_extensions
from arviz.core.material import Material
from arviz.core.variants import variant_at
from arviz.ops.retarget import retarget_material, retarget_texture
from arviz.ops.textures import drop_unused_textures, shown_materials
from arviz.ops.textures_merge import merge_textures

_POINTER = "KHR_animation_pointer"
"""Animations that name materials by their index: those must hold."""


def rename_variant(asset: Asset, old: str, new: str) -> Asset:
    """Return `asset` with one variant called otherwise.

    Raises
    ------
    InputError
        ``E_VARIANT_UNKNOWN``, ``E_VARIANT_EXISTS``
    """
    index = variant_at(asset, old)
    if new != old:
        _check_new(asset, new)
    return replace(asset, variants=tuple(new if i == index else name for i, name in enumerate(asset.variants)))


def remove_variants(asset: Asset, names: Iterable[str]) -> Asset:
    """Return `asset` without some variants, and without the materials and textures that only they showed.

    Raises
    ------
    InputError
        ``E_VARIANT_UNKNOWN``
    """
    gone = {variant_at(asset, name) for name in names}
    kept = [index for index in range(len(asset.variants)) if index not in gone]
    at = {old: new for new, old in enumerate(kept)}

    def fewer(primitive: Primitive) -> Primitive:
        mappings = (replace(m, variants=tuple(at[v] for v in m.variants if v in at)) for m in primitive.variants)
        return replace(primitive, variants=tuple(mapping for mapping in mappings if mapping.variants))

    left = replace(
        _each_primitive(asset, fewer),
        variants=tuple(asset.variants[index] for index in kept),
        variant_extras=tuple(asset.variant_extras[index] for index in kept) if asset.variant_extras else (),
    )
    return drop_unused_materials(left)


def make_default(asset: Asset, name: str) -> Asset:
    """Return `asset` with the look of a variant as that of who knows no variants; the variant stays.

    What was the default is lost if no variant shows it: give it a name first (`name_default`).

    Raises
    ------
    InputError
        ``E_VARIANT_UNKNOWN``
    """
    index = variant_at(asset, name)

    def shown(primitive: Primitive) -> Primitive:
        named = {variant for mapping in primitive.variants for variant in mapping.variants}
        others = tuple(variant for variant in range(len(asset.variants)) if variant not in named)
        # Variants that did not name this primitive meant the default that it had.
        if primitive.material is not None and others and primitive.material_for(index) != primitive.material:
            mapping = VariantMapping(material=primitive.material, variants=others)
            primitive = replace(primitive, variants=(*primitive.variants, mapping))
        return replace(primitive, material=primitive.material_for(index))

    return drop_unused_materials(_each_primitive(asset, shown))


def name_default(asset: Asset, name: str) -> Asset:
    """Return `asset` with its default look as one more variant.

    Raises
    ------
    InputError
        ``E_VARIANT_EXISTS``
    """
    _check_new(asset, name)
    return _with_name(asset, name)


def default_is_named(asset: Asset) -> bool:
    """Return whether one of the variants shows what is shown without any."""
    primitives = [primitive for mesh in asset.meshes for primitive in mesh.primitives]
    return any(all(p.material_for(index) == p.material for p in primitives) for index in range(len(asset.variants)))


def add_variant(asset: Asset, name: str, other: Asset, *, match: Literal["part", "material"] = "part") -> Asset:
    """Return `asset` with the materials of another file as one more variant.

    Parameters
    ----------
    asset, other : Asset
    name : str
        Of the new variant.
    match : "part" or "material"
        ``part``: every part shows what the part of the same id shows in `other`, which is the same product in another colour.
        ``material``: every material is replaced by the one of the same name in `other`, whose geometry does not matter.

    Raises
    ------
    InputError
        ``E_VARIANT_EXISTS``; ``E_VARIANT_MATCH``: nothing in `other` fits, or its parts are others; ``E_VARIANT_UVS``: a material
        needs texture coordinates that the product does not have.
    """
    _check_new(asset, name)
    wanted = _by_part(asset, other) if match == "part" else _by_material(asset, other)
    both, at = _with_materials(
        _apart(asset, wanted), other, sorted({index for row in wanted.values() for index in row if index is not None})
    )
    index = len(asset.variants)
    meshes = list(both.meshes)
    for node_index, row in wanted.items():
        mesh_index = both.nodes[node_index].mesh
        assert mesh_index is not None
        mesh = meshes[mesh_index]
        primitives = tuple(
            p if chosen is None else _showing(p, at[chosen], index, both) for p, chosen in zip(mesh.primitives, row, strict=True)
        )
        meshes[mesh_index] = replace(mesh, primitives=primitives)
    return drop_unused_materials(_with_name(replace(both, meshes=tuple(meshes)), name))


def drop_unused_materials(asset: Asset) -> Asset:
    """Return `asset` without materials that nothing shows, and without the textures that only they used."""
    shown = shown_materials(asset)
    if len(shown) < len(asset.materials) and _POINTER not in used_extensions(asset):
        at = {old: new for new, old in enumerate(sorted(shown))}
        asset = replace(
            _remapped(asset, at),
            materials=tuple(asset.materials[index] for index in sorted(shown)),
        )
    left = drop_unused_textures(asset)
    return replace(left, extensions_required=tuple(sorted({*left.extensions_required} & {*used_extensions(left)})))


def _check_new(asset: Asset, name: str) -> None:
    if not name.strip() or name in asset.variants:
        found = ", ".join(asset.variants) if name.strip() else "an empty name"
        raise InputError("E_VARIANT_EXISTS", f"a variant cannot be called {name!r}", expected="a new name", found=found)


def _with_name(asset: Asset, name: str) -> Asset:
    extras = (*asset.variant_extras, {}) if asset.variant_extras else ()
    return replace(asset, variants=(*asset.variants, name), variant_extras=extras)


_Wanted = dict[int, tuple[int | None, ...]]
"""Node -> for each of its primitives the material of the other file, None where it stays as it is."""


def _by_part(asset: Asset, other: Asset) -> _Wanted:
    theirs = {node.part: other.meshes[node.mesh] for node in other.nodes if node.mesh is not None}
    wanted: _Wanted = {}
    for index, node in enumerate(asset.nodes):
        if node.mesh is None:
            continue
        mesh = theirs.get(node.part)
        ours = asset.meshes[node.mesh]
        if mesh is None or len(mesh.primitives) != len(ours.primitives):
            raise InputError(
                "E_VARIANT_MATCH",
                "the other file is not the same product: its parts differ",
                where=node.part,
                expected=f"a part of this id with {len(ours.primitives)} primitives",
                found="none" if mesh is None else f"{len(mesh.primitives)} primitives",
                hint="Match by material instead (--match material), if its materials have the same names.",
            )
        wanted[index] = tuple(primitive.material for primitive in mesh.primitives)
    return wanted


def _by_material(asset: Asset, other: Asset) -> _Wanted:
    named = {material.name: index for index, material in enumerate(other.materials) if material.name}
    wanted: _Wanted = {}
    for index, node in enumerate(asset.nodes):
        if node.mesh is not None:
            names = (None if p.material is None else asset.materials[p.material].name for p in asset.meshes[node.mesh].primitives)
            wanted[index] = tuple(None if name is None else named.get(name) for name in names)
    if not any(chosen is not None for row in wanted.values() for chosen in row):
        raise InputError(
            "E_VARIANT_MATCH",
            "no material of the other file has a name that the product uses",
            expected=", ".join(material.name for material in asset.materials)[:200],
            found=", ".join(named)[:200] or "no named material",
        )
    return wanted


def _apart(asset: Asset, wanted: _Wanted) -> Asset:
    """Give nodes that share a mesh, but will not look alike, meshes of their own."""
    nodes, meshes = list(asset.nodes), list(asset.meshes)
    owner: dict[tuple[int, tuple[int | None, ...]], int] = {}
    taken: set[int] = set()
    for index, row in wanted.items():
        mesh = nodes[index].mesh
        assert mesh is not None
        if (mesh, row) not in owner:
            if mesh in taken:
                meshes.append(meshes[mesh])
            owner[mesh, row] = len(meshes) - 1 if mesh in taken else mesh
            taken.add(mesh)
        nodes[index] = replace(nodes[index], mesh=owner[mesh, row])
    return replace(asset, nodes=tuple(nodes), meshes=tuple(meshes))


def _with_materials(asset: Asset, other: Asset, chosen: list[int]) -> tuple[Asset, dict[int, int]]:
    """Return `asset` with materials of another one and what they need, and where each of them is now; equal ones are not doubled."""
    image_at = {index: index + len(asset.images) for index in range(len(other.images))}
    texture_at = {index: index + len(asset.textures) for index in range(len(other.textures))}
    moved = (retarget_texture(texture, image_at) for texture in other.textures)
    samplers = len(asset.samplers)
    textures = (t if t.sampler is None else replace(t, sampler=t.sampler + samplers) for t in moved)
    merged = merge_textures(
        replace(
            asset,
            images=(*asset.images, *other.images),
            textures=(*asset.textures, *textures),
            samplers=(*asset.samplers, *other.samplers),
            materials=(*asset.materials, *(retarget_material(other.materials[index], texture_at) for index in chosen)),
            extensions_required=tuple(sorted({*asset.extensions_required, *other.extensions_required})),
        )
    )
    first: dict[str, int] = {}
    at = [first.setdefault(repr(material), index) for index, material in enumerate(merged.materials)]
    return merged, {index: at[len(asset.materials) + position] for position, index in enumerate(chosen)}


def _showing(primitive: Primitive, material: int, variant: int, asset: Asset) -> Primitive:
    """Return a primitive that shows a material in a variant."""
    _check_uvs(primitive, asset.materials[material])
    if material == primitive.material:
        return primitive
    mappings = list(primitive.variants)
    same = next((i for i, mapping in enumerate(mappings) if mapping.material == material), None)
    if same is None:
        mappings.append(VariantMapping(material=material, variants=(variant,)))
    else:
        mappings[same] = replace(mappings[same], variants=(*mappings[same].variants, variant))
    return replace(primitive, variants=tuple(mappings))


def _check_uvs(primitive: Primitive, material: Material) -> None:
    for slot, info in material.texture_slots():
        transform = info.extensions.get("KHR_texture_transform", {})
        texcoord = transform.get("texCoord", info.texcoord) if isinstance(transform, Mapping) else info.texcoord
        if f"TEXCOORD_{texcoord}" not in primitive.attributes:
            raise InputError(
                "E_VARIANT_UVS",
                "a material of the other file needs texture coordinates that the product does not have",
                where=f"{material.name or 'a material without name'}: {slot}",
                expected=f"TEXCOORD_{texcoord}",
                found=", ".join(name for name in primitive.attributes if name.startswith("TEXCOORD")) or "none",
            )


def _remapped(asset: Asset, at: Mapping[int, int]) -> Asset:
    """Return `asset` with its uses of materials at their new indices."""

    def moved(primitive: Primitive) -> Primitive:
        variants = tuple(replace(mapping, material=at[mapping.material]) for mapping in primitive.variants)
        return replace(primitive, material=None if primitive.material is None else at[primitive.material], variants=variants)

    slots = tuple(
        replace(slot, choices={name: None if choice is None else at[choice] for name, choice in slot.choices.items()})
        for slot in asset.slots
    )
    return replace(_each_primitive(asset, moved), slots=slots)


def _each_primitive(asset: Asset, change: Callable[[Primitive], Primitive]) -> Asset:
    def changed(mesh: Mesh) -> Mesh:
        return replace(mesh, primitives=tuple(map(change, mesh.primitives)))

    return replace(asset, meshes=tuple(map(changed, asset.meshes)))
