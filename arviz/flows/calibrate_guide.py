"""Journey: a film or a webcam in which somebody shows a board, prompted to what is still missing; good frames are picked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.errors import BackendError, FormatError, InputError
from arviz.core.image import Image
from arviz.vision.calibration.boards import Board, parse_board
from arviz.vision.calibration.coverage import Coverage
from arviz.vision.calibration.detect import detect, sharpness

LOOKS_PER_S = 5.0
"""Frames looked at; between two of them a board that is held still hardly moves."""
_UNKNOWN_RATE = 30.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Look:
    """One frame that was looked at: its number from 0, its time, its picture and the coverage after it."""

    number: int
    time_s: float
    image: Image
    coverage: Coverage


def guide(source: str | PathLike[str] | int, *, board: str | Board) -> Iterator[Look]:
    """Look through a film, or at a webcam until everything was shown, and yield every look; `Coverage.prompt` says what to do.

    Parameters
    ----------
    source : path or int
        A film, or the number of a webcam.
    board : str or Board

    Raises
    ------
    InputError
        ``E_FILE_MISSING``: no such file; ``E_VIDEO``: no film.
    BackendError
        ``E_WEBCAM``: the camera does not open.
    """
    board = parse_board(board) if isinstance(board, str) else board
    coverage: Coverage | None = None
    with _opened(source) as capture:
        rate = _rate(capture)
        step = max(1, round(rate / LOOKS_PER_S))
        number = -1
        while coverage is None or not coverage.done:
            number += 1
            if not capture.grab():
                if number == 0:
                    raise _no_film(source)
                return
            if number % step:
                continue
            read, pixels = capture.retrieve()
            if not read:
                continue
            image = Image(pixels=np.ascontiguousarray(pixels[..., ::-1]))  # cv2 gives BGR
            if coverage is None:
                coverage = Coverage(board=board, width_px=image.width_px, height_px=image.height_px)
            corners = detect(image, board, exhaustive=False)
            edge_px = 0.0 if corners is None else sharpness(image, corners)
            coverage = coverage.see(corners, name=f"frame-{number:06d}", edge_px=edge_px)
            yield Look(number=number, time_s=number / rate, image=image, coverage=coverage)


@contextmanager
def _opened(source: str | PathLike[str] | int) -> Iterator[Any]:
    import cv2

    if not isinstance(source, int) and not Path(fspath(source)).is_file():
        raise InputError("E_FILE_MISSING", "no such film", where=fspath(source), hint="Check the name and the folder you are in.")
    capture = cv2.VideoCapture(source if isinstance(source, int) else fspath(source))
    try:
        if not capture.isOpened():
            raise _no_film(source)
        yield capture
    finally:
        capture.release()


def _rate(capture: Any) -> float:
    import cv2

    rate = float(capture.get(cv2.CAP_PROP_FPS))
    return rate if 1 <= rate <= 1000 else _UNKNOWN_RATE


def _no_film(source: str | PathLike[str] | int) -> InputError | BackendError:
    if isinstance(source, int):
        return BackendError(
            "E_WEBCAM",
            "the webcam gives no picture",
            where=f"webcam {source}",
            hint="Close other programs that use it, or try another number.",
        )
    return FormatError("E_VIDEO", "this is no film that can be played", where=fspath(source), expected="MP4, MOV, WebM or AVI")
