"""Writing USDZ: what OpenUSD reads back is the product, its looks, its size."""

import io
import math
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.asset import Animation, Asset, Mesh, Node, Primitive, Source, Track, VariantMapping
from arviz.core.errors import UnitError
from arviz.core.graph import bounds, drawn, triangle_count
from arviz.core.material import Material, TextureInfo
from arviz.core.parts import Anchor, Joint, Slot
from arviz.core.sheen import sheen_albedo
from arviz.formats.read import read
from arviz.formats.usdz.animation import samples
from arviz.formats.usdz.names import identifier, identifiers
from arviz.formats.usdz.rules import check_usdz
from arviz.formats.usdz.uv import Channel, channel_of, st_from_uv
from arviz.formats.usdz.write import write_usdz
from arviz.testing.shapes import box, cube, degenerate, joined, plane
from arviz.testing.strategies import assets
from tests.conftest import ROOT
from tests.formats.usd_scenes import bound, meshes, opened, world_points

SHARED = ["DamagedHelmet", "GlamVelvetSofa", "LightsPunctualLamp", "MaterialsVariantsShoe", "Mixer", "SheenChair", "SunglassesKhronos"]
OURS = ["sofa", "glasses", "lamp"]


@pytest.fixture(scope="module")
def product(data):
    """Return ``product(name)``: (Asset, Usdz), made once."""
    made = {}

    def get(name):
        if name not in made:
            path = ROOT / "assets" / "products" / name / f"{name}.glb" if name in OURS else data / "products" / f"{name}.glb"
            asset = read(path)
            made[name] = asset, write_usdz(asset)
        return made[name]

    return get


@pytest.mark.parametrize("name", [*OURS, *SHARED])
def test_products_pass_openusd_and_our_rules(name, product):
    _, usdz = product(name)
    report = check_usdz(usdz.data)
    assert report.findings == ()
    assert (report.figures["up_axis"], report.figures["metres_per_unit"], report.figures["default_prim"]) == ("Y", 1.0, "Root")


@pytest.mark.parametrize("name", [*OURS, *SHARED])
def test_products_keep_triangles_meshes_and_variants(name, product):
    asset, usdz = product(name)
    figures = check_usdz(usdz.data).figures
    assert figures["triangles"] == usdz.triangles == triangle_count(asset)
    assert figures["meshes"] == len(list(drawn(asset)))
    assert [original for _, original in usdz.variants] == list(asset.variants)
    assert sorted(figures["variants"].get("material", ())) == sorted(identifier for identifier, _ in usdz.variants)


@pytest.mark.parametrize("name", [*OURS, *SHARED])
def test_products_lie_where_they_lay(name, product, tmp_path):
    from pxr import Usd, UsdGeom

    asset, usdz = product(name)
    with opened(usdz.data, tmp_path) as stage:
        points = np.concatenate(world_points(stage))
        cache = UsdGeom.BBoxCache(Usd.TimeCode.Default(), ["default"])
        box_ = cache.ComputeWorldBound(stage.GetDefaultPrim()).ComputeAlignedRange()
        prims = [str(mesh.GetPrim().GetName()) for mesh in meshes(stage)]
    truth = bounds(asset)
    assert np.allclose([points.min(0), points.max(0)], truth, atol=1e-5)
    # The cache turns boxes, not points, so for turned nodes it may only be larger.
    assert (np.array(box_.GetMin()) <= truth[0] + 1e-5).all()
    assert (np.array(box_.GetMax()) >= truth[1] - 1e-5).all()
    assert len(prims) == len(list(drawn(asset)))


@pytest.mark.parametrize("name", ["sofa", "glasses", "GlamVelvetSofa", "MaterialsVariantsShoe", "SheenChair"])
def test_each_variant_binds_its_materials(name, product, tmp_path):
    asset, usdz = product(name)
    pieces = [piece.primitive for piece in drawn(asset)]
    paths, looks = {}, set()
    for index, (variant, _) in enumerate(usdz.variants):
        with opened(usdz.data, tmp_path, variant=variant) as stage:
            prims = [bound(mesh).GetPrim() for mesh in meshes(stage)]
            expected = [piece.material_for(index) for piece in pieces]
            assert [prim.GetDisplayName() for prim in prims] == [asset.materials[m].name for m in expected]
            for material, prim in zip(expected, prims, strict=True):
                assert paths.setdefault(material, str(prim.GetPath())) == str(prim.GetPath())
            looks.add(tuple(str(prim.GetPath()) for prim in prims))
    assert len(set(paths.values())) == len(paths)  # materials of one name stay apart
    assert len(looks) == len(asset.variants)  # each variant is another look
    with opened(usdz.data, tmp_path) as stage:
        selected = stage.GetDefaultPrim().GetVariantSets().GetVariantSet("material").GetVariantSelection()
        default = [str(bound(mesh).GetPrim().GetPath()) for mesh in meshes(stage)]
    assert selected == usdz.selected
    assert default == [paths[piece.material] for piece in pieces]


@pytest.mark.parametrize("name", ["sofa", "SheenChair", "LightsPunctualLamp"])
def test_every_texture_is_used_and_resolves_inside_the_package(name, product, tmp_path):
    from pxr import UsdShade

    _, usdz = product(name)
    used = set()
    with opened(usdz.data, tmp_path) as stage:
        for prim in stage.Traverse():
            if prim.GetTypeName() == "Shader" and UsdShade.Shader(prim).GetShaderId() == "UsdUVTexture":
                path = UsdShade.Shader(prim).GetInput("file").Get()
                assert path.resolvedPath.endswith(f"product.usdz[{path.path.removeprefix('./')}]")
                used.add(path.path.removeprefix("./"))
    assert used == {name for name, _ in usdz.textures}
    with zipfile.ZipFile(io.BytesIO(usdz.data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["model.usdc", *(name for name, _ in usdz.textures)]


@settings(max_examples=15)
@given(assets())
def test_random_products_are_valid_and_lie_right(asset):
    usdz = write_usdz(asset)
    report = check_usdz(usdz.data)
    assert report.errors == ()
    assert report.figures["triangles"] == triangle_count(asset)


@settings(max_examples=10)
@given(assets())
def test_same_product_same_bytes(asset):
    assert write_usdz(asset).data == write_usdz(asset).data


def test_random_points_lie_right(tmp_path):
    # One hypothesis-free seed per case: opening stages in a hypothesis test would need a folder for each example.
    for seed in range(4):
        rng = np.random.default_rng(seed)
        inner = replace(box(size_m=tuple(rng.uniform(0.1, 1, 3))).nodes[0], name="in", translation=rng.normal(size=3), scale=(1, -2, 0.5))
        turn = rng.normal(size=4)
        outer = Node(name="out", children=(0,), rotation=turn / np.linalg.norm(turn), translation=rng.normal(size=3))
        asset = replace(box(size_m=(1, 2, 3)), nodes=(inner, outer), scenes=())
        with opened(write_usdz(asset).data, tmp_path) as stage:
            (points,) = world_points(stage)
        (piece,) = drawn(asset)
        assert np.allclose(points, piece.positions, atol=1e-5)


# --- texture coordinates -----------------------------------------------------------------------------------------------


@given(
    st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
    st.floats(-4, 4),
    st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
    st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
)
def test_texture_transform_is_that_of_gltf(scale, rotation, offset, uv):
    """The same texel: USD's st, turned back to a top-left origin, is glTF's T R S uv (matrices of the extension)."""
    t = np.array([[1, 0, offset[0]], [0, 1, offset[1]], [0, 0, 1]])
    r = np.array([[math.cos(rotation), math.sin(rotation), 0], [-math.sin(rotation), math.cos(rotation), 0], [0, 0, 1]])
    s = np.diag([*scale, 1])
    u, v, _ = t @ r @ s @ [*uv, 1]
    info = TextureInfo(texture=0, extensions={"KHR_texture_transform": {"scale": scale, "rotation": rotation, "offset": offset}})
    (found,) = st_from_uv(channel_of(info), np.array([uv]))
    assert np.allclose(found, (u, 1 - v), atol=1e-5)


def test_texture_transform_worked_by_hand():
    assert np.allclose(st_from_uv(Channel(), np.array([[0.25, 0.1]])), [[0.25, 0.9]])
    # A quarter turn counter-clockwise takes what lies to the right (1, 0) up, which is v = -1 in glTF.
    assert np.allclose(st_from_uv(Channel(rotation_rad=math.pi / 2), np.array([[1.0, 0.0]])), [[0, 2]], atol=1e-6)


def test_a_transform_that_is_not_finite_is_none():
    info = TextureInfo(texture=0, extensions={"KHR_texture_transform": {"scale": [math.nan, 1], "texCoord": 1}})
    assert channel_of(info) == Channel(texcoord=1)


# --- looks -------------------------------------------------------------------------------------------------------------


def two_looks(**changes):
    """Return a cube with two variants that its default look is none of."""
    materials = tuple(Material(name=name, base_color_factor=(i / 3, 0, 0, 1), double_sided=i == 2) for i, name in enumerate("abc"))
    asset = cube(material=materials[0])
    (primitive,) = asset.meshes[0].primitives
    mappings = (VariantMapping(material=1, variants=(0,)), VariantMapping(material=2, variants=(1,)))
    mesh = Mesh(primitives=(replace(primitive, variants=mappings),))
    return replace(asset, meshes=(mesh,), materials=materials, variants=("Red!", "red?"), **changes)


def test_a_default_look_of_its_own_becomes_a_variant(tmp_path):
    usdz = write_usdz(two_looks())
    assert usdz.variants == (("Default", "Default"), ("Red_", "Red!"), ("red__2", "red?"))
    assert usdz.selected == "Default"
    assert [f.code for f in usdz.findings] == ["I_USD_DEFAULT_LOOK"]
    for (variant, _), (material, double_sided) in zip(usdz.variants, (("a", False), ("b", False), ("c", True)), strict=True):
        with opened(usdz.data, tmp_path, variant=variant) as stage:
            (mesh,) = meshes(stage)
            assert bound(mesh).GetPrim().GetDisplayName() == material
            assert mesh.GetDoubleSidedAttr().Get() is double_sided


def test_names_are_identifiers_and_the_originals_are_kept(tmp_path):
    assert [identifier(name) for name in ("Pale Pink", "2nd", "Größe", "沙发", "")] == ["Pale_Pink", "_2nd", "Groe", "unnamed", "unnamed"]
    assert identifiers(["a b", "a_b", "A b"], default="x") == ["a_b", "a_b_2", "A_b_3"]
    with opened(write_usdz(two_looks()).data, tmp_path) as stage:
        assert stage.GetDefaultPrim().GetCustomDataByKey("arviz:variants") == {"Default": "Default", "Red_": "Red!", "red__2": "red?"}


def test_parts_anchors_joints_and_slots_are_carried(tmp_path):
    asset = cube(material=Material(name="oak"))
    anchor = Anchor(id="seat", kind="contact", width_m=0.5, label={"en": "seat", "zh": "座"})
    nodes = (replace(asset.nodes[0], part="door-left", children=(1,)), Node(name=anchor.node_name, anchor=anchor))
    asset = replace(
        asset,
        nodes=nodes,
        scenes=(),
        joints=(Joint(id="hinge", node=0, kind="revolute", axis=(0, 1, 0), min=0, max=1.5),),
        slots=(Slot(id="wood", parts=("door-left",), choices={"Oak": 0, "None": None}),),
        declared_size_m=(1, 2, 3),
    )
    usdz = write_usdz(asset)
    with opened(usdz.data, tmp_path) as stage:
        root = stage.GetDefaultPrim()
        door = stage.GetPrimAtPath("/Root/box")
        seat = stage.GetPrimAtPath("/Root/box/ARVIZ_contact_seat")
        assert door.GetCustomDataByKey("arviz:part") == "door-left"
        joint = door.GetCustomDataByKey("arviz:joint")
        assert (joint["id"], joint["kind"], tuple(joint["axis"]), joint["max"]) == ("hinge", "revolute", (0, 1, 0), 1.5)
        point = seat.GetCustomDataByKey("arviz:anchor")
        assert (point["id"], point["width_m"], point["label"]) == ("seat", 0.5, {"en": "seat", "zh": "座"})
        slot = root.GetCustomDataByKey("arviz:slots")["wood"]
        assert list(slot["parts"]) == ["door-left"]
        assert slot["choices"] == {"Oak": "/Root/Materials/oak", "None": ""}
        assert tuple(root.GetCustomDataByKey("arviz:size_m")) == (1, 2, 3)
    assert "W_USD_LOST" in [f.code for f in usdz.findings]  # slots are data only


# --- geometry ----------------------------------------------------------------------------------------------------------


def test_a_broken_mesh_gives_a_sound_one(tmp_path):
    usdz = write_usdz(degenerate())
    assert check_usdz(usdz.data).errors == ()
    assert any("not finite" in f.message for f in usdz.findings)
    with opened(usdz.data, tmp_path) as stage:
        (mesh,) = meshes(stage)
        normals = np.array(mesh.GetNormalsAttr().Get())
        assert np.isfinite(np.array(mesh.GetExtentAttr().Get())).all()
        assert np.isfinite(normals).all()
        lengths = np.linalg.norm(normals, axis=1)
        assert np.all((np.abs(lengths - 1) < 1e-4) | (lengths == 0))


def test_without_normals_faces_are_flat(tmp_path):
    asset = cube()
    (primitive,) = asset.meshes[0].primitives
    bare = Primitive(attributes={"POSITION": primitive.positions}, indices=primitive.indices)
    with opened(write_usdz(replace(asset, meshes=(Mesh(primitives=(bare,)),))).data, tmp_path) as stage:
        (mesh,) = meshes(stage)
        assert mesh.GetNormalsInterpolation() == "faceVarying"
        corners = primitive.attributes["NORMAL"][primitive.indices]
        assert np.allclose(np.array(mesh.GetNormalsAttr().Get()), corners, atol=1e-6)


def test_a_mesh_used_twice_is_there_twice_and_costs_nothing(tmp_path):
    one = plane(divisions=60)
    nodes = (Node(name="left", mesh=0), Node(name="right", mesh=0, translation=(2, 0, 0)))
    two = replace(one, nodes=nodes, scenes=())
    small, large = write_usdz(one), write_usdz(two)
    assert large.triangles == 2 * small.triangles
    assert len(large.data) < len(small.data) + 2000
    with opened(large.data, tmp_path) as stage:
        left, right = world_points(stage)
    assert np.allclose(right - left, (2, 0, 0), atol=1e-6)


def test_morphs_and_points_are_reported(tmp_path):
    asset = cube()
    (primitive,) = asset.meshes[0].primitives
    lifted = replace(primitive, targets=({"POSITION": np.tile(np.float32([0, 1, 0]), (24, 1))},))
    dots = replace(primitive, mode=0)
    usdz = write_usdz(replace(asset, meshes=(Mesh(primitives=(lifted, dots), weights=(0.5,)),)))
    assert {f.code for f in usdz.findings} == {"W_USD_LOST", "I_USD_BAKED"}
    with opened(usdz.data, tmp_path) as stage:
        (points,) = world_points(stage)
    assert np.allclose(points.mean(0), (0, 0.5, 0), atol=1e-6)


def test_skins_stand_at_rest(tmp_path):
    from arviz.core.asset import Skin

    asset = cube()
    (primitive,) = asset.meshes[0].primitives
    attributes = {**primitive.attributes, "JOINTS_0": np.zeros((24, 4), np.uint8), "WEIGHTS_0": np.tile(np.float32([1, 0, 0, 0]), (24, 1))}
    bone = Node(name="bone", translation=(0, 2, 0), rotation=(0, 0, math.sqrt(0.5), math.sqrt(0.5)))
    body = Node(name="body", mesh=0, skin=0, translation=(9, 9, 9), scale=(3, 3, 3))
    mesh = Mesh(primitives=(replace(primitive, attributes=attributes),))
    asset = Asset(nodes=(body, bone), meshes=(mesh,), skins=(Skin(joints=(1,)),))
    with opened(write_usdz(asset).data, tmp_path) as stage:
        (points,) = world_points(stage)
        (prim,) = meshes(stage)
        normals = np.array(prim.GetNormalsAttr().Get())
    (piece,) = drawn(asset)
    assert np.allclose(points, piece.positions, atol=1e-5)
    turned = primitive.attributes["NORMAL"] @ np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1]])
    assert np.allclose(normals, turned, atol=1e-5)


def test_an_unknown_unit_is_refused():
    asset = replace(cube(), source=Source(name="x.obj", format="obj", unit=None, unit_source="unknown"))
    with pytest.raises(UnitError):
        write_usdz(asset)


# --- animation ---------------------------------------------------------------------------------------------------------


def animated(*tracks):
    return replace(joined(cube(), cube()), animations=(Animation(tracks=tracks),))


def test_node_animations_become_time_samples(tmp_path):
    from pxr import UsdGeom

    half = math.sqrt(0.5)
    move = Track(node=0, path="translation", times=[0, 2], values=[[0, 0, 0], [4, 0, 0]])
    turn = Track(node=0, path="rotation", times=[0, 2], values=[[0, 0, 0, 1], [0, half, 0, half]])
    usdz = write_usdz(animated(move, turn))
    assert check_usdz(usdz.data).figures["animation_s"] == pytest.approx(2)
    with opened(usdz.data, tmp_path) as stage:
        rate = stage.GetTimeCodesPerSecond()
        form = UsdGeom.Xformable(stage.GetPrimAtPath("/Root/box_0"))
        matrix = np.array(form.GetLocalTransformation(1.0 * rate)).T
    assert np.allclose(matrix[:3, 3], (2, 0, 0), atol=1e-5)
    assert np.allclose(matrix[:3, :3] @ [0, 0, 1], (half, 0, half), atol=1e-5)  # half of a quarter turn


def test_steps_hold_and_splines_curve():
    step = Track(node=0, path="translation", times=[0, 1, 2], values=[[0, 0, 0], [1, 0, 0], [5, 0, 0]], interpolation="STEP")
    times, values = samples(step)
    assert np.interp([0.5, 0.99, 1.0, 1.5, 2.0], times, values[:, 0]) == pytest.approx([0, 0, 1, 1, 5])
    keys = np.zeros((2, 3, 3))
    keys[1, 1, 0] = 1  # from 0 to 1 with flat tangents: 3 t^2 - 2 t^3
    spline = Track(node=0, path="translation", times=[0, 1], values=keys.reshape(-1, 3), interpolation="CUBICSPLINE")
    times, values = samples(spline)
    assert np.allclose(values[:, 0], 3 * times**2 - 2 * times**3, atol=1e-6)
    assert len(times) > 25


def test_long_and_further_animations_are_reported():
    long = Track(node=0, path="translation", times=[0, 12], values=[[0, 0, 0], [1, 0, 0]])
    asset = animated(long)
    usdz = write_usdz(replace(asset, animations=(*asset.animations, Animation(tracks=(long,), name="second"))))
    assert {f.code for f in usdz.findings} == {"W_USDZ_ANIMATION", "W_USD_LOST"}
    assert "W_USDZ_ANIMATION" in [f.code for f in check_usdz(usdz.data).findings]


def test_sheen_reflects_what_its_integral_says():
    """Monte Carlo over both directions, written in vectors rather than angles."""
    rng = np.random.default_rng(0)
    z = rng.random((2, 400_000))
    turn = rng.random((2, 400_000)) * 2 * np.pi
    v, light = (np.stack([np.sqrt(1 - z[i] ** 2) * np.cos(turn[i]), np.sqrt(1 - z[i] ** 2) * np.sin(turn[i]), z[i]]) for i in range(2))
    h = v + light
    n_h = h[2] / np.linalg.norm(h, axis=0)
    power = 1 / 0.8**2
    lobe = (2 + power) * (1 - n_h**2) ** (power / 2) / (2 * np.pi) / (4 * (z[0] + z[1] - z[0] * z[1]))
    # Views weighted by 2 v over the hemisphere, light by its cosine: 2 pi is the solid angle.
    assert sheen_albedo(0.8) == pytest.approx((lobe * z[1] * 2 * np.pi * 2 * z[0]).mean(), abs=3e-3)
