"""The hierarchy of an `Asset`: world matrices, drawn pieces, bounds, and the ids of parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.asset import Asset, Node, Primitive, Skin
from arviz.core.frozen import Array
from arviz.core.parts import slug, unique
from arviz.core.transforms import apply, compose

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


def triangles(asset: Asset) -> tuple[Array, Array]:
    """Return all that is drawn as vertices (V, 3) float64 in the asset's frame and corners (T, 3) int64.

    Corners turn counter-clockwise seen from outside, also of pieces that their node mirrors.
    """
    points, corners, count = [np.zeros((0, 3))], [np.zeros((0, 3), np.int64)], 0
    for piece in drawn(asset):
        faces = piece.primitive.triangles.astype(np.int64)
        points.append(piece.positions)
        corners.append((faces[:, ::-1] if np.linalg.det(piece.asset_from_node[:3, :3]) < 0 else faces) + count)
        count += len(piece.positions)
    return np.concatenate(points), np.concatenate(corners)


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
