"""``arviz flip``."""

import numpy as np

from arviz.core.graph import bounds
from arviz.formats.read import read
from tests.cli.command_line import arviz
from tests.conftest import ROOT

FRIDGE = ROOT / "assets" / "products" / "fridge" / "fridge.glb"


def test_a_mirrored_product_is_written_and_told(tmp_path):
    once, twice = tmp_path / "once.glb", tmp_path / "twice.glb"
    done = arviz("flip", FRIDGE, "-o", once, "--json")
    assert done.code == 0
    assert (done.json["schema"], done.json["path"], done.json["findings"]) == ("arviz.flip/1", str(once), [])
    (low, high), (a, b) = bounds(read(FRIDGE)), bounds(read(once))
    assert np.allclose([a, b], [[-high[0], low[1], low[2]], [-low[0], high[1], high[2]]], atol=1e-6)
    told = arviz("flip", once, "-o", twice)
    assert told.code == 0
    assert f"{done.json['triangles']:,} triangles" in told.out
    assert arviz("diff", FRIDGE, twice).code == 0


def test_what_exists_or_has_no_unit_is_refused(tmp_path):
    out = tmp_path / "a.glb"
    out.write_bytes(b"")
    assert arviz("flip", FRIDGE, "-o", out).code == 3
    box = tmp_path / "box.stl"
    box.write_text("solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid a\n")
    assert arviz("flip", box, "-o", tmp_path / "b.glb").code == 3
    assert arviz("flip", box, "-o", tmp_path / "b.glb", "--unit", "mm").code == 0
