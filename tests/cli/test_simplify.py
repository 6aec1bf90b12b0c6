"""``arviz simplify``."""

import pytest

from arviz.core.graph import triangle_count
from arviz.formats.read import read
from tests.cli.command_line import arviz


def test_a_count_a_part_and_an_error_are_reached(data, tmp_path):
    path = data / "products" / "SunglassesKhronos.glb"
    before = read(path)
    goals = {"count": ("--triangles", 2000), "part": ("--percent", 10), "error": ("--error", "0.2mm")}
    done = {name: arviz("simplify", path, "-o", tmp_path / f"{name}.glb", *goal, "--json") for name, goal in goals.items()}
    assert {one.code for one in done.values()} == {0}
    counts = {name: triangle_count(read(tmp_path / f"{name}.glb")) for name in goals}
    assert counts == {name: one.json["triangles"] for name, one in done.items()}
    assert counts["count"] <= 2000
    assert counts["part"] <= triangle_count(before) // 10
    assert done["error"].json["deviation_max_mm"] <= 0.2
    after = read(tmp_path / "part.glb")
    assert [node.name for node in after.nodes] == [node.name for node in before.nodes]
    assert [node.part for node in after.nodes] == [node.part for node in before.nodes]


@pytest.mark.parametrize("product", ["SheenChair", "SunglassesKhronos"])
def test_what_is_written_is_valid(data, tmp_path, validate_glb, product):
    path = data / "products" / f"{product}.glb"
    assert arviz("simplify", path, "-o", tmp_path / "small.glb", "--percent", 10).code == 0
    errors = [issue for issue in validate_glb((tmp_path / "small.glb").read_bytes()) if issue["severity"] == 0]
    assert errors == []


def test_people_read_one_line_before_and_after(data, tmp_path):
    path = data / "products" / "GlamVelvetSofa.glb"
    done = arviz("simplify", path, "-o", tmp_path / "sofa.glb", "--triangles", 1000, "--error", "1%")
    assert done.code == 0
    assert "4,196 triangles" in done.out
    assert "->" in done.out
    assert done.err == ""


def test_an_existing_result_needs_force_and_the_input_is_never_replaced(data, tmp_path):
    path, out = tmp_path / "sofa.glb", tmp_path / "small.glb"
    path.write_bytes((data / "products" / "GlamVelvetSofa.glb").read_bytes())
    assert arviz("simplify", path, "-o", out, "--percent", 50).code == 0
    assert arviz("simplify", path, "-o", out, "--percent", 50).code == 3
    assert arviz("simplify", path, "-o", out, "--percent", 50, "--force").code == 0
    assert arviz("simplify", path, "-o", path, "--percent", 50, "--force").code == 3


def test_a_goal_that_makes_no_sense_is_refused(tmp_path):
    box = tmp_path / "box.stl"
    box.write_text("solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid a\n")
    out = tmp_path / "out.glb"
    assert arviz("simplify", box, "-o", out).code == 2
    assert arviz("simplify", box, "-o", out, "--unit", "mm", "--percent", 0).code == 3
    assert arviz("simplify", box, "-o", out, "--unit", "mm", "--percent", "nan").code == 3
    assert arviz("simplify", box, "-o", out, "--unit", "mm", "--error", "x%").code == 3
    assert arviz("simplify", box, "-o", out, "--unit", "mm", "--error", "-1%").code == 3
    assert arviz("simplify", box, "-o", out, "--percent", 50).code == 3  # its unit is not known
    assert arviz("simplify", box, "-o", tmp_path / "out.obj", "--unit", "mm", "--percent", 50).code == 3
    assert not out.exists()
