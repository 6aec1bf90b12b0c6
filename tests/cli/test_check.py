"""``arviz check``."""

import json

import pytest

from arviz.check.profile import profile_names
from arviz.core.material import Material
from arviz.formats.gltf.write import write_glb
from arviz.testing.shapes import box
from tests.cli.command_line import arviz
from tests.formats.test_read import BOX


@pytest.fixture
def sofa(tmp_path):
    path = tmp_path / "sofa.glb"
    path.write_bytes(write_glb(box(size_m=(2.18, 0.79, 1.02), centre_m=(0, 0.395, 0))))
    return path


def test_a_sound_product_passes_and_a_wrong_size_fails(sofa):
    done = arviz("check", sofa, "--size", "218x102x79cm")
    assert done.code == 0, done.out
    assert "2,180 x 1,020 x 790 mm" in done.out
    done = arviz("check", sofa, "--width", "100cm", "--json")
    assert done.code == 1
    assert [f["code"] for f in done.json["findings"] if f["severity"] == "error"] == ["E_SIZE"]
    assert done.json["ok"] is False


def test_every_shipped_profile_can_be_named(sofa):
    options = [text for name in profile_names() for text in ("--profile", name)]
    done = arviz("check", sofa, *options, "--json")
    assert [verdict["name"] for verdict in done.json["profiles"]] == list(profile_names())
    assert [v["name"] for v in done.json["profiles"] if not v["ok"]] == ["apple-quick-look"]


def test_bad_profiles_are_explained(sofa, tmp_path):
    done = arviz("check", sofa, "--profile", "ebay", "--json")
    assert done.code == 3
    assert done.json["error"]["code"] == "E_PROFILE_UNKNOWN"
    (tmp_path / "rules.json").write_text(json.dumps({"schema": "arviz.profile/1", "title": "x", "rules": [{"fact": "smell"}]}))
    done = arviz("check", sofa, "--profile", tmp_path / "rules.json", "--json")
    assert done.code == 3
    assert "rules[0]" in done.json["error"]["where"]


def test_unusable_files_are_refused(tmp_path):
    (tmp_path / "a.glb").write_bytes(b"glTF")
    assert arviz("check", tmp_path / "a.glb").code == 3
    assert arviz("check", tmp_path / "none.glb").code == 3


def test_without_a_unit_the_size_is_not_judged(tmp_path):
    (tmp_path / "box.obj").write_text(BOX)
    done = arviz("check", tmp_path / "box.obj")
    assert done.code == 0
    assert "W_UNIT_UNKNOWN" in done.out
    assert " mm" not in done.out


def test_nothing_in_a_file_steers_the_terminal(tmp_path):
    asset = box(
        size_m=(1, 1, 1), centre_m=(0, 0.5, 0), material=Material(name="\x1b[2Jred", base_color_factor=(0, 0, 0, 1), metallic_factor=0)
    )
    (tmp_path / "a.glb").write_bytes(write_glb(asset))
    done = arviz("check", tmp_path / "a.glb")
    assert "red" in done.out
    assert "\x1b[2J" not in done.out
