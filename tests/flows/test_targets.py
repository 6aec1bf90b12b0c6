"""Targets: data that hold together, and files within what their platforms say."""

import json

import numpy as np
import pytest

from arviz.check.profile import load_profile, profile_names
from arviz.core.errors import InputError
from arviz.core.material import Material, TextureInfo
from arviz.flows.convert import convert
from arviz.flows.targets import QUICK_LOOK, TARGET_NAMES, TARGETS, Delivery
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.testing.shapes import sphere, textured


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
    delivery = Delivery(targets=("web", "google-merchant", QUICK_LOOK), effort="fast")
    made = convert(ball, out=tmp_path / "out", delivery=delivery)
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
    first = convert(ball, out=out, delivery=Delivery(targets=("web",)))
    (web,) = [output for output in first.report["outputs"] if output["target"] == "web"]
    assert web["quality"]["pooled_db"] >= 38.5
    assert web["bytes"] < ball.stat().st_size
    second = convert(ball, out=out, delivery=Delivery(targets=("plain",), effort="fast"), force=True)
    assert sorted(path.suffixes[0] for path in second.folder.glob("*.*.glb")) == [".plain"]


def test_glass_is_blended_for_headsets_alone_and_told(tmp_path, validator):
    path = tmp_path / "lens.glb"
    pane = Material(name="pane", extensions={"KHR_materials_transmission": {"transmissionFactor": 1.0}})
    path.write_bytes(write_glb(sphere(material=pane)))
    made = convert(path, out=tmp_path / "out", delivery=Delivery(targets=("web", "headset"), effort="fast"))
    assert "KHR_materials_transmission" in read(made.files["web"]).materials[0].extensions
    after = read(made.files["headset"]).materials[0]
    assert (after.alpha_mode, dict(after.extensions)) == ("BLEND", {})
    assert after.base_color_factor[3] == pytest.approx(0.2)
    assert validator.errors(made.files["headset"].read_bytes()) == []
    (told,) = [finding for finding in made.report["findings"] if finding["code"].startswith("W_TRANSMISSION")]
    assert told["where"] == "lens.headset.glb: materials[0] pane"


def test_wishes_overrule_targets_but_not_platforms():
    wish = Delivery(targets=("amazon",), max_triangles=10**6, max_bytes=5, textures="png", geometry="draco", quality=30)
    settings = wish.settings("amazon")
    assert (settings.max_triangles, settings.max_bytes) == (149_999, 5)
    assert (settings.formats, settings.geometry, settings.quality) == (("png",), "draco", 30)


def test_an_unknown_target_is_refused_by_name():
    with pytest.raises(InputError) as caught:
        Delivery(targets=("myspace",))
    assert caught.value.code == "E_TARGET_UNKNOWN"
    assert all(name in str(caught.value) for name in TARGET_NAMES)
