"""Landmarks of a photo and of a film: the astronaut's face, drawn, told and kept nowhere unasked."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from arviz.core.errors import InputError
from arviz.core.image import Image, encode
from arviz.flows.landmarks import landmarks
from arviz.flows.video.film import open_film
from arviz.vision.models.store import ModelStore


@pytest.fixture
def photo(tmp_path: Path, astronaut: Image) -> Path:
    path = tmp_path / "astronaut.png"
    path.write_bytes(encode(astronaut, "PNG"))
    return path


def test_the_astronauts_face_is_found_and_drawn(photo: Path, tmp_path: Path, astronaut: Image, models: ModelStore) -> None:
    found = landmarks(photo, draw=tmp_path / "seen.png")
    (face,) = found.seen[0].landmarks
    # Her pupils, read off by eye from the enlarged picture to about a pixel.
    assert np.abs(face.points_px[468] - (203, 100)).max() < 2
    assert np.abs(face.points_px[473] - (246, 102.5)).max() < 2
    drawn = found.image
    assert drawn is not None
    changed = np.argwhere((drawn.pixels != astronaut.pixels).any(axis=2))
    assert np.allclose(changed.min(axis=0)[::-1], face.points_px.min(axis=0), atol=3)
    assert np.allclose(changed.max(axis=0)[::-1], face.points_px.max(axis=0), atol=3)
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert told["schema"] == "arviz.landmarks/1"
    assert len(told["frames"][0]["found"][0]["points_px"]) == 478
    assert (tmp_path / "seen.png").exists()


def test_nothing_is_written_unasked(photo: Path, tmp_path: Path, models: ModelStore) -> None:
    landmarks(photo)
    assert list(tmp_path.iterdir()) == [photo]


def test_nobody_is_no_error(tmp_path: Path, models: ModelStore) -> None:
    path = tmp_path / "grey.png"
    path.write_bytes(encode(Image(pixels=np.full((240, 320, 3), 128, np.uint8)), "PNG"))
    found = landmarks(path, kind=["face", "person"])
    assert found.seen[0].landmarks == ()
    assert [finding.code for finding in found.findings] == ["W_NOBODY_SEEN"]


def test_a_film_is_gone_through_picture_by_picture(tmp_path: Path, astronaut: Image, models: ModelStore) -> None:
    film = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter_fourcc(*"MJPG"), 5, (321, 320))
    for shift in (0, 6, 12):
        writer.write(np.ascontiguousarray(astronaut.pixels[:320, 60 - shift : 381 - shift, ::-1]))
    writer.release()
    found = landmarks(film, draw=tmp_path / "seen.mp4")
    assert [seen.time_s for seen in found.seen] == [0, 0.2, 0.4]
    xs = [seen.landmarks[0].points_px[:468, 0].mean() for seen in found.seen]
    assert np.diff(xs) == pytest.approx([6, 6], abs=1)
    with open_film(tmp_path / "seen.mp4") as seen:
        assert [one.image.pixels.shape for one in seen.pictures()] == [(320, 320, 3)] * 3


def test_what_cannot_be_done_is_told_before_the_work(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "there.png").write_bytes(b"mine")
    for wrong, code in (("there.png", "E_OUTPUT_EXISTS"), ("seen.mp4", "E_OUTPUT_FORMAT"), ("astronaut.png", "E_OUTPUT_IS_INPUT")):
        with pytest.raises(InputError) as caught:
            landmarks(photo, draw=tmp_path / wrong)
        assert caught.value.code == code
    with pytest.raises(InputError) as caught:
        landmarks(photo, kind="faces")  # type: ignore[arg-type]
    assert caught.value.code == "E_LANDMARK_KIND"
    assert (tmp_path / "there.png").read_bytes() == b"mine"
