"""What programs read of commands of one step: the keys of ``--json`` stay."""

import pytest

from tests.cli.command_line import arviz
from tests.conftest import ROOT

PRODUCTS = ROOT / "assets" / "products"
PICTURE = PRODUCTS / "picture" / "picture.glb"
CHAIR = PRODUCTS / "dining-chair" / "dining-chair.glb"
WRITTEN = {"schema", "input", "path", "bytes", "sha256", "findings"}
SIMPLER = {"triangles_before", "triangles", "deviation_rms_mm", "deviation_max_mm", "uv_slip_rms_mm", "uv_slip_max_mm"}
SURFACE = WRITTEN | {"triangles", "vertices"}
ANCHORED = WRITTEN | {"ok", "anchors"}
LOOKS = WRITTEN | {"bytes_before", "variants"}
COMMANDS = {
    "simplify": (["simplify", PICTURE, "--percent", 50], WRITTEN | SIMPLER | {"bytes_before", "vertices"}),
    "textures": (
        ["textures", PICTURE, "--longest", 64],
        WRITTEN
        | {f"{key}{when}" for key in ("pictures", "image_bytes", "texture_memory_bytes") for when in ("", "_before")}
        | {"bytes_before"},
    ),
    "hulls": (
        ["hulls", PICTURE, "--count", 2],
        SURFACE | {"hulls", "outside_mm", "corners", "volume_litres", "box_litres"},
    ),
    "flip": (["flip", PICTURE], WRITTEN | {"triangles"}),
    "unwrap": (["unwrap", PICTURE], SURFACE | {"unwrapped", "kept", "charts", "filled"}),
    "bake": (["bake", PICTURE, "--size-px", 16, "--rays", 1], SURFACE | {"texels", "missed", "overlap"}),
    "anchors add": (["anchors", "add", PICTURE, "light", "middle", "--at", "0,0,0mm"], ANCHORED),
    "anchors guess": (["anchors", "guess", CHAIR], ANCHORED | {"guessed"}),
    "variants rename": (["variants", "rename", CHAIR, "Sand", "Beige"], LOOKS),
    "variants default": (["variants", "default", CHAIR, "Rust"], LOOKS),
    "variants export": (["variants", "export", CHAIR, "Rust"], LOOKS),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_keys_of_what_is_written(name, tmp_path):
    words, keys = COMMANDS[name]
    out = tmp_path / "out.glb"
    done = arviz(*words, "-o", out, "--json")
    assert done.code == 0, done.err
    assert done.json.keys() == keys
    assert done.json["schema"] == f"arviz.{name.split()[0]}/1"
    assert (done.json["input"], done.json["path"], done.json["bytes"]) == (str(words[1 + (" " in name)]), str(out), out.stat().st_size)


def test_keys_of_what_is_listed():
    for name, rows in (("anchors", {"ok", "anchors", "findings"}), ("variants", {"variants"})):
        assert arviz(name, "list", CHAIR, "--json").json.keys() == {"schema", "input"} | rows


def test_keys_of_levels(tmp_path):
    done = arviz("lods", PICTURE, "-o", tmp_path, "--levels", 1, "--json")
    assert done.json.keys() == {"schema", "name", "diagonal_mm", "height_px", "vertical_fov_deg", "levels"}
    keys = {"path", "bytes", "sha256", "vertices", "coverage", "distance_m", "error_mm", "findings"} | SIMPLER
    assert all(row.keys() == keys for row in done.json["levels"])
