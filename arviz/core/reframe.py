"""The whole of an `Asset` in another frame: moved, turned, scaled; exact, and nothing inside it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from arviz.core.animation import animated_property
from arviz.core.asset import TRIANGLES, Animation, Asset, Mesh, Node, Primitive, Skin
from arviz.core.frozen import Array
from arviz.core.graph import local_matrix
from arviz.core.material import Material
from arviz.core.parts import Joint
from arviz.core.transforms import compose, matrix_quaternion, similarity


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
    meshes = (replace(mesh, primitives=tuple(turn_vertices(piece, rotation) for piece in mesh.primitives)) for mesh in asset.meshes)
    return replace(asset, meshes=tuple(meshes), nodes=tuple(_turned_place(node, rotation) for node in asset.nodes))


def turn_vertices(primitive: Primitive, turn: Array) -> Primitive:
    """Return a primitive whose vertices are turned by an orthogonal (3, 3) matrix, morph targets with them.

    One that mirrors (determinant -1) turns the other way round what a mirror does: the corners of faces, which become a list,
    and the handedness of tangents.
    """
    mirrors = np.linalg.det(turn) < 0
    across = turn.T.astype(np.float32)

    def turned(attributes: Mapping[str, Array]) -> dict[str, Array]:
        out = dict(attributes)
        for name in out.keys() & {"POSITION", "NORMAL"}:
            out[name] = out[name] @ across
        if "TANGENT" in out:
            hand = out["TANGENT"][:, 3:]
            out["TANGENT"] = np.c_[out["TANGENT"][:, :3] @ across, -hand if mirrors else hand]
        return out

    out = replace(primitive, attributes=turned(primitive.attributes), targets=tuple(turned(target) for target in primitive.targets))
    if not (mirrors and len(primitive.triangles)):
        return out
    return replace(out, mode=TRIANGLES, indices=primitive.triangles[:, ::-1].reshape(-1))


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
