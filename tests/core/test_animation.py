"""Animations at a time: the formulas of glTF 2.0 appendix C, and a defined pose whatever the tracks hold."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from arviz.core.animation import animated_property, at_time, duration_s, sample
from arviz.core.asset import Animation, Asset, Mesh, Node, Primitive, Track
from arviz.core.compare import differences
from arviz.core.errors import ArvizError, InputError
from arviz.core.graph import bounds, drawn, local_matrix, world_matrices
from arviz.core.transforms import compose, decompose, quaternion_matrix
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.testing.shapes import cube
from arviz.testing.strategies import assets

WIDTHS = {"translation": 3, "rotation": 4, "scale": 3, "weights": 2}
REST = Node(name="moving", mesh=0, translation=(9, 9, 9), weights=(0.25, 0.5))
numbers = st.floats(-100, 100, width=32).filter(lambda x: x == 0 or abs(x) > 1e-3)
moments = st.floats(-5, 15)


def product(*tracks, node=REST, extra=()):
    """Return a triangle with two morph targets, a second node that stays, and one animation."""
    target = {"POSITION": np.ones((3, 3), np.float32)}
    primitive = Primitive(attributes={"POSITION": np.eye(3, dtype=np.float32)}, targets=(target, target))
    animation = Animation(tracks=tracks, name="Open")
    return Asset(nodes=(node, Node(name="still")), meshes=(Mesh(primitives=(primitive,)),), animations=(animation, *extra))


def track(path, times, values, interpolation="LINEAR", **options):
    return Track(node=0, path=path, times=times, values=np.asarray(values, np.float32), interpolation=interpolation, **options)


def posed(*tracks, time_s, **options):
    return at_time(product(*tracks, **options), animation=0, time_s=time_s).nodes[0]


@st.composite
def tracks(draw, paths=tuple(WIDTHS), interpolations=("LINEAR", "STEP", "CUBICSPLINE")):
    """Draw a legal track of one to five keys."""
    path, interpolation = draw(st.sampled_from(paths)), draw(st.sampled_from(interpolations))
    times = sorted(draw(st.sets(st.floats(0, 10, width=32), min_size=1, max_size=5)))
    shape = (len(times) * (3 if interpolation == "CUBICSPLINE" else 1), WIDTHS[path])
    values = draw(arrays.arrays(np.float32, shape, elements=numbers))
    return track(path, times, values.reshape(-1) if path == "weights" else values, interpolation)


def keys(track):
    """Return (K, width) values at the keys; rotations at length 1, the identity where they have none."""
    values = track.values.reshape(len(track.times), -1, WIDTHS[track.path]).astype(float)
    values = values[:, values.shape[1] // 2]
    if track.path != "rotation":
        return values
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    return np.where(lengths > 0, values / np.where(lengths > 0, lengths, 1), [0, 0, 0, 1])


@given(tracks())
def test_a_key_is_met_exactly(track):
    asset = product(track)
    for time, value in zip(track.times.tolist(), keys(track), strict=True):
        met = getattr(at_time(asset, animation=0, time_s=time).nodes[0], track.path)
        np.testing.assert_allclose(met, value, rtol=1e-15 if track.path == "rotation" else 0)


@given(tracks(), st.floats(0, 1e6))
def test_outside_the_keys_the_ends_hold(track, beyond):
    first, last = (getattr(posed(track, time_s=t), track.path) for t in (track.times[0] - beyond, float(track.times[-1]) + beyond))
    np.testing.assert_allclose([first, last], keys(track)[[0, -1]], rtol=1e-15 if track.path == "rotation" else 0)
    assert [getattr(posed(track, time_s=t), track.path) for t in (-np.inf, np.inf)] == [first, last]


@given(tracks(paths=["rotation"]), moments)
def test_a_rotation_has_length_one(track, time_s):
    assert np.linalg.norm(posed(track, time_s=time_s).rotation) == pytest.approx(1, abs=1e-12)


@given(tracks(paths=["translation", "scale", "weights"], interpolations=["LINEAR"]), moments)
def test_linear_is_a_straight_line_between_keys(track, time_s):
    found = getattr(posed(track, time_s=time_s), track.path)
    expected = [np.interp(np.float32(time_s), track.times, column) for column in keys(track).T]
    # The time is rounded to float32: beside the rounding of values, a steep segment turns that into a difference.
    np.testing.assert_allclose(found, expected, atol=1e-9, rtol=1e-9)


@given(tracks(interpolations=["STEP"]), moments)
def test_a_step_holds_until_the_next_key(track, time_s):
    passed = max(np.count_nonzero(track.times <= np.float32(time_s)), 1)
    np.testing.assert_allclose(getattr(posed(track, time_s=time_s), track.path), keys(track)[passed - 1], rtol=1e-15)


@given(arrays.arrays(np.float64, (4, 3), elements=st.floats(-3, 3)), st.lists(st.floats(0.05, 3), min_size=1, max_size=4), st.floats(0, 1))
def test_a_cubic_spline_through_a_cubic_is_that_cubic(coefficients, spans, share):
    """A Hermite spline reproduces cubics exactly, over intervals of any lengths: tangents are per second."""
    times = np.cumsum([0.5, *spans]).astype(np.float32)
    powers, slopes = np.vander(times.astype(float), 4), np.c_[3 * times**2, 2 * times, np.ones_like(times), 0 * times].astype(float)
    value, slope = powers @ coefficients, slopes @ coefficients
    spline = track("translation", times, np.stack([slope, value, slope], axis=1).reshape(-1, 3), "CUBICSPLINE")
    at = float(np.float32(times[0] + share * (times[-1] - times[0])))
    expected = np.vander([at], 4)[0] @ coefficients
    largest = 1 + np.abs(value).max() + np.abs(slope).max() * np.ptp(times)
    np.testing.assert_allclose(posed(spline, time_s=at).translation, expected, atol=2e-6 * largest)


@given(st.lists(st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: np.linalg.norm(q) > 0.1), min_size=2, max_size=5), st.floats(0, 4))
def test_rotations_turn_as_scipy_turns_them(quaternions, time_s):
    """scipy's Slerp goes the shortest way too, whatever the signs of the quaternions and their lengths."""
    from scipy.spatial.transform import Rotation, Slerp

    turning = track("rotation", np.arange(len(quaternions)), quaternions)
    turns = [(a * b.inv()).magnitude() for a, b in pairwise(map(Rotation.from_quat, quaternions))]
    at = float(np.float32(min(time_s, len(quaternions) - 1)))
    reference = Slerp(np.arange(len(quaternions)), Rotation.from_quat(turning.values.astype(float)))(at)
    found = Rotation.from_quat(posed(turning, time_s=at).rotation)
    if max(turns) < np.pi - 1e-3:  # half a turn has two shortest ways
        assert (found * reference.inv()).magnitude() < 1e-6


def test_a_quarter_turn_in_thirds_by_hand():
    half = np.sqrt(0.5)
    turning = track("rotation", [0, 3], [[0, 0, 0, 1], [0, -half, 0, -half]])  # the long way round, as written
    for thirds in range(4):
        angle = np.pi / 2 * thirds / 3
        turned = quaternion_matrix(posed(turning, time_s=thirds).rotation) @ [0, 0, 1]
        np.testing.assert_allclose(turned, [np.sin(angle), 0, np.cos(angle)], atol=1e-7)


@given(assets(), moments)
def test_only_what_moves_is_new(asset, time_s):
    if not asset.animations:
        return
    moved = at_time(asset, animation=0, time_s=time_s)
    assert all(getattr(moved, name) is getattr(asset, name) for name in ("meshes", "materials", "images", "skins", "animations"))
    assert all(place.startswith("nodes[") for place in differences(asset, moved, most=1000))
    moving = {target[0] for target in map(animated_property, asset.animations[0].tracks)}
    for index, (before, after) in enumerate(zip(asset.nodes, moved.nodes, strict=True)):
        assert (after is before) == (index not in moving)
    again = at_time(moved, animation=0, time_s=time_s)
    assert [node.translation for node in again.nodes] == [node.translation for node in moved.nodes]


def test_nothing_that_moves_is_the_same_asset():
    asset = product()
    assert at_time(asset, animation="Open", time_s=1.0) is asset


ONE = np.ones((2, 3), np.float32)
UNPLAYABLE = {
    "no keys": track("translation", [], np.zeros((0, 3))),
    "times go back": track("translation", [1, 0], ONE),
    "time not finite": track("translation", [0, np.inf], ONE),
    "time NaN": track("translation", [np.nan, 1], ONE),
    "value not finite": track("scale", [0, 1], ONE * np.nan),
    "too few values": track("translation", [0, 1, 2], ONE),
    "too many values": track("translation", [0], ONE),
    "wrong width": track("rotation", [0, 1], ONE),
    "right count, wrong width": track("translation", [0, 1], np.ones((3, 2))),
    "flat": track("translation", [0, 1], np.ones(6)),
    "cubic without tangents": track("translation", [0, 1], ONE, "CUBICSPLINE"),
    "tangents without cubic": track("translation", [0, 1], np.ones((6, 3))),
    "three weights, two targets": track("weights", [0, 1], np.ones(6)),
    "times in rows": track("translation", [[0], [1]], ONE),
    "unknown interpolation": track("translation", [0, 1], ONE, "SMOOTH"),
    "unknown path": track("visibility", [0, 1], ONE),
    "no such node": replace(track("translation", [0, 1], ONE), node=7),
    "negative node": replace(track("translation", [0, 1], ONE), node=-1),
    "no node": replace(track("translation", [0, 1], ONE), node=None),
    "weights without a mesh": replace(track("weights", [0], [1, 1]), node=1),
}


@pytest.mark.parametrize("name", UNPLAYABLE)
def test_a_track_that_cannot_be_played_is_left_out(name):
    good = track("scale", [0], [[2, 2, 2]])
    asset = product(UNPLAYABLE[name])
    assert at_time(asset, animation=0, time_s=0.5) is asset
    assert posed(good, UNPLAYABLE[name], time_s=0.5).scale == (2, 2, 2)


@given(
    st.sampled_from(["translation", "rotation", "scale", "weights"]),
    arrays.arrays(np.float32, st.integers(0, 3), elements=st.floats(width=32)),
    arrays.arrays(np.float32, arrays.array_shapes(max_dims=3, max_side=6), elements=st.floats(width=32)),
    st.sampled_from(["LINEAR", "STEP", "CUBICSPLINE"]),
    st.floats(allow_nan=False),
)
def test_no_track_gives_a_pose_that_is_not_finite(path, times, values, interpolation, time_s):
    node = posed(track(path, times, values, interpolation), time_s=time_s)
    assert np.isfinite(local_matrix(node)).all()
    assert np.isfinite(node.weights).all()


def test_keys_at_the_same_time_jump():
    jump = track("translation", [0, 1, 1, 2], [[0, 0, 0], [1, 0, 0], [5, 0, 0], [6, 0, 0]])
    assert [posed(jump, time_s=t).translation[0] for t in (0.5, 1, 1.5)] == [0.5, 5, 5.5]


def test_time_meets_the_keys_in_their_own_precision():
    """0.1 is a little less than the float32 key that a file has for it."""
    steps = track("translation", [0, 0.1], [[0, 0, 0], [1, 0, 0]], "STEP")
    assert posed(steps, time_s=0.1).translation == (1, 0, 0)


def test_quaternions_without_length_turn_nothing():
    for interpolation, count in (("LINEAR", 2), ("CUBICSPLINE", 6)):
        zero = track("rotation", [0, 1], np.zeros((count, 4)), interpolation)
        assert posed(zero, time_s=0.5).rotation == (0, 0, 0, 1)
    opposite = track("rotation", [0, 1], [[0, 0, 0, 1], [0, 0, 0, -1]])
    assert posed(opposite, time_s=0.5).rotation == (0, 0, 0, 1)


@pytest.mark.parametrize(
    ("path", "value"), [("translation", (1, 2, 3)), ("rotation", (0, 1, 0, 0)), ("scale", (4, 5, 6)), ("weights", (1, 0))]
)
def test_a_pointer_to_a_node_is_followed(path, value):
    pointer = {"KHR_animation_pointer": {"pointer": f"/nodes/0/{path}"}}
    moving = Track(node=None, path="pointer", times=[0], values=np.float32([value]), extensions=pointer)
    assert animated_property(moving) == (0, path)
    assert getattr(posed(moving, time_s=0), path) == value


OTHER_POINTERS = [
    "/materials/0/pbrMetallicRoughness/baseColorFactor", "/nodes/0/extensions/KHR_node_visibility/visible", "/nodes/0/weights/0",
    "/nodes/-1/scale", "/nodes/0/translation/x", "/nodes/" + "9" * 5000 + "/scale", "/nodes/٣/scale", "/nodes/7/scale", 5, None,
]  # fmt: skip


@pytest.mark.parametrize("pointer", OTHER_POINTERS, ids=range(len(OTHER_POINTERS)))
def test_other_pointers_change_nothing(pointer):
    for extensions in ({"KHR_animation_pointer": {"pointer": pointer}}, {"KHR_animation_pointer": pointer}, {}):
        asset = product(Track(node=None, path="pointer", times=[0], values=np.float32([[1, 2, 3]]), extensions=extensions))
        assert at_time(asset, animation=0, time_s=0) is asset


def test_a_matrix_is_taken_apart_to_be_animated():
    """glTF forbids it; viewers play it, and what no track moves stays as the matrix had it."""
    half = np.sqrt(0.5)
    parts = {"translation": (1, 2, 3), "rotation": (0, half, 0, half), "scale": (2, 3, -4)}
    matrix = compose(*parts.values())
    node = posed(track("translation", [0], [[7, 8, 9]]), time_s=0, node=replace(REST, matrix=matrix))
    np.testing.assert_allclose(local_matrix(node), compose((7, 8, 9), parts["rotation"], parts["scale"]), atol=1e-12)


@pytest.mark.parametrize("fault", [(0, 1, 0.5), (1, 1, 0), (0, 0, np.nan), (3, 0, 1)])
def test_a_matrix_that_has_no_parts_stays(fault):
    matrix = np.diag([1.0, 2.0, 3.0, 1.0])
    matrix[fault[:2]] = fault[2]
    asset = product(track("translation", [0], [[7, 8, 9]]), track("weights", [0], [1, 0]), node=replace(REST, matrix=matrix))
    node = at_time(asset, animation=0, time_s=0).nodes[0]
    np.testing.assert_array_equal(node.matrix, matrix)
    assert node.weights == (1, 0)
    assert node.translation == REST.translation


@given(*[st.floats(-5, 5)] * 3, st.tuples(*[st.floats(-1, 1)] * 4).filter(any), *[st.floats(0.01, 9)] * 3, st.booleans())
def test_decompose_undoes_compose(x, y, z, quaternion, a, b, c, mirrored):
    matrix = compose((x, y, z), quaternion, (-a if mirrored else a, b, c))
    parts = decompose(matrix)
    assert parts is not None
    np.testing.assert_allclose(compose(*parts), matrix, atol=1e-9)


def test_an_animation_is_found_by_name_or_index():
    shut = Animation(tracks=(track("scale", [0], [[3, 3, 3]]),), name="Shut")
    asset = product(extra=(shut, Animation(tracks=())))
    for key in ("Shut", 1):
        assert at_time(asset, animation=key, time_s=0).nodes[0].scale == (3, 3, 3)
    for key in ("shut", 3, -1, "1"):
        with pytest.raises(InputError, match=r"0 'Open', 1 'Shut', 2") as caught:
            at_time(asset, animation=key, time_s=0)
        assert caught.value.code == "E_ANIMATION_UNKNOWN"
    many = replace(asset, animations=asset.animations * 1000)
    with pytest.raises(InputError, match=r"19 'Shut', \.\.\.") as caught:
        at_time(many, animation="shut", time_s=0)
    assert len(str(caught.value)) < 1000
    with pytest.raises(InputError, match="has no animations"):
        at_time(cube(), animation=0, time_s=0)
    with pytest.raises(InputError) as caught:
        at_time(asset, animation=0, time_s=float("nan"))
    assert caught.value.code == "E_ANIMATION_TIME"


def test_the_duration_is_the_last_key_of_any_track():
    lasting = Animation(tracks=(track("scale", [1, 2.5], ONE), track("translation", [0, np.nan], ONE), track("scale", [], ONE)))
    assert duration_s(lasting) == 2.5
    assert duration_s(Animation(tracks=())) == 0


def test_of_two_tracks_for_one_property_the_last_counts():
    first, second = (track("translation", [0], [[x, 0, 0]]) for x in (1, 2))
    assert posed(first, second, time_s=0).translation[0] == 2


def test_children_morphs_and_bounds_follow():
    """A parent turned by 90 degrees about Z and a morph at full weight, checked against the product's box."""
    nodes = (Node(children=(1,)), Node(mesh=0, translation=(1, 0, 0)))
    asset = cube(edge_m=1.0)
    (primitive,) = asset.meshes[0].primitives
    grow = {"POSITION": primitive.positions * np.float32([0, 0, 1])}  # twice as deep
    mesh = replace(asset.meshes[0], primitives=(replace(primitive, targets=(grow,)),))
    half = np.sqrt(0.5)
    turn = track("rotation", [0, 1], [[0, 0, 0, 1], [0, 0, half, half]])
    morph = replace(track("weights", [0, 1], [0, 1]), node=1)
    asset = Asset(nodes=nodes, meshes=(mesh,), animations=(Animation(tracks=(turn, morph)),))
    np.testing.assert_allclose(bounds(at_time(asset, animation=0, time_s=0)), [[0.5, -0.5, -0.5], [1.5, 0.5, 0.5]], atol=1e-6)
    np.testing.assert_allclose(bounds(at_time(asset, animation=0, time_s=9)), [[-0.5, 0.5, -1], [0.5, 1.5, 1]], atol=1e-6)


@given(tracks(), moments)
def test_a_file_has_the_pose_of_what_was_written(track, time_s):
    asset = product(track)
    back = read(write_glb(asset), format="glb")
    for before, after in zip(
        drawn(at_time(asset, animation=0, time_s=time_s)), drawn(at_time(back, animation=0, time_s=time_s)), strict=True
    ):
        np.testing.assert_array_equal(after.positions, before.positions)


def test_every_hostile_file_with_animations_has_a_pose(data):
    played = 0
    for path in sorted((data / "hostile" / "khronos").rglob("*.gl*")):
        if b'"animations"' not in path.read_bytes():
            continue
        try:
            asset = read(path)
        except ArvizError:
            continue
        for index, animation in enumerate(asset.animations):
            for time_s in (0.0, duration_s(animation) / 3, duration_s(animation)):
                world = world_matrices(at_time(asset, animation=index, time_s=time_s))
                assert all(np.isfinite(matrix).all() for matrix in world.values()), path.name
            played += 1
    assert played >= 3


def test_sample_is_the_value_alone():
    turning = track("rotation", [0, 1], [[0, 0, 0, 2], [0, 2, 0, 0]])
    middle = sample(turning, time_s=0.5, path="rotation", width=4)
    np.testing.assert_allclose(quaternion_matrix(middle) @ [0, 0, 1], [1, 0, 0], atol=1e-12)
    assert sample(turning, time_s=0.5, path="translation", width=3) is None
