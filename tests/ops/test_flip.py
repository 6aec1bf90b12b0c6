"""Mirror images: twice is what was there, every point, face, motion and light stands where a mirror shows it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.animation import at_time, duration_s
from arviz.core.asset import Animation, Asset, Mesh, Node, Primitive, Skin, Track
from arviz.core.graph import drawn, world_matrices
from arviz.core.parts import Anchor, Joint
from arviz.core.transforms import compose
from arviz.formats.read import read
from arviz.ops.anchors import placed_anchors
from arviz.ops.flip import flip
from arviz.place.product.moves import moves
from arviz.place.product.opened import opened
from arviz.testing.shapes import box, sphere
from arviz.testing.strategies import assets
from tests.conftest import ROOT

PRODUCTS = ROOT / "assets" / "products"
ACROSS = np.array([-1.0, 1.0, 1.0])
WITH_JOINTS = ["fridge", "island", "recliner", "glasses"]


def product(name):
    return read(PRODUCTS / name / f"{name}.glb")


def points(asset):
    return [piece.positions for piece in drawn(asset)]


def is_mirrored(mirrored, asset):
    pairs = list(zip(points(mirrored), points(asset), strict=True))
    return all(np.allclose(after, before * ACROSS, rtol=1e-5, atol=1e-6 * (1 + np.abs(before).max())) for after, before in pairs)


def content(asset):
    """Return everything that `flip` may touch, so that two products can be compared to the bit."""
    return [
        [(node.name, node.translation, node.rotation, None if node.matrix is None else node.matrix.tolist()) for node in asset.nodes],
        [(a.id, a.normal, a.up) for a in (node.anchor for node in asset.nodes) if a is not None],
        [
            (
                {name: array.tolist() for name, array in p.attributes.items()},
                p.triangles.tolist(),
                [t["POSITION"].tolist() for t in p.targets],
            )
            for mesh in asset.meshes
            for p in mesh.primitives
        ],
        [None if skin.inverse_bind_matrices is None else skin.inverse_bind_matrices.tolist() for skin in asset.skins],
        [track.values.tolist() for animation in asset.animations for track in animation.tracks],
        [(joint.kind, joint.axis, joint.min, joint.max) for joint in asset.joints],
    ]


@given(assets())
def test_every_point_is_where_a_mirror_shows_it_and_twice_is_what_was_there(asset):
    mirrored = flip(asset)
    assert is_mirrored(mirrored, asset)
    assert content(flip(mirrored)) == content(asset)


@given(assets(), st.floats(0, 1))
def test_animations_play_as_in_a_mirror(asset, share):
    for index, animation in enumerate(asset.animations):
        time_s = share * duration_s(animation)
        then = at_time(asset, animation=index, time_s=time_s)
        assert is_mirrored(at_time(flip(asset), animation=index, time_s=time_s), then)


@pytest.mark.parametrize("path", ["rotation", "pointer"])
def test_turns_of_an_animation_are_mirrored(path):
    turns = np.array([[0, 0, 0, 1], [0.1, 0.5, -0.3, 0.8], [0.6, 0, 0, 0.8]], np.float32)
    pointer = {"KHR_animation_pointer": {"pointer": "/nodes/0/rotation"}} if path == "pointer" else {}
    track = Track(node=None if pointer else 0, path=path, times=np.arange(3), values=turns, extensions=pointer)
    asset = replace(box(size_m=(1, 2, 3)), animations=(Animation(tracks=(track,)),))
    for time_s in (0.3, 1.0, 1.6, 2.0):
        then = at_time(asset, animation=0, time_s=time_s)
        assert not np.allclose(points(then)[0], points(asset)[0])
        assert is_mirrored(at_time(flip(asset), animation=0, time_s=time_s), then)


def test_cubic_keys_are_mirrored_with_their_tangents():
    values = np.arange(18, dtype=np.float32).reshape(6, 3)
    track = Track(node=0, path="translation", times=np.arange(2), values=values, interpolation="CUBICSPLINE")
    asset = replace(box(size_m=(1, 2, 3)), animations=(Animation(tracks=(track,)),))
    then = at_time(asset, animation=0, time_s=0.4)
    assert is_mirrored(at_time(flip(asset), animation=0, time_s=0.4), then)


def test_skins_follow_their_mirrored_joints():
    weights = np.float32([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0, 1, 0, 0]])
    piece = Primitive(attributes={"POSITION": np.eye(3), "JOINTS_0": np.tile(np.uint8([0, 1, 0, 0]), (3, 1)), "WEIGHTS_0": weights})
    bind = np.stack([compose((0.1, -0.2, 0.3), (0.1, 0.5, -0.3, 0.8), (1, 1, 1)), compose((-1, 2, 0), (0.6, 0, 0, 0.8), (2, 1, 1))])
    bones = (Node(rotation=(0.0, 0.6, 0.0, 0.8)), Node(translation=(1, 2, 3), rotation=(0.36, 0.48, 0.0, 0.8)))
    asset = Asset(
        nodes=(Node(mesh=0, skin=0), *bones), meshes=(Mesh(primitives=(piece,)),), skins=(Skin(joints=(1, 2), inverse_bind_matrices=bind),)
    )
    assert is_mirrored(flip(asset), asset)


@pytest.mark.parametrize("name", WITH_JOINTS)
def test_doors_and_drawers_open_as_in_a_mirror(name):
    asset = product(name)
    mirrored = flip(asset)
    assert [move.name for move in moves(mirrored)] == [move.name for move in moves(asset)]
    for move in moves(asset):
        then = opened(asset, moves=[move.name], share=0.7)
        assert not is_mirrored(mirrored, then)
        assert is_mirrored(opened(mirrored, moves=[move.name], share=0.7), then)


@pytest.mark.parametrize("mode", [4, 5, 6])
def test_faces_still_look_outwards(mode):
    ring = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1]], np.float32)
    asset = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(Primitive(attributes={"POSITION": ring}, mode=mode),)),))

    def normals(one):
        (piece,) = drawn(one)
        a, b, c = piece.positions[piece.primitive.triangles].transpose(1, 0, 2)
        return np.cross(b - a, c - a)

    assert np.allclose(normals(flip(asset)), normals(asset) * ACROSS)


@pytest.mark.parametrize("asset", [box(size_m=(1, 2, 3), centre_m=(4, 5, 6)), sphere(radius_m=0.5, centre_m=(1, 0, 0))])
def test_normals_stay_on_the_side_of_their_faces(asset):
    (piece,) = drawn(flip(asset))
    a, b, c = piece.positions[piece.primitive.triangles].transpose(1, 0, 2)
    faces, normals = np.cross(b - a, c - a), piece.primitive.attributes["NORMAL"][piece.primitive.triangles[:, 0]]
    assert (np.einsum("ij,ij->i", faces, normals)[np.linalg.norm(faces, axis=1) > 1e-9] > 0).all()


@pytest.mark.parametrize("name", ["recliner", "lamp"])
def test_relief_of_normal_maps_is_mirrored(name):
    """The frame in which a normal map is read, (tangent, bitangent, normal), is the mirrored one (glTF 2.0 section 3.7.2.1)."""
    asset = product(name)

    def frames(one):
        for mesh in one.meshes:
            for piece in mesh.primitives:
                normal, tangent = piece.attributes["NORMAL"], piece.attributes.get("TANGENT")
                if tangent is not None:
                    yield normal, tangent[:, :3], np.cross(normal, tangent[:, :3]) * tangent[:, 3:]

    found = list(zip(frames(flip(asset)), frames(asset), strict=True))
    assert found
    for mirrored, before in found:
        for after, vectors in zip(mirrored, before, strict=True):
            assert np.allclose(after, vectors * ACROSS, atol=1e-6)


def test_no_frame_becomes_left_handed():
    for name in WITH_JOINTS:
        for before, after in zip(*(world_matrices(one).values() for one in (product(name), flip(product(name)))), strict=True):
            assert np.sign(np.linalg.det(after)) == np.sign(np.linalg.det(before))


def test_anchors_are_called_by_their_side():
    glasses = product("glasses")
    before = {placed.anchor.node_name: placed for placed in placed_anchors(glasses)}
    after = {placed.anchor.node_name: placed for placed in placed_anchors(flip(glasses))}
    assert after.keys() == before.keys()
    for name, placed in after.items():
        other = before[name.replace("left", "?").replace("right", "left").replace("?", "right")]
        for key in ("point_m", "normal", "up"):
            assert np.allclose(getattr(placed, key), getattr(other, key) * ACROSS, atol=1e-6)
    for name in ("ARVIZ_hinge_left", "ARVIZ_ear_hook_left"):
        assert after[name].point_m[0] > 0, "the wearer's left is +X, as before"


def test_names_parts_and_looks_stay():
    asset = product("island")
    mirrored = flip(asset)
    assert [(node.name, node.part, node.children) for node in mirrored.nodes] == [(n.name, n.part, n.children) for n in asset.nodes]
    assert mirrored.materials is asset.materials
    assert mirrored.images is asset.images
    assert (mirrored.variants, mirrored.slots) == (asset.variants, asset.slots)


def test_worked_numbers():
    joint = Joint(id="door", node=0, kind="revolute", axis=(0, 1, 0), min=0, max=1.5)
    anchor = Anchor(id="knob", kind="grip", normal=(1, 0, 0))
    node = Node(name=anchor.node_name, anchor=anchor, translation=(0.3, 0.4, 0.5))
    made = flip(replace(box(size_m=(1, 1, 1)), nodes=(Node(mesh=0), node), joints=(joint,)))
    assert made.joints[0].axis == (0, -1, 0)
    assert made.nodes[1].translation == (-0.3, 0.4, 0.5)
    assert (made.nodes[1].anchor.normal, made.nodes[1].name) == ((-1, 0, 0), "ARVIZ_grip_knob")
