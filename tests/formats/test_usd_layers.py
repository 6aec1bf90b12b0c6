"""Layers and pictures that a USD file names: inside its package or folder, or not at all."""

import pytest

from arviz.core.errors import FormatError, LimitError
from arviz.core.graph import size
from arviz.core.image import Image, encode
from arviz.formats.files import Files
from arviz.formats.read import read
from arviz.formats.usd_read.read import read_in_place
from arviz.formats.usdz.package import pack
from tests.formats.usda_text import BOUND, SQUARE, SURFACE, TEXTURE, load, pixels, usda


def test_layers_of_the_folder_are_read(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "board.usda").write_bytes(usda(SQUARE % "").replace(b'"R"', b'"Board"'))
    path = tmp_path / "product.usda"
    moved = 'double3 xformOp:translate = (0, 0, 5)\nuniform token[] xformOpOrder = ["xformOp:translate"]'
    path.write_bytes(usda(using("./parts/board.usda") + using("parts/board.usda", name="b", more=moved)))
    asset = read(path)
    assert size(asset) == pytest.approx((2, 1, 5))
    assert len(asset.meshes) == 1
    assert dict(asset.source.beside).keys() == {"./parts/board.usda", "parts/board.usda"}


def using(layer, *, arc="references", name="a", more=""):
    return f'def "{name}" (\n prepend {arc} = @{layer}@\n) {{\n{more}\n}}\n'


IN_VARIANT = """def "a" (
 prepend variantSets = "v"
) {
 variantSet "v" = {
  "x" (
   prepend references = @../secret.usda@
  ) {
  }
 }
}
"""


@pytest.mark.parametrize(
    "body",
    [
        using("../secret.usda"),
        using("%s", arc="payload"),
        using("http://example.com/x.usda"),
        using('`"${X}"`'),
        IN_VARIANT,
        using("./in.usda"),
        using("./link.usda"),
        using("./in.usdz[x.usda]"),
    ],
)
def test_what_leads_outside_is_refused(body, tmp_path):
    secret = tmp_path / "secret.usda"
    secret.write_bytes(usda(SQUARE % ""))
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "in.usda").write_bytes(b"#usda 1.0\n(\n subLayers = [@../secret.usda@]\n)\n")
    (folder / "link.usda").symlink_to(secret)
    head = f'metersPerUnit = 1\n upAxis = "Y"\n expressionVariables = {{\n string X = "{secret}"\n }}'
    path = folder / "product.usda"
    path.write_bytes(usda((body % secret if "%s" in body else body) + SQUARE % "", head=head))
    with pytest.raises(LimitError) as error:
        read_in_place(path.read_bytes(), Files(path, name="product"))
    assert error.value.code == "E_EXTERNAL_URI"


def test_a_package_may_not_name_what_is_outside_of_it(tmp_path):
    secret = tmp_path / "secret.usda"
    secret.write_bytes(usda(SQUARE % ""))
    with pytest.raises(LimitError):
        load(pack({"model.usda": usda(using(secret))}))
    (tmp_path / "a.png").write_bytes(encode(Image(pixels=pixels()), "PNG"))
    body = SURFACE % (" color3f inputs:diffuseColor.connect = </R/M/T.outputs:rgb>", TEXTURE % (tmp_path / "a.png")) + SQUARE % BOUND
    assert not load(pack({"model.usda": usda(body)})).images


def test_errors_name_no_folder_of_this_machine(tmp_path):
    path = tmp_path / "broken.usda"
    path.write_bytes(b"#usda 1.0\ndef Mesh {{{")
    with pytest.raises(FormatError) as error:
        read_in_place(path.read_bytes(), Files(path, name="broken.usda"))
    assert "broken.usda:2" in error.value.found
    assert str(tmp_path) not in error.value.found
