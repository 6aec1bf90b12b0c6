"""Put several assets into one file: a furnished room, a product with a figure for scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from arviz.core.asset import Asset, Mesh, Node, Primitive, Source
from arviz.core.extensions import used_extensions
from arviz.core.frozen import Array
from arviz.core.parts import slug, unique
from arviz.ops.retarget import retarget_material, retarget_texture


def join(parts: Sequence[tuple[str, Asset, Array]], *, name: str) -> Asset:
    """Return one asset in which each part hangs below a node of its name.

    Variants are not kept (choose with `in_variant`), neither are animations and slots; part ids get the part's name in front.

    Parameters
    ----------
    parts : sequence of (name, Asset, world_from_asset)
        Assets in metres, with rigid poses (4, 4).
    """
    nodes: list[Node] = []
    lists: dict[str, Any] = {
        key: [] for key in ("meshes", "materials", "textures", "images", "samplers", "skins", "lights", "cameras", "joints")
    }
    roots = []
    names = unique([slug(part) or "part" for part, _, _ in parts])
    for title, (_, asset, pose) in zip(names, parts, strict=True):
        at = {key: len(rows) for key, rows in lists.items()}
        first = len(nodes) + 1
        roots.append(len(nodes))
        nodes.append(Node(name=title, matrix=pose, children=tuple(first + root for root in asset.roots), extras=asset.extras))
        nodes += [_node(node, first, at, title) for node in asset.nodes]
        image_at = {i: i + at["images"] for i in range(len(asset.images))}
        texture_at = {i: i + at["textures"] for i in range(len(asset.textures))}
        lists["meshes"] += [_mesh(mesh, at["materials"]) for mesh in asset.meshes]
        lists["materials"] += [retarget_material(material, texture_at) for material in asset.materials]
        for texture in asset.textures:
            moved = retarget_texture(texture, image_at)
            lists["textures"].append(moved if moved.sampler is None else replace(moved, sampler=moved.sampler + at["samplers"]))
        for skin in asset.skins:
            skeleton = None if skin.skeleton is None else skin.skeleton + first
            lists["skins"].append(replace(skin, joints=tuple(joint + first for joint in skin.joints), skeleton=skeleton))
        lists["joints"] += [replace(joint, id=f"{title}-{joint.id}", node=joint.node + first) for joint in asset.joints]
        for key in ("images", "samplers", "lights", "cameras"):
            lists[key] += getattr(asset, key)
    out = Asset(
        nodes=tuple(nodes),
        **lists,
        source=Source(name=name, format="joined", unit="m", unit_source="file"),
    )
    required = {extension for _, asset, _ in parts for extension in asset.extensions_required}
    return replace(out, extensions_required=tuple(sorted(required & set(used_extensions(out)))))


def in_variant(asset: Asset, variant: int | None) -> Asset:
    """Return an asset that has one look only, that of a variant (None: the default)."""
    if not asset.variants:
        return asset
    meshes = tuple(
        replace(mesh, primitives=tuple(replace(p, material=p.material_for(variant), variants=()) for p in mesh.primitives))
        for mesh in asset.meshes
    )
    return replace(asset, meshes=meshes, variants=(), variant_extras=())


def _node(node: Node, first: int, at: dict[str, int], title: str) -> Node:
    def moved(index: int | None, key: str) -> int | None:
        return None if index is None else index + at[key]

    return replace(
        node,
        children=tuple(child + first for child in node.children),
        mesh=moved(node.mesh, "meshes"),
        skin=moved(node.skin, "skins"),
        camera=moved(node.camera, "cameras"),
        light=moved(node.light, "lights"),
        part=None if node.part is None else f"{title}-{node.part}",
    )


def _mesh(mesh: Mesh, materials: int) -> Mesh:
    return replace(mesh, primitives=tuple(_primitive(primitive, materials) for primitive in mesh.primitives))


def _primitive(primitive: Primitive, materials: int) -> Primitive:
    material = None if primitive.material is None else primitive.material + materials
    return replace(primitive, material=material, variants=())
