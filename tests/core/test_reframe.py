"""Changes of frame are exact: every drawn point goes where the whole product goes, also when its doors open."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.frames import rotation_to_arviz
from arviz.core.graph import drawn, local_matrix, world_matrices
from arviz.core.parts import Joint
from arviz.core.reframe import orient, rescale, transform_roots
from arviz.core.transforms import quaternion_matrix, similarity
from arviz.place.product.opened import opened
from arviz.testing.shapes import box
from arviz.testing.strategies import assets

angles = st.floats(-np.pi, np.pi)


def _corners(asset):
    return [piece.positions for piece in drawn(asset)]


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
    piece = Primitive(attributes={"POSITION": points, "NORMAL": np.tile(np.float32([0, 0, 1]), (3, 1))})
    asset = Asset(nodes=(Node(name="Seat", mesh=0),), meshes=(Mesh(primitives=(piece,)),))
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


MOVED = similarity(rotation=quaternion_matrix((0.1, 0.5, -0.3, 0.8)), translation=(1, 2, 3))
AXES = rotation_to_arviz(up="+Z", front="-X")
CHANGES = {
    "moved": (lambda asset: transform_roots(asset, MOVED), MOVED),
    "turned": (lambda asset: orient(asset, AXES), similarity(rotation=AXES)),
    "scaled": (lambda asset: rescale(asset, 0.0254), similarity(scale=0.0254)),
}


@pytest.mark.parametrize("kind", ["revolute", "prismatic"])
@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_what_opens_goes_where_the_whole_product_goes(kind, inside, change):
    changed, matrix = CHANGES[change]
    asset = box(size_m=(0.5, 1.0, 0.1), centre_m=(0.3, 0.0, 0.0))
    nodes = (Node(mesh=0),) if not inside else (Node(mesh=0), Node(children=(0,), rotation=(0.0, 0.6, 0.0, 0.8), translation=(1, 0, 0)))
    door = Joint(id="door", node=0, kind=kind, axis=(0.6, 0.8, 0.0), min=-0.2, max=0.9)
    asset = Asset(nodes=nodes, meshes=asset.meshes, joints=(door,))
    for limits in ({}, {"max": 0.1}):  # it opens to the end that is further away
        one = replace(asset, joints=(replace(door, **limits),))
        (then,), (after,) = _corners(opened(one)), _corners(opened(changed(one)))
        assert not np.allclose(then, _corners(one)[0], atol=1e-3)
        assert np.allclose(after, then @ matrix[:3, :3].T + matrix[:3, 3], atol=1e-6)
