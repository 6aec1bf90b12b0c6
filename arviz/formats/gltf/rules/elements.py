"""What the numbers inside accessors must fulfil, block by block: bounded memory however long the accessor.

Each check takes `blocks` (a function that yields (first element, (N, components) array) afresh), the accessor, and
`note(code, detail, component)`. Source: glTF 2.0 sections 3.6.2.5, 3.7.2.1, 3.7.3.1, 3.11; thresholds as the Khronos validator's,
a little more than the error of signed 8-bit quantisation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from arviz.core.frozen import Array
from arviz.formats.gltf.rules.semantics import UNIT_VECTOR4
from arviz.formats.gltf.rules.structure import Json

Blocks = Callable[[], Iterator[tuple[int, Array]]]


class Note(Protocol):
    """Take a code, what was found, and the component where it matters which."""

    def __call__(self, code: str, detail: object, component: int | None = None) -> None:
        """Note one finding."""


Check = Callable[[Blocks, Json, Note], None]
UNIT_VECTOR3 = 0.00674


def finite(blocks: Blocks, accessor: Json, note: Note) -> None:
    """Check that there is no NaN and no infinity."""
    for first, values in blocks():
        bad = ~np.isfinite(values)
        if bad.any():
            row, column = np.argwhere(bad)[0]
            note("ACCESSOR_INVALID_FLOAT", f"element {first + row} is {values[row, column]}, {int(bad.sum())} in all")
            return


def bounds(blocks: Blocks, accessor: Json, note: Note, *, which: str) -> None:
    """Check that `which` (min or max) is exactly what the values have, component by component."""
    lowest = which == "min"
    reduce = np.fmin if lowest else np.fmax
    found: Array | None = None
    declared: Array | None = None
    outside: Array = np.zeros(len(accessor[which]), np.int64)
    for _, values in blocks():
        if declared is None or found is None:
            with np.errstate(over="ignore"):
                declared = np.asarray(accessor[which], np.float64).astype(values.dtype if values.dtype.kind == "f" else np.float64)
            found = values[0].copy()  # where the first value is not a number, neither is the result
            stuck = np.isnan(found) if values.dtype.kind == "f" else np.zeros(len(found), bool)
        extreme = reduce.reduce(values, axis=0)
        found = np.where(stuck, found, reduce(found, extreme))
        outside += ((values < declared) if lowest else (values > declared)).sum(axis=0)
    if found is None or declared is None:
        return
    for component in np.flatnonzero(~(found == declared)).tolist():
        note(f"ACCESSOR_{which.upper()}_MISMATCH", f"says {declared[component]}, has {found[component]}", component)
        if outside[component]:
            note(f"ACCESSOR_ELEMENT_OUT_OF_{which.upper()}_BOUND", f"{outside[component]} of them", component)


def unit_vectors(blocks: Blocks, accessor: Json, note: Note) -> None:
    """Check that the first three components are of length 1."""
    _lengths(blocks, accessor, note, columns=3, tolerance=UNIT_VECTOR3, code="ACCESSOR_VECTOR3_NON_UNIT")


def tangents(blocks: Blocks, accessor: Json, note: Note) -> None:
    """Check that xyz is of length 1 and w is 1 or -1."""
    unit_vectors(blocks, accessor, note)
    for first, values in blocks():
        bad = np.flatnonzero(np.abs(as_numbers(values[:, 3], accessor)) != 1)
        if bad.size:
            note("ACCESSOR_INVALID_SIGN", f"element {first + bad[0]} has {values[bad[0], 3]}")
            return


def quaternions(blocks: Blocks, accessor: Json, note: Note, *, with_tangents: bool) -> None:
    """Check that rotations are of length 1; of a cubic spline's triples only the middle ones are rotations."""
    code = "ACCESSOR_ANIMATION_SAMPLER_OUTPUT_NON_NORMALIZED_QUATERNION"
    _lengths(blocks, accessor, note, columns=4, tolerance=UNIT_VECTOR4, code=code, every_third=with_tangents)


def _lengths(blocks: Blocks, accessor: Json, note: Note, *, columns: int, tolerance: float, code: str, every_third: bool = False) -> None:
    for first, values in blocks():
        numbers = as_numbers(values[:, :columns], accessor)
        with np.errstate(over="ignore", invalid="ignore"):
            length = np.sqrt((numbers * numbers).sum(axis=1))
            wrong = np.abs(length - 1) > tolerance
        if every_third:
            wrong &= (np.arange(first, first + len(values)) % 3) == 1
        bad = np.flatnonzero(wrong)
        if bad.size:
            note(code, f"element {first + bad[0]} is of length {length[bad[0]]:.6g}")
            return


def colours(blocks: Blocks, accessor: Json, note: Note) -> None:
    """Check that colours are within 0..1."""
    for first, values in blocks():
        bad = np.flatnonzero(((values < 0) | (values > 1)).any(axis=1))
        if bad.size:
            note("ACCESSOR_NON_CLAMPED", f"element {first + bad[0]} is {values[bad[0]]}")
            return


def indices(blocks: Blocks, accessor: Json, note: Note, *, last: int, triangles: bool) -> None:
    """Check that indices reach no further than vertex `last`, hold no restart value; count degenerate triangles."""
    restart = {5121: 255, 5123: 65535, 5125: 2**32 - 1}[accessor["componentType"]]
    beyond = restarts = degenerate = 0
    largest = -1
    for _, values in blocks():
        column = values[:, 0].astype(np.int64)
        beyond += int((column > last).sum())
        restarts += int((column == restart).sum())
        largest = max(largest, int(column.max()))
        if triangles:  # a block's length is a multiple of three
            a, b, c = column[: len(column) // 3 * 3].reshape(-1, 3).T
            degenerate += int(((a == b) | (b == c) | (c == a)).sum())
    if beyond:
        note("ACCESSOR_INDEX_OOB", f"{beyond} up to {largest}, the last vertex is {last}")
    if restarts:
        note("ACCESSOR_INDEX_PRIMITIVE_RESTART", f"{restarts} times {restart}")
    if degenerate:
        note("ACCESSOR_INDEX_TRIANGLE_DEGENERATE", f"{degenerate} of {accessor['count'] // 3}")


def times(blocks: Blocks, accessor: Json, note: Note) -> None:
    """Check that times are not negative and increase."""
    previous: float | None = None
    negative = falling = False
    for first, values in blocks():
        column = values[:, 0]
        below = column < 0
        if below.any() and not negative:
            negative = True
            note("ACCESSOR_ANIMATION_INPUT_NEGATIVE", f"element {first + int(np.argmax(below))} is {column[np.argmax(below)]}")
        kept = column[~below]
        if previous is None and below[0]:
            previous = 0.0
        if previous is not None:
            kept = np.r_[np.float32(previous), kept]
        steps = np.flatnonzero(kept[1:] <= kept[:-1])
        if steps.size and not falling:
            falling = True
            note("ACCESSOR_ANIMATION_INPUT_NON_INCREASING", f"{kept[steps[0] + 1]} after {kept[steps[0]]}")
        if kept.size:
            previous = float(kept[-1])


def bind_matrices(blocks: Blocks, accessor: Json, note: Note) -> None:
    """Check that the fourth row of every matrix is 0 0 0 1 (stored column by column)."""
    for first, values in blocks():
        bad = np.flatnonzero((values[:, [3, 7, 11, 15]] != (0, 0, 0, 1)).any(axis=1))
        if bad.size:
            note("ACCESSOR_INVALID_IBM", f"matrix {first + bad[0]} has {values[bad[0], [3, 7, 11, 15]]}")
            return


def as_numbers(values: Array, accessor: Json) -> Array:
    """Return values as float64, normalised integers as what they stand for (glTF 2.0 section 3.6.2.2)."""
    numbers: Array = values.astype(np.float64)
    if values.dtype.kind == "f" or not accessor.get("normalized"):
        return numbers
    numbers /= np.iinfo(values.dtype).max
    return np.maximum(numbers, -1)
