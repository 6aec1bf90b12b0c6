"""Numbers out of text, by the block instead of by the line: what OBJ, ASCII STL and ASCII PLY share.

A Python loop over the lines of a 100 MB OBJ takes 9 s of processor time, this 3 s. A block of some MiB is looked at as
one byte array: lines are classified by their first letters, the bytes of one class are cut out, and all their numbers
are converted in one call of `numpy.fromstring`, whose C parser rounds as ``float()`` does (0.11 us a number, like
`numpy.loadtxt`, which wants the same count in every line; ``numpy.array(text.split(), float)`` takes 0.13 us).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from arviz.core.errors import FormatError
from arviz.core.frozen import Array

BLOCK_BYTES = 4 * 2**20
"""Bytes handled at once: the index arrays of a block then stay near 100 MB."""

_BLANK, _NEWLINE = 32, 10
_COMMENT = re.compile(rb"(?<!\S)#[^\n]*")
"""A hash inside a word is none: Microsoft's C library prints NaN as 1.#QNAN."""
_NOT_A_NUMBER = re.compile(r"[+-]?(\d+\.?#|nan|inf|1\.?#)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one block.

    `data` ends with a newline; `first` is the place of each line's first printable byte (that of its newline
    if it is blank), `end` the place of its newline, `offset` the place of the block in the file.
    """

    data: Array
    first: Array
    end: Array
    offset: int

    def begins(self, keyword: bytes) -> Array:
        """Return (L,) bool: the line begins with `keyword` in either case and a blank."""
        out = np.ones(len(self.first), bool)
        for i, byte in enumerate((*keyword, None)):
            # A line is at least as long as what has matched so far and its newline, so `first + i` stays inside.
            at = np.flatnonzero(out)
            found = self.data[self.first[at] + i]
            out[at] = (found | 32) == (byte | 32) if byte is not None else found <= _BLANK
        return out

    def text(self, line: int) -> bytes:
        """Return one line without surrounding blanks."""
        return self.data[self.first[line] : self.end[line]].tobytes().strip()

    def arguments(self, selected: Array, *, skip: int) -> tuple[bytes, Array]:
        """Return the bytes of the `selected` (L,) lines after their first `skip` bytes, and the lengths of these pieces.

        Control characters become blanks; each piece ends with its newline.
        """
        first, end = self.first[selected], self.end[selected] + 1
        start = np.minimum(first + skip, end - 1)
        if len(end) and np.array_equal(first[1:], end[:-1]):
            # Lines in one run, as most files have them: one slice, with the keywords blanked.
            cut = self.data[start[0] : end[-1]].copy()
            for i in range(skip):
                cut[first[1:] - start[0] + i] = _BLANK
            return self._cleaned(cut), np.diff(end, prepend=start[0])
        lengths = end - start
        mask = np.zeros(len(self.data) + 1, np.int8)
        mask[start] += 1
        mask[end] -= 1  # pieces never overlap, and where one ends at another's start the marks cancel
        return self._cleaned(self.data[np.cumsum(mask[:-1], dtype=np.int8).view(bool)]), lengths

    def _cleaned(self, cut: Array) -> bytes:
        cut[(cut < _BLANK) & (cut != _NEWLINE)] = _BLANK
        text = cut.tobytes()
        if b"#" in text:
            text = _COMMENT.sub(lambda match: b" " * len(match[0]), text)
        return text


def split_lines(data: bytes) -> Iterator[Lines]:
    """Yield `data` as blocks of whole lines of about `BLOCK_BYTES`."""
    offset = 0
    while offset < len(data):
        stop = offset + BLOCK_BYTES
        if stop < len(data):
            newline = data.find(b"\n", stop)
            stop = len(data) if newline < 0 else newline + 1
        piece = data[offset:stop]
        block = np.frombuffer(piece if piece.endswith(b"\n") else piece + b"\n", np.uint8)
        end = np.flatnonzero(block == _NEWLINE)
        first = np.concatenate([[0], end[:-1] + 1])
        if (block[first] <= _BLANK).any():
            printable = np.append(np.flatnonzero(block > _BLANK), len(block) - 1)
            first = np.minimum(printable[np.searchsorted(printable[:-1], first)], end)
        yield Lines(block, first, end, offset)
        offset = stop


def tokens_per_line(text: bytes, lengths: Array) -> Array:
    """Return how many blank-separated words each piece of `text` holds; pieces have `lengths` bytes."""
    blank = np.frombuffer(text, np.uint8) <= _BLANK
    starts = ~blank
    starts[1:] &= blank[:-1]
    return np.diff(np.searchsorted(np.flatnonzero(starts), np.cumsum(lengths)), prepend=0)


def parse_numbers(text: bytes, *, count: int, dtype: DTypeLike = np.float64) -> Array | None:
    """Return the `count` numbers in `text`, or None if something in it is no number or their count differs."""
    if count == 0:
        return np.zeros(0, dtype) if not text.strip() else None
    try:
        values: Array = np.fromstring(text, dtype, sep=" ")
    except ValueError:  # older numpy warns and stops early instead: the count tells
        return None
    return values if len(values) == count else None


def parse_table(
    text: bytes, lengths: Array, *, columns: int, lines: Lines, selected: Array, source: bytes, where: str
) -> tuple[Array, Array]:
    """Read the pieces of `text` as rows of numbers.

    Parameters
    ----------
    text, lengths
        From `Lines.arguments`.
    columns : int
        Numbers kept of a row; missing ones are NaN, further ones are left out.
    lines, selected, source, where
        Where the pieces come from, for the message.

    Returns
    -------
    (ndarray (L, columns) float64, ndarray (L,) int)
        The table, and how many numbers each row has.

    Raises
    ------
    FormatError
        E_NUMBER, naming the line.
    """
    counts = tokens_per_line(text, lengths)
    total = int(counts.sum())
    values = parse_numbers(text, count=total)
    if values is None:
        values = _slowly(text, lengths, lines, selected, source, where)
    if len(counts) and (counts == counts[0]).all():
        table = values.reshape(len(counts), -1)[:, :columns]
        if table.shape[1] == columns:
            return table, counts
    out = np.full((len(counts), columns), np.nan)
    row = np.repeat(np.arange(len(counts)), counts)
    column = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = column < columns
    out[row[kept], column[kept]] = values[kept]
    return out, counts


def _slowly(text: bytes, lengths: Array, lines: Lines, selected: Array, source: bytes, where: str) -> Array:
    """Convert number by number, to name the line that holds none and to take the NaNs that C libraries print."""
    offsets = (lines.first + lines.offset)[selected]
    values: list[float] = []
    start = 0
    for offset, length in zip(offsets.tolist(), lengths.tolist(), strict=True):
        for word in text[start : start + length].split():
            try:
                values.append(float(word.replace(b"_", b"?")))  # Python would read 1_000
            except ValueError:
                plain = word.decode("latin-1")
                if not _NOT_A_NUMBER.match(plain):
                    raise bad_number(plain, source=source, offset=offset, where=where) from None
                values.append(float("nan"))
        start += length
    return np.array(values)


def bad_number(word: str, *, source: bytes, offset: int, where: str) -> FormatError:
    """Return the error for a word that is no number."""
    return FormatError(
        "E_NUMBER",
        "this is no number",
        where=f"{where}:{line_number(source, offset)}",
        expected="a number such as 0.25",
        found=repr(word[:80]),
        hint="Export the file again; decimal commas and truncated lines are the usual causes.",
    )


def line_number(source: bytes, offset: int) -> int:
    """Return the number, from 1, of the line that holds byte `offset`."""
    return source.count(b"\n", 0, offset) + 1


def decode_name(raw: bytes) -> str:
    """Decode a name as UTF-8, else as Latin-1, as exporters write either without saying which."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
