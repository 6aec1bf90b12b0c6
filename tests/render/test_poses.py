"""Skins, morphs and animations, against the same geometry transformed by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.animation import at_time
from arviz.core.asset import Animation, Asset, Node, Primitive, SceneRoots, Skin, Track
from arviz.core.camera import Camera
from arviz.core.frames import look_at
from arviz.core.graph import bounds
from arviz.core.image import Image
from arviz.core.material import Material, TextureInfo
from arviz.core.scene import Item, Lighting
from arviz.core.transforms import apply, compose
from arviz.render.gl.renderer import GlRenderer
from arviz.render.pieces import pieces
from arviz.render.prefilter import directions
from arviz.testing.shapes import box, cube, joined, plane, sphere, textured
from tests.render.scenes import DEPTH, draw

QUARTER = (0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5))
"""90 degrees about +Z, counter-clockwise seen from the front."""
CAMERA = Camera.from_fov(vertical_fov_rad=0.6, width_px=128, height_px=128)
POSE = look_at(np.array([0.25, 0.35, 0.7]), np.array([0.0, 0.03, 0.0]))
CLAY = Material(base_color_factor=(0.8, 0.5, 0.3, 1), metallic_factor=0.0, roughness_factor=0.6)


GRADIENT = Lighting(environment=Image(pixels=(0.5 + 0.5 * directions(64, 32)).astype(np.float32), space="linear"))
"""Light that has another colour in every direction, so that a picture shows the normals."""


def shot(gl, *items):
    return draw(gl, *items, lighting=GRADIENT, camera=CAMERA, pose=POSE, options=DEPTH)


def assert_same_picture(ours, theirs, *, colour=2 / 255, depth_m=1e-6):
    here, there = np.isfinite(ours.depth_m), np.isfinite(theirs.depth_m)
    assert here.sum() > 500
    np.testing.assert_array_equal(here, there)
    np.testing.assert_allclose(ours.depth_m[here], theirs.depth_m[here], atol=depth_m)
    np.testing.assert_allclose(ours.colour, theirs.colour, atol=colour)


def moved(asset, matrix):
    """Return a shape with its vertices and normals transformed by a matrix, float64 in between."""
    (primitive,) = asset.meshes[0].primitives
    normals = primitive.attributes["NORMAL"] @ np.linalg.inv(matrix[:3, :3])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    indices = primitive.indices.reshape(-1, 3)[:, :: -1 if np.linalg.det(matrix[:3, :3]) < 0 else 1]
    attributes = {**primitive.attributes, "POSITION": apply(matrix, primitive.positions), "NORMAL": normals}
    return replace(asset, meshes=(replace(asset.meshes[0], primitives=(replace(primitive, attributes=attributes, indices=indices),)),))


LOWER, UPPER = ({"size_m": (0.06, 0.1, 0.06), "centre_m": (0.0, y, 0.0), "material": CLAY} for y in (-0.05, 0.05))


def bar(*, root=None):
    """Return a bar of 20 cm whose upper half hangs on a joint at the origin, with an animation that bends it by 90 degrees.

    Nodes: the bar (moved, which a skin ignores), the root joint, the elbow.
    """
    parts = [shape.meshes[0].primitives[0] for shape in (box(**LOWER), box(**UPPER))]
    count = len(parts[0].positions)
    attributes = {name: np.concatenate([part.attributes[name] for part in parts]) for name in parts[0].attributes}
    attributes["JOINTS_0"] = np.repeat(np.uint8([[0, 0, 0, 0], [1, 0, 0, 0]]), count, axis=0)
    attributes["WEIGHTS_0"] = np.tile(np.float32([1, 0, 0, 0]), (2 * count, 1))
    primitive = Primitive(attributes=attributes, indices=np.concatenate([parts[0].indices, parts[1].indices + count]), material=0)
    # The root joint stands at the lower end, the elbow in the middle; both bind there.
    ends = np.stack([np.eye(4), np.eye(4)])
    ends[0, 1, 3] = 0.1
    nodes = (
        Node(name="bar", mesh=0, skin=0, translation=(5, 5, 5)),
        Node(name="shoulder", translation=(0, -0.1, 0), children=(2,)),
        Node(name="elbow", translation=(0, 0.1, 0)),
    )
    roots = (0, 1)
    if root is not None:
        nodes, roots = (*nodes, Node(matrix=root, children=(0, 1))), (3,)
    bend = Track(node=2, path="rotation", times=[0, 1], values=[(0, 0, 0, 1), QUARTER])
    return Asset(
        nodes=nodes,
        meshes=(replace(box(**LOWER).meshes[0], primitives=(primitive,)),),
        materials=(CLAY,),
        scenes=(SceneRoots(nodes=roots),),
        skins=(Skin(joints=(1, 2), inverse_bind_matrices=ends),),
        animations=(Animation(tracks=(bend,), name="Bend"),),
    )


@pytest.mark.parametrize("time_s", [0.0, 0.4, 1.0])
def test_a_bent_bar_is_two_boxes(gl, time_s):
    """Silhouette, depth and shading, which shows the normals; the edges stay hard."""
    angle = np.pi / 2 * time_s
    bent = moved(box(**UPPER), compose((0, 0, 0), (0, 0, np.sin(angle / 2), np.cos(angle / 2)), (1, 1, 1)))
    assert_same_picture(shot(gl, at_time(bar(), animation="Bend", time_s=time_s)), shot(gl, joined(box(**LOWER), bent)))


def test_a_mirrored_skin_is_not_inside_out(gl):
    """The sign of the node's pose turns the winding, though nothing else of it counts (glTF 2.0 section 3.7.4)."""
    mirror = np.diag([-1.0, 1.0, 1.0, 1.0])
    half = at_time(bar(root=mirror), animation=0, time_s=1)
    bent = moved(box(**UPPER), mirror @ compose((0, 0, 0), QUARTER, (1, 1, 1)))
    assert_same_picture(shot(gl, half), shot(gl, joined(moved(box(**LOWER), mirror), bent)))


def test_an_animated_cube_is_a_moved_cube(gl):
    """Translation, rotation and scale at 1/3 of a linear second, against an item with that pose."""
    quarter = (0.0, np.sin(np.pi / 12), 0.0, np.cos(np.pi / 12))  # 30 degrees about +Y at one third
    tracks = (
        Track(node=0, path="translation", times=[0, 1], values=[(0, 0, 0), (0.15, 0.06, -0.3)]),
        Track(node=0, path="rotation", times=[0, 1], values=[(0, 0, 0, 1), (0, np.sqrt(0.5), 0, np.sqrt(0.5))]),
        Track(node=0, path="scale", times=[0, 1], values=[(1, 1, 1), (1, 2.5, 1)]),
    )
    asset = cube(material=CLAY)
    animated = replace(asset, animations=(Animation(tracks=tracks),))
    by_hand = Item(asset=asset, world_from_asset=compose((0.05, 0.02, -0.1), quarter, (1, 1.5, 1)))
    assert_same_picture(shot(gl, at_time(animated, animation=0, time_s=1 / 3)), shot(gl, by_hand))


@pytest.mark.parametrize("scale", [(0, 0, 0), (0, 1, 1), (1, 0, 1)])
def test_scale_zero_hides_or_flattens(gl, scale):
    """The usual way to switch a part off at a time (glTF 2.0 section 3.5.3, transformations): no bad pixel, and nothing of a point."""
    track = Track(node=0, path="scale", times=[0, 1], values=[(1, 1, 1), scale], interpolation="STEP")
    asset = replace(cube(material=CLAY), animations=(Animation(tracks=(track,)),))
    assert np.isfinite(shot(gl, at_time(asset, animation=0, time_s=0.99)).depth_m).any()
    layer = shot(gl, at_time(asset, animation=0, time_s=1))
    assert np.isfinite(layer.colour).all()
    assert not np.isnan(layer.depth_m).any()
    assert layer.colour.any() == any(scale)


def morphing(asset, matrix, *, with_normals=True, node=None):
    """Return a shape with one target: what a matrix makes of it; its animation goes there in a second."""
    (primitive,) = asset.meshes[0].primitives
    (there,) = moved(asset, matrix).meshes[0].primitives
    names = ["POSITION", "NORMAL"] if with_normals else ["POSITION"]
    target = {name: there.attributes[name] - primitive.attributes[name] for name in names}
    track = Track(node=0, path="weights", times=[0, 1], values=[0, 1])
    mesh = replace(asset.meshes[0], primitives=(replace(primitive, targets=(target,)),))
    return replace(asset, meshes=(mesh,), animations=(Animation(tracks=(track,)),), nodes=(node or asset.nodes[0],))


def test_a_full_morph_is_its_target(gl):
    """A ball drawn out to an egg, with the target's normals."""
    ball, egg = sphere(radius_m=0.08, material=CLAY), np.diag([1.0, 1.6, 0.7, 1.0])
    asset = morphing(ball, egg)
    assert_same_picture(shot(gl, at_time(asset, animation=0, time_s=1)), shot(gl, moved(ball, egg)))
    assert_same_picture(shot(gl, asset), shot(gl, ball))


def test_a_morph_in_a_mirrored_node_is_not_inside_out(gl):
    mirror, wide = np.diag([-1.0, 1.0, 1.0, 1.0]), compose((0.05, 0, 0), (0, 0, 0, 1), (1.5, 1, 1))
    asset = morphing(cube(material=CLAY), wide, node=Node(mesh=0, scale=(-1, 1, 1)))
    assert_same_picture(shot(gl, at_time(asset, animation=0, time_s=1)), shot(gl, moved(cube(material=CLAY), mirror @ wide)))


def test_one_renderer_keeps_poses_apart(gl):
    """What lies on the GPU for one time is not drawn at another; a fresh renderer sees the same."""
    assets = [bar(), morphing(cube(material=CLAY), np.diag([1.5, 1.0, 1.0, 1.0]))]
    for asset in assets:
        frames = [at_time(asset, animation=0, time_s=t) for t in (0, 0.5, 1, 0)]
        shots = [shot(gl, frame) for frame in frames]
        np.testing.assert_array_equal(shots[0].colour, shots[3].colour)
        assert not np.array_equal(shots[0].colour, shots[2].colour)
        with GlRenderer() as fresh:
            np.testing.assert_array_equal(shot(fresh, frames[1]).colour, shots[1].colour)


def only(asset):
    (piece,) = pieces(asset)
    return piece


scales = st.floats(0.2, 4)


@given(scales, scales, scales, st.booleans())
def test_skinned_normals_are_those_of_the_surface(x, y, z, mirrored):
    """A ball that joints stretch is an ellipsoid, whose normals are known: the gradient of (p / s)^2."""
    ball = sphere(radius_m=1.0, segments=6)
    (primitive,) = ball.meshes[0].primitives
    count = len(primitive.positions)
    weights = np.random.default_rng(0).uniform(0.1, 1, (count, 4)).astype(np.float32)  # not normalised, one joint for all
    skinning = {"JOINTS_0": np.zeros((count, 4), np.uint8), "WEIGHTS_0": weights, "TANGENT": _tangents(primitive)}
    mesh = replace(ball.meshes[0], primitives=(replace(primitive, attributes={**primitive.attributes, **skinning}),))
    scale = np.array([-x if mirrored else x, y, z])
    nodes = (Node(mesh=0, skin=0), Node(scale=tuple(scale)))
    piece = only(replace(ball, meshes=(mesh,), nodes=nodes, scenes=(SceneRoots(nodes=(0, 1)),), skins=(Skin(joints=(1,)),)))
    np.testing.assert_allclose(piece.arrays["POSITION"], primitive.positions * scale, atol=1e-5)
    normals = piece.arrays["POSITION"] / scale**2
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    np.testing.assert_allclose(piece.arrays["NORMAL"], normals, atol=2e-5)
    tangents = piece.arrays["TANGENT"]
    np.testing.assert_allclose(np.einsum("vi,vi->v", tangents[:, :3], normals), 0, atol=2e-5)
    np.testing.assert_allclose(np.linalg.norm(tangents[:, :3], axis=1), 1, atol=1e-6)
    assert (tangents[:, 3] == (-1 if mirrored else 1)).all()


def _tangents(primitive):
    n = primitive.attributes["NORMAL"]
    along = np.cross([0, 1, 0], n)
    along[np.linalg.norm(along, axis=1) < 1e-6] = [1, 0, 0]
    return np.c_[along / np.linalg.norm(along, axis=1, keepdims=True), np.ones(len(n))]


def test_morphed_attributes_are_those_of_the_specification():
    """Normals get length 1, the handedness of tangents stays, colours end at 0 and 1, UVs move."""
    (primitive,) = cube().meshes[0].primitives
    count = len(primitive.positions)
    base = {
        **primitive.attributes,
        "TANGENT": np.tile([1, 0, 0, -1], (count, 1)),
        "COLOR_0": np.full((count, 4), 0.75),
    }
    target = {
        "NORMAL": np.tile([0, 0, 3], (count, 1)),
        "TANGENT": np.tile([0, 2, 0, 4], (count, 1)),  # a fourth number is not allowed, and does not count
        "COLOR_0": np.tile([1, -1, 0, 0], (count, 1)),
        "TEXCOORD_0": np.full((count, 2), 0.5),
    }
    mesh = replace(cube().meshes[0], primitives=(replace(primitive, attributes=base, targets=(target,)),), weights=(0.5,))
    piece = only(replace(cube(), meshes=(mesh,)))
    assert piece.posed
    normals = primitive.attributes["NORMAL"] + [0, 0, 1.5]
    np.testing.assert_allclose(piece.arrays["NORMAL"], normals / np.linalg.norm(normals, axis=1, keepdims=True), atol=1e-6)
    np.testing.assert_allclose(piece.arrays["TANGENT"], np.tile([np.sqrt(0.5), np.sqrt(0.5), 0, -1], (count, 1)), atol=1e-6)
    np.testing.assert_array_equal(piece.arrays["COLOR_0"], np.tile([1, 0.25, 0.75, 0.75], (count, 1)))
    np.testing.assert_array_equal(piece.arrays["TEXCOORD_0"], primitive.attributes["TEXCOORD_0"] + 0.25)
    np.testing.assert_array_equal(piece.arrays["POSITION"], primitive.positions)


def test_a_morph_without_normals_keeps_the_file_s():
    """As viewers do: a target moves what it has (three.js, Khronos sample viewer)."""
    asset = morphing(cube(), np.diag([2.0, 1.0, 1.0, 1.0]), with_normals=False, node=Node(mesh=0, weights=(1,)))
    piece = only(asset)
    np.testing.assert_array_equal(piece.arrays["NORMAL"], cube().meshes[0].primitives[0].attributes["NORMAL"])
    np.testing.assert_allclose(piece.arrays["POSITION"][:, 0], 2 * cube().meshes[0].primitives[0].positions[:, 0])


def test_what_is_not_posed_shares_its_arrays():
    """Frames of a rigid animation cost no copies: the file's own normals are uploaded once."""
    primitive = cube().meshes[0].primitives[0]
    piece = only(replace(cube(), meshes=(replace(cube().meshes[0], primitives=(primitive,)),)))
    assert not piece.posed
    assert np.shares_memory(piece.arrays["NORMAL"], primitive.attributes["NORMAL"])


def test_broken_skins_and_targets_give_a_defined_piece():
    """No joints, no weights, weights of zero, NaN joints, targets of another length, overflowing weights."""
    primitive = bar().meshes[0].primitives[0]
    unbound = {**primitive.attributes, "WEIGHTS_0": np.zeros_like(primitive.attributes["WEIGHTS_0"])}
    without = {name: array for name, array in primitive.attributes.items() if name != "WEIGHTS_0"}

    def with_primitive(**fields):
        return replace(bar(), meshes=(replace(bar().meshes[0], primitives=(replace(primitive, **fields),), weights=(1.0,)),))

    still = bounds(at_time(with_primitive(attributes=unbound), animation=0, time_s=0))
    np.testing.assert_allclose(still, bounds(bar()), atol=1e-7)  # on their first joint
    at_node = [[4.97, 4.9, 4.97], [5.03, 5.1, 5.03]]
    np.testing.assert_allclose(bounds(with_primitive(attributes=without)), at_node, atol=1e-6)
    np.testing.assert_allclose(bounds(replace(bar(), skins=(Skin(joints=()),))), at_node, atol=1e-6)
    np.testing.assert_allclose(bounds(with_primitive(targets=({"POSITION": np.ones((3, 3))},))), bounds(bar()), atol=1e-7)
    broken = replace(bar(), nodes=(*bar().nodes[:2], replace(bar().nodes[2], scale=(np.nan, 1, 1))))
    for asset in (broken, replace(bar(), nodes=(*bar().nodes[:2], replace(bar().nodes[2], scale=(0, 0, 0))))):
        piece = only(asset)
        assert all(np.isfinite(array).all() for array in piece.arrays.values())
        assert np.isfinite(piece.box).all()


def test_bumps_in_a_mirrored_pose_are_those_without_tangents(gl):
    """The bitangent is that of the mesh, mirrored, not the one that a mirrored normal and tangent span."""
    texels = np.full((8, 8, 3), (128, 220, 200), np.uint8)  # everything leans upwards
    asset = textured(plane(material=replace(CLAY, normal_texture=TextureInfo(texture=0))), texels)
    (primitive,) = asset.meshes[0].primitives
    tangents = np.tile(np.float32([1, 0, 0, 1]), (len(primitive.positions), 1))
    bumpy = replace(primitive, attributes={**primitive.attributes, "TANGENT": tangents})
    with_tangents = replace(asset, meshes=(replace(asset.meshes[0], primitives=(bumpy,)),))
    for mirror in ((1, 1, 1), (-1, 1, 1), (1, -1, 1), (1, 1, -1), (-1, -1, -1)):
        pose = np.diag([*mirror, 1.0])
        eye = look_at(np.array([0.1, 0.2, 0.7 * mirror[2]]), np.zeros(3))
        ours, theirs = (
            draw(gl, Item(asset=each, world_from_asset=pose), lighting=GRADIENT, camera=CAMERA, pose=eye) for each in (with_tangents, asset)
        )
        assert theirs.colour.any()
        np.testing.assert_allclose(ours.colour, theirs.colour, atol=3 / 255)
