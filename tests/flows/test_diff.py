"""Two files differ in what was changed, and in nothing else."""

from dataclasses import replace

import pytest

from arviz.core.image import decode
from arviz.core.material import Material
from arviz.core.parts import Anchor
from arviz.core.reframe import transform_roots
from arviz.core.transforms import similarity
from arviz.flows.diff import diff
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.ops.anchors import add_anchor
from arviz.ops.simplify import simplified
from arviz.testing.shapes import box
from tests.formats.test_read import BOX

LISTS = ("parts", "names", "materials", "variants", "extensions", "animations", "joints", "slots", "anchors")


@pytest.fixture
def shoe(data, tmp_path):
    return data / "products" / "MaterialsVariantsShoe.glb"


def compared(path, asset, tmp_path, **options):
    (tmp_path / "second.glb").write_bytes(write_glb(asset))
    return diff(path, tmp_path / "second.glb", **options)


def changes(told):
    return {(name, how) for name in LISTS for how, rows in told[name].items() if rows}


def test_a_product_is_itself(shoe, tmp_path):
    told = compared(shoe, read(shoe), tmp_path, pictures=False)
    assert told["identical"]
    assert told["kept"]
    assert changes(told) == set()
    assert all(before == after for before, after in told["counts"].values())


def test_equal_pictures_are_equal_and_others_are_not(tmp_path):
    crate = box(size_m=(1, 1, 1), material=Material(base_color_factor=(0.8, 0.2, 0.1, 1)))
    first = tmp_path / "first.glb"
    first.write_bytes(write_glb(crate))
    told = compared(first, crate, tmp_path, out=tmp_path / "sheet.png")
    assert told["pictures"] == {"pooled_db": None, "worst_ssim": 1.0, "looks": 1}
    sheet = decode((tmp_path / "sheet.png").read_bytes()).pixels
    assert sheet.shape == (4 * 512, 3 * 512, 3)
    assert (sheet[:, 1024:] == 255).all()
    assert (sheet[:, :1024] < 250).any()
    other = replace(crate, materials=(replace(crate.materials[0], base_color_factor=(0.2, 0.7, 0.1, 1)),))
    told = compared(first, other, tmp_path, out=tmp_path / "other.png")
    assert told["pictures"]["pooled_db"] < 30
    assert (decode((tmp_path / "other.png").read_bytes()).pixels[:, 1024:] < 128).any()


def test_each_change_is_told_and_no_other(shoe, tmp_path):
    asset = read(shoe)
    red = replace(asset.materials[0], base_color_factor=(1.0, 0.1, 0.1, 1.0))
    told = compared(shoe, replace(asset, materials=(red, *asset.materials[1:])), tmp_path, pictures=False)
    assert changes(told) == {("materials", "changed")}
    assert told["materials"]["changed"] == [{"name": "phong1SG", "changed": ["base_color_factor"]}]
    renamed = replace(asset, nodes=tuple(replace(node, name=f"{node.name}!") for node in asset.nodes))
    assert changes(compared(shoe, renamed, tmp_path, pictures=False)) == {("names", "missing"), ("names", "new")}
    fewer = simplified(asset, triangles=8000).asset
    told = compared(shoe, fewer, tmp_path, pictures=False)
    assert changes(told) == {("parts", "changed")}
    assert told["counts"]["triangles"][1] <= 8000
    assert told["kept"]
    moved = compared(shoe, transform_roots(asset, similarity(translation=(0.01, 0, 0))), tmp_path, pictures=False)
    assert moved["size_mm"]["moved"] == pytest.approx(10, abs=0.01)
    assert [row["moved_mm"] for row in moved["parts"]["changed"]] == pytest.approx([10] * len(moved["parts"]["changed"]), abs=0.01)


def test_what_is_lost_is_told(shoe, tmp_path):
    asset = read(shoe)
    bare = replace(asset, variants=(), variant_extras=(), meshes=tuple(
        replace(mesh, primitives=tuple(replace(p, variants=()) for p in mesh.primitives)) for mesh in asset.meshes
    ))  # fmt: skip
    told = compared(shoe, bare, tmp_path, pictures=False)
    assert told["variants"]["missing"] == list(asset.variants)
    assert told["extensions"]["missing"] == ["KHR_materials_variants"]
    assert not told["kept"]
    first = add_anchor(asset, Anchor(id="a", kind="mount"), point_m=(0, 0, 0))
    (tmp_path / "first.glb").write_bytes(write_glb(first))
    told = compared(tmp_path / "first.glb", asset, tmp_path, pictures=False)
    assert told["anchors"]["missing"] == ["ARVIZ_mount_a"]
    other = add_anchor(asset, Anchor(id="a", kind="mount"), point_m=(0, 0.003, 0))
    told = compared(tmp_path / "first.glb", other, tmp_path, pictures=False)
    assert told["anchors"]["changed"] == [{"name": "ARVIZ_mount_a", "moved_mm": 3.0}]


def test_a_unit_is_that_of_files_without_one(tmp_path):
    (tmp_path / "box.obj").write_text(BOX)
    (tmp_path / "box.glb").write_bytes(write_glb(read(tmp_path / "box.obj", unit="cm")))
    told = diff(tmp_path / "box.obj", tmp_path / "box.glb", unit="cm", pictures=False)
    assert [told["size_mm"][side] for side in ("width", "depth", "height")] == [[40, 40], [10, 10], [20, 20]]
    assert told["size_mm"]["moved"] == 0
    assert (told["parts"]["changed"], told["findings"]) == ([], [])
    unsaid = diff(tmp_path / "box.obj", tmp_path / "box.glb", pictures=False)
    assert unsaid["size_mm"] is None
    assert [(finding["code"], finding["where"]) for finding in unsaid["findings"]] == [("W_UNIT_UNKNOWN", "box.obj")]
