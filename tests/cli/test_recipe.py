"""``arviz recipe``."""

import json

from arviz.core.resources import resource
from tests.cli.command_line import arviz


def test_new_then_check(tmp_path):
    done = arviz("recipe", "new", "lipstick", "--colour", "#B0263A", "--finish", "gloss", "--name", "Ruby", "-o", tmp_path / "ruby.json")
    assert done.code == 0, done.err
    checked = arviz("recipe", "check", tmp_path / "ruby.json", "--json")
    assert checked.json["items"][0]["albedo_srgb"] == "#B0263A"
    assert arviz("recipe", "check", tmp_path / "ruby.json").out == "ruby.json: lipstick, gloss Ruby\n"


def test_glasses_with_a_prescription(tmp_path):
    (tmp_path / "frame.glb").write_bytes(resource("assets", "products", "glasses", "glasses.glb").read_bytes())
    asked = ("--product", tmp_path / "frame.glb", "--width", "140mm", "--rx", "-2.0,-2.5", "-o", tmp_path / "frame.json")
    assert arviz("recipe", "new", "glasses", *asked).code == 0
    item = json.loads((tmp_path / "frame.json").read_text())["items"][0]
    assert item["asset"]["uri"] == "frame.glb"
    assert item["asset"]["width_mm"] == 140
    assert item["lens"]["rx_dioptre"] == [-2.0, -2.5]


def test_wrong_usage_and_wrong_files(tmp_path):
    assert arviz("recipe", "new", "blush", "-o", tmp_path / "b.json").code == 2
    assert arviz("recipe", "new", "glasses", "--rx", "strong", "-o", tmp_path / "b.json").code == 2
    (tmp_path / "b.json").write_text('{"schema": "arviz.tryon/1", "id": "b", "items": [{"kind": "hat"}]}')
    done = arviz("recipe", "check", tmp_path / "b.json")
    assert done.code == 3
    assert "items[0].kind" in done.err


def test_the_schema_is_json(tmp_path):
    assert arviz("recipe", "schema").json["title"] == "What to try on"
