"""Hierarchies: changes of frame are exact, parts are stable, bounds count what is drawn."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.asset import Asset, Mesh, Node, Primitive, SceneRoots
from arviz.core.frames import rotation_to_arviz
from arviz.core.graph import assign_parts, bounds, drawn, local_matrix, orient, rescale, transform_roots, world_matrices
from arviz.core.transforms import compose, matrix_quaternion, quaternion_matrix, similarity
from arviz.testing.strategies import assets

angles = st.floats(-np.pi, np.pi)


def _corners(asset):
    return [piece.positions for piece in drawn(asset)]


@given(angles, angles, angles)
def test_quaternions_and_rotations_are_the_same_thing(a, b, c):
    quaternion = np.array([np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a) * np.cos(c), np.cos(a) * np.sin(c)])
    rotation = quaternion_matrix(quaternion)
    assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.allclose(quaternion_matrix(matrix_quaternion(rotation)), rotation, atol=1e-9)


@given(assets(), st.sampled_from([0.001, 0.0254, 0.3048, 2.0]))
def test_rescale_scales_every_drawn_point(asset, factor):
    for before, after in zip(_corners(asset), _corners(rescale(asset, factor)), strict=True):
        assert np.allclose(after, before * factor, rtol=1e-5, atol=1e-4 * factor)


@given(assets(), st.floats(0.1, 10))
def test_rescale_there_and_back_is_identity(asset, factor):
    back = rescale(rescale(asset, factor), 1 / factor)
    for before, after in zip(_corners(asset), _corners(back), strict=True):
        assert np.allclose(after, before, rtol=1e-5, atol=1e-4)


@given(assets(), angles, st.tuples(*[st.floats(-5, 5)] * 3))
def test_transform_roots_moves_every_drawn_point(asset, angle, offset):
    rotation = quaternion_matrix((0, np.sin(angle / 2), 0, np.cos(angle / 2)))
    matrix = similarity(rotation=rotation, scale=1.5, translation=offset)
    moved = transform_roots(asset, matrix)
    for before, after in zip(world_matrices(asset).items(), world_matrices(moved).items(), strict=False):
        if before[0] == after[0]:
            assert np.allclose(after[1], matrix @ before[1], atol=1e-6)
    if not asset.skins:
        for before, after in zip(_corners(asset), _corners(moved), strict=True):
            assert np.allclose(after, before @ matrix[:3, :3].T + matrix[:3, 3], atol=1e-4)


@given(assets())
def test_transform_roots_leaves_animated_nodes_to_their_animation(asset):
    moved = transform_roots(asset, similarity(translation=(1, 0, 0)))
    for animation in asset.animations:
        for track in animation.tracks:
            assert np.array_equal(local_matrix(moved.nodes[track.node]), local_matrix(asset.nodes[track.node]))


@pytest.mark.parametrize("front", ["+X", "-X", "+Y", "-Y"])
def test_orienting_a_flat_asset_is_exact_and_keeps_its_node_at_rest(front):
    points = np.array([[0.1, 0.2, 0.3], [1.1, 0.2, 0.3], [0.1, 1.7, 0.3]], np.float32)
    asset = _single(points, NORMAL=np.tile(np.float32([0, 0, 1]), (3, 1)))
    rotation = rotation_to_arviz(up="+Z", front=front)
    turned = orient(asset, rotation)
    primitive = turned.meshes[0].primitives[0]
    assert np.array_equal(primitive.positions, points @ rotation.T.astype(np.float32))
    assert np.array_equal(primitive.attributes["NORMAL"][0], [0, 1, 0])
    assert np.array_equal(local_matrix(turned.nodes[0]), np.eye(4))
    assert np.array_equal(orient(turned, rotation.T).meshes[0].primitives[0].positions, points)


@given(assets(), st.sampled_from([("+Z", "-Y"), ("+X", "+Z")]))
def test_orienting_any_asset_turns_every_drawn_point(asset, axes):
    rotation = rotation_to_arviz(up=axes[0], front=axes[1])
    turned = orient(asset, rotation)
    if not asset.skins:
        for before, after in zip(_corners(asset), _corners(turned), strict=True):
            assert np.allclose(after, before @ rotation.T, atol=1e-4)


def _single(points, **attributes):
    mesh = Mesh(primitives=(Primitive(attributes={"POSITION": points, **attributes}),))
    return Asset(nodes=(Node(name="Seat", mesh=0),), meshes=(mesh,), scenes=(SceneRoots(nodes=(0,)),))


def test_points_that_no_face_uses_do_not_count_as_size():
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1000]], np.float32)
    mesh = Mesh(primitives=(Primitive(attributes={"POSITION": points}, indices=np.array([0, 1, 2])),))
    asset = Asset(nodes=(Node(mesh=0),), meshes=(mesh,))
    assert np.array_equal(bounds(asset), [[0, 0, 0], [1, 1, 0]])


def test_nothing_drawn_has_no_bounds():
    assert bounds(Asset(nodes=(), meshes=())) is None


def test_skinned_bounds_follow_the_joints_not_the_node():
    """glTF 2.0, 3.7.3.3: the transform of a skinned mesh's own node is ignored."""
    from arviz.core.asset import Skin

    points = np.eye(3, dtype=np.float32)
    skinning = {"JOINTS_0": np.zeros((3, 4), np.uint8), "WEIGHTS_0": np.tile(np.float32([1, 0, 0, 0]), (3, 1))}
    asset = _single(points, **skinning)
    nodes = (replace(asset.nodes[0], skin=0, translation=(100, 0, 0)), Node(name="bone", translation=(0, 5, 0)))
    asset = replace(asset, nodes=nodes, scenes=(SceneRoots(nodes=(0, 1)),), skins=(Skin(joints=(1,)),))
    assert np.array_equal(bounds(asset), [[0, 5, 0], [1, 6, 1]])


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


def test_compose_is_translation_rotation_scale():
    half = np.sqrt(0.5)
    matrix = compose((1, 2, 3), (0, 0, half, half), (2, 1, 1))
    assert np.allclose(matrix @ [1, 0, 0, 1], [1, 4, 3, 1])
