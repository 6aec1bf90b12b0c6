"""The elements of a PLY file as columns, every count checked against the bytes that are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.formats.files import Files
from arviz.formats.text import decode_name, parse_numbers

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": "ascii"}
_WANTED = ("vertex", "face", "tristrips")
_CONTROL_TO_BLANK = bytes(max(i, 32) for i in range(256))
_HEADER_BYTES = 2**20
_MOST_PROPERTIES = 256


class Property(NamedTuple):
    """One property: numpy type code, and the code of its length if it is a list."""

    name: str
    code: str
    length_code: str = ""


class Element(NamedTuple):
    """One element of the header."""

    name: str
    size: int
    properties: list[Property]


class ListColumn(NamedTuple):
    """The lists of all rows behind each other, and the length of each."""

    values: Array
    lengths: Array


class Columns(NamedTuple):
    """What the rows of one element hold, by property."""

    scalars: dict[str, Array]
    lists: dict[str, ListColumn]


def read_elements(data: bytes, files: Files) -> tuple[dict[str, Columns], list[str]]:
    """Return the elements of a PLY file by name, and its comments.

    Raises
    ------
    FormatError
        E_PLY_HEADER: not understood. E_TRUNCATED: less data than the header says. E_NUMBER: text that is no number.
    LimitError
        More vertices or list entries than `files.limits` allow.
    """
    order, elements, comments, start = _header(data, files)
    if order == "ascii":
        body = _Body(_numbers(data[start:], files), files, raw=None, order="")
    else:
        body = _Body(np.frombuffer(data, np.uint8, offset=start), files, raw=data[start:], order=order)
    wanted = [i for i, element in enumerate(elements) if element.name in _WANTED]
    out: dict[str, Columns] = {}
    for element in elements[: max(wanted, default=-1) + 1]:  # what follows is not worth an error
        out.setdefault(element.name, body.rows(element))
    return out, comments


def _header(data: bytes, files: Files) -> tuple[str, list[Element], list[str], int]:
    end = data.find(b"end_header", 0, _HEADER_BYTES)
    if not data.startswith(b"ply") or end < 0:
        raise _bad(files, "the header has no end", "ply ... end_header", "none within its first MiB")
    stop = end + len(b"end_header")
    # The body begins after one line end, which is CR alone in files from old Macs.
    if data[stop : stop + 2] == b"\r\n":
        stop += 2
    elif data[stop : stop + 1] in (b"\n", b"\r"):
        stop += 1
    order, elements, comments = "", [], []
    for line in decode_name(data[:end]).replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        words = line.split()
        match words:
            case ["ply"] | []:
                pass
            case ["format", name, *_]:
                if name not in _ORDERS:
                    raise _bad(files, "the data format is not known", ", ".join(_ORDERS), name)
                order = _ORDERS[name]
            case ["comment" | "obj_info", *_]:
                comments.append(line.strip().partition(" ")[2].strip())
            case ["element", name, count] if count.isascii() and count.isdigit() and len(count) < 16:
                elements.append(Element(name, int(count), []))
            case ["property", "list", length, kind, name] if elements and length in _TYPES and kind in _TYPES:
                if _TYPES[length][0] == "f":
                    raise _bad(files, "the length of a list is no whole number", "uchar or int", length)
                elements[-1].properties.append(Property(name, _TYPES[kind], _TYPES[length]))
            case ["property", kind, name] if elements and kind in _TYPES:
                elements[-1].properties.append(Property(name, _TYPES[kind]))
            case _:
                raise _bad(files, "a line of the header is not understood", "format, comment, element or property", repr(line[:80]))
    if not order:
        raise _bad(files, "the header names no data format", ", ".join(_ORDERS), "none")
    for element in elements:
        names = [entry.name for entry in element.properties]
        if len(names) > _MOST_PROPERTIES or len(set(names)) < len(names):
            raise _bad(files, "properties that repeat or are too many", f"at most {_MOST_PROPERTIES} different ones", element.name)
        files.limits.check("vertices" if element.name == "vertex" else "indices", element.size, where=files.name)
    return order, elements, comments, stop


def _bad(files: Files, what: str, expected: str, found: str) -> FormatError:
    return FormatError("E_PLY_HEADER", what, where=files.name, expected=expected, found=found, hint="Export the file again.")


class _Body:
    """Read rows one element after the other from `cells`: bytes, or the numbers of a text (line ends do not matter)."""

    def __init__(self, cells: Array, files: Files, *, raw: bytes | None, order: str) -> None:
        self.cells, self.files, self.raw, self.order = cells, files, raw, order
        self.at = 0

    def rows(self, element: Element) -> Columns:
        """Return the next `element.size` rows."""
        if not element.size or not element.properties:
            return _empty(element)
        least = sum(self._cells_of(entry.length_code or entry.code) for entry in element.properties)
        if element.size * least > len(self.cells) - self.at:
            raise self._truncated(element, f"{element.size:,} rows")
        columns = self._uniform(element)
        return self._scanned(element) if columns is None else columns

    def _cells_of(self, code: str) -> int:
        return 1 if self.raw is None else int(code[1])

    def _typed(self, cells: Array, code: str) -> Array:
        """Return (R, k) values of type `code` from (R, k * cells) cells."""
        return _from_text(cells, code) if self.raw is None else np.ascontiguousarray(cells).view(self.order + code)

    def _length_reader(self, code: str) -> Callable[[int], int]:
        """Return a function that reads the length of a list at a place; it raises ValueError if that is no length."""
        if self.raw is None:
            item = self.cells.item
            return lambda at: int(item(at))
        raw, size, signed = self.raw, int(code[1]), code[0] == "i"
        order: Literal["big", "little"] = "big" if self.order == ">" else "little"
        return lambda at: int.from_bytes(raw[at : at + size], order, signed=signed)

    def _uniform(self, element: Element) -> Columns | None:
        """Read rows whose lists are as long as those of the first, as in nearly every file; None if they are not."""
        places: list[tuple[Property, int, int]] = []
        width = 0
        for entry in element.properties:
            length = 1
            if entry.length_code:
                if self.at + width >= len(self.cells):
                    return None
                length = self._checked_length(self._length_reader(entry.length_code), self.at + width, element)
                width += self._cells_of(entry.length_code)
            places.append((entry, width, length))
            width += length * self._cells_of(entry.code)
        stop = self.at + element.size * width
        if stop > len(self.cells):
            return None
        entries = element.size * sum(length for entry, _, length in places if entry.length_code)
        self.files.limits.check("indices", entries, where=self.files.name)
        table = self.cells[self.at : stop].reshape(element.size, width)
        columns = Columns({}, {})
        for entry, place, length in places:
            values = self._typed(table[:, place : place + length * self._cells_of(entry.code)], entry.code)
            if not entry.length_code:
                columns.scalars[entry.name] = values[:, 0]
                continue
            written = self._typed(table[:, place - self._cells_of(entry.length_code) : place], entry.length_code)
            if (written != length).any():
                return None
            columns.lists[entry.name] = ListColumn(values.reshape(-1), np.full(element.size, length))
        self.at = stop
        return columns

    def _scanned(self, element: Element) -> Columns:
        """Read rows of different lengths.

        Where a row begins follows from the one before: the one loop over rows here (1 us each); the values
        themselves are gathered at once.
        """
        readers = [(e, self._length_reader(e.length_code), self._cells_of(e.length_code)) if e.length_code else (e, None, 0)
                   for e in element.properties]  # fmt: skip
        plan = [(reader, before, self._cells_of(entry.code)) for entry, reader, before in readers]
        starts: list[list[int]] = [[] for _ in plan]
        lengths: list[list[int]] = [[] for _ in plan]
        at, end = self.at, len(self.cells)
        entries = 0
        for _ in range(element.size):
            for i, (reader, before, size) in enumerate(plan):
                length = 1
                if reader is not None:
                    if at + before > end:
                        raise self._truncated(element, "the length of a list")
                    length = self._checked_length(reader, at, element)
                    at += before
                    entries += length
                    lengths[i].append(length)
                starts[i].append(at)
                at += length * size
            if at > end:
                raise self._truncated(element, f"{at - end:,} more")
        self.files.limits.check("indices", entries, where=self.files.name)
        self.at = at
        columns = Columns({}, {})
        for i, entry in enumerate(element.properties):
            start, size = np.array(starts[i]), self._cells_of(entry.code)
            if not entry.length_code:
                columns.scalars[entry.name] = self._typed(self.cells[start[:, None] + np.arange(size)], entry.code)[:, 0]
                continue
            many = np.array(lengths[i])
            step = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
            place = np.repeat(start, many) + step * size
            values = self._typed(self.cells[place[:, None] + np.arange(size)], entry.code).reshape(-1)
            columns.lists[entry.name] = ListColumn(values, many)
        return columns

    def _checked_length(self, reader: Callable[[int], int], at: int, element: Element) -> int:
        try:
            length = reader(at)
        except (ValueError, OverflowError):  # a text may hold nan or inf there
            length = -1
        if not 0 <= length <= len(self.cells) - at:
            raise self._truncated(element, f"a list of {length:,}")
        return length

    def _truncated(self, element: Element, expected: str) -> FormatError:
        return FormatError(
            "E_TRUNCATED",
            f"there is less data than the header or a list says for {element.name!r}",
            where=self.files.name,
            expected=expected,
            found=f"{max(len(self.cells) - self.at, 0):,} {'numbers' if self.raw is None else 'bytes'}",
            hint="Export or download the file again.",
        )


def _numbers(text: bytes, files: Files) -> Array:
    """Return all numbers of an ASCII body."""
    word = np.frombuffer(text, np.uint8) > 32
    begins = word.copy()
    begins[1:] &= ~word[:-1]
    numbers = parse_numbers(text.translate(_CONTROL_TO_BLANK), count=int(np.count_nonzero(begins)))
    if numbers is not None:
        return numbers
    values: list[float] = []
    for item in text.translate(_CONTROL_TO_BLANK).split():
        try:
            values.append(float(item.replace(b"_", b"?")))  # Python would read 1_000
        except ValueError:
            raise FormatError(
                "E_NUMBER",
                "this is no number",
                where=f"{files.name}, number {len(values) + 1:,} of its data",
                expected="a number such as 0.25",
                found=repr(item[:80].decode("latin-1")),
                hint="Export the file again.",
            ) from None
    return np.array(values)


def _from_text(values: Array, code: str) -> Array:
    if code[0] == "f":
        with np.errstate(over="ignore"):
            return values.astype(code)
    kind = np.iinfo(code)
    # Out-of-range numbers would wrap round to innocent ones: keep them wide, the index check sees them.
    safe = np.nan_to_num(values, nan=-1, posinf=2**62, neginf=-1).clip(-(2.0**62), 2.0**62).astype(np.int64)
    inside = len(safe) == 0 or safe.size == 0 or (kind.min <= safe.min() and safe.max() <= kind.max)
    return safe.astype(code) if inside else safe


def _empty(element: Element) -> Columns:
    none = np.zeros(0, np.int64)
    return Columns(
        {entry.name: np.zeros(0, entry.code) for entry in element.properties if not entry.length_code},
        {entry.name: ListColumn(none, none) for entry in element.properties if entry.length_code},
    )
