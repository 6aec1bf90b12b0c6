"""``arviz embed``."""

from arviz.cli.terminal import file_size
from arviz.core.resources import resource
from tests.cli.command_line import arviz

RUG = resource("assets", "products", "rug", "rug.glb")


def test_a_folder_for_a_page_and_what_goes_into_it(tmp_path):
    done = arviz("embed", RUG, "-o", tmp_path / "shop", "--title", "Rug", "--effort", "fast", "--json")
    assert done.code == 0, done.err
    told = done.json
    assert told["schema"] == "arviz.embedded/1"
    assert {path.name: path.stat().st_size for path in (tmp_path / "shop").iterdir()} == told["files"]
    assert told["snippet"].replace('"shop/', '"').replace(" shop/", " ") in (tmp_path / "shop" / "index.html").read_text("utf-8")
    again = arviz("embed", RUG, "-o", tmp_path / "shop")
    assert again.code == 3
    assert "E_OUTPUT_EXISTS" in again.err


def test_before_and_after_are_told(tmp_path):
    done = arviz("embed", RUG, "-o", tmp_path / "shop", "--effort", "fast")
    assert done.code == 0, done.err
    assert f"rug.glb ({file_size(RUG.stat().st_size)})  ->" in done.err
    assert file_size(sum(path.stat().st_size for path in (tmp_path / "shop").iterdir())) in done.err
    assert f"The 3D view loads {file_size((tmp_path / 'shop' / 'rug.web.glb').stat().st_size)};" in done.err


def test_a_product_that_is_not_as_listed_is_told(tmp_path):
    """Shoppers would read a size that is not the product's."""
    done = arviz("embed", RUG, "-o", tmp_path / "shop", "--size", "2x3x0.5m", "--effort", "fast")
    assert done.code == 1
    assert "E_SIZE" in done.err
    assert (tmp_path / "shop" / "index.html").exists()


def test_what_cannot_be_read(tmp_path):
    (tmp_path / "x.glb").write_bytes(b"glTF")
    done = arviz("embed", tmp_path / "x.glb", "-o", tmp_path / "shop")
    assert done.code == 3
    assert not (tmp_path / "shop").exists()
