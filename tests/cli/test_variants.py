"""``arviz variants``: a shoe's and a sofa's looks from the command line."""

import pytest

from arviz.core.material import Material
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.testing.shapes import box
from tests.cli.command_line import arviz


@pytest.fixture
def crates(tmp_path):
    """Two crates that differ in their colour, as files."""
    for name, red in (("oak", 0.8), ("walnut", 0.3)):
        crate = box(size_m=(1, 1, 1), material=Material(name="wood", base_color_factor=(red, 0.2, 0.1, 1)))
        (tmp_path / f"{name}.glb").write_bytes(write_glb(crate))
    return tmp_path


def variants(path):
    return {row["name"]: row["materials"] for row in arviz("variants", "list", path, "--json").json["variants"]}


def test_from_two_files_to_one_and_back(crates):
    both, out = crates / "both.glb", crates / "out.glb"
    done = arviz("variants", "add", crates / "oak.glb", "Walnut", crates / "walnut.glb", "-o", both)
    assert done.code == 0, done.err
    assert "->  Walnut" in done.out
    assert variants(both) == {"Walnut": ["wood"]}
    assert "Walnut: 1 piece in wood" in arviz("variants", "list", both).out
    assert arviz("variants", "rename", both, "Walnut", "Nussbaum", "-o", out).code == 0
    assert arviz("variants", "default", out, "Nussbaum", "--keep-as", "Eiche", "-o", out.with_name("turned.glb")).code == 0
    assert set(variants(out.with_name("turned.glb"))) == {"Nussbaum", "Eiche"}
    exported = arviz("variants", "export", out, "Nussbaum", "-o", crates / "plain.glb", "--json")
    assert exported.json["variants"] == []
    plain, walnut = read(crates / "plain.glb"), read(crates / "walnut.glb")
    assert [repr(material) for material in plain.materials] == [repr(material) for material in walnut.materials]
    removed = arviz("variants", "remove", both, "Walnut", "-o", crates / "removed.glb")
    assert (removed.code, variants(crates / "removed.glb")) == (0, {})
    assert "has no variants" in arviz("variants", "list", crates / "removed.glb").out


def test_a_lost_default_is_told(crates):
    both = crates / "both.glb"
    arviz("variants", "add", crates / "oak.glb", "Walnut", crates / "walnut.glb", "-o", both)
    done = arviz("variants", "default", both, "Walnut", "-o", crates / "turned.glb")
    assert done.code == 0
    assert "W_VARIANT_DEFAULT_LOST" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["rename", "oak.glb", "a", "b", "-o", "x.glb"], 3, "E_VARIANT_UNKNOWN"),
        (["add", "oak.glb", "a", "none.glb", "-o", "x.glb"], 3, "E_FILE_MISSING"),
        (["export", "oak.glb", "a", "-o", "oak.glb", "--force"], 3, "E_OUTPUT_IS_INPUT"),
        (["export", "oak.glb", "a", "-o", "x.usdz"], 3, "E_OUTPUT_FORMAT"),
        (["remove", "oak.glb", "-o", "x.glb"], 2, "NAMES"),
    ],
)
def test_exit_codes_and_explanations(crates, arguments, code, says):
    paths = [crates / word if word.endswith((".glb", ".usdz")) else word for word in arguments]
    done = arviz("variants", *paths)
    assert done.code == code
    assert says in done.err


def test_a_real_shoe_exports_valid_files(data, tmp_path, validator):
    shoe = data / "products" / "MaterialsVariantsShoe.glb"
    for name in variants(shoe):
        out = tmp_path / f"{name}.glb"
        done = arviz("variants", "export", shoe, name, "-o", out)
        assert done.code == 0, done.err
        assert validator.errors(out.read_bytes()) == []
        assert out.stat().st_size < shoe.stat().st_size
