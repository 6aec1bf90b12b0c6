"""The text of an OBJ file to arrays, by the block, every index checked."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from arviz.core.errors import FormatError, MeshError
from arviz.core.frozen import Array
from arviz.formats.files import Files
from arviz.formats.flat import not_finite, not_finite_error, unit_in_comments
from arviz.formats.text import Lines, bad_number, decode_name, line_number, parse_numbers, parse_table, split_lines, tokens_per_line

_CONTINUED = re.compile(rb"\\(?=\r?\n)[^\n]*\n")
_HEAD_BYTES = 65536


class Event(NamedTuple):
    """A line that changes the state: `face` is the number of faces before it."""

    face: int
    value: str


class ObjText(NamedTuple):
    """An OBJ file as arrays.

    `corners` (C, 3) int32 holds for each corner of each face the rows in `positions`, `texcoords` and `normals`,
    -1 where it names none; `lengths` (F,) is the number of corners of each face.
    """

    positions: Array
    colours: Array | None
    texcoords: Array
    normals: Array
    corners: Array
    lengths: Array
    events: dict[str, list[Event]]
    unit: str | None
    ignored: int


def parse_obj(data: bytes, files: Files) -> ObjText:
    """Turn the text into arrays, checking every index; see `arviz.formats.obj.read_obj` for the errors."""
    return _Parser(data, files).run()


class _Parser:
    def __init__(self, data: bytes, files: Files) -> None:
        self.files = files
        self.data = _plain_lines(data)
        self.counts = {b"v": 0, b"vt": 0, b"vn": 0}
        self.tables: dict[bytes, list[Array]] = {b"v": [], b"vt": [], b"vn": []}
        self.colours: list[Array] = []
        self.bad_positions = 0
        self.first_bad: int | None = None
        self.corners: list[Array] = []
        self.lengths: list[Array] = []
        self.face_count = 0
        self.corner_count = 0
        self.first_past: list[tuple[Array, Array]] = []
        self.events: dict[str, list[tuple[int, int, str]]] = {"o": [], "g": [], "usemtl": [], "s": [], "mtllib": []}
        self.ignored = 0

    def run(self) -> ObjText:
        for lines in split_lines(self.data):
            self._block(lines)
        if self.bad_positions:
            assert self.first_bad is not None
            first = f"line {line_number(self.data, self.first_bad)}"
            raise not_finite_error(self.bad_positions, where=self.files.name, first=first)
        positions = _stack(self.tables[b"v"], 3)
        texcoords, normals = _stack(self.tables[b"vt"], 2), _stack(self.tables[b"vn"], 3)
        corners = np.concatenate(self.corners) if self.corners else np.zeros((0, 3), np.int32)
        self._check_totals(corners)
        coloured = any(len(block) and np.isfinite(block).any() for block in self.colours)
        return ObjText(
            positions=positions,
            colours=np.concatenate(self.colours) if coloured else None,
            texcoords=texcoords,
            normals=normals,
            corners=corners,
            lengths=np.concatenate(self.lengths) if self.lengths else np.zeros(0, np.int64),
            events={k: [Event(face, value) for _, face, value in sorted(v)] for k, v in self._with_group_resets().items()},
            unit=self._unit(),
            ignored=self.ignored,
        )

    def _unit(self) -> str | None:
        head = self.data[:_HEAD_BYTES].splitlines()
        return unit_in_comments([line.decode("latin-1") for line in head if line.lstrip().startswith(b"#")])

    def _with_group_resets(self) -> dict[str, list[tuple[int, int, str]]]:
        # A group belongs to the object in which it was opened: "o" ends it.
        groups = self.events["g"] + [(offset, face, "") for offset, face, _ in self.events["o"]] if self.events["g"] else []
        return {**self.events, "g": groups}

    def _block(self, lines: Lines) -> None:
        letter = lines.data[lines.first] | 32
        is_v = letter == ord("v")
        before: dict[bytes, Array] = {}
        for keyword in (b"v", b"vt", b"vn"):
            selected = is_v & lines.begins(keyword)
            before[keyword] = self.counts[keyword] + np.cumsum(selected)
            self._table(keyword, lines, selected)
        is_face = (letter == ord("f")) & lines.begins(b"f")
        self._state(lines, letter, self.face_count + np.cumsum(is_face))
        self._faces(lines, is_face, before)

    def _table(self, keyword: bytes, lines: Lines, selected: Array) -> None:
        count = int(np.count_nonzero(selected))
        if not count:
            return
        self.counts[keyword] += count
        self.files.limits.check("vertices", self.counts[keyword], where=self.files.name)
        columns = {b"v": 7, b"vt": 2, b"vn": 3}[keyword]
        text, lengths = lines.arguments(selected, skip=len(keyword))
        if keyword == b"v":
            words = tokens_per_line(text, lengths)
            columns = 7 if (words > 4).any() else 3
        table, words = parse_table(
            text, lengths, columns=columns, lines=lines, selected=selected, source=self.data, where=self.files.name
        )  # fmt: skip
        needed = {b"v": 3, b"vt": 1, b"vn": 3}[keyword]
        if (words < needed).any():
            offset = int(lines.offset + lines.first[selected][np.argmax(words < needed)])
            raise FormatError(
                "E_NUMBER",
                "a line is cut short",
                where=f"{self.files.name}:{line_number(self.data, offset)}",
                expected=f"{needed} numbers after {keyword.decode()}",
                found=int(words[words < needed][0]),
                hint="Export the file again.",
            )
        if keyword == b"vt":
            table = np.where((words < 2)[:, None] & [False, True], 0, table)
        if keyword == b"v":
            self._positions(table, words, lines, selected)
            self.tables[keyword].append(np.ascontiguousarray(table[:, :3]))  # float64: see `near_origin`
            return
        with np.errstate(over="ignore"):
            self.tables[keyword].append(table.astype(np.float32))

    def _positions(self, table: Array, words: Array, lines: Lines, selected: Array) -> None:
        bad = not_finite(table[:, :3])
        if bad.size:
            if self.first_bad is None:
                self.first_bad = int(lines.offset + lines.first[selected][bad[0]])
            self.bad_positions += len(bad)
        colours = np.full((len(table), 3), np.nan, np.float32)
        if table.shape[1] == 7:
            # Six numbers are position and colour; seven are position, w and colour, or a colour with alpha: w is 1 then.
            with_w = (words >= 7) & (table[:, 3] == 1) & (table[:, 6] != 1)
            rgb = np.where(with_w[:, None], table[:, 4:7], table[:, 3:6])
            colours[words >= 6] = rgb[words >= 6]
        self.colours.append(colours)

    def _state(self, lines: Lines, letter: Array, faces_before: Array) -> None:
        for keyword, kept in self.events.items():
            selected = np.flatnonzero((letter == ord(keyword[0])) & lines.begins(keyword.encode()))
            if keyword != "mtllib" and selected.size:
                # Only the last of several changes between two faces counts.
                faces = faces_before[selected]
                selected = selected[np.append(faces[1:] != faces[:-1], True)]
            for line in selected.tolist():
                value = decode_name(lines.text(line)[len(keyword) :].strip())
                self.files.limits.check("name_length", len(value), where=self.files.name)
                kept.append((int(lines.offset + lines.first[line]), int(faces_before[line]), value))
        drawn_otherwise = np.isin(letter, np.frombuffer(b"lp", np.uint8))
        if drawn_otherwise.any():
            self.ignored += int((lines.begins(b"l") | lines.begins(b"p")).sum())
        if (letter == ord("c")).any() or (letter == ord("s")).any():
            self.ignored += int((lines.begins(b"curv") | lines.begins(b"curv2") | lines.begins(b"surf")).sum())

    def _faces(self, lines: Lines, selected: Array, before: dict[bytes, Array]) -> None:
        count = int(np.count_nonzero(selected))
        if not count:
            return
        text, line_bytes = lines.arguments(selected, skip=1)
        raw = np.frombuffer(text, np.uint8)
        lengths = tokens_per_line(text, line_bytes).astype(np.int64)
        self.corner_count += int(lengths.sum())
        self.files.limits.check("indices", self.corner_count, where=self.files.name)
        offsets = lines.offset + lines.first[selected]
        if (lengths < 3).any():
            short = int(np.argmax(lengths < 3))
            raise self._face_error("a face has fewer than three corners", offsets[short], expected="3 or more", found=int(lengths[short]))
        corners = self._corner_numbers(raw, int(lengths.sum()), line_bytes, offsets)
        relative = corners < 0
        if relative.any():
            rows = np.repeat(np.stack([before[k][selected] for k in (b"v", b"vt", b"vn")], axis=1), lengths, axis=0)
            resolved = np.where(relative, corners + rows + 1, corners)
        else:
            resolved = corners
        wrong = (relative & (resolved < 1)) | (resolved > self.files.limits.vertices)
        wrong[:, 0] |= resolved[:, 0] < 1
        if wrong.any():
            corner, field = (int(i) for i in np.argwhere(wrong)[0])
            line = int(np.searchsorted(np.cumsum(lengths), corner, side="right"))
            raise self._index_error(int(corners[corner, field]), offsets[line])
        self.corners.append((resolved - 1).astype(np.int32))
        self.lengths.append(lengths)
        self.first_past.append((np.array([self.corner_count]), np.array([lines.offset])))
        self.face_count += count

    def _corner_numbers(self, raw: Array, count: int, line_bytes: Array, offsets: Array) -> Array:
        """Return (C, 3) int64 as written; 0 where a corner names nothing."""
        blank, slash = raw <= 32, raw == ord("/")
        number = ~(blank | slash)
        starts = number.copy()
        starts[1:] &= ~number[:-1]
        at = np.flatnonzero(starts)
        values = parse_numbers(raw.tobytes().replace(b"/", b" "), count=len(at), dtype=np.int64)
        if values is None:
            raise self._bad_face(raw, line_bytes, offsets)
        begins = ~blank
        begins[1:] &= blank[:-1]
        begin, slashes = np.flatnonzero(begins), np.flatnonzero(slash)
        out = np.zeros((count, 3), np.int64)
        fields = _same_form(begin, at, slashes)
        if fields:
            out[:, fields] = values.reshape(count, -1)
            return out
        corner = np.searchsorted(begin, at, side="right") - 1
        field = np.searchsorted(slashes, at) - np.searchsorted(slashes, begin)[corner]
        if (field > 2).any():
            raise self._bad_face(raw, line_bytes, offsets)
        out[corner, field] = values
        return out

    def _bad_face(self, raw: Array, line_bytes: Array, offsets: Array) -> FormatError:
        start = 0
        for length, offset in zip(line_bytes.tolist(), offsets.tolist(), strict=True):
            for word in raw[start : start + length].tobytes().split():
                if not re.fullmatch(rb"[+-]?\d+(/([+-]?\d+)?){0,2}", word):
                    return bad_number(word.decode("latin-1"), source=self.data, offset=offset, where=self.files.name)
            start += length
        return self._face_error("a face cannot be understood", int(offsets[0]), expected="f 1/1/1 2/2/2 3/3/3", found="other text")

    def _face_error(self, what: str, offset: int, *, expected: object, found: object) -> FormatError:
        where = f"{self.files.name}:{line_number(self.data, int(offset))}"
        return FormatError("E_FACE", what, where=where, expected=expected, found=found, hint="Export the file again.")

    def _index_error(self, index: int, offset: int) -> MeshError:
        return MeshError(
            "E_INDEX",
            "a face refers to something that is not there",
            where=f"{self.files.name}:{line_number(self.data, int(offset))}",
            expected=f"an index from 1 to {max(self.counts.values()):,}, or back from -1",
            found=index,
            hint="The file is truncated or was edited; export it again.",
        )

    def _check_totals(self, corners: Array) -> None:
        for field, keyword in enumerate((b"v", b"vt", b"vn")):
            past = corners[:, field] >= self.counts[keyword]
            if len(corners) and past.any():
                raise self._index_error(int(corners[np.argmax(past), field]) + 1, self._offset_of_corner(int(np.argmax(past))))

    def _offset_of_corner(self, corner: int) -> int:
        # Found by reading that block's faces once more: errors may be slow, the good way may not.
        counts = np.concatenate([count for count, _ in self.first_past])
        block = int(np.searchsorted(counts, corner, side="right"))
        left = corner - (int(counts[block - 1]) if block else 0)
        start = int(self.first_past[block][1][0])
        for lines in split_lines(self.data[start:]):
            selected = lines.begins(b"f")
            lengths = tokens_per_line(*lines.arguments(selected, skip=1))
            return start + int(lines.first[selected][np.searchsorted(np.cumsum(lengths), left, side="right")])
        raise AssertionError("a corner lies in a block")


def _same_form(begin: Array, at: Array, slashes: Array) -> list[int]:
    """Return the fields that every corner has, if all are written like the first; else nothing.

    `begin`, `at` and `slashes` are the sorted places of corners, numbers and slashes. Looking up each number's
    corner makes the whole reading a fifth slower.
    """
    count = len(begin)
    if len(at) < count or len(at) % count or len(slashes) % count or not np.array_equal(begin, at[:: len(at) // count]):
        return []
    n, s = at.reshape(count, -1).T, slashes.reshape(count, -1).T
    match len(n), len(s):
        case 1, 0:
            return [0]
        case 2, 1 if (n[0] < s[0]).all() and (s[0] < n[1]).all():
            return [0, 1]
        case 2, 2 if (n[0] < s[0]).all() and (s[1] < n[1]).all():
            return [0, 2]
        case 3, 2 if (n[0] < s[0]).all() and (s[0] < n[1]).all() and (n[1] < s[1]).all() and (s[1] < n[2]).all():
            return [0, 1, 2]
    return []


def _stack(tables: list[Array], columns: int) -> Array:
    return np.concatenate(tables) if tables else np.zeros((0, columns), np.float32)


def _plain_lines(data: bytes) -> bytes:
    """Return `data` without byte order mark, with lines that end in a newline and are continued nowhere."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", errors="replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    if b"\\\n" in data or b"\\\r\n" in data:
        # As many bytes as before, so that places stay; the line numbers of messages count joined lines as one.
        data = _CONTINUED.sub(lambda match: b" " * len(match[0]), data)
    return data
