"""Try-on in memory: the photo goes through the sandbox, and nothing of it stays."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from arviz.core.errors import ArvizError
from arviz.core.image import decode, encode
from arviz.core.resources import resource
from arviz.jobs.perform import Call, perform
from arviz.jobs.store import Store
from arviz.jobs.tryon import TryOn, memory_folder
from arviz.jobs.warm import Setup

MAKEUP = {"kind": "lipstick", "albedo_srgb": "#A01030", "coverage": 0.9, "finish": "satin"}


@pytest.fixture(scope="module")
def setup():
    """A folder in memory of our own: other processes may be at work in the one above."""
    try:
        place = memory_folder()
    except ArvizError as error:
        pytest.skip(str(error))
    with TemporaryDirectory(dir=place) as folder:
        Path(folder).chmod(0o711)  # contained children are of another user where we are root
        yield Setup(scratch=folder)


def worn(photo, setup, *items, **more):
    recipe = {"schema": "arviz.tryon/1", "id": "r", "items": list(items)}
    task = TryOn(kind="tryon", photo=photo, options={"recipe": recipe, "format": "png"}, setup=setup, **more)
    assert "photo" not in repr(task)
    files, made = task(lambda share, stage: None)
    return decode(files["picture"]), made["report"]


def left(setup):
    return [path for path in Path(setup.scratch).glob("arviz-worker-*/**/*") if path.is_file() and path.name not in ("lock", "words")]


def test_a_recipe_is_put_on_and_nothing_stays(models, astronaut, setup):
    picture, report = worn(encode(astronaut, "PNG"), setup, MAKEUP)
    assert picture.pixels.shape == astronaut.pixels.shape
    assert len(report["faces"]) == 1
    changed = np.abs(picture.pixels.astype(int) - astronaut.pixels).max(axis=2) > 8
    assert 0.0005 < changed.mean() < 0.05
    assert left(setup) == []


def test_glasses_are_an_asset(models, astronaut, setup, tmp_path):
    store = Store(tmp_path / "store")
    source = store.put(resource("assets", "products", "glasses", "glasses.glb")).id
    made = Call(kind="convert", inputs={"source": source}, options={"name": "Round"}, store=store.url, setup=setup)  # the same sandbox
    asset = perform(made)["asset"]
    glasses = {"kind": "glasses", "asset": {"uri": "glasses.glb"}}
    picture, report = worn(encode(astronaut, "JPEG", quality=95), setup, glasses, store=store.url, glasses=asset)
    assert len(report["faces"]) == 1
    assert picture.pixels.shape == astronaut.pixels.shape


@pytest.mark.parametrize("photo", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_what_is_no_picture(setup, photo):
    with pytest.raises(ArvizError) as error:
        worn(photo, setup, MAKEUP)
    assert error.value.http_status == 422
    assert left(setup) == []
