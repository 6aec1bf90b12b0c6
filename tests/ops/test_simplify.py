"""Simplifying: the asked count, the same surface, nothing torn, nothing lost."""

from __future__ import annotations

import numpy as np
import open3d as o3d
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.compare import differences
from arviz.core.errors import InputError
from arviz.core.graph import bounds, drawn, triangle_count
from arviz.formats.read import read
from arviz.ops.simplify import simplified, simplify
from arviz.ops.weld import distinct_rows
from arviz.testing.strategies import assets


def asset_of(*primitives: Primitive) -> Asset:
    return Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=primitives),))


def only(asset: Asset) -> Primitive:
    return asset.meshes[0].primitives[0]


def plain(mesh: trimesh.Trimesh) -> Primitive:
    return Primitive(attributes={"POSITION": mesh.vertices}, indices=mesh.faces.ravel())


def joined(asset: Asset) -> trimesh.Trimesh:
    """Return everything drawn with one vertex for each place: what is torn shows as a border."""
    pieces = [piece.positions[piece.primitive.triangles] for piece in drawn(asset) if len(piece.primitive.triangles)]
    corners = np.ascontiguousarray(np.concatenate(pieces).reshape(-1, 3).astype(np.float32) + np.float32(0))
    first, number = distinct_rows(corners.view(np.uint32))
    return trimesh.Trimesh(corners[first], number.reshape(-1, 3), process=False)


def distances(points: np.ndarray, to: Asset) -> np.ndarray:
    """Return how far points are from what an asset draws, by Open3D."""
    mesh = joined(to)
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(o3d.core.Tensor(mesh.vertices.astype(np.float32)), o3d.core.Tensor(mesh.faces.astype(np.uint32)))
    return scene.compute_distance(o3d.core.Tensor(points.astype(np.float32))).numpy()


def torn(seed: int, *, parts: int) -> Asset:
    """Return a bumpy closed surface in `parts` primitives, of random islands of texture coordinates."""
    rng = np.random.default_rng(seed)
    mesh = (trimesh.creation.icosphere(3), trimesh.creation.torus(1, 0.4, major_sections=40, minor_sections=20))[seed % 2]
    vertices = mesh.vertices + 0.05 * np.sin(5 * mesh.vertices[:, [1, 2, 0]] + rng.uniform(0, 6, 3))
    seeds = rng.choice(len(mesh.faces), 12)
    islands = np.linalg.norm(mesh.triangles_center[:, None] - mesh.triangles_center[seeds], axis=2).argmin(axis=1)
    primitives = []
    for part in range(parts):
        chosen = np.flatnonzero(islands % parts == part)
        corners = np.c_[mesh.faces[chosen].ravel(), np.repeat(islands[chosen], 3)]
        rows, number = np.unique(corners, axis=0, return_inverse=True)
        places = vertices[rows[:, 0]]
        attributes = {"POSITION": places, "NORMAL": mesh.vertex_normals[rows[:, 0]], "TEXCOORD_0": places[:, :2] + 3 * rows[:, 1:]}
        primitives.append(Primitive(attributes=attributes, indices=number.ravel(), material=None))
    return asset_of(*primitives)


@pytest.mark.parametrize("mesh", [trimesh.creation.icosphere(4), trimesh.creation.torus(2, 0.5), trimesh.creation.box().subdivide_loop(5)])
def test_a_closed_surface_stays_closed_and_keeps_its_volume(mesh):
    count = len(mesh.faces) // 4
    simple = only(simplify(asset_of(plain(mesh)), triangles=count))
    again = trimesh.Trimesh(simple.positions, simple.triangles, process=False)
    assert count - 2 <= len(simple.triangles) <= count
    assert again.is_watertight
    assert again.is_winding_consistent
    assert again.euler_number == mesh.euler_number
    assert again.volume == pytest.approx(mesh.volume, rel=0.02)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.floats(0.05, 0.9))
def test_seams_and_borders_of_materials_never_open(seed, parts, share):
    asset = torn(seed, parts=parts)
    before = joined(asset)
    count = max(int(triangle_count(asset) * share), 60)
    simple = simplify(asset, triangles=count)
    after = joined(simple)
    assert count - 4 <= triangle_count(simple) <= count
    assert after.is_watertight
    assert after.is_winding_consistent
    assert after.euler_number == before.euler_number
    assert all(len(primitive.triangles) for primitive in simple.meshes[0].primitives)


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.floats(0.002, 0.05))
def test_no_vertex_ends_further_away_than_the_error_asked_for(seed, error):
    asset = torn(seed, parts=2)
    done = simplified(asset, error_m=error)
    vertices = np.concatenate([piece.positions for piece in drawn(asset)])
    assert distances(vertices, done.asset).max() <= error * 1.001
    assert done.report.figures["deviation_max_m"] <= error
    low, high = bounds(asset), bounds(done.asset)
    assert np.abs(high - low).max() <= 2 * error
    assert triangle_count(done.asset) < triangle_count(asset)


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1))
def test_what_is_measured_is_never_better_than_the_truth(seed):
    asset = torn(seed, parts=1)
    done = simplified(asset, triangles=200)
    vertices = np.concatenate([piece.positions for piece in drawn(asset)])
    truth = distances(vertices, done.asset)
    assert done.report.figures["deviation_max_m"] >= truth.max() - 1e-6
    assert done.report.figures["deviation_max_m"] <= 3 * truth.max()


def test_textures_stay_where_they_are():
    asset = torn(4, parts=1)
    done = simplified(asset, triangles=triangle_count(asset) // 4)
    primitive = only(done.asset)
    # Texture coordinates are places plus an island's offset: what is left of a multiple of 3 is the slip.
    off = primitive.attributes["TEXCOORD_0"] - primitive.positions[:, :2]
    off -= 3 * np.rint(off[:, 1:] / 3)
    assert np.abs(off).max() < 0.03
    assert done.report.figures["uv_slip_rms_m"] < 0.03
    assert np.linalg.norm(primitive.attributes["NORMAL"], axis=1) == pytest.approx(1, abs=1e-5)


def junk(seed: int) -> Asset:
    """Return what no program should make: doubled and crossing faces, no area, places and attributes that are not numbers."""
    rng = np.random.default_rng(seed)
    shared = rng.integers(0, rng.integers(2, 6), (rng.integers(3, 40), 3)).astype(float)
    primitives = []
    for _ in range(rng.integers(1, 4)):
        count = int(rng.integers(3, 40))
        crowded = shared[rng.integers(0, len(shared), count)]
        places = crowded if rng.random() < 0.6 else rng.normal(size=(count, 3)) * 10.0 ** rng.integers(-20, 20)
        attributes = {"POSITION": places}
        if rng.random() < 0.1:
            places[rng.integers(0, count)] = np.nan
        if rng.random() < 0.5:
            attributes["NORMAL"] = rng.normal(size=(count, 3))
        if rng.random() < 0.5:
            attributes["TEXCOORD_0"] = rng.integers(0, 3, (count, 2)).astype(float)
        if rng.random() < 0.2:
            attributes["COLOR_0"] = np.full((count, 4), np.nan)
        targets = ({"POSITION": places * 0.1},) if rng.random() < 0.2 else ()
        mode = int(rng.choice([4, 4, 4, 5, 6, 0, 1]))
        primitives.append(
            Primitive(attributes=attributes, indices=rng.integers(0, count, 3 * rng.integers(1, 40)), mode=mode, targets=targets)
        )
    nodes = tuple(Node(mesh=0, scale=(1, 1, rng.choice([1.0, 0.0, -2.0, 1e-9]))) for _ in range(rng.integers(1, 3)))
    return Asset(nodes=nodes, meshes=(Mesh(primitives=tuple(primitives)),))


@pytest.mark.filterwarnings("error")
@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 50) | st.floats(1e-6, 1e3))
def test_junk_never_breaks_it_and_the_same_comes_out_twice(seed, goal):
    asset = junk(seed)
    goals = {"triangles": goal} if isinstance(goal, int) else {"error_m": goal}
    first, second = simplify(asset, **goals), simplify(asset, **goals)
    assert differences(first, second) == []
    assert triangle_count(first) <= triangle_count(asset)
    for before, after in zip(asset.meshes[0].primitives, first.meshes[0].primitives, strict=True):
        assert bool(len(before.triangles)) == bool(len(after.triangles))
        for name, array in after.attributes.items():
            assert np.isfinite(array).all() or not np.isfinite(before.attributes[name]).all()


@settings(max_examples=25)
@given(assets(), st.integers(1, 6))
def test_everything_but_meshes_is_left_as_it_is(asset, count):
    simple = simplify(asset, triangles=count)
    assert [d for d in differences(asset, simple) if not d.startswith("meshes[")] == []
    for before, after in zip(asset.meshes, simple.meshes, strict=True):
        for old, new in zip(before.primitives, after.primitives, strict=True):
            assert new.attributes.keys() == old.attributes.keys()
            assert (new.material, len(new.variants), len(new.targets)) == (old.material, len(old.variants), len(old.targets))


def test_the_budget_goes_where_the_error_shows():
    ball = plain(trimesh.creation.icosphere(4))
    nodes = (Node(mesh=0, scale=(1, 1, 1)), Node(mesh=1, scale=(0.1, 0.1, 0.1), translation=(3, 0, 0)))
    asset = Asset(nodes=nodes, meshes=(Mesh(primitives=(ball,)), Mesh(primitives=(ball,))))
    large, small = (len(mesh.primitives[0].triangles) for mesh in simplify(asset, triangles=2000).meshes)
    assert large > 4 * small
    assert large + small <= 2000


def test_an_instance_counts_each_time_it_is_drawn():
    nodes = tuple(Node(mesh=0, translation=(x, 0, 0)) for x in range(5))
    asset = Asset(nodes=nodes, meshes=(Mesh(primitives=(plain(trimesh.creation.icosphere(3)),)),))
    simple = simplify(asset, triangles=1000)
    assert 980 <= triangle_count(simple) <= 1000
    assert len(only(simple).triangles) <= 200


def test_morphs_move_a_surface_that_stays_closed_and_joints_come_from_the_input():
    asset = torn(3, parts=2)
    rng = np.random.default_rng(0)

    def moving(primitive: Primitive) -> Primitive:
        places = primitive.positions
        joints = np.tile(np.arange(4, dtype=np.uint8), (len(places), 1))
        weights = np.c_[places[:, 0] > 0, places[:, 0] <= 0, np.zeros((len(places), 2))]
        attributes = {**primitive.attributes, "JOINTS_0": joints, "WEIGHTS_0": weights}
        return Primitive(attributes=attributes, indices=primitive.indices, targets=({"POSITION": np.sin(places * 3)},))

    primitives = [moving(primitive) for primitive in asset.meshes[0].primitives]
    mesh = Mesh(primitives=tuple(primitives), weights=(0.5,))
    simple = simplify(Asset(nodes=(Node(mesh=0),), meshes=(mesh,)), triangles=300)
    for weight in (0.0, 0.5, float(rng.uniform(0.1, 1))):
        posed = Asset(nodes=simple.nodes, meshes=(Mesh(primitives=simple.meshes[0].primitives, weights=(weight,)),))
        assert joined(posed).is_watertight
    for primitive in simple.meshes[0].primitives:
        assert primitive.attributes["WEIGHTS_0"].sum(axis=1) == pytest.approx(1)


def test_a_flat_sheet_keeps_its_border():
    side = np.linspace(0, 1, 21)
    x, z = (a.ravel() for a in np.meshgrid(side, side))
    at = np.arange(441).reshape(21, 21)
    quads = np.stack([at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]], axis=-1).reshape(-1, 4)
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    sheet = Primitive(attributes={"POSITION": np.c_[x, 0 * x, z], "TEXCOORD_0": np.c_[x, z]}, indices=faces.ravel())
    simple = only(simplify(asset_of(sheet), triangles=2))
    assert len(simple.triangles) == 2
    assert np.abs(np.ptp(simple.positions, axis=0) - [1, 0, 1]).max() < 1e-6
    assert np.allclose(simple.attributes["TEXCOORD_0"], simple.positions[:, [0, 2]], atol=1e-6)


def test_what_is_simple_enough_is_returned_as_it_is():
    asset = asset_of(plain(trimesh.creation.box()))
    assert simplify(asset, triangles=triangle_count(asset)) is asset
    assert differences(simplify(asset, error_m=1e-9), asset) == []


def test_what_cannot_be_reached_is_said():
    rings = [trimesh.creation.torus(1, 0.3, major_sections=12, minor_sections=8) for _ in range(3)]
    for x, ring in enumerate(rings):
        ring.apply_translation([3 * x, 0, 0])
    done = simplified(asset_of(plain(trimesh.util.concatenate(rings))), triangles=4)
    assert triangle_count(done.asset) > 4
    assert "W_SIMPLIFY_COUNT" in {finding.code for finding in done.report.findings}
    assert joined(done.asset).is_watertight


@pytest.mark.parametrize("goal", [{}, {"triangles": 0}, {"error_m": 0.0}, {"error_m": float("nan")}, {"triangles": 5, "error_m": -1.0}])
def test_a_goal_that_makes_no_sense_is_refused(goal):
    with pytest.raises(InputError, match="how simple"):
        simplify(asset_of(plain(trimesh.creation.box())), **goal)


@pytest.mark.parametrize(("product", "bar"), [("DamagedHelmet", 0.10), ("MaterialsVariantsShoe", 0.044), ("GlamVelvetSofa", 0.05)])
def test_a_quarter_of_real_products_is_near_the_original(data, product, bar):
    asset = read(data / "products" / f"{product}.glb")
    simple = simplify(asset, triangles=triangle_count(asset) // 4)
    assert triangle_count(asset) // 4 - 4 <= triangle_count(simple) <= triangle_count(asset) // 4
    box = bounds(asset)
    rms = []
    for one, other in ((asset, simple), (simple, asset)):
        points = trimesh.sample.sample_surface(joined(one), 20_000, seed=0)[0]
        rms.append(np.sqrt(np.mean(distances(points, other) ** 2)))
    assert 100 * np.sqrt(np.mean(np.square(rms))) / np.linalg.norm(box[1] - box[0]) < bar
