"""Photos of a board as people name them, and what to say where none shows it."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath
from pathlib import Path

from arviz.core.errors import InputError
from arviz.core.image import decode
from arviz.core.limits import Limits
from arviz.formats.files import Files
from arviz.vision.calibration.boards import Board
from arviz.vision.calibration.detect import find_board_size

Photo = str | PathLike[str] | bytes
_LOOKED_AT = 3
"""In so many pictures a board of other counts is looked for where none shows the right one."""


def read_photo(photo: Photo, number: int, limits: Limits) -> tuple[bytes, str]:
    """Return a photo's bytes and what to call it."""
    if isinstance(photo, bytes):
        return photo, f"picture {number}"
    path = Path(fspath(photo))
    if path.is_dir():
        raise InputError(
            "E_FILE_KIND",
            "this is a folder, not a picture",
            where=path.name,
            expected="pictures",
            hint=f"Name the pictures in it: {path.name}/*.jpg.",
        )
    data = Files(path, name=path.name, limits=limits).read_input()
    limits.check("image_bytes", len(data), where=path.name)
    return data, path.name


def other_counts(photos: Sequence[Photo], board: Board, limits: Limits) -> str | None:
    """Return what to do where a picture shows a chessboard of other counts than were given."""
    if board.kind != "chessboard":
        return None
    for number, photo in enumerate(photos[:_LOOKED_AT], start=1):
        data, name = read_photo(photo, number, limits)
        size = find_board_size(decode(data, where=name, limits=limits, oriented=True))
        if size is not None and set(size) != set(board.grid):
            counts = f"{size[0]}x{size[1]}"
            return f"{name} shows a chessboard of {counts} inner corners: count again, and give --board chessboard:{counts}:SIDE."
    return None
