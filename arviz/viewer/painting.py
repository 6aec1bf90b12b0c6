"""What lies over a picture, painted: marks with their words, what was measured, and the legend of its colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPen

from arviz.viewer.notes import Legend, Note
from arviz.viewer.overlay import Box, Mark, clipped, label_boxes

_COLOURS = {"dimension": QColor(20, 90, 200), "ruler": QColor(200, 60, 20), "clearance": QColor(20, 90, 200)}
_RING, _KNOB = QColor(255, 140, 0), 0.5
_NOTES = {"plain": QColor(30, 30, 30), "good": QColor(0, 110, 50), "bad": QColor(180, 20, 20)}
_SIGNS = {"plain": "", "good": "✓ ", "bad": "✗ "}
"""Beside the colour, which not all eyes tell apart."""
_PAPER = QColor(255, 255, 255, 225)
_TEXT_SHARE, _LEAST_PX = 1 / 52, 12
"""Of a picture's height: on a large one words stay as large beside the product as on a small one."""


class Over(NamedTuple):
    """What lies over a picture beside its marks."""

    notes: tuple[Note, ...] = ()
    legend: Legend | None = None


def paint_over(painter: QPainter, marks: Sequence[Mark], over: Over, *, scale: float, width: float, height: float) -> None:
    """Paint over a picture that is shown `scale` times as large, on `width` times `height` units of the painter."""
    font = QFont(painter.font())
    font.setPixelSize(max(_LEAST_PX, round(height * _TEXT_SHARE)))
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    em = metrics.height()
    whole = [_scaled(mark, scale) for mark in marks]
    shown = [part for mark in whole if (part := clipped(mark, width=width, height=height)) is not None]
    for mark in whole:
        _paint_line(painter, mark, em)
    taken = _paint_notes(painter, over.notes, metrics)
    taken += _paint_legend(painter, over.legend, metrics, width, below=taken)

    def extent(text: str) -> tuple[float, float]:
        return metrics.horizontalAdvance(text) + em * 0.8, em * 1.3

    for mark, box in zip(shown, label_boxes(shown, width=width, height=height, extent=extent, taken=taken), strict=True):
        if box is not None:
            painter.fillRect(QRectF(*box), _PAPER)
            painter.setPen(_COLOURS[mark.kind])
            painter.drawText(QRectF(*box), Qt.AlignmentFlag.AlignCenter, mark.text)


def _scaled(mark: Mark, scale: float) -> Mark:
    start, end = (((x + 0.5) * scale, (y + 0.5) * scale) for x, y in (mark.start, mark.end))
    return mark._replace(start=start, end=end)


def _paint_line(painter: QPainter, mark: Mark, em: float) -> None:
    start, end = QPointF(*mark.start), QPointF(*mark.end)
    if mark.kind in ("ring", "knob"):
        painter.setPen(QPen(_RING, em * 0.18))
        painter.drawLine(start, end)
        if mark.kind == "knob":
            painter.setBrush(_RING)
            painter.drawEllipse(start, em * _KNOB, em * _KNOB)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        return
    painter.setPen(QPen(_COLOURS[mark.kind], em * 0.12))
    painter.drawLine(start, end)
    for point in (start, end):
        painter.drawEllipse(point, em * 0.18, em * 0.18)


def _paint_notes(painter: QPainter, notes: Sequence[Note], metrics: QFontMetricsF) -> list[Box]:
    """Paint lines into the upper left corner: measures lie at a product's foot, and so do messages."""
    if not notes:
        return []
    em = metrics.height()
    lines = [_SIGNS[note.kind] + note.text for note in notes]
    box = Box(em * 0.6, em * 0.6, max(map(metrics.horizontalAdvance, lines)) + em, em * (1.25 * len(lines) + 0.5))
    painter.fillRect(QRectF(*box), _PAPER)
    for row, (line, note) in enumerate(zip(lines, notes, strict=True)):
        painter.setPen(_NOTES[note.kind])
        painter.drawText(QPointF(box.x + em / 2, box.y + em * (1.25 * row + 1.15)), line)
    return [box]


def _paint_legend(painter: QPainter, legend: Legend | None, metrics: QFontMetricsF, width: float, *, below: Sequence[Box]) -> list[Box]:
    """Paint a bar into the upper right corner, in a narrow picture below what stands there."""
    if legend is None:
        return []
    em = metrics.height()
    wide = max(em * 14, metrics.horizontalAdvance(legend.title) + em * 2)
    box = Box(width - wide - em * 0.6, em * 0.6, wide, em * 4.1)
    box = box._replace(y=max([box.y, *(other.y + other.height for other in below if other.meets(box))]))
    bar = QRectF(box.x + em, box.y + em * 1.5, wide - 2 * em, em * 0.9)
    painter.fillRect(QRectF(*box), _PAPER)
    painter.setPen(_NOTES["plain"])
    painter.drawText(QRectF(box.x, box.y + em * 0.2, wide, em * 1.2), Qt.AlignmentFlag.AlignCenter, legend.title)
    colours = QLinearGradient(bar.topLeft(), bar.topRight())
    for index, colour in enumerate(legend.colours):
        colours.setColorAt(index / (len(legend.colours) - 1), QColor(*colour))
    painter.fillRect(bar, colours)
    for share, text in legend.ticks:
        x = bar.left() + share * bar.width()
        painter.drawLine(QPointF(x, bar.bottom()), QPointF(x, bar.bottom() + em * 0.25))
        side = metrics.horizontalAdvance(text) + em
        painter.drawText(QRectF(x - side / 2, bar.bottom() + em * 0.25, side, em * 1.2), Qt.AlignmentFlag.AlignCenter, text)
    return [box]
