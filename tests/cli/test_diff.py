"""``arviz diff`` from the command line."""

from dataclasses import replace

import pytest

from arviz.core.material import Material
from arviz.formats.gltf.write import write_glb
from arviz.testing.shapes import box
from tests.cli.command_line import arviz


@pytest.fixture
def crates(tmp_path):
    """Two crates: the second is wider, of another colour and has lost the name of its node."""
    oak = box(size_m=(1, 1, 1), material=Material(name="wood", base_color_factor=(0.8, 0.2, 0.1, 1)))
    pine = box(size_m=(1.1, 1, 1), material=Material(name="wood", base_color_factor=(0.9, 0.8, 0.5, 1)))
    (tmp_path / "oak.glb").write_bytes(write_glb(oak))
    (tmp_path / "pine.glb").write_bytes(write_glb(replace(pine, nodes=(replace(pine.nodes[0], name="crate"),))))
    return tmp_path / "oak.glb", tmp_path / "pine.glb"


def test_what_differs_is_told_line_by_line(crates, tmp_path):
    done = arviz("diff", *crates, "-o", tmp_path / "sheet.webp")
    assert done.code == 0, done.err
    assert "width: 1,000.00 -> 1,100.00 mm (+10.0 %)" in done.out
    assert "names: - box\nnames: + crate" in done.out
    assert "wood (base_color_factor)" in done.out
    assert "dB pooled" in done.out
    assert done.out.splitlines()[-1].startswith("something is lost: ")
    assert (tmp_path / "sheet.webp").is_file()
    assert arviz("diff", crates[0], crates[0], "--no-pictures").out.startswith("the same product: ")
    assert arviz("diff", *crates, "--json").json["schema"] == "arviz.diff/1"


def test_a_product_of_another_scale_is_told_as_one(tmp_path):
    for name, sides in (("one", (1, 2, 3)), ("less", (0.8, 1.6, 2.4)), ("wider", (0.9, 1.6, 2.4))):
        (tmp_path / f"{name}.glb").write_bytes(write_glb(box(size_m=sides)))
    assert "scaled by 0.8 on all sides" in arviz("diff", tmp_path / "one.glb", tmp_path / "less.glb", "--no-pictures").out
    assert "scaled" not in arviz("diff", tmp_path / "one.glb", tmp_path / "wider.glb", "--no-pictures").out


def test_exit_codes_and_explanations(crates, tmp_path):
    (tmp_path / "there.png").write_bytes(b"")
    for arguments, code, says in (
        ([crates[0], tmp_path / "none.glb"], 3, "E_FILE_MISSING"),
        ([*crates, "-o", tmp_path / "there.png"], 3, "E_OUTPUT_EXISTS"),
        ([*crates, "-o", tmp_path / "sheet.gif"], 3, "E_OUTPUT_FORMAT"),
        ([crates[0]], 2, "SECOND"),
    ):
        done = arviz("diff", *arguments)
        assert done.code == code
        assert says in done.err
