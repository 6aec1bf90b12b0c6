"""Calibration boards: what is printed, where its corners are, and how people name it (``chessboard:9x6:25mm``).

A board lies in the plane z = 0 of its own frame. **Convention** the origin is the upper left corner of the printed pattern
(without its white margin), x runs right, y down, z into the paper, so that an upright board 0.5 m before a camera has the
identity as rotation in ``camera_from_board``. Of ``chessboard:9x6:25mm``, 250 mm wide and 175 mm high, corner 0 is at
(0.025, 0.025, 0) and corner 53 at (0.225, 0.150, 0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from arviz.core.errors import InputError, UnitError
from arviz.core.frozen import Array, set_fields
from arviz.core.units import parse_length

BoardKind = Literal["chessboard", "charuco", "aprilgrid"]

APRILTAG = "APRILTAG_36h11"
"""The family of Kalibr's grids."""
APRILTAG_BORDER = 2
"""Cells of black around the bits of Kalibr's tags; those of the AprilTag library have one."""
_MARKER_RATIO = 0.75
_DICTIONARY = "5X5_250"
_SIDES = {"chessboard": 3, "charuco": 3, "aprilgrid": 1}
_MOST = 100
_EXPECTED = (
    "chessboard:9x6:25mm (inner corners, side of a square), charuco:7x10:26mm[:19.5mm][:5X5_250] (squares, side of a square, "
    "side of a marker, dictionary) or aprilgrid:6x6:24mm[:0.3] (tags, side of a tag, gap / side)"
)


class Pattern(NamedTuple):
    """The ink of a board: a grid of cells with unequal sides, exact, shared by the printed page and synthetic views."""

    x_m: Array
    """(M + 1,) borders of the columns, from 0 to the width."""
    y_m: Array
    """(N + 1,) borders of the rows, downwards."""
    dark: Array
    """(N, M) bool: black cells."""

    def at(self, points_m: Array) -> Array:
        """Return (...,) bool: is there ink at (..., 2 or 3) points of the board's frame? White outside the pattern."""
        points = np.asarray(points_m, np.float64)
        column = np.searchsorted(self.x_m, points[..., 0], side="right") - 1
        row = np.searchsorted(self.y_m, points[..., 1], side="right") - 1
        inside = (column >= 0) & (row >= 0) & (column < len(self.x_m) - 1) & (row < len(self.y_m) - 1)
        out: Array = inside & self.dark[np.where(inside, row, 0), np.where(inside, column, 0)]
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A calibration board.

    Parameters
    ----------
    kind : "chessboard", "charuco" or "aprilgrid"
    columns, rows : int
        Inner corners of a chessboard, squares of a ChArUco board, tags of an AprilGrid.
    square_m : float
        Side of a square, or of a tag (its black border included).
    marker_m : float or None
        Side of a marker; ChArUco only.
    dictionary : str or None
        Of the markers, as in ``cv2.aruco`` without ``DICT_``; ChArUco and AprilGrid.
    legacy : bool
        The ChArUco pattern of OpenCV before 4.6, which begins with a white square where the count of rows is even.
    spacing : float or None
        Gap between tags in sides of a tag (Kalibr's ``tagSpacing``); AprilGrid only.
    """

    kind: BoardKind
    columns: int
    rows: int
    square_m: float
    marker_m: float | None = None
    dictionary: str | None = None
    legacy: bool = False
    spacing: float | None = None

    def __post_init__(self) -> None:
        # To a nanometre, so that the text means the same board.
        set_fields(self, square_m=round(self.square_m, 9), marker_m=None if self.marker_m is None else round(self.marker_m, 9))
        least = _SIDES[self.kind]
        if not (least <= self.columns <= _MOST and least <= self.rows <= _MOST):
            raise _syntax(f"{self.columns}x{self.rows}", expected=f"{least} to {_MOST} per side of a {self.kind}")
        if not 0.001 <= self.square_m <= 10:
            raise _syntax(f"sides of {self.square_m * 1000:g} mm", expected="sides from 1 mm to 10 m")
        if self.kind == "charuco" and (self.marker_m is None or not 0.3 <= self.marker_m / self.square_m <= 0.95):
            raise _syntax(f"a marker of {(self.marker_m or 0) * 1000:g} mm", expected="0.3 to 0.95 of the side of a square")
        if self.kind == "aprilgrid" and (self.spacing is None or not 0.05 <= self.spacing <= 1):
            raise _syntax(f"a gap of {self.spacing}", expected="0.05 to 1 of the side of a tag")
        if self.kind != "chessboard":
            known, needed = len(marker_dictionary(self.dictionary or "").bytesList), self._markers()
            if needed > known:
                raise _syntax(f"{needed} markers", expected=f"at most the {known} of {self.dictionary}")

    @property
    def text(self) -> str:
        """The board as ``--board`` takes it; ``parse_board(board.text) == board``."""
        parts = [self.kind, f"{self.columns}x{self.rows}", _millimetres(self.square_m)]
        if self.kind == "charuco" and self.marker_m is not None:
            parts += [_millimetres(self.marker_m), str(self.dictionary)] + (["legacy"] if self.legacy else [])
        if self.spacing is not None:
            parts.append(f"{self.spacing:.9g}")
        return ":".join(parts)

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height of the printed pattern."""
        pattern = self.pattern()
        return float(pattern.x_m[-1]), float(pattern.y_m[-1])

    @property
    def grid(self) -> tuple[int, int]:
        """How many corners lie side by side and one above the other."""
        if self.kind == "chessboard":
            return self.columns, self.rows
        return (self.columns - 1, self.rows - 1) if self.kind == "charuco" else (2 * self.columns, 2 * self.rows)

    @property
    def ambiguous(self) -> bool:
        """Whether the board looks the same after a half turn: then two pictures may number its corners from opposite ends."""
        return self.kind == "chessboard" and (self.columns + self.rows) % 2 == 0

    def object_points(self) -> tuple[Array, Array]:
        """Return all corners: ids (N,) int64 from 0 and their places (N, 3) float64 in the board's frame, metres.

        Rows from the top of chessboards and ChArUco boards, as OpenCV numbers them. AprilGrids are numbered as Kalibr does:
        from the lower left, ``2 * columns`` corners per row, so corner 0 of ``aprilgrid:6x6:24mm:0.3``, 194.4 mm high with
        its outer squares, is at (0.0072, 0.1872, 0).
        """
        width, height = self.grid
        row, column = np.divmod(np.arange(width * height), width)
        if self.kind != "aprilgrid":
            x, y = (column + 1) * self.square_m, (row + 1) * self.square_m
        else:
            side, gap = self.square_m, self.square_m * float(self.spacing or 0)
            x = gap + column // 2 * (side + gap) + column % 2 * side
            y = gap + (height - 1 - row) // 2 * (side + gap) + (height - 1 - row) % 2 * side
        return np.arange(width * height), np.stack([x, y, np.zeros(len(x))], axis=1)

    def pattern(self) -> Pattern:
        """Return the ink of the board."""
        if self.kind == "chessboard":
            columns, rows = np.arange(self.columns + 2), np.arange(self.rows + 2)
            dark = (columns[None, :-1] + rows[:-1, None]) % 2 == 0
            return Pattern(columns * self.square_m, rows * self.square_m, dark)
        return self._charuco() if self.kind == "charuco" else self._aprilgrid()

    def dark_square(self, row: int, column: int) -> bool:
        """Tell whether a square of a chessboard or ChArUco board is black."""
        return (row + column + (self.legacy and self.rows % 2 == 0)) % 2 == 0

    def _markers(self) -> int:
        return self.columns * self.rows if self.kind == "aprilgrid" else self.columns * self.rows // 2

    def _charuco(self) -> Pattern:
        dictionary = marker_dictionary(str(self.dictionary))
        cells = int(dictionary.markerSize) + 2
        square, marker = self.square_m, float(self.marker_m or 0)
        inside = np.concatenate([[0.0], (square - marker) / 2 + np.arange(cells + 1) * marker / cells])
        blocks, number = [], 0
        for row in range(self.rows):
            line = []
            for column in range(self.columns):
                block = np.full((cells + 2, cells + 2), self.dark_square(row, column))
                if not block[0, 0]:
                    block[1:-1, 1:-1] = marker_cells(dictionary, number, border=1)
                    number += 1
                line.append(block)
            blocks.append(line)
        return Pattern(_repeat(inside, square, self.columns), _repeat(inside, square, self.rows), np.block(blocks))

    def _aprilgrid(self) -> Pattern:
        dictionary = marker_dictionary(str(self.dictionary))
        cells = int(dictionary.markerSize) + 2 * APRILTAG_BORDER
        side, gap = self.square_m, self.square_m * float(self.spacing or 0)
        inside = np.concatenate([[0.0], gap + np.arange(cells) * side / cells])
        dark = np.zeros((self.rows * (cells + 1) + 1, self.columns * (cells + 1) + 1), bool)
        # Squares between the tags make each corner the crossing of two lines: the only kind that is sharp at any blur.
        dark[:: cells + 1, :: cells + 1] = True
        for number in range(self._markers()):
            row, column = divmod(number, self.columns)
            top, left = (self.rows - 1 - row) * (cells + 1) + 1, column * (cells + 1) + 1
            # OpenCV holds this family turned by half, against the tags as Kalibr and the AprilTag library print them.
            dark[top : top + cells, left : left + cells] = np.rot90(marker_cells(dictionary, number, border=APRILTAG_BORDER), 2)
        ends = [np.append(_repeat(inside, side + gap, count), count * (side + gap) + gap) for count in (self.columns, self.rows)]
        return Pattern(ends[0], ends[1], dark)


def parse_board(text: str) -> Board:
    """Read a board such as ``"charuco:7x10:26mm"``.

    Parts that may be left out: a ChArUco's marker (a length, or a share of the square; 0.75) and dictionary
    (5X5_250; then ``legacy`` for the pattern of OpenCV before 4.6), an AprilGrid's gap (0.3, as in Kalibr).

    Raises
    ------
    InputError
        ``E_BOARD_SYNTAX``: not a board, or one that cannot be made.
    """
    kind, *parts = (part.strip() for part in text.split(":"))
    kind = kind.lower()
    counts = re.fullmatch(r"(\d{1,4})\s*[x×*]\s*(\d{1,4})", parts[0], re.IGNORECASE) if parts else None
    if kind not in _SIDES or counts is None or len(parts) < 2:
        raise _syntax(repr(text))
    columns, rows, more = int(counts[1]), int(counts[2]), parts[2:]
    square_m = _length(parts[1], text)
    if kind == "chessboard" and not more:
        return Board(kind="chessboard", columns=columns, rows=rows, square_m=square_m)
    if kind == "charuco":
        legacy = bool(more) and more[-1].lower() == "legacy"
        more = more[:-1] if legacy else more
        named = [part for part in more if re.search(r"[x_h]", part, re.IGNORECASE)]
        sizes = [part for part in more if part not in named]
        if len(named) <= 1 and len(sizes) <= 1:
            size = sizes[0] if sizes else str(_MARKER_RATIO)
            marker_m = _number(size, text) * square_m if re.fullmatch(r"[\d.]+", size) else _length(size, text)
            name = _dictionary_name(named[0] if named else _DICTIONARY)
            return Board(kind="charuco", columns=columns, rows=rows, square_m=square_m, marker_m=marker_m, dictionary=name, legacy=legacy)
    if kind == "aprilgrid" and len(more) <= 1:
        spacing = _number(more[0], text) if more else 0.3
        return Board(kind="aprilgrid", columns=columns, rows=rows, square_m=square_m, spacing=spacing, dictionary=APRILTAG)
    raise _syntax(repr(text))


def marker_dictionary(name: str) -> Any:
    """Return the ``cv2.aruco`` dictionary of a name such as ``"4X4_50"`` or ``"APRILTAG_36h11"``."""
    import cv2

    return cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, f"DICT_{_dictionary_name(name)}"))


def _dictionary_name(text: str) -> str:
    """Return a dictionary's name as ``cv2.aruco`` spells it, whatever the case and with or without ``DICT_``."""
    import cv2

    names = {name[5:].upper(): name[5:] for name in sorted(dir(cv2.aruco)) if name.startswith("DICT_")}
    key = text.upper().removeprefix("DICT_")
    if key not in names:
        raise _syntax(f"the dictionary {text!r}", expected=", ".join(sorted(names)))
    return names[key]


def marker_cells(dictionary: Any, number: int, *, border: int) -> Array:
    """Return (S, S) bool: the black cells of a marker with its border, as ``cv2.aruco`` prints it."""
    import cv2

    side = int(dictionary.markerSize) + 2 * border
    out: Array = cv2.aruco.generateImageMarker(dictionary, number, side, borderBits=border) == 0
    return out


def _repeat(inside: Array, period_m: float, count: int) -> Array:
    """Return the borders of `count` periods, each cut at `inside`, and the last end."""
    return np.append((np.arange(count)[:, None] * period_m + inside).reshape(-1), count * period_m)


def _millimetres(length_m: float) -> str:
    return f"{length_m * 1000:.6f}".rstrip("0").rstrip(".") + "mm"


def _length(text: str, whole: str) -> float:
    try:
        return parse_length(text)
    except UnitError as error:
        raise _syntax(f"{text!r} in {whole!r}: {error}") from error


def _number(text: str, whole: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise _syntax(f"{text!r} in {whole!r}") from error


def _syntax(found: str, *, expected: str = _EXPECTED) -> InputError:
    return InputError(
        "E_BOARD_SYNTAX", "this is no calibration board", expected=expected, found=found, hint="Write for example charuco:7x10:26mm."
    )
