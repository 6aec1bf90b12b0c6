"""The first journey, end to end on real files: true size, nothing lost, nothing overwritten, nothing half-written."""

import hashlib
import json
import os
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

import arviz
from arviz.core.compare import differences
from arviz.core.errors import ArvizError, InputError, UnitError
from arviz.core.graph import bounds, size
from arviz.flows.convert import convert, convert_all
from arviz.flows.prepare import Options
from arviz.formats.files import Files
from arviz.formats.gltf.container import join, split
from arviz.formats.read import read
from tests.formats.test_read import BOX

PRODUCTS = ["DamagedHelmet", "GlamVelvetSofa", "LightsPunctualLamp", "MaterialsVariantsShoe", "Mixer", "SheenChair", "SunglassesKhronos"]


@pytest.fixture
def box(tmp_path):
    path = tmp_path / "box.obj"
    path.write_text(BOX)
    return path


def _codes(result):
    return [finding["code"] for finding in result.report["findings"]]


@pytest.mark.parametrize("name", PRODUCTS)
def test_shared_products_become_valid_masters_that_stand_at_the_origin(name, data, tmp_path, validator):
    source = data / "products" / f"{name}.glb"
    result = convert(source, out=tmp_path)
    glb = result.files["master"].read_bytes()
    assert result.ok
    assert validator.errors(glb) == []
    before, after = read(source), read(glb, format="glb")
    assert size(after) == pytest.approx(size(before), rel=1e-6)
    box = bounds(after)
    assert np.allclose([box[:, 0].mean(), box[0, 1], box[:, 2].mean()], 0, atol=2e-6 * np.abs(box).max())
    assert after.variants == before.variants
    assert [node.name for node in after.nodes] == [node.name for node in before.nodes]
    assert [image.data for image in after.images] == [image.data for image in before.images]
    output = result.report["outputs"][0]
    assert output["sha256"] == hashlib.sha256(glb).hexdigest()
    assert output["bytes"] == len(glb)
    assert json.loads(result.files["report"].read_text()) == result.report
    poster = arviz.core.image.decode(result.files["poster"].read_bytes())
    assert poster.pixels[0, 0].min() >= 254  # pure white, but for the encoder's rounding
    assert (poster.pixels.min(axis=2) < 250).mean() > 0.02


def test_the_listed_size_tells_inches(data, tmp_path):
    result = convert(data / "formats" / "featuretype.STL", out=tmp_path, size="127x63.5x34.925mm")
    assert result.ok
    unit = result.report["unit"]
    assert (unit["unit"], unit["source"]) == ("in", "listing")
    assert unit["confidence"] > 0.98
    assert {a["unit"] for a in unit["alternatives"]} <= {"mm", "cm", "m", "ft"}
    sides = result.report["size_mm"]
    assert (sides["width"], sides["depth"], sides["height"]) == pytest.approx((127, 63.5, 34.925), abs=1e-3)


@pytest.mark.parametrize("name", ["featuretype.STL", "fuze.obj", "cube_blender_uv.ply"])
def test_files_without_a_unit_are_refused_with_the_candidates(name, data, tmp_path):
    with pytest.raises(UnitError) as caught:
        convert(data / "formats" / name, out=tmp_path)
    assert caught.value.code == "E_UNIT_NEEDED"
    assert "--unit cm" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["featuretype.STL", "fuze.obj", "cube_blender_uv.ply", "cubevc.glb"])
def test_shared_formats_convert_with_a_unit(name, data, tmp_path, validator):
    result = convert(data / "formats" / name, out=tmp_path, unit="cm")
    glb = result.files["master"].read_bytes()
    assert validator.errors(glb) == []
    assert size(read(glb, format="glb")) == pytest.approx(size(read(data / "formats" / name, unit="cm")), rel=1e-5)
    assert all("NORMAL" in p.attributes for mesh in read(glb, format="glb").meshes for p in mesh.primitives)


def test_a_product_off_its_listing_fails_but_is_written(box, tmp_path):
    result = convert(box, out=tmp_path / "o", unit="m", size="4x1x2.2m")
    assert not result.ok
    assert _codes(result).count("E_SIZE") == 1
    assert all(path.is_file() for path in result.files.values())


def test_swapped_axes_are_named_never_swapped(box, tmp_path):
    result = convert(box, out=tmp_path / "o", size="4x2x1m")  # the box is 4 wide, 1 deep, 2 high
    assert "E_SIZE_AXES" in _codes(result)
    assert result.report["unit"]["unit"] == "m"
    assert result.report["size_mm"]["height"] == 2000
    turned = convert(box, out=tmp_path / "o", name="turned", size="4x2x1m", up="+Z", front="-Y")
    assert turned.ok


def test_an_absurd_glb_is_a_warning_and_an_error_only_against_a_listing(data, tmp_path):
    scaled = arviz.write_glb(arviz.core.reframe.rescale(read(data / "products" / "Mixer.glb"), 1000))
    (tmp_path / "saw.glb").write_bytes(scaled)
    result = convert(tmp_path / "saw.glb", out=tmp_path / "o")
    assert result.ok
    assert "W_SIZE_IMPLAUSIBLE" in _codes(result)
    assert not convert(data / "products" / "DamagedHelmet.glb", out=tmp_path / "o", size="24x30x26cm").ok


def test_unlisted_sides_are_not_checked(box, tmp_path):
    assert convert(box, out=tmp_path / "o", unit="m", size=(None, 2.0, None)).ok


def test_nothing_is_overwritten_without_force(box, tmp_path):
    first = convert(box, out=tmp_path / "o", unit="cm")
    stamp = first.files["master"].read_bytes()
    with pytest.raises(InputError) as caught:
        convert(box, out=tmp_path / "o", unit="m")
    assert caught.value.code == "E_OUTPUT_EXISTS"
    assert first.files["master"].read_bytes() == stamp
    assert convert(box, out=tmp_path / "o", unit="m", force=True).files["master"].read_bytes() != stamp


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(box, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError) as caught:
        convert(box, out=tmp_path / "file", unit="m")  # the output folder is a file
    assert caught.value.code == "E_OUTPUT_UNWRITABLE"
    closed = tmp_path / "closed"
    closed.mkdir()
    os.chmod(closed, stat.S_IRUSR | stat.S_IXUSR)
    if os.access(closed, os.W_OK):
        return  # root may write anywhere; the case above is the same branch
    with pytest.raises(InputError):
        convert(box, out=closed, unit="m")


def test_two_inputs_of_one_name_are_an_error_that_names_both(box, tmp_path):
    other = tmp_path / "sub" / "BOX.obj"
    other.parent.mkdir()
    other.write_text(BOX)
    with pytest.raises(InputError) as caught:
        list(convert_all([box, other], out=tmp_path / "o", options=Options(unit="m")))
    assert caught.value.code == "E_NAME_TWICE"
    assert str(box) in str(caught.value)
    assert str(other) in str(caught.value)
    results = list(convert_all([box, other], out=tmp_path / "o", options=Options(unit="m"), names=["a", "b"]))
    assert [result.name for result in results] == ["a", "b"]


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "a:b", "nul\0"])
def test_names_that_no_file_system_takes(box, tmp_path, name):
    with pytest.raises(InputError):
        convert(box, out=tmp_path / "o", unit="m", name=name)


def test_unicode_names_with_spaces(tmp_path):
    path = tmp_path / "Möbel 椅子.obj"
    path.write_text(BOX)
    result = convert(path, out=tmp_path / "o", unit="cm")
    assert result.files["master"] == tmp_path / "o" / "Möbel 椅子" / "Möbel 椅子.glb"


def test_one_bad_file_does_not_stop_the_others(box, tmp_path):
    bad = tmp_path / "bad.obj"
    bad.write_text("v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    first, second = convert_all([bad, box], out=tmp_path / "o", options=Options(unit="m"))
    assert isinstance(first, ArvizError)
    assert first.code == "E_NOT_FINITE"
    assert second.ok


def test_an_archive_becomes_what_its_product_becomes(tmp_path):
    (tmp_path / "box.obj").write_text("mtllib box.mtl\nusemtl wood\n" + BOX)
    (tmp_path / "box.mtl").write_text("newmtl wood\nKd 1 .5 .2\n")
    with zipfile.ZipFile(tmp_path / "Box 2.ZIP", "w") as archive:
        for name in ("box.obj", "box.mtl"):
            archive.write(tmp_path / name, f"export/{name}")
    plain = convert(tmp_path / "box.obj", out=tmp_path / "plain", unit="cm", name="Box 2")
    packed = convert(tmp_path / "Box 2.ZIP", out=tmp_path / "packed", unit="cm")
    assert packed.name == "Box 2"
    assert packed.files["master"].read_bytes() == plain.files["master"].read_bytes()
    (tmp_path / "no.zip").write_bytes(b"PK\3\4 nothing")
    with pytest.raises(ArvizError, match="not a zip archive"):
        convert(tmp_path / "no.zip", out=tmp_path / "no", unit="cm")
    assert not (tmp_path / "no").exists()


def test_a_broken_texture_is_left_out_and_said(tmp_path, validator):
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes()
    document = {
        "asset": {"version": "2.0"},
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "baseColorFactor": [1, 0, 0, 1]}}],
        "textures": [{"source": 0}, {"source": 1}],
        "images": [{"uri": "broken.png"}, {"uri": "gone.png"}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"byteLength": 36}],
    }
    (tmp_path / "broken.png").write_bytes(b"\x89PNG broken")
    (tmp_path / "a.glb").write_bytes(join(document, points))
    result = convert(tmp_path / "a.glb", out=tmp_path / "o")
    assert result.ok
    assert sorted(code for code in _codes(result) if code.startswith("W")) == ["W_TEXTURE_BROKEN", "W_TEXTURE_MISSING"]
    glb = result.files["master"].read_bytes()
    assert validator.errors(glb) == []
    assert "textures" not in split(glb, Files(None, name="x"))[0]


def test_converting_the_result_again_changes_nothing(box, tmp_path):
    first = convert(box, out=tmp_path / "1", unit="cm").files["master"]
    second = convert(first, out=tmp_path / "2").files["master"]
    assert differences(read(first), read(second)) == []


def test_the_file_tree_of_a_result_is_what_the_docs_say(box, tmp_path):
    convert(box, out=tmp_path / "o", unit="cm")
    assert sorted(str(p.relative_to(tmp_path / "o")) for p in (tmp_path / "o").rglob("*")) == [
        "box",
        "box/box.glb",
        "box/box.quick-look.usdz",
        "box/poster.webp",
        "box/report.html",
        "box/report.json",
    ]
    assert not any(path.name.startswith(".") for path in (tmp_path / "o" / "box").iterdir())


def test_the_report_states_what_others_need(data, tmp_path):
    report = convert(data / "products" / "SunglassesKhronos.glb", out=tmp_path).report
    assert report["schema"] == "arviz.report/1"
    parts = [part["id"] for part in report["parts"]]
    assert len(parts) == len(set(parts)) == 8
    assert sum(part["triangles"] for part in report["parts"]) == report["outputs"][0]["triangles"] == 13396
    assert 0 <= report["size_mm"]["sigma"] < 0.001
    assert report["front"] == "+Z"
    low, high = np.array(report["floor_contact_m"])
    assert (low <= high).all()
    assert Path(report["poster"]["uri"]).name == "poster.webp"


@pytest.mark.parametrize(
    ("name", "says"),
    [("a\x07b", "\\x07"), ("a:b", "':'"), ("nul", "Windows"), ("COM1.old", "Windows"), ("a.", "dot"), ("  ", "empty"), ("..", "dots")],
)
def test_what_is_wrong_with_a_name_is_named(box, tmp_path, name, says):
    with pytest.raises(InputError) as caught:
        convert(box, out=tmp_path / "o", unit="m", name=name)
    assert caught.value.code == "E_NAME"
    assert says in str(caught.value)


def test_blanks_around_a_name_are_dropped(box, tmp_path):
    assert convert(box, out=tmp_path / "o", unit="m", name=" box ").name == "box"


@pytest.mark.parametrize(("source", "code"), [(".", "E_FILE_KIND"), ("", "E_FILE_MISSING"), ("..", "E_FILE_KIND")])
def test_what_is_no_file_is_told_as_such(tmp_path, source, code):
    with pytest.raises(InputError) as caught:
        convert(source, out=tmp_path / "o", unit="m")
    assert caught.value.code == code
