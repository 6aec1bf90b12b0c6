"""What the lines and colours of a floor plan mean: only those that are in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.flows.hatch import hatch
from arviz.flows.sheet import Path, Sheet

_SIZE, _LINE, _COLUMN = 12.0, 21.0, 330.0
_MARGINS, _FOOT = 1.08, 70.0
"""The sheet is so much wider than the drawing; scale bar and its words need so many units above the legend."""
_MARK = (32.0, 12.0)
"""Size of a mark, in units of type."""


class Key(NamedTuple):
    """How one thing is drawn; `slope_deg` the slope of its hatch, `round` a circle."""

    words: str
    stroke: str = "none"
    fill: str = "none"
    width: float = 1.5
    dash: float = 0.0
    line: bool = False
    slope_deg: float | None = None
    round: bool = False


def legend(sheet: Sheet, keys: list[Key], *, left: float, top: float, right: float, unit: float) -> None:
    """Draw keys in columns from the upper left corner (left, top); `unit` metres are a unit of type."""
    columns, rows = _shape(keys, (right - left) / unit)
    for place, key in enumerate(keys):
        column, row = divmod(place, rows)
        at = np.array([left, top]) + unit * np.array([column * (right - left) / unit / columns, row * _LINE])
        _mark(sheet, key, at, np.array(_MARK) * unit)
        sheet.text(at + np.array([_MARK[0] + 8, 0]) * unit, key.words, size=_SIZE, colour="#444444", anchor="start")


def type_unit(width_m: float, height_m: float, keys: list[Key]) -> float:
    """Return how many metres a unit of type will be on a sheet with a drawing and a legend below it."""
    unit = max(width_m, height_m) * _MARGINS / 1000
    for _ in range(2):  # the rows depend on the unit, and the unit on the rows
        foot = _shape(keys, width_m / unit)[1] * _LINE + _FOOT
        unit = max(width_m * _MARGINS / 1000, height_m * _MARGINS / (1000 - foot))
    return unit


def _shape(keys: list[Key], width: float) -> tuple[int, int]:
    """Return columns and rows in a width in units of type."""
    columns = max(int(width / _COLUMN), 1)
    return columns, -(-len(keys) // columns)


def _mark(sheet: Sheet, key: Key, at: Array, size: Array) -> None:
    """Draw a mark whose left end has its middle at `at`."""
    low, high = at - np.array([0, size[1] / 2]), at + np.array([size[0], size[1] / 2])
    box = np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
    if key.round:
        angle = np.linspace(0, 2 * np.pi, 33)[:-1]
        middle = np.array([at[0] + size[0] / 2, at[1]])
        box = middle + size[1] * 0.6 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    if key.line:
        sheet.path([at, at + np.array([size[0], 0])], stroke=key.stroke, width=key.width, dash=key.dash)
    elif key.slope_deg is not None:
        for ends in hatch([box], step=float(size[1]) / 2, angle_deg=key.slope_deg):
            sheet.path(ends, stroke=key.stroke, width=key.width)
    else:
        sheet.path(box, closed=True, stroke=key.stroke, fill=key.fill, width=key.width, dash=key.dash)


def drawn_keys(sheet: Sheet, keys: list[Key]) -> list[Key]:
    """Return the keys whose strokes and fills are in a drawing."""
    there = {(shape.stroke, shape.fill) for shape in sheet.shapes if isinstance(shape, Path)}
    return [key for key in keys if (key.stroke, key.fill) in there]
