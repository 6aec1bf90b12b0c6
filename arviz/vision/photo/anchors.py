"""Things of known size that give a photo its scale, as people name them: ``a4``, ``card``, ``marker=15cm`` ..."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from arviz.core.errors import InputError, UnitError
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.units import parse_length
from arviz.vision.calibration.boards import Board, parse_board

AnchorKind = Literal["a4", "card", "marker", "board", "length"]

A4_M = (0.297, 0.210)
"""ISO 216."""
CARD_M = (0.0856, 0.05398)
"""ISO/IEC 7810, ID-1; its corners are rounded with a radius of 3.18 mm."""
_RELATIVE_SIGMA = {"a4": 0.0015, "card": 0.001, "marker": 0.002, "board": 0.0015, "length": 0.0015}
"""Paper is cut to half a millimetre, cards to 0.1 mm; what was printed is measured to 0.3 mm, and 1 m to 1 or 2 mm."""
_EXPECTED = "a4, card, marker=15cm, board=charuco:7x10:26mm, length=X1,Y1,X2,Y2,1.2m, or a4=X1,Y1,X2,Y2,X3,Y3,X4,Y4 (its corners; card too)"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ScaleAnchor:
    """A thing of known size on the floor.

    Parameters
    ----------
    kind : str
    size_m : tuple of float
        Long and short side of a sheet or card, side of a marker, the length; none for a board.
    points_px : ndarray (N, 2)
        The corners of a sheet or card in turn, or both ends of a length, if the user gave them; no rows otherwise.
    board : Board or None
    """

    kind: AnchorKind
    size_m: tuple[float, ...] = ()
    points_px: Array
    board: Board | None = None

    def __post_init__(self) -> None:
        set_fields(self, points_px=readonly(self.points_px, np.float64))

    @property
    def relative_sigma(self) -> float:
        """How far the thing's own size may be wrong: one standard deviation as a share."""
        return _RELATIVE_SIGMA[self.kind]


def parse_scale(text: str) -> ScaleAnchor:
    """Read what gives a photo its scale.

    **Convention** ``a4`` and ``card`` are searched for; ``marker=15cm`` is the side of its black square;
    ``length=10,700,900,690,1.2m`` are two places on the floor in pixels and how far apart they are.

    Raises
    ------
    InputError
        ``E_SCALE_SYNTAX``; ``E_BOARD_SYNTAX`` for a board.
    """
    kind, equals, rest = (part.strip() for part in text.partition("="))
    kind = kind.lower()
    if kind in ("a4", "card"):
        points = _points(rest, 4, text) if equals else np.empty((0, 2))
        return ScaleAnchor(kind="a4" if kind == "a4" else "card", size_m=A4_M if kind == "a4" else CARD_M, points_px=points)
    if kind == "marker" and equals:
        return ScaleAnchor(kind="marker", size_m=(_length(rest, text),), points_px=np.empty((0, 2)))
    if kind == "board" and equals:
        return ScaleAnchor(kind="board", board=parse_board(rest), points_px=np.empty((0, 2)))
    if kind == "length" and equals:
        places, _, length = rest.rpartition(",")
        points = _points(places, 2, text)
        return ScaleAnchor(kind="length", size_m=(_length(length, text),), points_px=points)
    raise _syntax(text)


def _points(text: str, count: int, whole: str) -> Array:
    """Read `count` pixels; they are different places."""
    words = re.split(r"[,;\s]+", text.strip())
    try:
        values = np.array([float(word) for word in words])
    except ValueError:
        raise _syntax(whole) from None
    if len(values) != 2 * count or not np.isfinite(values).all():
        raise _syntax(whole)
    points = values.reshape(-1, 2)
    if np.linalg.norm(points[:, None] - points, axis=2)[~np.eye(count, dtype=bool)].min() < 1:
        raise InputError(
            "E_POINTS_EQUAL", "two of the points are one", expected=f"{count} different places in the picture", found=repr(whole)
        )
    return points


def _length(text: str, whole: str) -> float:
    try:
        return parse_length(text)
    except UnitError as error:
        raise _syntax(f"{whole}: {error}") from error


def _syntax(found: str) -> InputError:
    return InputError(
        "E_SCALE_SYNTAX",
        "this is nothing that gives a scale",
        expected=_EXPECTED,
        found=repr(found),
        hint="Lay an A4 sheet on the floor: a4.",
    )
