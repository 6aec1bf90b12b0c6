"""The hierarchy of an `Asset`: world matrices, drawn pieces, bounds, parts, and exact changes of frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from arviz.core.animation import animated_property
from arviz.core.asset import Animation, Asset, Mesh, Node, Primitive, Skin
from arviz.core.frozen import Array
from arviz.core.material import Material
from arviz.core.parts import Joint, slug, unique
from arviz.core.transforms import apply, compose, matrix_quaternion, similarity

_UNTURNED, _UNSCALED = (0.0, 0.0, 0.0, 1.0), (1.0, 1.0, 1.0)


def local_matrix(node: Node) -> Array:
    """Return parent_from_node (4, 4) float64."""
    if node.matrix is None and node.rotation == _UNTURNED and node.scale == _UNSCALED:  # most nodes of most products
        moved = np.eye(4)
        moved[:3, 3] = node.translation
        return moved
    return node.matrix if node.matrix is not None else compose(node.translation, node.rotation, node.scale)


def world_matrices(asset: Asset) -> dict[int, Array]:
    """Return node index -> asset_from_node (4, 4) for every node that the default scene reaches, parents first."""
    out: dict[int, Array] = {}
    stack = [(index, np.eye(4)) for index in reversed(asset.roots)]
    while stack:
        index, parent = stack.pop()
        if index in out:
            continue
        out[index] = parent @ local_matrix(asset.nodes[index])
        stack.extend((child, out[index]) for child in reversed(asset.nodes[index].children))
    return out


class Drawn(NamedTuple):
    """One primitive as it appears in the asset's frame."""

    node: int
    mesh: int
    primitive: Primitive
    asset_from_node: Array
    positions: Array
    """(V, 3) float64 in the asset's frame: morphed, and skinned in the pose that the nodes have."""
    weights: tuple[float, ...]
    """Of the morph targets."""
    asset_from_vertex: Array | None
    """(V, 3, 4) float64 from the mesh's frame for each vertex of a skinned primitive, else None: `asset_from_node` holds."""

    @property
    def used_positions(self) -> Array:
        """(U, 3) float64: the positions that a triangle uses; stray points are not part of a product."""
        used = np.zeros(len(self.positions), bool)
        used[self.primitive.triangles.ravel()] = True
        out: Array = self.positions[used]
        return out


def drawn(asset: Asset) -> Iterator[Drawn]:
    """Yield every primitive of the default scene with its pose."""
    world = world_matrices(asset)
    for index, matrix in world.items():
        node = asset.nodes[index]
        if node.mesh is None:
            continue
        weights = node.weights or asset.meshes[node.mesh].weights
        skin = None if node.skin is None else asset.skins[node.skin]
        for primitive in asset.meshes[node.mesh].primitives:
            local = morphed(primitive, "POSITION", weights)
            if skin is not None and skin.joints and {"JOINTS_0", "WEIGHTS_0"} <= primitive.attributes.keys():
                matrices = _asset_from_vertex(skin, primitive, world)
                positions = np.einsum("vij,vj->vi", matrices[:, :, :3], local.astype(np.float64)) + matrices[:, :, 3]
                yield Drawn(index, node.mesh, primitive, matrix, positions, weights, matrices)
            else:
                yield Drawn(index, node.mesh, primitive, matrix, apply(matrix, local), weights, None)


def morphed(primitive: Primitive, semantic: str, weights: Sequence[float]) -> Array:
    """Return an attribute with its morph targets at `weights` (glTF 2.0 section 3.7.2.2); untouched where none count.

    A target without the attribute, or with one of another form, does not move it; the handedness of a tangent stays.
    Lengths of normals and tangents are not mended here, nor the range of colours.
    """
    base = primitive.attributes[semantic]
    active = [(w, t[semantic]) for w, t in zip(weights, primitive.targets, strict=False) if w and semantic in t]
    active = [(w, delta) for w, delta in active if delta.ndim == base.ndim == 2 and len(delta) == len(base)]
    if not active:
        return base
    out = base.copy()
    for weight, delta in active:
        width = min(delta.shape[1], 3 if semantic == "TANGENT" else out.shape[1])
        out[:, :width] += np.float32(weight) * delta[:, :width]
    return out


def _asset_from_vertex(skin: Skin, primitive: Primitive, world: Mapping[int, Array]) -> Array:
    """Return (V, 3, 4) float64, the joints' matrices blended (glTF 2.0 section 3.7.3.3).

    Weights are brought to a sum of one; a vertex without any follows its first joint (as three.js,
    ``SkinnedMesh.normalizeSkinWeights``).
    """
    joints = np.stack([world.get(joint, np.eye(4)) for joint in skin.joints])
    if skin.inverse_bind_matrices is not None:
        joints = joints @ skin.inverse_bind_matrices[: len(joints)].astype(np.float64)  # the file may hold more
    sets = [n for n in range(4) if f"JOINTS_{n}" in primitive.attributes and f"WEIGHTS_{n}" in primitive.attributes]
    ids = np.concatenate([primitive.attributes[f"JOINTS_{n}"] for n in sets], axis=1)
    weights = np.concatenate([primitive.attributes[f"WEIGHTS_{n}"] for n in sets], axis=1).astype(np.float64)
    weights[~weights.any(axis=1), 0] = 1
    total = weights.sum(axis=1, keepdims=True)
    weights = weights / np.where(total > 0, total, 1)
    out = np.zeros((len(ids), 3, 4))
    for column in np.flatnonzero(weights.any(axis=0)):
        out += weights[:, column, None, None] * joints[np.minimum(ids[:, column], len(joints) - 1), :3]
    return out


def bounds(asset: Asset) -> Array | None:
    """Return ((min x, y, z), (max x, y, z)) of all vertices that a triangle uses, float64, or None if there is none."""
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for piece in drawn(asset):
        points = piece.used_positions
        if len(points):
            low, high = np.minimum(low, points.min(0)), np.maximum(high, points.max(0))
    return np.stack([low, high]) if np.isfinite(low).all() and np.isfinite(high).all() else None


def size(asset: Asset) -> tuple[float, float, float] | None:
    """Return the extent (x, y, z) of what is drawn: metres if `Asset.unit_known`, else file units; None if empty."""
    box = bounds(asset)
    if box is None:
        return None
    x, y, z = (box[1] - box[0]).tolist()
    return (x, y, z)


def triangle_count(asset: Asset) -> int:
    """Return the number of triangles drawn, instances counted each time."""
    return sum(len(piece.primitive.triangles) for piece in drawn(asset))


def assign_parts(asset: Asset) -> Asset:
    """Give every mesh node without one a stable, unique part id: the slug of its path of names.

    Existing ids are kept, so an id once written never changes; of nodes that share one (an editor copies it along
    when a node is duplicated) the first keeps it.
    """
    asset = _without_repeated_parts(asset)
    paths = {index: _path(asset, index, parents) for parents in [_parents(asset)] for index, node in enumerate(asset.nodes)
             if node.mesh is not None and node.part is None}  # fmt: skip
    taken = [node.part for node in asset.nodes if node.part is not None]
    ids = dict(zip(paths, unique(paths.values(), taken=taken), strict=True))
    return replace(asset, nodes=tuple(replace(n, part=ids[i]) if i in ids else n for i, n in enumerate(asset.nodes)))


def _without_repeated_parts(asset: Asset) -> Asset:
    seen: set[str] = set()
    nodes = []
    for node in asset.nodes:
        nodes.append(replace(node, part=None) if node.part in seen else node)
        if node.part is not None:
            seen.add(node.part)
    return asset if len(seen) == sum(n.part is not None for n in asset.nodes) else replace(asset, nodes=tuple(nodes))


def _parents(asset: Asset) -> dict[int, int]:
    return {child: index for index, node in enumerate(asset.nodes) for child in node.children}


def _path(asset: Asset, index: int, parents: dict[int, int]) -> str:
    names: list[str] = []
    at: int | None = index
    while at is not None and len(names) <= len(asset.nodes):
        node = asset.nodes[at]
        mesh_name = asset.meshes[node.mesh].name if node.mesh is not None else ""
        name = slug(node.name) or slug(mesh_name)
        if name and (not names or names[-1] != name):
            names.append(name)
        at = parents.get(at)
    return "-".join(reversed(names)) or "part"


def transform_roots(asset: Asset, matrix: Array) -> Asset:
    """Move the whole asset, all its scenes, by a similarity (4, 4): each root's transform is multiplied from the left.

    Where a root is animated its tracks would overwrite that, so the roots get one new parent per scene instead.
    """
    if np.array_equal(matrix, np.eye(4)):
        return asset
    children = {child for node in asset.nodes for child in node.children}
    roots = {index for scene in asset.scenes for index in scene.nodes} - children
    if roots & _animated_nodes(asset):
        return _add_parents(asset, matrix)
    nodes = list(asset.nodes)
    for index in roots:
        nodes[index] = _premultiplied(nodes[index], matrix)
    rotation = matrix[:3, :3] / np.cbrt(np.linalg.det(matrix[:3, :3]))
    joints = (replace(joint, axis=tuple(rotation @ joint.axis)) if joint.node in roots else joint for joint in asset.joints)
    return replace(asset, nodes=tuple(nodes), joints=tuple(joints))


def _animated_nodes(asset: Asset) -> set[int]:
    targets = (animated_property(track) for animation in asset.animations for track in animation.tracks)
    return {target[0] for target in targets if target is not None}


def _premultiplied(node: Node, matrix: Array) -> Node:
    world = matrix @ local_matrix(node)
    if node.matrix is not None:
        return replace(node, matrix=world)
    factor = float(np.cbrt(np.linalg.det(matrix[:3, :3])))
    rotation = matrix[:3, :3] / factor
    turned = node.rotation
    if not np.array_equal(rotation, np.eye(3)):
        turned = matrix_quaternion(rotation @ compose((0, 0, 0), node.rotation, (1, 1, 1))[:3, :3])
    return replace(node, translation=world[:3, 3].tolist(), rotation=turned, scale=tuple(s * factor for s in node.scale))


def _add_parents(asset: Asset, matrix: Array) -> Asset:
    nodes, scenes = list(asset.nodes), []
    parent_of: dict[tuple[int, ...], int] = {}  # scenes with the same roots share one: a node has one parent
    for scene in asset.scenes:
        if scene.nodes not in parent_of:
            parent_of[scene.nodes] = len(nodes)
            nodes.append(Node(name="arviz_root", children=scene.nodes, matrix=matrix))
        scenes.append(replace(scene, nodes=(parent_of[scene.nodes],)))
    return replace(asset, nodes=tuple(nodes), scenes=tuple(scenes))


def orient(asset: Asset, rotation: Array) -> Asset:
    """Turn the whole asset by a signed permutation (3, 3).

    A flat asset (as OBJ, STL and PLY give: meshes, at most moved, and nothing else) is turned in its vertices, which
    is exact; any other at its roots, so that nothing inside changes.
    """
    if np.array_equal(rotation, np.eye(3)):
        return asset
    plain = all(
        np.array_equal(local_matrix(node)[:3, :3], np.eye(3)) and not node.children and node.light is None and node.anchor is None
        for node in asset.nodes
    )
    if not plain or asset.skins or asset.animations or asset.cameras or asset.joints:
        return transform_roots(asset, similarity(rotation=rotation))
    turn = rotation.astype(np.float32)

    def turned(attributes: Mapping[str, Array]) -> dict[str, Array]:
        out = dict(attributes)
        for name in out.keys() & {"POSITION", "NORMAL"}:
            out[name] = out[name] @ turn.T
        if "TANGENT" in out:
            out["TANGENT"] = np.c_[out["TANGENT"][:, :3] @ turn.T, out["TANGENT"][:, 3:]]
        return out

    def turned_primitive(primitive: Primitive) -> Primitive:
        targets = tuple(turned(target) for target in primitive.targets)
        return replace(primitive, attributes=turned(primitive.attributes), targets=targets)

    meshes = (replace(mesh, primitives=tuple(map(turned_primitive, mesh.primitives))) for mesh in asset.meshes)
    return replace(asset, meshes=tuple(meshes), nodes=tuple(_turned_place(node, rotation) for node in asset.nodes))


def _turned_place(node: Node, rotation: Array) -> Node:
    """Return a node that is at most moved, moved along the turned axes."""
    if node.matrix is None:
        return replace(node, translation=(rotation @ node.translation).tolist()) if any(node.translation) else node
    matrix = node.matrix.copy()
    matrix[:3, 3] = rotation @ matrix[:3, 3]
    return replace(node, matrix=matrix)


def rescale(asset: Asset, factor: float) -> Asset:
    """Multiply every length of the asset by `factor`: vertices, morphs, translations, bind poses, light ranges.

    Unlike a scaled root node this leaves node scales at what they were and holds for any hierarchy.
    """
    if factor == 1.0:
        return asset
    return replace(
        asset,
        nodes=tuple(_rescaled_node(node, factor) for node in asset.nodes),
        meshes=tuple(_rescaled_mesh(mesh, factor) for mesh in asset.meshes),
        materials=tuple(_rescaled_material(material, factor) for material in asset.materials),
        lights=tuple(_scaled_keys(light, ("range",), factor) for light in asset.lights),
        cameras=tuple(_rescaled_camera(camera, factor) for camera in asset.cameras),
        skins=tuple(_rescaled_skin(skin, factor) for skin in asset.skins),
        joints=tuple(_rescaled_joint(joint, factor) for joint in asset.joints),
        animations=tuple(_rescaled_animation(animation, factor) for animation in asset.animations),
    )


def _rescaled_node(node: Node, factor: float) -> Node:
    anchor = node.anchor
    if anchor is not None:
        anchor = replace(
            anchor,
            width_m=None if anchor.width_m is None else anchor.width_m * factor,
            sigma_m=None if anchor.sigma_m is None else anchor.sigma_m * factor,
        )
    matrix = node.matrix
    if matrix is not None:
        matrix = matrix.copy()
        matrix[:3, 3] *= factor
    return replace(node, translation=tuple(t * factor for t in node.translation), matrix=matrix, anchor=anchor)


def _rescaled_mesh(mesh: Mesh, factor: float) -> Mesh:
    return replace(mesh, primitives=tuple(_rescaled_primitive(primitive, factor) for primitive in mesh.primitives))


def _rescaled_material(material: Material, factor: float) -> Material:
    volume = material.extensions.get("KHR_materials_volume")
    if volume is None:
        return material
    volume = _scaled_keys(volume, ("thicknessFactor", "attenuationDistance"), factor)
    return replace(material, extensions={**material.extensions, "KHR_materials_volume": volume})


def _rescaled_skin(skin: Skin, factor: float) -> Skin:
    if skin.inverse_bind_matrices is None:
        return skin
    matrices = skin.inverse_bind_matrices.copy()
    matrices[:, :3, 3] *= factor
    return replace(skin, inverse_bind_matrices=matrices)


def _rescaled_joint(joint: Joint, factor: float) -> Joint:
    if joint.kind == "revolute":
        return joint
    return replace(joint, min=joint.min * factor, max=joint.max * factor, rest=joint.rest * factor)


def _rescaled_animation(animation: Animation, factor: float) -> Animation:
    tracks = (replace(t, values=t.values * np.float32(factor)) if t.path == "translation" else t for t in animation.tracks)
    return replace(animation, tracks=tuple(tracks))


def _rescaled_primitive(primitive: Primitive, factor: float) -> Primitive:
    def scaled(attributes: dict[str, Array]) -> dict[str, Array]:
        return {n: (a.astype(np.float64) * factor).astype(np.float32) if n == "POSITION" else a for n, a in attributes.items()}

    return replace(
        primitive,
        attributes=scaled(dict(primitive.attributes)),
        targets=tuple(scaled(dict(target)) for target in primitive.targets),
    )


def _scaled_keys(values: Mapping[str, Any], keys: tuple[str, ...], factor: float) -> dict[str, Any]:
    return {k: v * factor if k in keys and isinstance(v, (int, float)) else v for k, v in values.items()}


def _rescaled_camera(camera: Mapping[str, Any], factor: float) -> dict[str, Any]:
    lens = {"perspective": ("znear", "zfar"), "orthographic": ("znear", "zfar", "xmag", "ymag")}
    return {k: _scaled_keys(v, lens[k], factor) if k in lens else v for k, v in camera.items()}
