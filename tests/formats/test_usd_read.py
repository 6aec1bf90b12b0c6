"""Reading USD: what our writer wrote comes back; damaged files never end this process."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings

from arviz.core.animation import at_time
from arviz.core.asset import Animation, Asset, Mesh, Node, Primitive, Source, Track
from arviz.core.errors import ArvizError
from arviz.core.graph import bounds, drawn, local_matrix, size, world_matrices
from arviz.core.image import Image, encode
from arviz.core.material import EncodedImage, Material, Texture, TextureInfo
from arviz.core.parts import Anchor, Joint, Slot, anchor_to_json
from arviz.formats.read import read
from arviz.formats.usdz.uv import channel_of, st_from_uv
from arviz.formats.usdz.write import write_usdz
from arviz.testing.shapes import box
from arviz.testing.strategies import assets
from tests.conftest import ROOT
from tests.formats.usda_text import load, pixels, shown
from tests.seeds import drawn_seed

OURS = ["glasses", "lamp", "fridge", "picture", "recliner", "sofa"]
SHARED = ["GlamVelvetSofa", "MaterialsVariantsShoe", "SheenChair", "SunglassesKhronos", "LightsPunctualLamp"]


def soup(asset, *, variant=None):
    """Return the sorted corners of all triangles in the world, with normals, coordinates and what they wear."""
    rows = []
    for piece in drawn(asset):
        primitive = piece.primitive
        number = primitive.material_for(variant)
        material = Material() if number is None else asset.materials[number]
        info = material.base_color_texture
        corners = primitive.triangles
        keep = np.ones(len(corners), bool)
        a, b, c = piece.positions[corners].transpose(1, 0, 2)
        keep = np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-12
        values = [piece.positions[corners].reshape(len(corners), -1)]
        if "NORMAL" in primitive.attributes:
            values.append(primitive.attributes["NORMAL"][corners].reshape(len(corners), -1))
        if info is not None and f"TEXCOORD_{channel_of(info).texcoord}" in primitive.attributes:
            uv = primitive.attributes[f"TEXCOORD_{channel_of(info).texcoord}"]
            values.append(st_from_uv(channel_of(info), uv)[corners].reshape(len(corners), -1))
        rows.append((piece.node, np.concatenate(values, axis=1)[keep], material))
    return rows


def assert_same_shape(before, after, *, variant=None, atol=2e-6):
    ours, theirs = soup(before, variant=variant), soup(after, variant=variant)
    assert len(ours) == len(theirs)
    unused = list(theirs)
    for node, rows, material in ours:
        name = before.nodes[node].name
        fitting = [each for each in unused if after.nodes[each[0]].name == name and each[1].shape == rows.shape]
        same = [each for each in fitting if np.allclose(each[1], rows, atol=atol * max(1, np.abs(rows).max(initial=0)))]
        assert same, name
        unused = [each for each in unused if each is not same[0]]
        assert (same[0][2].base_color_texture is None) == (material.base_color_texture is None)


def assert_same_product(before, after):
    reached = list(world_matrices(before))
    names = sorted(before.nodes[i].name for i in reached)
    assert sorted(node.name for node in after.nodes) == names
    parts = sorted(before.nodes[i].part for i in reached if before.nodes[i].part)
    assert sorted(node.part for node in after.nodes if node.part) == parts
    assert after.variants == before.variants
    assert_same_shape(before, after)
    for variant in range(len(before.variants)):
        assert_same_shape(before, after, variant=variant)


@pytest.mark.parametrize("name", OURS)
def test_our_products_come_back(name):
    asset = read(ROOT / "assets" / "products" / name / f"{name}.glb")
    after = load(write_usdz(asset).data)
    assert_same_product(asset, after)
    assert {each.id for each in after.joints} == {each.id for each in asset.joints}
    assert [(node.name, node.anchor.kind) for node in after.nodes if node.anchor] == [
        (node.name, node.anchor.kind) for node in asset.nodes if node.anchor
    ]


@pytest.mark.parametrize("name", SHARED)
def test_shared_products_come_back(name, data):
    asset = read(data / "products" / f"{name}.glb")
    written = write_usdz(asset)
    after = load(written.data)
    assert_same_product(asset, after)
    assert size(after) == pytest.approx(size(asset), abs=1e-7)
    inside = {content for path, content in package(written.data).items() if path.startswith("textures/")}
    assert {image.data for image in after.images} <= inside, "pictures come out as they went in"


def package(data):
    from arviz.core.limits import DEFAULT_LIMITS
    from arviz.formats.usdz.archive import read_directory

    return {entry.name: entry.content(data) for entry in read_directory(data, where="x", limits=DEFAULT_LIMITS)}


@given(assets())
@settings(max_examples=30)
def test_any_asset_comes_back(asset):
    if not any(len(piece.primitive.triangles) for piece in drawn(asset)):
        return
    try:
        after = load(write_usdz(asset).data)
    except ArvizError as error:
        assert error.code == "E_NO_TRIANGLES"  # noqa: PT017
        return
    box_ = bounds(after)
    kept = np.concatenate([rows[:, :9].reshape(-1, 3) for _, rows, _ in soup(asset)] or [np.zeros((0, 3))])
    if len(kept):
        scale = max(1.0, np.abs(kept).max())
        assert np.allclose(box_, [kept.min(0), kept.max(0)], atol=1e-5 * scale)


def test_joints_slots_anchors_and_size_come_back():
    wood, steel = Material(name="wood"), Material(name="steel", metallic_factor=1)
    (made,) = box(size_m=(0.4, 0.5, 0.6)).meshes[0].primitives
    mesh = Mesh(name="door", primitives=(Primitive(attributes=made.attributes, indices=made.indices, material=0),))
    hinge = Anchor(id="left", kind="hinge", normal=(1, 0, 0), up=(0, 0, 1), width_m=0.02, label={"en": "Hinge"})
    product = Asset(
        nodes=(
            Node(name="body", children=(1, 2)),
            Node(name="door", mesh=0, part="door", rotation=(0, 0.6, 0, 0.8)),
            Node(name="ARVIZ_hinge_left", anchor=hinge, translation=(0.1, 0, 0)),
        ),
        meshes=(mesh,),
        materials=(wood, steel),
        joints=(Joint(id="swing", node=1, kind="revolute", axis=(0, 1, 0), min=0, max=1.5),),
        slots=(Slot(id="finish", parts=("door",), choices={"wood": 0, "none": None}),),
        declared_size_m=(0.4, 0.5, 0.6),
        source=Source(name="x", format="gltf", unit="m", unit_source="format"),
    )
    after = load(write_usdz(product).data)
    (joint,) = after.joints
    assert (joint.id, joint.kind, joint.axis, joint.max, after.nodes[joint.node].name) == ("swing", "revolute", (0, 1, 0), 1.5, "door")
    (slot,) = after.slots
    assert (slot.parts, slot.choices["none"], after.materials[slot.choices["wood"]].name) == (("door",), None, "wood")
    anchor = next(node.anchor for node in after.nodes if node.anchor)
    assert anchor_to_json(anchor) == anchor_to_json(hinge)
    assert after.declared_size_m == pytest.approx((0.4, 0.5, 0.6))
    door = next(node for node in after.nodes if node.name == "door")
    assert local_matrix(door) == pytest.approx(local_matrix(product.nodes[1]), abs=1e-6)


def test_movement_comes_back():
    cube = box(size_m=(0.1, 0.1, 0.1))
    turn = [(0, 0, 0, 1), (0, math.sin(1), 0, math.cos(1)), (0, math.sin(2), 0, math.cos(2))]
    tracks = (
        Track(node=0, path="rotation", times=[0, 1, 2], values=turn),
        Track(node=0, path="translation", times=[0, 2], values=[(0, 0, 0), (1, 2, 3)]),
    )
    product = Asset(nodes=(Node(name="fan", mesh=0),), meshes=cube.meshes, materials=cube.materials, animations=(Animation(tracks=tracks),))
    after = load(write_usdz(product).data)
    for time_s in (0.0, 0.5, 1.0, 1.7, 2.0):
        expected, found = (world_matrices(at_time(each, animation=0, time_s=time_s))[0] for each in (product, after))
        assert found == pytest.approx(expected, abs=0.02 if time_s % 1 else 1e-5)


def test_the_child_and_strangers():
    cube = box(size_m=(0.1, 0.2, 0.3))
    picture = EncodedImage(data=encode(Image(pixels=pixels()), "PNG"), mime_type="image/png")
    coordinates = {**cube.meshes[0].primitives[0].attributes}
    coordinates["TEXCOORD_0"] = np.zeros((len(coordinates["POSITION"]), 2), np.float32)
    mesh = Mesh(primitives=(Primitive(attributes=coordinates, indices=cube.meshes[0].primitives[0].indices, material=0),))
    product = Asset(
        nodes=(Node(name="a\u202eb", mesh=0),),
        meshes=(mesh,),
        materials=(Material(base_color_texture=TextureInfo(texture=0)),),
        textures=(Texture(image=0),),
        images=(picture,),
    )
    written = write_usdz(product).data
    mine, strange = read(written, format="usdz"), read(written, format="usdz", trust="untrusted")
    assert size(mine) == size(strange) == pytest.approx((0.1, 0.2, 0.3))
    assert [node.name for node in strange.nodes] == ["ab"]
    assert (shown(strange, strange.materials[0].base_color_texture) == pixels()).all()


def test_damaged_files_are_told():
    whole = write_usdz(read(ROOT / "assets" / "products" / "picture" / "picture.glb")).data
    rng = random.Random(drawn_seed())
    for _ in range(3):
        damaged = bytearray(whole[: rng.randrange(30, len(whole))] if rng.random() < 0.2 else whole)
        for _ in range(rng.choice([1, 10, 100])):
            damaged[rng.randrange(100, min(len(damaged), 20_000))] = rng.randrange(256)
        assert outcome(bytes(damaged)) in (0, 3, 4)


def outcome(content):
    """Return the exit code that a file ends with."""
    try:
        return 0 if read(content, format="usdz").meshes else None
    except ArvizError as error:
        return error.exit_code
