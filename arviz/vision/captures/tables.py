"""Tables of numbers and poses as captures write them."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.core.limits import Limits
from arviz.core.transforms import quaternion_matrix

MOST_ROWS = 500_000
"""Two hours at 60 poses a second."""


def table(data: bytes, *, where: object, limits: Limits, separator: str | None = ",") -> tuple[tuple[str, ...], Array]:
    """Return the header, empty where the first line is numbers, and the rows (N, C) float64 of a text table.

    Cells that are no numbers become NaN: whoever uses the row refuses it.

    Raises
    ------
    FormatError
        ``E_CAPTURE_TABLE``: no text, no rows, or too many.
    """
    limits.check("json_bytes", len(data), where=where)
    text = data.decode("utf-8-sig", "replace")
    lines = [line for line in text.splitlines() if line.strip()]
    cells = [[cell.strip() for cell in line.split(separator)] for line in lines[: MOST_ROWS + 2]]
    header: tuple[str, ...] = ()
    if cells and all(np.isnan(_number(cell)) for cell in cells[0]):
        header, cells = tuple(cell.lower() for cell in cells[0]), cells[1:]
    width = max((len(row) for row in cells), default=0)
    if not 0 < width <= 64 or not 0 < len(cells) <= MOST_ROWS:
        found = f"{len(cells)} rows of {width}"
        raise FormatError(
            "E_CAPTURE_TABLE", "not a table of numbers", where=where, expected=f"1 to {MOST_ROWS:,} rows of numbers", found=found
        )
    rows = np.full((len(cells), width), np.nan)
    for i, row in enumerate(cells):
        rows[i, : len(row)] = [_number(cell) for cell in row]
    return header, rows


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan


def pose_of_quaternion(quaternion_xyzw: Array, position_m: Array) -> Array | None:
    """Return the (4, 4) transform of a rotation (x, y, z, w) and a position; None where that is no rotation."""
    length = float(np.linalg.norm(quaternion_xyzw))
    if not np.isfinite(length) or abs(length - 1) > 0.02:
        return None
    out = np.eye(4)
    out[:3, :3] = quaternion_matrix(quaternion_xyzw.tolist())
    out[:3, 3] = position_m
    return out


def pose_of_columns(values: Any) -> Array | None:
    """Return the (4, 4) transform of 16 numbers, column after column as simd and OpenGL write them; None if these are not."""
    numbers = finite_list(values, 16)
    return None if numbers is None else numbers.reshape(4, 4).T


def finite_list(values: Any, count: int) -> Array | None:
    """Return a list of `count` finite numbers as an array, also out of nested lists; None if it is something else."""
    if not isinstance(values, list):
        return None
    if values and all(isinstance(row, list) for row in values):
        values = [number for row in values for number in row]
    if len(values) != count or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return None
    try:
        array = np.array(values, np.float64)
    except (OverflowError, ValueError):
        return None
    return array if np.isfinite(array).all() else None
