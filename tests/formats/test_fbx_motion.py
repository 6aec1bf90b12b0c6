"""FBX in motion: takes, blend shapes and skins against poses worked out by hand."""

import random
import re

import numpy as np
import pytest

from arviz.core.animation import at_time
from arviz.core.errors import ArvizError
from arviz.core.graph import drawn, world_matrices
from arviz.formats.read import read
from tests.formats.fbx_text import SQUARE, channel, cluster, curves, deformer, document, mesh, moved, node, shape, take
from tests.seeds import drawn_seed

TAKE = [(101, 100)]
"""The link of a take's layer."""


def load(*objects, links, **options):
    return read(document(*objects, links=links), format="fbx", **options)


def corners(asset, *, time_s=None, number=0):
    """Return the drawn corners of the square in metres, in their order, at a time of an animation."""
    posed = asset if time_s is None else at_time(asset, animation=number, time_s=time_s)
    (piece,) = drawn(posed)
    uv = piece.primitive.attributes["TEXCOORD_0"]
    order = [int(np.argmin(np.abs(uv - (x / 200, 1 - y / 200)).sum(axis=1))) for x, y, _ in SQUARE]
    return piece.positions[order]


def turned(degrees):
    """Return the rotation about x, then y, then z (FBX, eEulerXYZ)."""
    x, y, z = np.deg2rad(degrees)
    rx = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    ry = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    rz = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return rz @ ry @ rx


def place(move, degrees=(0, 0, 0)):
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = turned(degrees), move
    return out


def test_a_take_moves_nodes_as_its_curves_say():
    """Angles run straight between keys, each on its own; so does what the file moves, turns and scales."""
    rng = np.random.default_rng(drawn_seed())
    times = [0.0, *np.sort(rng.uniform(0.2, 3, 3)).round(3).tolist(), 3.2]
    keys = {what: rng.uniform(low, high, (5, 3)) for what, low, high in (
        ("Translation", -300, 300), ("Rotation", -200, 200), ("Scaling", 0.2, 4),
    )}  # fmt: skip
    objects = [mesh(), node(20, "door"), take(100, "open")]
    links = [(10, 20), (20, 0), *TAKE]
    for i, (what, values) in enumerate(keys.items()):
        number = 200 + 10 * i
        axes = {axis: list(zip(times, values[:, k].tolist(), strict=True)) for k, axis in enumerate("XYZ")}
        objects.append(curves(number, **axes))
        links += moved(101, number, 20, f"Lcl {what}", "X", "Y", "Z")
    asset = load(*objects, links=links)
    (animation,) = asset.animations
    assert animation.name == "open"
    assert {track.path for track in animation.tracks} == {"translation", "rotation", "scale"}
    for time in [*times, *rng.uniform(0, 3.2, 20).tolist()]:
        move, turn, scale = ([np.interp(time, times, values[:, k]) for k in range(3)] for values in keys.values())
        expected = (np.array(SQUARE, float) * scale @ turned(turn).T + move) / 100
        # Between two of thirty keys a second a turn of 200 degrees in 0.03 s is a chord of its way at worst.
        tolerance = 1e-4 if time in times else 0.2
        assert np.abs(corners(asset, time_s=float(np.float32(time))) - expected).max() < tolerance


def test_no_take_starts_before_zero_and_all_keep_their_names():
    objects = [
        mesh(),
        node(20, "a"),
        take(100, "up"),
        take(110, "down"),
        curves(200, Y=[(-1, 0), (1, 100)]),
        curves(210, Y=[(2, 0), (3, -50)]),
    ]
    links = [
        (10, 20),
        (20, 0),
        *TAKE,
        (111, 110),
        *moved(101, 200, 20, "Lcl Translation", "Y"),
        *moved(111, 210, 20, "Lcl Translation", "Y"),
    ]
    asset = load(*objects, links=links)
    assert [animation.name for animation in asset.animations] == ["up", "down"]
    for animation, times in zip(asset.animations, ((0, 2), (2, 3)), strict=True):
        (track,) = animation.tracks
        assert (track.times[0], track.times[-1]) == pytest.approx(times)
    assert corners(asset, time_s=1, number=0)[0] == pytest.approx((0, 0.5, 0), abs=1e-6)
    assert corners(asset, time_s=3, number=1)[0] == pytest.approx((0, -0.5, 0), abs=1e-6)


def test_what_stands_still_has_no_track():
    asset = load(
        mesh(), node(20, "a", Lcl_Translation=(7, 0, 0)), take(100, "still"), curves(200, X=[(0, 7), (1, 7)]),
        links=[(10, 20), (20, 0), *TAKE, *moved(101, 200, 20, "Lcl Translation", "X")],
    )  # fmt: skip
    assert asset.animations == ()


def test_what_gltf_cannot_animate_is_told():
    asset = load(
        mesh(), node(20, "a"), take(100, "blink"), curves(200, Visibility=[(0, 1), (1, 0)]),
        links=[(10, 20), (20, 0), *TAKE, *moved(101, 200, 20, "Visibility", "Visibility")],
    )  # fmt: skip
    (finding,) = (finding for finding in asset.source.findings if finding.code == "I_FBX_ANIMATION")
    assert "Visibility" in finding.message


def morphing(*, percent=0.0, keys=None, **place):
    objects = [mesh(), node(20, "face", **place), deformer(30, "BlendShape")]
    objects += [channel(31, "smile", percent=percent), channel(32, "blink", full=(50, 100))]
    objects += [shape(40, "smile", {1: (0, 0, 60)}), shape(41, "half", {2: (10, 0, 0)}), shape(42, "shut", {2: (0, 80, 0), 3: (0, 8, 0)})]
    links = [(10, 20), (20, 0), (30, 10), (31, 30), (32, 30), (40, 31), (41, 32), (42, 32)]
    if keys is not None:
        objects += [take(100, "wink"), curves(200, DeformPercent=keys)]
        links += [*TAKE, *moved(101, 200, 32, "DeformPercent", "DeformPercent")]
    return load(*objects, links=links)


def test_blend_shapes_become_morph_targets():
    asset = morphing(percent=25)
    (each,) = asset.meshes
    assert each.weights == pytest.approx((0.25, 0, 0))
    assert list(each.extras["targetNames"]) == ["smile", "blink", "blink"]
    expected = np.array(SQUARE, float) / 100
    expected[1, 2] += 0.25 * 0.6
    assert corners(asset) == pytest.approx(expected, abs=1e-6)


def test_a_geometric_transform_moves_shapes_too():
    asset = morphing(percent=100, GeometricScaling=(2, 3, 4), GeometricTranslation=(10, 0, 0))
    expected = (np.array(SQUARE, float) * (2, 3, 4) + (10, 0, 0)) / 100
    expected[1, 2] += 4 * 0.6
    assert corners(asset) == pytest.approx(expected, abs=1e-6)


def test_animated_weights_pass_the_shapes_between():
    """Up to 50 % the first shape grows, from there to 100 % it gives way to the second (FBX SDK, in-between shapes)."""
    asset = morphing(keys=[(0, 0), (2, 100), (3, 0)])
    half, shut = np.zeros((4, 3)), np.zeros((4, 3))
    half[2], shut[2], shut[3] = (0.1, 0, 0), (0, 0.8, 0), (0, 0.08, 0)
    for time, percent in ((0.5, 25), (1, 50), (1.2, 60), (1.5, 75), (2, 100), (2.75, 25)):
        share = percent / 100
        weights = (2 * share, 0) if share <= 0.5 else (2 - 2 * share, 2 * share - 1)
        expected = np.array(SQUARE, float) / 100 + weights[0] * half + weights[1] * shut
        assert corners(asset, time_s=time) == pytest.approx(expected, abs=1e-5)


def test_a_skin_follows_its_bones():
    """A point goes where the blended matrices bone(t) bone(bind)^-1 mesh(bind) take it; one without bones stays with its mesh."""
    rng = np.random.default_rng(drawn_seed())
    meshes = place(rng.uniform(-50, 50, 3), rng.uniform(-180, 180, 3))
    bind = [place(rng.uniform(-100, 100, 3), rng.uniform(-180, 180, 3)) for _ in range(2)]
    pose = [(rng.uniform(-100, 100, 3), rng.uniform(-180, 180, 3)) for _ in range(2)]
    own = (rng.uniform(-100, 100, 3), rng.uniform(-180, 180, 3))
    shares = [{0: 1.0, 1: 0.25, 2: 0.6}, {1: 0.75, 2: 0.4}]
    objects = [mesh(), node(20, "arm", Lcl_Translation=own[0], Lcl_Rotation=own[1]), deformer(30, "Skin")]
    links = [(10, 20), (20, 0), (30, 10)]
    for i in range(2):
        objects += [node(50 + i, f"bone {i}", Lcl_Translation=pose[i][0], Lcl_Rotation=pose[i][1])]
        objects += [cluster(40 + i, shares[i], mesh=meshes, bone=bind[i])]
        links += [(40 + i, 30), (50 + i, 40 + i), (50 + i, 0)]
    x, y, z = pose[0][0]
    objects += [take(100, "wave"), curves(200, X=[(0, x), (1, x + 40)], Y=[(0, y)], Z=[(0, z)])]
    links += [*TAKE, *moved(101, 200, 50, "Lcl Translation", "X", "Y", "Z")]
    asset = load(*objects, links=links)
    assert len(asset.skins) == 1
    points = np.hstack([np.array(SQUARE, float), np.ones((4, 1))])
    for time in (None, 0.5, 1.0):
        now = [place(*each) for each in pose]
        now[0][0, 3] += 40 * (time or 0)
        expected = points @ place(*own).T
        for row in range(3):
            matrix = sum(shares[i].get(row, 0) * now[i] @ np.linalg.inv(bind[i]) @ meshes for i in range(2))
            expected[row] = matrix @ points[row]
        assert corners(asset, time_s=time) == pytest.approx(expected[:, :3] / 100, abs=1e-4)


def test_more_than_four_bones_a_point_are_told():
    objects = [mesh(), node(20, "arm"), deformer(30, "Skin")]
    links = [(10, 20), (20, 0), (30, 10)]
    for i in range(6):
        objects += [
            node(50 + i, f"bone {i}"),
            cluster(40 + i, {0: 0.1 + 0.01 * i, 1: 1.0 if i == 5 else 0.0}, mesh=np.eye(4), bone=np.eye(4)),
        ]
        links += [(40 + i, 30), (50 + i, 40 + i), (50 + i, 0)]
    asset = load(*objects, links=links)
    assert [finding.code for finding in asset.source.findings] == ["W_FBX_SKIN"]
    weights = asset.meshes[0].primitives[0].attributes["WEIGHTS_0"]
    assert weights.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert sorted(weights.max(axis=1).round(3).tolist())[0] == pytest.approx(0.15 / (0.15 + 0.14 + 0.13 + 0.12), abs=1e-3)


def test_anchors_are_read_from_names():
    asset = load(
        mesh(), node(20, "frame"), node(21, "ARVIZ_bridge_main.001", Lcl_Translation=(0, 10, 0)), node(22, "ARVIZ_seat_x"), mesh(number=11),
        links=[(10, 20), (20, 0), (21, 20), (22, 0), (11, 22)],
    )  # fmt: skip
    (anchored,) = [(i, each.anchor) for i, each in enumerate(asset.nodes) if each.anchor is not None]
    assert (anchored[1].kind, anchored[1].id) == ("bridge", "main")
    assert world_matrices(asset)[anchored[0]][:3, 3] == pytest.approx((0, 0.1, 0))


def test_strangers_files_keep_moving():
    asset = read(
        document(
            mesh(), node(20, "a"), take(100, "up"), curves(200, Y=[(0, 0), (1, 100)]),
            links=[(10, 20), (20, 0), *TAKE, *moved(101, 200, 20, "Lcl Translation", "Y")],
        ),
        format="fbx", trust="untrusted",
    )  # fmt: skip
    assert [track.path for track in asset.animations[0].tracks] == ["translation"]


def test_wrong_numbers_are_told():
    """Whatever stands in a bone, a weight or a key, this process gets an error of the file, or a product."""
    rng = random.Random(drawn_seed())
    objects = [mesh(), node(20, "arm"), deformer(30, "Skin"), deformer(33, "BlendShape"), channel(31, "s"), shape(40, "s", {1: (0, 0, 60)})]
    objects += [node(50, "bone"), cluster(60, {0: 1.0, 1: 0.5}, mesh=np.eye(4), bone=np.eye(4)), take(100, "wave")]
    objects += [curves(200, X=[(0, 1), (1, 40)]), curves(210, DeformPercent=[(0, 0), (1, 100)])]
    links = [(10, 20), (20, 0), (30, 10), (33, 10), (31, 33), (40, 31), (60, 30), (50, 60), (50, 0), *TAKE]
    links += [*moved(101, 200, 50, "Lcl Translation", "X"), *moved(101, 210, 31, "DeformPercent", "DeformPercent")]
    whole = document(*objects, links=links).decode()
    places = [found.span() for found in re.finditer(r"-?\d+(\.\d+)?", whole) if found.start() > whole.index("Objects")]
    for _ in range(4):
        damaged = whole
        for start, end in sorted(rng.sample(places, 3), reverse=True):
            damaged = damaged[:start] + rng.choice(["nan", "1e300", "-1", "0", "99", "100000", "inf"]) + damaged[end:]
        try:
            assert read(damaged.encode(), format="fbx").meshes
        except ArvizError as error:
            assert error.exit_code in (3, 4)  # noqa: PT017
