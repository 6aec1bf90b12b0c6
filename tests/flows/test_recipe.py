"""Recipes are written whole, name their files by digest, and are refused when the file is another."""

import json
from pathlib import Path

import pytest

from arviz.core.errors import InputError, LimitError
from arviz.core.resources import resource
from arviz.flows.recipe import check_recipe, glasses, makeup, new_recipe

PRODUCT = resource("assets", "products", "glasses", "glasses.glb")


def test_a_new_recipe_checks(tmp_path: Path) -> None:
    frame = tmp_path / "frames" / "frame.glb"
    frame.parent.mkdir()
    frame.write_bytes(PRODUCT.read_bytes())
    out = tmp_path / "look.tryon.json"
    written = new_recipe([makeup("lipstick", "#B0263A"), glasses(frame, beside=out, width_m=0.14, rx_dioptre=(-2, -2.5))], out=out)
    assert written.id == "look"
    assert written.glasses[0].uri == "frames/frame.glb"
    assert check_recipe(out) == written
    frame.write_bytes(PRODUCT.read_bytes() + b"\0")
    with pytest.raises(InputError) as other:
        check_recipe(out)
    frame.unlink()
    with pytest.raises(InputError) as gone:
        check_recipe(out)
    assert (other.value.code, gone.value.code) == ("E_RECIPE_FILE", "E_RECIPE_FILE")


def test_a_product_elsewhere_is_neither_named_nor_read(tmp_path: Path) -> None:
    with pytest.raises(InputError) as named:
        glasses(PRODUCT, beside=tmp_path / "r.json")
    assert named.value.code == "E_RECIPE_FILE"
    (tmp_path / "secret.glb").write_bytes(PRODUCT.read_bytes())
    (tmp_path / "in").mkdir()
    for uri in ("../secret.glb", str(tmp_path / "secret.glb"), "file:///etc/passwd", "https://127.0.0.1:9/a.glb"):
        recipe = {"schema": "arviz.tryon/1", "id": "r", "items": [{"kind": "glasses", "asset": {"uri": uri}}]}
        (tmp_path / "in" / "r.json").write_text(json.dumps(recipe))
        with pytest.raises(LimitError) as read:
            check_recipe(tmp_path / "in" / "r.json")
        assert read.value.code == "E_EXTERNAL_URI"


def test_nothing_is_replaced_unasked_and_no_bad_id_is_written(tmp_path: Path) -> None:
    there = tmp_path / "mine.json"
    there.write_text("mine")
    lips = makeup("lipstick", "#B0263A")
    for name, code in (("mine.json", "E_OUTPUT_EXISTS"), ("my look.json", "E_RECIPE")):
        with pytest.raises(InputError) as caught:
            new_recipe([lips], out=tmp_path / name)
        assert caught.value.code == code
    assert there.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.json"]
    new_recipe([lips], out=there, force=True)
    assert json.loads(there.read_text())["id"] == "mine"


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "examples" / "recipes").glob("*.json")), ids=lambda path: path.stem)
def test_every_example_checks_and_is_called_as_its_file(path: Path) -> None:
    assert check_recipe(path).id == path.stem
