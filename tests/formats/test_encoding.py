"""Compressed GLBs: what is read back is what was promised, within the error that was stated, and nothing else changed."""

import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import DracoPy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from arviz.core.animation import at_time
from arviz.core.asset import Animation, Asset, Mesh, Node, Primitive, Skin, Track
from arviz.core.compare import differences
from arviz.core.graph import drawn, size, triangle_count
from arviz.core.material import Material, TextureInfo
from arviz.core.parts import Anchor, Joint
from arviz.formats.files import Files
from arviz.formats.gltf import grids
from arviz.formats.gltf.container import join, split
from arviz.formats.gltf.encoded import as_encoded, on_grids, quantisation_error_m
from arviz.formats.gltf.encoding import GEOMETRIES, LOSSLESS, Encoding
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.testing.shapes import box, sphere, textured
from arviz.testing.strategies import assets
from tests.seeds import drawn_seed

ROOT = Path(__file__).resolve().parents[2]
PRODUCTS = ["DamagedHelmet", "GlamVelvetSofa", "LightsPunctualLamp", "MaterialsVariantsShoe", "Mixer", "SheenChair", "SunglassesKhronos"]
COMPRESSED = [geometry for geometry in GEOMETRIES if geometry != "none"]
EXACT = ["quantized", "meshopt"]


def _document(glb):
    return split(glb, Files(None, name="test"))[0]


def _back(asset, **options):
    return read(write_glb(asset, encoding=Encoding(**options)), format="glb")


encodings = st.builds(
    Encoding,
    geometry=st.sampled_from(EXACT),
    position_bits=st.integers(4, 16),
    normal_bits=st.integers(4, 12),
    uv_bits=st.integers(4, 16),
)


@settings(max_examples=20)
@given(assets(), encodings)
def test_what_is_read_back_is_what_was_promised(asset, encoding):
    assert differences(as_encoded(asset, encoding), read(write_glb(asset, encoding=encoding), format="glb")) == []


@settings(max_examples=20)
@given(assets(), encodings)
def test_nothing_but_vertices_changes(asset, encoding):
    bare = {"meshes": ()}
    assert differences(replace(as_encoded(asset, encoding), **bare), replace(asset, **bare)) == []
    for before, after in zip(asset.meshes, as_encoded(asset, encoding).meshes, strict=True):
        stripped = [replace(mesh, primitives=tuple(_bare(p) for p in mesh.primitives)) for mesh in (before, after)]
        assert differences(*(replace(asset, meshes=(mesh,)) for mesh in stripped)) == []


def _bare(primitive):
    point = np.zeros((1, 3), np.float32)
    return replace(primitive, attributes={"POSITION": point}, indices=None, targets=({"POSITION": point},) * len(primitive.targets))


@settings(max_examples=15)
@given(assets(), st.sampled_from(COMPRESSED))
def test_what_is_written_is_valid(validator, asset, geometry):
    glb = write_glb(asset, encoding=Encoding(geometry=geometry))
    # The generator draws normals and tangents at random, so their mutual angles are not the writer's business.
    assert [e for e in validator.errors(glb) if "TANGENT" not in e] == []


@settings(max_examples=20)
@given(assets(), st.integers(4, 16))
def test_no_vertex_moves_further_than_stated(asset, bits):
    encoding = Encoding(geometry="meshopt", position_bits=bits)
    stated = quantisation_error_m(asset, encoding)
    side = max(size(asset))
    # Half a step on three axes. A morph target of weight w adds its own, and float32 keeps 24 bits of what is far away.
    morphs = max(1 + sum(map(abs, piece.weights)) for piece in drawn(asset))
    far = max(float(np.abs(piece.positions).max()) for piece in drawn(asset))
    assert stated <= side / (2**bits - 1) / 2 * np.sqrt(3) * morphs + 1e-5 * (side + far)
    for before, after in zip(drawn(asset), drawn(read(write_glb(asset, encoding=encoding), format="glb")), strict=True):
        corners = [piece.positions[piece.primitive.triangles.ravel()] for piece in (before, after)]
        if len(corners[0]):
            apart = cKDTree(corners[1]).query(corners[0])[0].max(), cKDTree(corners[0]).query(corners[1])[0].max()
            assert max(apart) <= stated * (1 + 1e-6) + 1e-12


def test_a_stated_error_is_not_zero_and_halves_with_each_bit():
    shape = sphere(radius_m=0.3, segments=40)
    errors = [quantisation_error_m(shape, Encoding(geometry="meshopt", position_bits=bits)) for bits in (8, 10, 12, 14)]
    for before, after in pairwise(errors):
        assert 3 < before / after < 5
    assert quantisation_error_m(shape, LOSSLESS) == 0


@pytest.mark.parametrize("geometry", COMPRESSED)
def test_pieces_that_met_still_meet(geometry):
    """A seam between two primitives, and one between two parts whose frames differ by whole steps, stay closed."""
    rng = np.random.default_rng(drawn_seed())
    border = rng.uniform(-0.3, 0.3, (40, 3)).astype(np.float32)
    faces = np.arange(39 * 3).reshape(-1, 3) % 40
    left = Primitive(attributes={"POSITION": np.r_[border, border[:5] + np.float32(0.1)]}, indices=faces)
    right = Primitive(attributes={"POSITION": np.r_[border[:3] - np.float32(0.2), border]}, indices=faces + 3)
    apart = Mesh(primitives=(replace(right, attributes={"POSITION": right.positions - np.float32(0.25)}),))
    nodes = (Node(mesh=0, part="a"), Node(mesh=1, part="b", translation=(0.25, 0.25, 0.25)))
    back = _back(Asset(nodes=nodes, meshes=(Mesh(primitives=(left, right)), apart)), geometry=geometry, position_bits=9)
    places = [{tuple(point) for point in piece.used_positions.tolist()} for piece in drawn(back)]
    assert len(places[0] & places[1]) >= 35
    # The third is 0.25 away in its own frame, rounded to float32 before: a point may fall on the other side of a half step.
    assert len(places[1] & places[2]) >= 35


def _scene():
    """Return instances that are mirrored, unevenly scaled, nested, animated, and carry anchors, joints, lights and parts."""
    shape = sphere(radius_m=0.2, segments=12).meshes[0]
    other = box(size_m=(0.3, 0.1, 0.2), centre_m=(1, 2, 3)).meshes[0]
    sheared = np.eye(4)
    sheared[0, 1], sheared[2, 2], sheared[:3, 3] = 0.4, -2, (1, 0, 1)
    anchor = Anchor(id="seat", kind="contact", width_m=0.4)
    nodes = (
        Node(name="root", children=(1, 2, 3, 4), translation=(1, 2, 3), rotation=(0, 0.6, 0, 0.8)),
        Node(name="twice", mesh=0, part="twice", scale=(-1, 2, 0.5), children=(5,)),
        Node(name="twice", mesh=0, part="again", translation=(0, -1, 0), light=0),
        Node(name="sheared", mesh=1, part="sheared", matrix=sheared),
        Node(name="door", mesh=1, part="door", translation=(0.1, 0, 0)),
        Node(name="ARVIZ_contact_seat", translation=(0, 0.1, 0), anchor=anchor),
    )
    times = np.array([0, 1], np.float32)
    turn = np.array([[0, 0, 0, 1], [0, 0.6, 0, 0.8]], np.float32)
    tracks = (Track(node=4, path="rotation", times=times, values=turn), Track(node=1, path="scale", times=times, values=np.ones((2, 3))))
    return Asset(
        nodes=nodes, meshes=(shape, other), lights=({"type": "point"},), animations=(Animation(tracks=tracks, name="open"),),
        joints=(Joint(id="hinge", node=4, kind="revolute", axis=(0, 1, 0), min=0, max=1),), scene=0,
    )  # fmt: skip


@pytest.mark.parametrize("geometry", COMPRESSED)
@pytest.mark.parametrize("moment", [None, 0.5])
def test_instances_mirrors_uneven_scales_animations_and_anchors(geometry, moment, validator):
    scene = _scene()
    encoding = Encoding(geometry=geometry)
    glb = write_glb(scene, encoding=encoding)
    assert validator.errors(glb) == []
    back = read(glb, format="glb")
    assert differences(replace(back, meshes=()), replace(scene, meshes=())) == []
    stated = quantisation_error_m(scene, encoding)
    assert 0 < stated < 1e-3
    if moment is not None:
        scene, back = (at_time(asset, animation="open", time_s=moment) for asset in (scene, back))
    for before, after in zip(drawn(scene), drawn(back), strict=True):
        tree = cKDTree(after.positions)
        assert tree.query(before.positions)[0].max() < 2 * stated  # the pose of the moment scales a little more
        assert np.linalg.norm(before.asset_from_node - after.asset_from_node) == 0


def test_another_reader_finds_quantised_parts_where_they_are():
    """trimesh knows nothing of our child nodes: its world positions are those of the master."""
    import trimesh

    scene = replace(_scene(), lights=(), nodes=tuple(replace(node, light=None) for node in _scene().nodes))
    loaded = trimesh.load_scene(io.BytesIO(write_glb(scene, encoding=Encoding(geometry="quantized"))), file_type="glb")
    found = loaded.to_geometry().vertices
    expected = np.concatenate([piece.positions for piece in drawn(scene)])
    assert max(cKDTree(found).query(expected)[0].max(), cKDTree(expected).query(found)[0].max()) < 1e-3


def test_skins_and_morphs_keep_their_form():
    shape = sphere(radius_m=0.2, segments=10).meshes[0].primitives[0]
    count = len(shape.positions)
    rng = np.random.default_rng(drawn_seed())
    weights = rng.random((count, 4)).astype(np.float32)
    weights /= weights.sum(axis=1, keepdims=True)
    attributes = {**shape.attributes, "JOINTS_0": rng.integers(0, 2, (count, 4)).astype(np.uint8), "WEIGHTS_0": weights}
    target = {"POSITION": rng.normal(0, 0.01, (count, 3)).astype(np.float32), "NORMAL": rng.normal(0, 0.1, (count, 3)).astype(np.float32)}
    mesh = Mesh(primitives=(replace(shape, attributes=attributes, targets=(target,)),), weights=(0.7,))
    binding = np.stack([np.diag([2, 2, 2, 1]), np.eye(4)]).astype(np.float32)
    nodes = (Node(mesh=0, skin=0, part="cloth", translation=(9, 9, 9)), Node(name="hip"), Node(name="knee", translation=(0, 0.5, 0)))
    posed = Asset(nodes=nodes, meshes=(mesh,), skins=(Skin(joints=(1, 2), inverse_bind_matrices=binding),))
    for geometry in COMPRESSED:
        encoding = Encoding(geometry=geometry)
        before, after = (next(iter(drawn(asset))) for asset in (posed, _back(posed, geometry=geometry)))
        assert cKDTree(after.positions).query(before.positions)[0].max() <= quantisation_error_m(posed, encoding) * (1 + 1e-6)
        assert quantisation_error_m(posed, encoding) < 2 * 0.8 / (2**14 - 1)
        assert np.abs(after.primitive.attributes["WEIGHTS_0"].sum(axis=1) - 1).max() < 2e-7 * 4


@pytest.mark.parametrize("bits", [8, 12])
def test_texture_coordinates_are_finer_where_the_picture_repeats(bits):
    shape = textured(sphere(radius_m=0.2, segments=31, material=Material()), np.zeros((4, 4, 3), np.uint8))
    transform = {"KHR_texture_transform": {"scale": [16, 1]}}
    repeated = replace(shape, materials=(Material(base_color_texture=TextureInfo(texture=0, extensions=transform)),))
    errors = []
    for asset in (shape, repeated):
        before, after = (a.meshes[0].primitives[0].attributes["TEXCOORD_0"] for a in (asset, on_grids(asset, _meshopt(uv_bits=bits))))
        errors.append(np.abs(before - after).max())
    assert 0 < errors[0] <= 2.0**-bits / 2
    assert errors[1] <= 2.0**-bits / 32


def _meshopt(**options):
    return Encoding(geometry="meshopt", **options)


@given(st.integers(4, 12), st.integers(0, 2**31))
def test_directions_come_back_within_a_code(bits, seed):
    vectors = np.random.default_rng(seed).normal(size=(200, 3)).astype(np.float32)
    found = grids.decoded(grids.octahedral(vectors, bits=bits), bits=bits)
    cosines = np.einsum("ij,ij->i", grids.unit(vectors).astype(float), found.astype(float))
    # Measured on 200,000 directions: the largest error is 0.73 degrees at 8 bits and halves with each bit more.
    assert np.degrees(np.arccos(np.clip(cosines, -1, 1))).max() < 0.74 * 2.0 ** (8 - bits) * 1.15
    assert np.array_equal(grids.decoded(grids.octahedral(found, bits=bits), bits=bits), found)


@pytest.mark.parametrize("bits", [5, 8, 10, 12])
def test_dracos_directions_are_those_that_were_promised(bits):
    rng = np.random.default_rng(drawn_seed())
    normals = grids.unit(np.r_[rng.normal(size=(900, 3)), np.eye(3), -np.eye(3), rng.normal(size=(60, 3)) * (1, 1, 0)])
    shape = Primitive(attributes={"POSITION": rng.random((len(normals), 3), np.float32), "NORMAL": normals})
    asset = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(shape,)),))
    encoding = Encoding(geometry="draco", normal_bits=bits, position_bits=16)
    promised, found = (
        a.meshes[0].primitives[0] for a in (as_encoded(asset, encoding), read(write_glb(asset, encoding=encoding), format="glb"))
    )
    apart, same = cKDTree(promised.positions).query(found.positions)
    assert apart.max() == 0
    assert np.abs(promised.attributes["NORMAL"][same] - found.attributes["NORMAL"]).max() < 1e-6
    cosines = np.einsum("ij,ij->i", normals.astype(float), promised.attributes["NORMAL"].astype(float))
    assert np.degrees(np.arccos(np.clip(cosines, -1, 1))).max() < 0.75 * 2.0 ** (8 - bits)


def test_every_direction_that_bytes_hold_stays_what_it_is():
    sides = np.arange(-127, 128)
    codes = np.stack(np.meshgrid(sides, sides), axis=-1).reshape(-1, 2)
    found = grids.decoded(codes, bits=8)
    assert np.array_equal(grids.decoded(grids.octahedral(found, bits=8), bits=8), found)


@given(st.integers(-110, 90), st.integers(1, 2**22), st.integers(0, 2**31))
def test_the_step_of_a_grid_is_found(exponent, most, seed):
    whole = np.random.default_rng(seed).integers(-most, most + 1, (20, 3))
    whole[0, 0] = 1
    values = (whole * 2.0**exponent).astype(np.float32)
    assert grids.step_of(values) == 2.0**exponent
    assert np.array_equal(grids.snapped(values, step=2.0**exponent), values)


@pytest.mark.parametrize("scale", [1e-38, 1e-30, 1e-6, 1e6, 1e30, 1e37])
@pytest.mark.parametrize("geometry", COMPRESSED)
def test_absurd_units_do_no_harm(geometry, scale):
    shape = sphere(radius_m=0.2, segments=9).meshes[0].primitives[0]
    points = (shape.positions * np.float32(scale)).astype(np.float32)
    asset = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(replace(shape, attributes={**shape.attributes, "POSITION": points}),)),))
    back = _back(asset, geometry=geometry).meshes[0].primitives[0].positions.astype(float) / scale
    assert cKDTree(back).query(points.astype(float) / scale)[0].max() <= 0.4 / 2**14


def test_numbers_without_a_grid_stay_to_the_bit():
    wild = np.array([[1e30, 1e-30, 0], [np.pi, -1, 1 / 3], [0, 0, 0]], np.float32)
    assert grids.step_of(wild) is None
    shape = Primitive(attributes={"POSITION": np.eye(3, dtype=np.float32), "_PRESSURE": wild, "_TAG": np.array([1, 2, 3], np.int8)})
    asset = Asset(nodes=(Node(mesh=0, part="part"),), meshes=(Mesh(primitives=(shape,)),))
    for geometry in COMPRESSED:
        back = _back(asset, geometry=geometry).meshes[0].primitives[0]
        for name in ("_PRESSURE", "_TAG"):
            assert sorted(back.attributes[name].tolist()) == sorted(shape.attributes[name].tolist()), geometry
            assert back.attributes[name].dtype == shape.attributes[name].dtype


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("geometry", COMPRESSED)
def test_shared_products_stay_whole_and_valid(name, geometry, data, validator):
    asset = read(data / "products" / f"{name}.glb")
    encoding = Encoding(geometry=geometry)
    glb = write_glb(asset, encoding=encoding)
    assert validator.errors(glb) == []
    assert len(glb) < len(write_glb(asset))
    back, promised = read(glb, format="glb"), as_encoded(asset, encoding)
    assert differences(replace(back, meshes=()), replace(asset, meshes=())) == []
    assert [mesh.name for mesh in back.meshes] == [mesh.name for mesh in asset.meshes]
    if geometry == "draco":
        assert quantisation_error_m(asset, encoding) < max(size(asset)) / 2**14
        assert triangle_count(back) >= 0.999 * triangle_count(asset)  # triangles without area are gone
        for before, after in zip(drawn(promised), drawn(back), strict=True):
            assert {tuple(p) for p in after.used_positions.tolist()} <= {tuple(p) for p in before.used_positions.tolist()}
            assert [m.variants for m in after.primitive.variants] == [m.variants for m in before.primitive.variants]
            assert _texture_areas(after) == pytest.approx(_texture_areas(before), rel=2e-3)
    else:
        assert differences(promised, back) == []


@pytest.mark.parametrize("geometry", COMPRESSED)
def test_demo_products_stay_whole_and_valid(geometry, validator):
    files = sorted((ROOT / "assets" / "products").glob("*/*.glb"))
    assert len(files) > 5
    for file in files:
        asset = read(file)
        glb = write_glb(asset, encoding=Encoding(geometry=geometry))
        assert validator.errors(glb) == [], file.name
        back = read(glb, format="glb")
        assert differences(replace(back, meshes=()), replace(asset, meshes=())) == [], file.name
        assert size(back) == pytest.approx(size(asset), abs=max(size(asset)) / 2**13)


def _texture_areas(piece):
    """Return the area of each UV set, and of the surface: what a permutation of vertices may not change."""
    out = [float(np.linalg.norm(np.cross(*_edges(piece.positions, piece.primitive.triangles)), axis=1).sum())]
    for name, array in sorted(piece.primitive.attributes.items()):
        if name.startswith("TEXCOORD"):
            a, b = _edges(array.astype(float), piece.primitive.triangles)
            out.append(float(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()))
    return out


def _edges(points, triangles):
    corners = points[triangles]
    return corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]


def test_draco_is_what_another_decoder_reads():
    shape = sphere(radius_m=0.2, segments=20)
    glb = write_glb(shape, encoding=Encoding(geometry="draco"))
    document, binary = split(glb, Files(None, name="test"))
    record = document["meshes"][0]["primitives"][0]["extensions"]["KHR_draco_mesh_compression"]
    view = document["bufferViews"][record["bufferView"]]
    mesh = DracoPy.decode(bytes(binary[view.get("byteOffset", 0) :][: view["byteLength"]]))
    assert len(mesh.points) == document["accessors"][document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]["count"]
    assert cKDTree(mesh.points).query(shape.meshes[0].primitives[0].positions)[0].max() < 0.4 / 2**14
    assert (mesh.points.min(axis=0) == np.float32(document["accessors"][0]["min"])).all()


def test_a_foreign_mark_on_a_node_is_no_order():
    """The reader takes away only what looks in every respect like its own child nodes."""
    glb = write_glb(_scene(), encoding=Encoding(geometry="quantized"))
    whole = len(read(glb, format="glb").nodes)
    for change in ("rotation", "mesh", "children", "animation"):
        document, binary = split(glb, Files(None, name="test"))
        last = document["nodes"][-1]
        if change == "rotation":
            last["rotation"] = [0, 0, 0, 1]
        elif change == "mesh":
            document["nodes"][0]["mesh"] = last["mesh"]
        elif change == "children":
            document["nodes"].append({"name": "stranger"})
        else:
            document["animations"][0]["channels"][0]["target"]["node"] = len(document["nodes"]) - 1
        assert len(read(join(document, bytes(binary)), format="glb").nodes) > whole
