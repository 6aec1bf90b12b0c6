"""``arviz unwrap``."""

from arviz.formats.read import read
from tests.cli.command_line import arviz
from tests.conftest import ROOT

PICTURE = ROOT / "assets" / "products" / "picture" / "picture.glb"


def test_coordinates_are_written_and_told(tmp_path):
    box = tmp_path / "box.stl"
    box.write_text("solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid a\n")
    out = tmp_path / "box.glb"
    done = arviz("unwrap", box, "-o", out, "--unit", "mm", "--json")
    assert done.code == 0
    assert (done.json["schema"], done.json["unwrapped"], done.json["kept"]) == ("arviz.unwrap/1", 1, 0)
    (primitive,) = read(out).meshes[0].primitives
    assert "TEXCOORD_0" in primitive.attributes
    assert arviz("unwrap", box, "-o", out, "--unit", "mm").code == 3  # it exists
    assert arviz("unwrap", box, "-o", tmp_path / "b.glb").code == 3  # its unit is not known


def test_what_has_coordinates_keeps_them(tmp_path):
    done = arviz("unwrap", PICTURE, "-o", tmp_path / "a.glb")
    assert done.code == 0
    assert "0 surfaces" in done.out
