"""``arviz hulls``."""

import pytest

from arviz.core.graph import size
from arviz.formats.read import read
from tests.cli.command_line import arviz
from tests.conftest import ROOT

PICTURE = ROOT / "assets" / "products" / "picture" / "picture.glb"


def test_hulls_are_written_and_told(tmp_path):
    out = tmp_path / "hulls.glb"
    done = arviz("hulls", PICTURE, "-o", out, "--count", 4, "--json")
    assert done.code == 0
    assert done.json["schema"] == "arviz.hulls/1"
    assert len(read(out).meshes) == done.json["hulls"] <= 4
    assert done.json["outside_mm"] < 1e-6
    assert 0 < done.json["volume_litres"] <= done.json["box_litres"] * 1.001
    assert size(read(out)) == pytest.approx(size(read(PICTURE)), abs=1e-4)
    assert arviz("hulls", PICTURE, "-o", out).code == 3  # it exists
    told = arviz("hulls", PICTURE, "-o", out, "--count", 2, "--force")
    assert "->" in told.out
    assert "litres" in told.out


def test_bad_input(tmp_path):
    assert arviz("hulls", PICTURE, "-o", tmp_path / "a.glb", "--count", 0).code == 2
    assert arviz("hulls", PICTURE, "-o", tmp_path / "a.obj").code == 3
    assert not list(tmp_path.iterdir())
