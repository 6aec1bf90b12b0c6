"""``arviz bake``."""

from arviz.formats.read import read
from tests.cli.command_line import arviz
from tests.conftest import ROOT

PICTURE = ROOT / "assets" / "products" / "picture" / "picture.glb"


def test_normals_and_occlusion_are_painted(tmp_path):
    low, out = tmp_path / "low.glb", tmp_path / "baked.glb"
    assert arviz("unwrap", PICTURE, "-o", low, "--texcoord", 2, "--size-px", 64).code == 0
    done = arviz("bake", low, "--from", PICTURE, "-o", out, "--texcoord", 2, "--size-px", 64, "--rays", 8, "--json")
    assert done.code == 0
    assert done.json["schema"] == "arviz.bake/1"
    assert done.json["overlap"] == 0
    asset = read(out)
    assert all(material.normal_texture.texcoord == 2 for material in asset.materials)
    assert all(material.occlusion_texture is not None for material in asset.materials)
    assert len(asset.images) == len(read(PICTURE).images) + 2
    assert arviz("bake", low, "-o", out, "--texcoord", 2).code == 3  # it exists
    alone = arviz("bake", low, "-o", out, "--texcoord", 2, "--size-px", 64, "--rays", 4, "--reach", "5cm", "--force")
    assert alone.code == 0
    assert "texels painted" in alone.out


def test_bad_input(tmp_path):
    out = tmp_path / "a.glb"
    assert arviz("bake", PICTURE, "-o", out, "--map", "normal").code == 3  # of what?
    assert arviz("bake", PICTURE, "-o", out, "--texcoord", 3).code == 3  # it has no such set
    assert arviz("bake", PICTURE, "-o", out, "--reach", "far").code == 3
    assert arviz("bake", PICTURE, "-o", out, "--size-px", 1).code == 2
    assert not out.exists()
