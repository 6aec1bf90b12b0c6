"""A file of the user's own that is no such network is an error that says so, not the end of the process."""

import io
import zipfile
from dataclasses import replace

import pytest

from arviz.core.errors import BackendError
from arviz.flows.models import open_estimator
from arviz.vision.models.pack import bundle


def empty_zip():
    out = io.BytesIO()
    zipfile.ZipFile(out, "w").close()
    return out.getvalue()


def swapped(good):
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return bundle(members | {"face_landmarks_detector.tflite": members["face_blendshapes.tflite"]})


BROKEN = {
    "nothing": lambda good: b"",
    "noise": lambda good: b"a network of my own" * 100,
    "cut short": lambda good: good[: len(good) // 2],
    "an empty bundle": lambda good: empty_zip(),
    "another network": swapped,
}


@pytest.mark.parametrize("name", ["mediapipe", "litert"])
@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_file(name, how, models, tmp_path):
    if name == "litert":
        pytest.importorskip("ai_edge_litert", reason="the extra [litert] is not installed")
    own = tmp_path / "own.task"
    own.write_bytes(BROKEN[how](models.find("face_landmarker").read_bytes()))
    with pytest.raises(BackendError) as caught:
        open_estimator(name, store=replace(models, files={"face_landmarker": own}), far=False)
    assert caught.value.code == "E_LANDMARKS_NETWORK"
    assert caught.value.where == "own.task"
    assert str(tmp_path) not in str(caught.value)
