"""``arviz anchors`` from the command line."""

import pytest

from arviz.core.resources import resource
from arviz.formats.gltf.write import write_glb
from arviz.testing.shapes import box
from tests.cli.command_line import arviz


@pytest.fixture
def crate(tmp_path):
    path = tmp_path / "crate.glb"
    path.write_bytes(write_glb(box(size_m=(1, 1, 1))))
    return path


def anchors(path):
    return {row["name"]: row for row in arviz("anchors", "list", path, "--json").json["anchors"]}


def test_added_edited_removed(crate, tmp_path):
    one, two, three = (tmp_path / f"{number}.glb" for number in (1, 2, 3))
    done = arviz("anchors", "add", crate, "grip", "top", "--at", "0,500,-20mm", "--normal", "0,1,0", "--up", "0,0,1", "--part", "box",
                 "--label", "en=Handle", "-o", one)  # fmt: skip
    assert done.code == 0, done.err
    assert "crate.glb  ->  1 anchor" in done.out
    row = anchors(one)["ARVIZ_grip_top"]
    assert (row["point_mm"], row["normal"], row["part"], row["label"]) == ([0, 500, -20], [0, 1, 0], "box", {"en": "Handle"})
    assert arviz("anchors", "edit", one, "top", "--at", "1,50,2cm", "--width", "8cm", "-o", two).code == 0
    row = anchors(two)["ARVIZ_grip_top"]
    assert (row["point_mm"], row["normal"], row["width_mm"]) == ([10, 500, 20], [0, 1, 0], 80)
    assert "ARVIZ_grip_top: 10.0, 500.0, 20.0 mm, 80.0 mm wide, part box" in arviz("anchors", "list", two).out
    assert arviz("anchors", "remove", two, "grip/top", "-o", three).code == 0
    assert "has no anchors" in arviz("anchors", "list", three).out


def test_validate_tells_and_guess_proposes(crate, tmp_path):
    assert arviz("anchors", "validate", crate).code == 0
    arviz("anchors", "add", crate, "hinge", "left", "--at", "9,0,0m", "-o", tmp_path / "far.glb")
    done = arviz("anchors", "validate", tmp_path / "far.glb")
    assert (done.code, "W_ANCHOR_FAR" in done.err, "W_ANCHOR_PAIR" in done.err) == (0, True, True)
    wrong = arviz("anchors", "validate", resource("assets", "products", "glasses", "glasses.glb"))
    assert "anchors" in wrong.out
    lamp = resource("assets", "products", "table-lamp", "table-lamp.glb")
    done = arviz("anchors", "guess", lamp, "-o", tmp_path / "lamp.glb")
    assert (done.code, done.out.splitlines()[0].startswith("ARVIZ_light_centre: ")) == (0, True)
    assert "ARVIZ_light_centre" in anchors(tmp_path / "lamp.glb")
    assert "nothing to guess" in arviz("anchors", "guess", crate).out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["grip", "top", "--at", "0,1,2"], 2, "a unit"),
        (["grip", "top", "--at", "0,1mm"], 2, "three numbers"),
        (["grip", "top", "--at", "0,1,2mm", "--normal", "0,1,0m"], 2, "three numbers"),
        (["grip", "top", "--at", "0,1,2mm", "--label", "Handle"], 2, "LANGUAGE"),
        (["grip", "Top left", "--at", "0,1,2mm"], 3, "E_ANCHOR_ID"),
        (["grip", "top", "--at", "0,1,2mm", "--part", "lid"], 3, "E_ANCHOR_PART"),
    ],
)
def test_exit_codes_and_explanations(crate, tmp_path, arguments, code, says):
    done = arviz("anchors", "add", crate, *arguments, "-o", tmp_path / "out.glb")
    assert done.code == code
    assert says in done.err
