"""A product in an archive: the one model in it, with what lies beside it."""

from __future__ import annotations

import zipfile

import pytest

from arviz.core.errors import ArvizError
from arviz.flows.product_file import product_file


def packed(path, *names):
    with zipfile.ZipFile(path, "w") as out:
        for name in names:
            out.writestr(name, name)
    return path


def test_a_file_is_itself(tmp_path):
    assert product_file(tmp_path / "chair.obj", into=tmp_path / "out") == tmp_path / "chair.obj"


@pytest.mark.parametrize(
    ("names", "best"),
    [
        (["chair.obj", "chair.mtl", "wood.png"], "chair.obj"),
        (["export/chair.OBJ", "export/wood.png", "__MACOSX/export/._chair.obj"], "export/chair.OBJ"),
        (["chair.stl", "chair.obj", "chair.gltf", "chair.bin"], "chair.gltf"),
    ],
)
def test_the_best_model_is_found(tmp_path, names, best):
    found = product_file(packed(tmp_path / "chair.ZIP", *names), into=tmp_path / "out")
    assert found == tmp_path / "out" / best
    assert {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()} == {
        name for name in names if "MACOSX" not in name
    }


@pytest.mark.parametrize("names", [[], ["readme.txt"], ["a.obj", "b.obj", "c.stl"]])
def test_no_product_or_several_are_refused(tmp_path, names):
    with pytest.raises(ArvizError) as error:
        product_file(packed(tmp_path / "chair.zip", *names), into=tmp_path / "out")
    assert error.value.code == "E_ARCHIVE_PRODUCTS"
