"""Journey: a film or a webcam in which somebody shows a board, prompted to what is still missing; good frames are picked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

from arviz.core.image import Image
from arviz.flows.video.film import open_film
from arviz.vision.calibration.boards import Board, parse_board
from arviz.vision.calibration.coverage import Coverage
from arviz.vision.calibration.detect import detect, sharpness

LOOKS_PER_S = 5.0
"""Frames looked at; between two of them a board that is held still hardly moves."""


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
    with open_film(source) as film:
        for number, time_s, image in film.pictures(every=max(1, round(film.rate / LOOKS_PER_S))):
            if coverage is None:
                coverage = Coverage(board=board, width_px=image.width_px, height_px=image.height_px)
            corners = detect(image, board, exhaustive=False)
            edge_px = 0.0 if corners is None else sharpness(image, corners)
            coverage = coverage.see(corners, name=f"frame-{number:06d}", edge_px=edge_px)
            yield Look(number=number, time_s=time_s, image=image, coverage=coverage)
            if coverage.done:
                return
