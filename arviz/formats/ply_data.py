"""The elements of a PLY file as columns, every count checked against the bytes that are there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.formats.files import Files
from arviz.formats.text import decode_name, parse_numbers

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": "="}
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
    body = _Text(data, start, files) if order == "=" else _Binary(data, start, order, files)
    out: dict[str, Columns] = {}
    for element in elements:
        if not {"vertex", "face", "tristrips"} - out.keys() - {element.name} and element.name not in ("vertex", "face", "tristrips"):
            break
        columns = body.rows(element)
        out.setdefault(element.name, columns)
        if element is elements[-1]:
            break
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


def _truncated(files: Files, element: Element, expected: str, found: str) -> FormatError:
    return FormatError(
        "E_TRUNCATED",
        f"there is less data than the header says for {element.name!r}",
        where=files.name,
        expected=expected,
        found=found,
        hint="Export or download the file again.",
    )


class _Binary:
    """Read rows from bytes, one element after the other."""

    def __init__(self, data: bytes, start: int, order: str, files: Files) -> None:
        self.data, self.at, self.order, self.files = data, start, order, files

    def rows(self, element: Element) -> Columns:
        if not element.size or not element.properties:
            return _empty(element)
        if not any(entry.length_code for entry in element.properties):
            rows = self._fixed(element, [0] * len(element.properties), element.size)
            return Columns({entry.name: rows[entry.name] for entry in element.properties}, {})
        least = sum(np.dtype(entry.length_code or entry.code).itemsize for entry in element.properties)
        if element.size * least > len(self.data) - self.at:
            raise _truncated(self.files, element, f"{element.size:,} rows", f"{len(self.data) - self.at:,} bytes")
        return self._runs(element)

    def _dtype(self, element: Element, lengths: list[int]) -> np.dtype[np.void]:
        fields: list[tuple[str, str] | tuple[str, str, tuple[int]]] = []
        for entry, length in zip(element.properties, lengths, strict=True):
            if entry.length_code:
                fields.append((f"{entry.name} length", self.order + entry.length_code))
                fields.append((entry.name, self.order + entry.code, (length,)))
            else:
                fields.append((entry.name, self.order + entry.code))
        return np.dtype(fields)

    def _fixed(self, element: Element, lengths: list[int], count: int) -> Array:
        dtype = self._dtype(element, lengths)
        if count * dtype.itemsize > len(self.data) - self.at:
            raise _truncated(self.files, element, f"{count * dtype.itemsize:,} bytes", f"{len(self.data) - self.at:,}")
        rows = np.frombuffer(self.data, dtype, count, self.at)
        self.at += count * dtype.itemsize
        return rows

    def _runs(self, element: Element) -> Columns:
        """Read rows with lists: where the next row begins follows from this one, so runs of equal rows are taken at once."""
        lists = [entry for entry in element.properties if entry.length_code]
        pieces: list[Array] = []
        left = element.size
        entries = 0
        run = left
        while left:
            lengths = self._lengths_here(element)
            dtype = self._dtype(element, lengths)
            room = (len(self.data) - self.at) // dtype.itemsize
            if room == 0:
                raise _truncated(self.files, element, f"{dtype.itemsize:,} bytes for a row", f"{len(self.data) - self.at:,}")
            rows = np.frombuffer(self.data, dtype, min(left, room, run), self.at)
            same = np.ones(len(rows), bool)
            for entry, length in zip(element.properties, lengths, strict=True):
                if entry.length_code:
                    same &= rows[f"{entry.name} length"] == length
            count = len(rows) if same.all() else int(np.argmin(same))
            # Looking far ahead pays only in long runs: double after a full one, fall back after a short one.
            run = 2 * run if count == len(rows) else max(8, 2 * count)
            entries += count * sum(lengths)
            self.files.limits.check("indices", entries, where=self.files.name)
            pieces.append(rows[:count])
            self.at += count * dtype.itemsize
            left -= count
        scalars = {e.name: np.concatenate([p[e.name] for p in pieces]) for e in element.properties if not e.length_code}
        columns = {e.name: _joined([p[e.name] for p in pieces]) for e in lists}
        return Columns(scalars, columns)

    def _lengths_here(self, element: Element) -> list[int]:
        lengths = []
        at = self.at
        for entry in element.properties:
            length = 0
            if entry.length_code:
                size = np.dtype(entry.length_code).itemsize
                if at + size > len(self.data):
                    raise _truncated(self.files, element, "the length of a list", "the end of the file")
                length = int(np.frombuffer(self.data, self.order + entry.length_code, 1, at)[0])
                at += size
            at += np.dtype(entry.code).itemsize * (length if entry.length_code else 1)
            if length < 0 or at > len(self.data):
                raise _truncated(self.files, element, f"a list of {length:,}", f"{len(self.data) - self.at:,} bytes")
            lengths.append(length)
        return lengths


class _Text:
    """Read rows from the numbers of a text, one element after the other; line ends do not matter."""

    def __init__(self, data: bytes, start: int, files: Files) -> None:
        self.files = files
        text = data[start:]
        raw = np.frombuffer(text, np.uint8)
        word = raw > 32
        begins = word.copy()
        begins[1:] &= ~word[:-1]
        count = int(np.count_nonzero(begins))
        clean = text.translate(bytes(32 if i < 32 else i for i in range(256)))
        numbers = parse_numbers(clean, count=count)
        if numbers is None:
            numbers = self._until_bad(clean)
        self.numbers, self.at = numbers, 0

    def _until_bad(self, text: bytes) -> Array:
        values: list[float] = []
        for word in text.split():
            try:
                values.append(float(word.replace(b"_", b"?")))
            except ValueError:
                raise FormatError(
                    "E_NUMBER",
                    "this is no number",
                    where=f"{self.files.name}, number {len(values) + 1:,} of its data",
                    expected="a number such as 0.25",
                    found=repr(word[:80].decode("latin-1")),
                    hint="Export the file again.",
                ) from None
        return np.array(values)

    def rows(self, element: Element) -> Columns:
        if not element.size or not element.properties:
            return _empty(element)
        width = len(element.properties)
        if element.size * width > len(self.numbers) - self.at:
            raise _truncated(self.files, element, f"{element.size * width:,} numbers", f"{len(self.numbers) - self.at:,}")
        if not any(entry.length_code for entry in element.properties):
            table = self.numbers[self.at : self.at + element.size * width].reshape(element.size, width)
            self.at += element.size * width
            return Columns({e.name: _typed(table[:, i], e.code) for i, e in enumerate(element.properties)}, {})
        return self._runs(element)

    def _runs(self, element: Element) -> Columns:
        """Read rows with lists, in runs of equal rows as `_Binary._runs` does."""
        scalars: dict[str, list[Array]] = {e.name: [] for e in element.properties if not e.length_code}
        lists: dict[str, list[Array]] = {e.name: [] for e in element.properties if e.length_code}
        left = run = element.size
        entries = 0
        while left:
            places, lengths, width = self._layout_here(element)
            room = (len(self.numbers) - self.at) // width
            table = self.numbers[self.at : self.at + min(left, room, run) * width].reshape(-1, width)
            same = np.ones(len(table), bool)
            for entry, place, length in zip(element.properties, places, lengths, strict=True):
                if entry.length_code:
                    same &= table[:, place] == length
            count = len(table) if same.all() else int(np.argmin(same))
            run = 2 * run if count == len(table) else max(8, 2 * count)
            entries += count * sum(lengths)
            self.files.limits.check("indices", entries, where=self.files.name)
            for entry, place, length in zip(element.properties, places, lengths, strict=True):
                if entry.length_code:
                    lists[entry.name].append(_typed(table[:count, place + 1 : place + 1 + length], entry.code))
                else:
                    scalars[entry.name].append(_typed(table[:count, place], entry.code))
            self.at += count * width
            left -= count
        return Columns({n: np.concatenate(v) for n, v in scalars.items()}, {n: _joined(v) for n, v in lists.items()})

    def _layout_here(self, element: Element) -> tuple[list[int], list[int], int]:
        places, lengths = [], []
        width = 0
        left = len(self.numbers) - self.at
        for entry in element.properties:
            places.append(width)
            length = 0
            if entry.length_code and width < left:
                value = self.numbers[self.at + width]
                if not 0 <= value <= left:
                    raise _truncated(self.files, element, f"a list of {value:,.0f}", f"{left:,} numbers")
                length = int(value)
            lengths.append(length)
            width += 1 + length
        if width > left:
            raise _truncated(self.files, element, f"{width:,} numbers for a row", f"{left:,}")
        return places, lengths, width


def _typed(values: Array, code: str) -> Array:
    if code[0] == "f":
        with np.errstate(over="ignore"):
            return values.astype(code)
    kind = np.iinfo(code)
    # Out-of-range numbers would wrap round to innocent ones: keep them wide, the index check sees them.
    safe = np.nan_to_num(values, nan=-1, posinf=2**62, neginf=-1).clip(-(2.0**62), 2.0**62).astype(np.int64)
    inside = len(safe) == 0 or safe.size == 0 or (kind.min <= safe.min() and safe.max() <= kind.max)
    return safe.astype(code) if inside else safe


def _joined(pieces: list[Array]) -> ListColumn:
    """Join (rows, length) arrays of different lengths."""
    lengths = np.concatenate([np.full(len(piece), piece.shape[1]) for piece in pieces])
    return ListColumn(np.concatenate([piece.reshape(-1) for piece in pieces]), lengths)


def _empty(element: Element) -> Columns:
    none = np.zeros(0, np.int64)
    return Columns(
        {entry.name: np.zeros(0, entry.code) for entry in element.properties if not entry.length_code},
        {entry.name: ListColumn(none, none) for entry in element.properties if entry.length_code},
    )
