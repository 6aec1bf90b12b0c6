"""Choosing the reader, guarding the folder, applying unit and axes."""

import os

import numpy as np
import pytest

from arviz.core.errors import ArvizError, FormatError, InputError, LimitError
from arviz.core.graph import size
from arviz.core.limits import Limits
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read

_CORNERS = "0 0 0, 4 0 0, 4 2 0, 0 2 0, 0 0 1, 4 0 1, 4 2 1, 0 2 1"
_FACES = "1 4 3 2, 5 6 7 8, 1 2 6 5, 3 4 8 7, 2 3 7 6, 1 5 8 4"
BOX = "".join(f"{key} {item}\n" for key, items in (("v", _CORNERS), ("f", _FACES)) for item in items.split(", "))
"""4 x 2 x 1 file units in x, y, z."""


@pytest.fixture
def box(tmp_path):
    path = tmp_path / "box.obj"
    path.write_text(BOX)
    return path


def test_a_unitless_file_stays_in_file_units_until_someone_knows(box):
    asset = read(box)
    assert not asset.unit_known
    assert size(asset) == (4, 2, 1)


@pytest.mark.parametrize(("unit", "metres"), [("mm", 0.001), ("cm", 0.01), ("m", 1), ("in", 0.0254), ("ft", 0.3048)])
def test_units_become_metres(box, unit, metres):
    asset = read(box, unit=unit)
    assert asset.unit_known
    assert size(asset) == pytest.approx((4 * metres, 2 * metres, metres))
    assert (asset.source.unit, asset.source.unit_source) == (unit, "user")


def test_axes_turn_the_product_upright(box):
    assert size(read(box, up="+Z")) == (4, 1, 2)
    assert size(read(box, up="+X", front="+Z")) == (2, 4, 1)
    assert read(box, up="+Z").source.front == "-Y" or read(box, up="+Z").source.front == "+X"


def test_a_glb_can_be_told_another_unit_and_other_axes(box):
    glb = write_glb(read(box, unit="m"))
    asset = read(glb, format="glb", unit="cm", up="+Z", front="-Y")
    assert size(asset) == pytest.approx((0.04, 0.01, 0.02))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.glb", b"", "E_FILE_EMPTY"),
        ("model.xyz", b"hello", "E_FORMAT_UNKNOWN"),
        ("noextension", b"hello", "E_FORMAT_UNKNOWN"),
        ("really-glb.obj", b"glTF\x02\0\0\0", "E_FORMAT_MISMATCH"),
        ("text.glb", BOX.encode(), "E_FORMAT_MISMATCH"),
        ("text.gltf", b"# made by hand\n" + BOX.encode(), "E_FORMAT_MISMATCH"),
        ("text.stl", BOX.encode(), "E_FORMAT_MISMATCH"),
        ("text.obj", b"solid a\nfacet normal 0 0 1\nouter loop\n", "E_FORMAT_MISMATCH"),
        ("page.obj", b"\n <!DOCTYPE html><html><body>not found</body></html>", "E_FORMAT_MISMATCH"),
        ("page.glb", b"<!-- saved --><HTML>", "E_FORMAT_MISMATCH"),
        ("picture.glb", b"\x89PNG\r\n\x1a\n", "E_FORMAT_MISMATCH"),
        ("cut.glb", b"glTF\x02\0\0\0\xff\0\0\0", "E_TRUNCATED"),
    ],
)
def test_wrong_files_are_named_and_explained(tmp_path, name, content, code):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError) as caught:
        read(tmp_path / name)
    assert caught.value.code == code
    assert caught.value.hint
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("page.glb", b"<html>404", "Download the model again"),
        ("vase.jpg", b"\xff\xd8\xff\xe0", "Name the model file"),
        ("picture.glb", b"\x89PNG\r\n\x1a\n", "Name the model file"),
        ("models.rar", b"Rar!", "Unpack"),
        ("shelf.blend", b"BLENDER", "glTF"),
        ("bracket.sldprt", b"\xd0\xcf", "STEP"),
    ],
)
def test_what_is_no_model_is_told_what_to_do_instead(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError) as caught:
        read(tmp_path / name)
    assert says in caught.value.hint


def test_missing_file_folder_and_pipe(tmp_path):
    for path, code in ((tmp_path / "gone.glb", "E_FILE_MISSING"), (tmp_path, "E_FILE_KIND")):
        with pytest.raises(InputError) as caught:
            read(path)
        assert caught.value.code == code
    os.mkfifo(tmp_path / "pipe.glb")
    with pytest.raises(InputError) as caught:
        read(tmp_path / "pipe.glb")
    assert caught.value.code == "E_FILE_KIND"


def test_a_file_over_the_limit_is_not_read(box):
    with pytest.raises(LimitError) as caught:
        read(box, limits=Limits(file_bytes=10))
    assert caught.value.code == "E_LIMIT_FILE_BYTES"


def test_unicode_and_spaces_in_names(tmp_path):
    path = tmp_path / "Möbel 椅子 (1).obj"
    path.write_text(BOX)
    assert size(read(path)) == (4, 2, 1)


def test_the_shared_formats_have_their_known_size(data):
    """Truth from the data's README: the part is 5 x 2.5 x 1.375 inch, STL itself says no unit."""
    asset = read(data / "formats" / "featuretype.STL", unit="in")
    assert size(asset) == pytest.approx((0.127, 0.034925, 0.0635), rel=1e-5)
    for name in ("fuze.obj", "cube_blender_uv.ply", "cubevc.glb"):
        assert np.isfinite(size(read(data / "formats" / name))).all()


def test_every_hostile_obj_stl_ply_ends_in_an_arviz_error_or_an_asset(data):
    for path in sorted((data / "hostile" / "synthetic").iterdir()):
        if path.suffix.lower() in (".obj", ".stl", ".ply"):
            try:
                assert read(path).meshes
            except ArvizError as error:
                assert error.exit_code in (3, 4)  # noqa: PT017
