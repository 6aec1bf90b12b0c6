"""Films that come in: a file or a webcam, picture by picture, as people see them (turned as the file asks)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from arviz.core.errors import BackendError, FormatError, InputError
from arviz.core.image import Image
from arviz.core.limits import DEFAULT_LIMITS, Limits

FilmSource = str | PathLike[str] | int
"""A file, or the number of a webcam."""

SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi")
_UNKNOWN_RATE = 30.0
_LEAST_BYTES = 8
"""Of a picture in a film: no codec needs less for one that is like the picture before, with its place in the index."""
_CONTAINERS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


class Picture(NamedTuple):
    """One picture of a film: its number from 0, when it is shown, and what it shows."""

    number: int
    time_s: float
    image: Image


class Film:
    """An open film; `open_film` makes it."""

    def __init__(self, capture: Any, source: FilmSource) -> None:
        import cv2

        self._capture, self._source = capture, source
        rate = float(capture.get(cv2.CAP_PROP_FPS))
        self.rate = rate if 1 <= rate <= 1000 else _UNKNOWN_RATE
        """Pictures in a second, 30 where the film does not say."""
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        possible = 0 if isinstance(source, int) else Path(fspath(source)).stat().st_size / _LEAST_BYTES
        self.count = int(count) if 1 <= count <= possible else None
        """How many pictures the file announces, which may be wrong; None where it does not, or cannot hold so many, and of a webcam."""

    def pictures(self, *, every: int = 1) -> Iterator[Picture]:
        """Yield every n-th picture, from the first.

        Raises
        ------
        FormatError, BackendError
            There is not one.
        """
        number, seen = -1, 0
        while self._capture.grab():
            number += 1
            if number % every:
                continue
            read, pixels = self._capture.retrieve()
            if not read or pixels is None or pixels.ndim != 3:
                continue
            seen += 1
            # OpenCV gives BGR. A webcam's clock is its rate, as its driver's time stamps differ from system to system.
            yield Picture(number, number / self.rate, Image(pixels=np.ascontiguousarray(pixels[..., ::-1])))
        if not seen:
            raise _no_film(self._source)


@contextmanager
def open_film(source: FilmSource, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[Film]:
    """Open a film; it is closed when the block ends.

    Raises
    ------
    InputError
        No such file.
    FormatError
        ``E_VIDEO``: not MP4, MOV, WebM, Matroska or AVI, or one that cannot be decoded.
    BackendError
        ``E_WEBCAM``.
    LimitError
        Its pictures are larger than `limits` allow.
    """
    import cv2

    if not isinstance(source, int):
        _check_file(Path(fspath(source)))
    told = cv2.utils.logging.setLogLevel(0)  # it would write to stderr what is raised here
    capture = cv2.VideoCapture(source) if isinstance(source, int) else cv2.VideoCapture(fspath(source), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            raise _no_film(source)
        size = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)) * int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        limits.check("image_pixels", size, where=source)
        yield Film(capture, source)
    finally:
        capture.release()
        cv2.utils.logging.setLogLevel(told)


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise InputError("E_FILE_MISSING", "no such film", where=path, hint="Check the name and the folder you are in.")
    with open(path, "rb") as file:
        head = file.read(12)
    # FFmpeg decides by content, and a playlist with this name could make it open other files and addresses.
    if not (head[4:8] in _CONTAINERS or head[:4] == b"\x1a\x45\xdf\xa3" or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")):
        raise _no_film(path)


def _no_film(source: FilmSource) -> BackendError | FormatError:
    if isinstance(source, int):
        return BackendError(
            "E_WEBCAM",
            "the webcam gives no picture",
            where=f"webcam {source}",
            hint="Close other programs that use it, or try another number.",
        )
    return FormatError("E_VIDEO", "this is no film that can be played", where=fspath(source), expected="MP4, MOV, WebM, Matroska or AVI")
