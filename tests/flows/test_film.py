"""Films come in picture by picture, in time and in true colours; what is no film is told at once."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from arviz.core.errors import FormatError, InputError, LimitError
from arviz.core.limits import Limits
from arviz.flows.video.film import open_film

COLOURS = [(200, 30, 30), (30, 180, 40), (40, 50, 190), (220, 210, 40)]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Four pictures in a second of one colour each."""
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 4, (64, 48))
    for colour in COLOURS:
        writer.write(np.full((48, 64, 3), colour[::-1], np.uint8))
    writer.release()
    return path


def test_pictures_come_in_their_order_colours_and_times(film: Path) -> None:
    with open_film(film) as opened:
        assert opened.rate == 4
        assert opened.count == 4
        seen = list(opened.pictures())
    assert [(one.number, one.time_s) for one in seen] == [(0, 0), (1, 0.25), (2, 0.5), (3, 0.75)]
    for one, colour in zip(seen, COLOURS, strict=True):
        assert np.abs(one.image.pixels.reshape(-1, 3).astype(int) - colour).max() <= 6


def test_every_second_picture(film: Path) -> None:
    with open_film(film) as opened:
        assert [one.number for one in opened.pictures(every=2)] == [0, 2]


@pytest.mark.parametrize(
    "content", [b"", b"#EXTM3U\nhttp://127.0.0.1:9/a.ts\n", b"ffconcat version 1.0\nfile /etc/passwd\n", b"\0\0\0\x18ftypisom" + bytes(40)]
)
def test_what_is_no_film_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught, open_film(path) as opened:
        list(opened.pictures())
    assert caught.value.code == "E_VIDEO"


def test_a_film_that_is_cut_off_ends_early(film: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.avi"
    data = film.read_bytes()
    cut.write_bytes(data[: data.rindex(b"00dc", 0, data.index(b"idx1")) + 4])  # within the last picture
    with open_film(cut) as opened:
        assert 0 < len(list(opened.pictures())) < 4


def test_missing_and_too_large(film: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError) as missing, open_film(tmp_path / "none.mp4"):
        pass
    assert missing.value.code == "E_FILE_MISSING"
    with pytest.raises(LimitError), open_film(film, limits=Limits(image_pixels=1000)):
        pass
