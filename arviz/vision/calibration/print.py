"""Boards on paper: a PDF in exact millimetres, with a bar to measure whether the printer kept them."""

from __future__ import annotations

import io
from dataclasses import replace
from math import floor
from typing import Any

import numpy as np

from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.vision.calibration.boards import Board, Pattern

PAPERS_MM: dict[str, tuple[float, float]] = {"a4": (210.0, 297.0), "a3": (297.0, 420.0), "letter": (215.9, 279.4)}
"""Width and height, upright: ISO 216, ANSI/ASME Y14.1."""
BAR_MM = 100.0
_POINTS_PER_MM = 72 / 25.4
_EDGE_MM = 6.0
"""Most printers leave 3 to 5 mm white."""
_FOOT_MM = 18.0
"""The bar and what is to be done, below the board; 2 mm more are the least distance to it."""
_GAP_MM = 2.0


def board_pdf(board: Board, *, paper: str = "a4") -> bytes:
    """Return one page with the board in the middle, upright or across as it fits; the same bytes each time.

    Below it stand a bar of 100 mm, the text that ``--board`` takes, and how to print and mount it.

    Raises
    ------
    InputError
        ``E_PAPER_UNKNOWN``; ``E_BOARD_PAPER``: the board is larger than the paper, with the largest side that fits.
    """
    from reportlab.pdfgen.canvas import Canvas

    size_mm = _page(board, paper)
    out = io.BytesIO()
    # Uncompressed: the bytes do not depend on a version of zlib.
    canvas = Canvas(out, pagesize=(size_mm[0] * _POINTS_PER_MM, size_mm[1] * _POINTS_PER_MM), invariant=1, pageCompression=0)
    canvas.setTitle(board.text)
    canvas.setAuthor("arviz")
    canvas.setViewerPreference("PrintScaling", "None")
    canvas.scale(_POINTS_PER_MM, _POINTS_PER_MM)
    _draw_pattern(canvas, board, size_mm)
    _draw_foot(canvas, board, paper, size_mm)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _page(board: Board, paper: str) -> tuple[float, float]:
    """Return the size of the page in millimetres, upright or across."""
    if paper not in PAPERS_MM:
        raise InputError(
            "E_PAPER_UNKNOWN",
            "this paper is not known",
            expected=", ".join(PAPERS_MM),
            found=repr(paper),
            hint="Choose one of them, and cut what is too large.",
        )
    upright = PAPERS_MM[paper]
    width, height = (side * 1000 for side in board.size_m)
    pages = (upright, upright[::-1])
    shares = [min((w - 2 * _EDGE_MM) / width, (h - 2 * _EDGE_MM - _FOOT_MM - _GAP_MM) / height) for w, h in pages]
    best = int(np.argmax(shares))
    if shares[best] < 1:
        side_mm = floor(board.square_m * 1000 * shares[best] * 10) / 10
        raise InputError(
            "E_BOARD_PAPER",
            "the board does not fit the paper",
            expected=f"sides of at most {side_mm:g} mm on {paper}",
            found=f"sides of {board.square_m * 1000:g} mm, a board of {width:.1f} x {height:.1f} mm",
            hint=_smaller(board, side_mm / 1000, paper),
        )
    return pages[best]


def _smaller(board: Board, side_m: float, paper: str) -> str:
    larger = "" if paper == "a3" else ", or --paper a3"
    if side_m < 0.001:
        return f"Use fewer columns and rows{larger}."
    marker_m = None if board.marker_m is None else board.marker_m * side_m / board.square_m
    return f"Use --board {replace(board, square_m=side_m, marker_m=marker_m).text}{larger}."


def _draw_pattern(canvas: Any, board: Board, size_mm: tuple[float, float]) -> None:
    width, height = (side * 1000 for side in board.size_m)
    left = (size_mm[0] - width) / 2
    low, high = _EDGE_MM + _FOOT_MM + _GAP_MM, size_mm[1] - _EDGE_MM
    # In the middle of the page where the foot leaves the room.
    top = max((size_mm[1] + height) / 2, low + height)
    top = min(top, high)
    # One path, filled at once: viewers draw hairlines between shapes that only touch.
    path = canvas.beginPath()
    for x0, y0, x1, y1 in rectangles(board.pattern()) * 1000:
        path.rect(left + x0, top - y1, x1 - x0, y1 - y0)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def rectangles(pattern: Pattern) -> Array:
    """Return (R, 4) x0, y0, x1, y1 in metres: rectangles that cover the ink once, as few as a greedy search finds."""
    left = np.asarray(pattern.dark).copy()
    out = []
    for row, column in np.argwhere(left):
        if not left[row, column]:
            continue
        white = np.flatnonzero(~left[row, column:])
        end = column + int(white[0]) if len(white) else left.shape[1]
        stop = row + 1
        while stop < len(left) and left[stop, column:end].all():
            stop += 1
        left[row:stop, column:end] = False
        out.append((pattern.x_m[column], pattern.y_m[row], pattern.x_m[end], pattern.y_m[stop]))
    return np.array(out, np.float64).reshape(-1, 4)


def _draw_foot(canvas: Any, board: Board, paper: str, size_mm: tuple[float, float]) -> None:
    left, low = _EDGE_MM + 4, _EDGE_MM
    bar = low + 11
    canvas.setStrokeGray(0)
    canvas.setLineWidth(0.25)
    canvas.line(left, bar, left + BAR_MM, bar)
    for mm in range(0, int(BAR_MM) + 1, 10):
        canvas.line(left + mm, bar, left + mm, bar + (4 if mm % 50 == 0 else 2))
    _text(canvas, left, bar - 3.4, "0", size=2.5)
    _text(canvas, left + BAR_MM, bar - 3.4, "100 mm", size=2.5, anchor="middle")
    _text(canvas, left + BAR_MM / 2, bar - 3.4, "Measure this bar: it is 100 mm long.", size=2.5, anchor="middle")
    x = left + BAR_MM + 9
    _text(canvas, x, bar + 3.4, f"--board {board.text}", font="Courier-Bold", size=2.6, most=size_mm[0] - _EDGE_MM - x)
    printing = f"arviz, {paper.upper()}. Print at 100 % (actual size), without fitting to the page."
    _text(canvas, x, bar, printing, size=2.3, most=size_mm[0] - _EDGE_MM - x)
    advice = (
        "If the bar has another length, measure many squares in a row and write the true side of one into --board.",
        "Glue the sheet flat to something stiff (glass, aluminium, thick board): a bent sheet is measured as a bent lens. "
        "Matt paper is best.",
    )
    for line, text in enumerate(advice):
        _text(canvas, left, low + 3.2 - 3.2 * line, text, size=2.5, most=size_mm[0] - _EDGE_MM - left)


def _text(
    canvas: Any, x: float, y: float, text: str, *, size: float, font: str = "Helvetica", anchor: str = "start", most: float = 1e9
) -> None:
    """Write a line, `size` millimetres high, smaller where it would be longer than `most` millimetres."""
    width = canvas.stringWidth(text, font, size)
    size *= min(1.0, most / width)
    canvas.setFont(font, size)
    if anchor == "middle":
        canvas.drawCentredString(x, y, text)
    else:
        canvas.drawString(x, y, text)
