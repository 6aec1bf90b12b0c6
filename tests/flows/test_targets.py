"""Targets: data that hold together, and files within what their platforms say."""

import hashlib
import json

import numpy as np
import pytest

from arviz.check.profile import load_profile, profile_names
from arviz.core.errors import InputError
from arviz.core.graph import bounds, triangle_count
from arviz.core.image import measure
from arviz.core.material import Material, TextureInfo
from arviz.flows.convert import convert
from arviz.flows.targets import QUICK_LOOK, TARGET_NAMES, TARGETS, Delivery
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.ops.lods import lods
from arviz.testing.shapes import box, sphere, textured
from tests.cli.command_line import arviz


@pytest.fixture
def ball(tmp_path):
    cloth = np.arange(64 * 64 * 3, dtype=np.uint32).reshape(64, 64, 3).astype(np.uint8)
    path = tmp_path / "ball.glb"
    path.write_bytes(write_glb(textured(sphere(material=Material(base_color_texture=TextureInfo(texture=0))), cloth)))
    return path


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_profiles_and_a_source(name):
    target = TARGETS[name]
    assert target.source
    assert set(target.profiles) <= set(profile_names())
    for rule in (rule for profile in target.profiles for rule in load_profile(profile).rules):
        if rule.fact == "bytes" and rule.severity == "error" and target.settings.max_bytes is not None:
            assert target.settings.max_bytes <= rule.value


def test_files_of_targets_stand_in_the_report(ball, tmp_path, validator):
    made = convert(ball, out=tmp_path / "out", targets=("web", "google-merchant", QUICK_LOOK), effort="fast")
    report = json.loads(made.files["report"].read_text())
    assert [output["target"] for output in report["outputs"]] == ["master", "web", "google-merchant", QUICK_LOOK]
    for output in report["outputs"]:
        data = (made.folder / output["path"]).read_bytes()
        assert len(data) == output["bytes"]
        if output["path"].endswith(".glb"):
            assert validator.errors(data) == []
    assert made.files["web"].name == "ball.web.glb"
    assert read(made.files["google-merchant"]).extensions_required == ()
    assert {verdict["uri"]: verdict["ok"] for verdict in report["profiles"]}["ball.google-merchant.glb"]


def test_quality_is_told_and_former_targets_go(ball, tmp_path):
    out = tmp_path / "out"
    first = convert(ball, out=out, targets=("web",))
    (web,) = [output for output in first.report["outputs"] if output["target"] == "web"]
    assert web["quality"]["pooled_db"] >= 38.5
    assert web["bytes"] < ball.stat().st_size
    second = convert(ball, out=out, targets=("plain",), effort="fast", force=True)
    assert sorted(path.suffixes[0] for path in second.folder.glob("*.*.glb")) == [".plain"]


def test_glass_is_blended_for_headsets_alone_and_told(tmp_path, validator):
    path = tmp_path / "lens.glb"
    pane = Material(name="pane", extensions={"KHR_materials_transmission": {"transmissionFactor": 1.0}})
    path.write_bytes(write_glb(sphere(material=pane)))
    made = convert(path, out=tmp_path / "out", targets=("web", "headset"), effort="fast")
    assert "KHR_materials_transmission" in read(made.files["web"]).materials[0].extensions
    after = read(made.files["headset"]).materials[0]
    assert (after.alpha_mode, dict(after.extensions)) == ("BLEND", {})
    assert after.base_color_factor[3] == pytest.approx(0.2)
    assert validator.errors(made.files["headset"].read_bytes()) == []
    (told,) = [finding for finding in made.report["findings"] if finding["code"].startswith("W_TRANSMISSION")]
    assert told["where"] == "lens.headset.glb: materials[0] pane"


def test_wishes_overrule_targets_but_not_platforms():
    wish = Delivery(targets=("amazon",), max_triangles=10**6, max_mb=5e-6, textures="png", geometry="draco", quality=30)
    settings = wish.settings("amazon")
    assert (settings.max_triangles, settings.max_bytes) == (149_999, 5)
    assert (settings.formats, settings.geometry, settings.quality) == (("png",), "draco", 30)


def test_an_unknown_target_is_refused_by_name():
    with pytest.raises(InputError) as caught:
        Delivery(targets=("myspace",))
    assert caught.value.code == "E_TARGET_UNKNOWN"
    assert all(name in str(caught.value) for name in TARGET_NAMES)


def test_levels_stand_beside_each_glb_target_and_say_when_they_are_shown(ball, tmp_path, validator):
    made = convert(ball, out=tmp_path / "out", targets=("web", "amazon", QUICK_LOOK), effort="fast", lods=3)
    outputs = made.report["outputs"]
    assert {path.name for path in made.folder.glob("*.glb")} == {output["uri"] for output in outputs if output["uri"].endswith(".glb")}
    for target in ("web", "amazon"):
        table = [output for output in outputs if output["target"] == target]
        assert [row["level"] for row in table] == list(range(len(table)))
        assert len(table) > 2
        for coarse, fine in zip(table[1:], table, strict=False):
            assert coarse["triangles"] <= 0.8 * fine["triangles"]
            assert coarse["coverage"] <= fine["coverage"] / 2
            assert coarse["distance_m"] > fine["distance_m"]
            assert coarse["error_mm"] > fine["error_mm"]
        for row in table:
            data = (made.folder / row["uri"]).read_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (row["bytes"], row["sha256"])
            assert validator.errors(data) == []
            assert made.files[f"{target}.lod{row['level']}" if row["level"] else target].name == row["uri"]
    assert "EXT_meshopt_compression" in outputs[2]["extensions"]
    assert read(made.files["amazon.lod1"]).extensions_required == ()
    assert sum(verdict["uri"] == "ball.web.lod1.glb" for verdict in made.report["profiles"]) == 0
    assert "level" not in outputs[0]


def test_pictures_of_a_level_are_as_small_as_it_is_shown(ball, tmp_path):
    made = convert(ball, out=tmp_path / "out", targets="web", effort="fast", lods=2)
    sides = [max(measure(read(made.files[kind]).images[0].data)) for kind in ("web", "web.lod1", "web.lod2")]
    coverages = [output["coverage"] for output in made.report["outputs"] if output["target"] == "web"]
    assert sides == [round(sides[0] * coverage) for coverage in coverages]


def test_without_a_glb_target_levels_are_the_masters_and_go_when_they_are_not_asked_for(ball, tmp_path):
    out = tmp_path / "out"
    made = convert(ball, out=out, targets=(), lods=2)
    table = [output for output in made.report["outputs"] if output["target"] == "master"]
    assert [row["uri"] for row in table] == ["ball.glb", "ball.lod1.glb", "ball.lod2.glb"]
    whole = read(made.files["master"])
    for row, lod in zip(table, lods(whole, levels=2), strict=True):
        assert (row["triangles"], row["coverage"]) == (triangle_count(lod.asset), lod.coverage)
        assert read(made.folder / row["uri"]).images[0].data == whole.images[0].data
    again = convert(ball, out=out, targets=(), force=True)
    assert sorted(path.name for path in again.folder.glob("*.glb")) == ["ball.glb"]


def test_hulls_hold_the_product_and_go_when_they_are_not_asked_for(tmp_path):
    path = tmp_path / "box.glb"
    path.write_bytes(write_glb(box(size_m=(1, 0.5, 0.2))))
    made = convert(path, out=tmp_path / "out", targets=(), hulls=True)
    (told,) = [output for output in made.report["outputs"] if output["target"] == "hulls"]
    assert told["uri"] == made.files["hulls"].name == "box.hulls.glb"
    solid = read(made.files["hulls"])
    assert len(solid.meshes) == told["hulls"] >= 1
    assert bounds(solid) == pytest.approx(bounds(read(made.files["master"])), abs=1e-5)
    assert told["volume_litres"] == pytest.approx(told["box_litres"]) == pytest.approx(100)
    assert "hulls" not in convert(path, out=tmp_path / "out", targets=(), force=True).files
    assert sorted(path.name for path in made.folder.glob("*.glb")) == ["box.glb"]


def test_from_python_as_from_the_command_line(ball, tmp_path):
    made = convert(ball, out=tmp_path / "one", targets=["web", "plain"], effort="fast", max_triangles=200, geometry="draco", textures="png")
    words = ["--target=web", "--target=plain", "--effort=fast", "--max-triangles=200", "--geometry=draco", "--textures=png", "--json"]
    done = arviz("convert", ball, "-o", tmp_path / "two", *words)
    assert done.json["products"][0]["report"] == json.loads(json.dumps(made.report))


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"textures": "avif"}, "ktx2"),
        ({"geometry": "zip"}, "meshopt"),
        ({"effort": "much"}, "normal"),
        ({"max_mb": 0}, "above 0"),
        ({"max_triangles": -1}, "above 0"),
        ({"quality": float("nan")}, "above 0"),
        ({"lods": 9}, "0 to 8"),
        ({"targets": "myspace"}, "google-merchant"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(ball, tmp_path, wish, says):
    with pytest.raises(InputError, match=says):
        convert(ball, out=tmp_path / "out", **wish)
    assert not (tmp_path / "out").exists()
