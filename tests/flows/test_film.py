"""Films come in picture by picture, in time and in true colours; what is no film is told at once."""

import struct
from pathlib import Path
from time import sleep

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage

from arviz.core.errors import FormatError, InputError, LimitError
from arviz.core.image import Image
from arviz.core.limits import Limits
from arviz.flows.video.encoder import Plan
from arviz.flows.video.film import Picture, open_film
from arviz.flows.video.newest import paced
from arviz.flows.video.through import through
from arviz.flows.video.webm import WebmEncoder

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


def lying(path: Path, *, announced_s: float) -> Path:
    """Write six pictures in 0.6 s whose header announces another length."""
    with path.open("w+b") as file:
        encoder = WebmEncoder(file, Plan(width_px=32, height_px=32, frames=6, seconds=0.6))
        for shade in range(6):
            encoder.add(Image(pixels=np.full((32, 32, 3), 40 * shade, np.uint8)))
        encoder.finish()
    data = path.read_bytes()
    at = data.index(b"\x44\x89\x88") + 3
    path.write_bytes(data[:at] + struct.pack(">d", 1000 * announced_s) + data[at + 8 :])
    return path


@pytest.mark.parametrize("announced_s", [0.0, 0.1, 0.6, 3.0, 1e9])
@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".gif", ".webp"])
def test_what_a_film_announces_does_not_matter(tmp_path: Path, announced_s: float, suffix: str) -> None:
    source, out = lying(tmp_path / "film.webm", announced_s=announced_s), tmp_path / f"out{suffix}"
    shown: list[int] = []
    told: list[float] = []

    def each(picture: Picture) -> Image:
        shown.append(picture.number)
        return picture.image

    went = through(source, each, out=out, progress=lambda step, share: told.append(share))
    assert went.pictures == 6
    assert shown == list(range(6)), "each picture is decoded and shown once"
    assert told == sorted(told)
    assert all(0 < share <= 1 for share in told)
    assert out.stat().st_size < 40_000, "no room is kept for pictures that cannot be"
    if suffix in (".gif", ".webp"):
        with PillowImage.open(out) as back:
            assert getattr(back, "n_frames", 1) == 6
            return
    if suffix == ".webm":
        with open_film(out) as opened:
            assert [round(one.image.pixels.mean() / 40) for one in opened.pictures()] == list(range(6))


def test_a_film_waits_until_its_first_picture_is_done(film: Path) -> None:
    """What is made ready on the first picture may take longer than the whole film."""
    with open_film(film) as opened:
        pictures = paced(opened)
        next(pictures)
        sleep(1.2)
        assert list(pictures)
