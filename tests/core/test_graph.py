"""Hierarchies: parts are stable, bounds count what is drawn."""

from dataclasses import replace

import numpy as np
from hypothesis import given

from arviz.core.asset import Asset, Mesh, Node, Primitive, SceneRoots, Skin
from arviz.core.graph import assign_parts, bounds, drawn, size
from arviz.testing.strategies import assets


def _single(points, **attributes):
    mesh = Mesh(primitives=(Primitive(attributes={"POSITION": points, **attributes}),))
    return Asset(nodes=(Node(name="Seat", mesh=0),), meshes=(mesh,), scenes=(SceneRoots(nodes=(0,)),))


def test_points_that_no_face_uses_do_not_count_as_size():
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1000]], np.float32)
    mesh = Mesh(primitives=(Primitive(attributes={"POSITION": points}, indices=np.array([0, 1, 2])),))
    asset = Asset(nodes=(Node(mesh=0),), meshes=(mesh,))
    assert np.array_equal(bounds(asset), [[0, 0, 0], [1, 1, 0]])


def test_nothing_drawn_has_no_bounds_and_no_size():
    assert bounds(Asset(nodes=(), meshes=())) is None
    assert size(Asset(nodes=(), meshes=())) is None


def test_skinned_bounds_follow_the_joints_not_the_node():
    """glTF 2.0, 3.7.3.3: the transform of a skinned mesh's own node is ignored."""
    points = np.eye(3, dtype=np.float32)
    skinning = {"JOINTS_0": np.zeros((3, 4), np.uint8), "WEIGHTS_0": np.tile(np.float32([1, 0, 0, 0]), (3, 1))}
    asset = _single(points, **skinning)
    nodes = (replace(asset.nodes[0], skin=0, translation=(100, 0, 0)), Node(name="bone", translation=(0, 5, 0)))
    asset = replace(asset, nodes=nodes, scenes=(SceneRoots(nodes=(0, 1)),), skins=(Skin(joints=(1,)),))
    assert np.array_equal(bounds(asset), [[0, 5, 0], [1, 6, 1]])


def test_skin_weights_count_by_their_share():
    """glTF 2.0, 3.7.3.1: they should sum to one; where they do not their share counts, and a vertex without any follows its first joint."""
    weights = np.float32([[1, 1, 0, 0], [0.1, 0.3, 0, 0], [0, 0, 0, 0]])
    asset = _single(np.eye(3, dtype=np.float32), JOINTS_0=np.tile(np.uint8([0, 1, 0, 0]), (3, 1)), WEIGHTS_0=weights)
    bones = (Node(name="first", translation=(0, 8, 0)), Node(name="second", translation=(4, 0, 0)))
    nodes = (replace(asset.nodes[0], skin=0), *bones)
    asset = replace(asset, nodes=nodes, scenes=(SceneRoots(nodes=(0, 1, 2)),), skins=(Skin(joints=(1, 2)),))
    (piece,) = drawn(asset)
    assert np.allclose(piece.positions - np.eye(3), [[2, 4, 0], [3, 2, 0], [0, 8, 0]], atol=1e-6)
    assert np.allclose(size(asset), np.ptp(piece.positions, axis=0))


@given(assets())
def test_part_ids_are_unique_complete_and_frozen(asset):
    asset = replace(asset, nodes=tuple(replace(node, part=None) for node in asset.nodes))
    named = assign_parts(asset)
    parts = [node.part for node in named.nodes if node.mesh is not None]
    assert all(parts)
    assert len(set(parts)) == len(parts)
    renamed = replace(named, nodes=tuple(replace(node, name="renamed") for node in named.nodes))
    assert [node.part for node in assign_parts(renamed).nodes] == [node.part for node in named.nodes]


def test_part_ids_are_slugs_of_the_path():
    mesh = _single(np.eye(3, dtype=np.float32)).meshes[0]
    nodes = (
        Node(name="Sofa", children=(1, 2)),
        Node(name="Seat Cushion (left)", mesh=0),
        Node(name="Seat Cushion (left)", mesh=0),
        Node(mesh=0),
    )
    asset = Asset(nodes=nodes, meshes=(mesh,))
    parts = [node.part for node in assign_parts(asset).nodes]
    assert parts == [None, "sofa-seat-cushion-left", "sofa-seat-cushion-left-2", "part"]
