"""Temples that open outwards to the head: `opened` points, and the `posed` asset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arviz.core.asset import Asset, Mesh, Primitive
from arviz.core.frozen import Array
from arviz.core.graph import world_matrices
from arviz.core.transforms import apply, normal_matrix
from arviz.core.triangles import unit
from arviz.tryon.glasses.model import SIDES, GlassesModel

BEND_M = 0.012
"""Behind a hinge that the file does not have, a temple bends over this length."""


def opened(points: Array, glasses: GlassesModel, side: int, angle: float) -> Array:
    """Return points (N, 3) of a temple (0 right, 1 left), turned outwards about the vertical through its hinge."""
    turn = np.full(len(points), angle) if glasses.joints is not None else angle * _share(points, glasses, side)
    out: Array = _turned(points - glasses.hinges_m[side], turn, side) + glasses.hinges_m[side]
    return out


def _share(points: Array, glasses: GlassesModel, side: int) -> Array:
    """Return how much of the whole angle points (N, 3) of a bent temple turn."""
    t = np.clip((glasses.hinges_m[side, 2] - points[:, 2]) / BEND_M, 0, 1)
    out: Array = t * t * (3 - 2 * t)
    return out


def _turned(vectors: Array, turn: Array, side: int) -> Array:
    """Return vectors (N, 3) turned about +Y: what points back goes outwards."""
    c, s = np.cos(turn), SIDES[side] * np.sin(turn)
    x, y, z = vectors.T
    return np.stack([c * x - s * z, y, c * z + s * x], axis=1)


def posed(glasses: GlassesModel, opened_rad: Sequence[float]) -> Asset:
    """Return the asset with its temples turned outwards, right and left: what a scene shows at `Seat.head_from_glasses`."""
    return _jointed(glasses, opened_rad) if glasses.joints is not None else _bent(glasses, opened_rad)


def _jointed(glasses: GlassesModel, opened_rad: Sequence[float]) -> Asset:
    asset, joints = glasses.asset, glasses.joints
    assert joints is not None
    world, nodes = world_matrices(asset), list(asset.nodes)
    parents = {child: i for i, node in enumerate(asset.nodes) for child in node.children}
    for side, number in enumerate(joints):
        index = asset.joints[number].node
        turn = np.eye(4)
        turn[:3, :3] = _turned(np.eye(3), np.full(3, opened_rad[side]), side).T
        turn[:3, 3] = glasses.hinges_m[side] - turn[:3, :3] @ glasses.hinges_m[side]
        parent = world[parents[index]] if index in parents else np.eye(4)
        local = np.linalg.inv(parent) @ turn @ world[index]
        nodes[index] = replace(nodes[index], matrix=local, translation=(0, 0, 0), rotation=(0, 0, 0, 1), scale=(1, 1, 1))
    return replace(asset, nodes=tuple(nodes))


def _bent(glasses: GlassesModel, opened_rad: Sequence[float]) -> Asset:
    asset = glasses.asset
    nodes, meshes = list(asset.nodes), list(asset.meshes)
    for index, matrix in world_matrices(asset).items():
        node = nodes[index]
        if node.mesh is None:
            continue
        mesh = asset.meshes[node.mesh]
        bent = replace(mesh, primitives=tuple(_bent_primitive(p, matrix, glasses, opened_rad) for p in mesh.primitives))
        nodes[index] = replace(node, mesh=len(meshes))
        meshes.append(bent)
    return _without_unused(replace(asset, nodes=tuple(nodes), meshes=tuple(meshes)))


def _without_unused(asset: Asset) -> Asset:
    used = sorted({node.mesh for node in asset.nodes if node.mesh is not None})
    number = {old: new for new, old in enumerate(used)}
    nodes = tuple(node if node.mesh is None else replace(node, mesh=number[node.mesh]) for node in asset.nodes)
    kept: tuple[Mesh, ...] = tuple(asset.meshes[i] for i in used)
    return replace(asset, nodes=nodes, meshes=kept)


def _bent_primitive(primitive: Primitive, asset_from_node: Array, glasses: GlassesModel, opened_rad: Sequence[float]) -> Primitive:
    """Return a primitive whose points behind the hinges are turned; normals and tangents with them."""
    points = apply(asset_from_node, primitive.positions)
    attributes = dict(primitive.attributes)
    back = np.linalg.inv(asset_from_node)
    directions = dict.fromkeys(attributes.keys() & {"TANGENT"}, asset_from_node[:3, :3])
    directions |= dict.fromkeys(attributes.keys() & {"NORMAL"}, normal_matrix(asset_from_node))
    world = {name: attributes[name][:, :3].astype(np.float64) @ turn.T for name, turn in directions.items()}
    middle = float(glasses.bridge_m[0])
    for side, sign in enumerate(SIDES):
        own = ((points[:, 0] - middle) * sign > 0) & (points[:, 2] < glasses.hinges_m[side, 2])
        turn = opened_rad[side] * _share(points[own], glasses, side)
        for name in world:
            world[name][own] = _turned(world[name][own], turn, side)
        points[own] = _turned(points[own] - glasses.hinges_m[side], turn, side) + glasses.hinges_m[side]
    attributes["POSITION"] = apply(back, points).astype(np.float32)
    for name, vectors in world.items():
        own_frame = unit(vectors @ np.linalg.inv(directions[name]).T)
        attributes[name] = np.concatenate([own_frame, attributes[name][:, 3:]], axis=1).astype(np.float32)
    return replace(primitive, attributes=attributes)
