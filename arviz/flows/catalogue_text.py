"""The text of a catalogue as lines of words by column: encodings, separators, quotes, JSON lines."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arviz.core.errors import InputError
from arviz.core.json_document import too_deep
from arviz.core.limits import DEFAULT_LIMITS
from arviz.core.report import Finding
from arviz.flows.catalogue_columns import Column, columns_of, is_known, refused_header

_SEPARATORS = ",;\t|"
_HEADER_LETTERS = 65536
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row: the line of the file on which it begins, from 1, its words by column, and what is wrong with it."""

    number: int
    said: Mapping[str, Any]
    fault: Finding | None = None


def decoded(data: bytes, *, where: str, encoding: str | None) -> tuple[str, list[Finding]]:
    """Return the text of a file, and what is doubtful about its encoding.

    Raises
    ------
    InputError
        ``E_CATALOGUE_ENCODING``
    """
    marked = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    name = encoding or marked or "utf-8"
    try:
        return data.decode(name).removeprefix("\ufeff"), []
    except LookupError as error:
        raise InputError("E_CATALOGUE_ENCODING", "no such encoding", expected="utf-8, gb18030, cp1252, ...", found=repr(name)) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if encoding is None and marked is None:
            with_western = _western(data)
            if with_western is not None:
                message = "the catalogue is not UTF-8, and was read as Windows-1252"
                hint = "Look at its titles; save it as UTF-8, or say its encoding."
                return with_western, [
                    Finding(code="W_CATALOGUE_ENCODING", severity="warning", where=f"{where}:{line}", message=message, hint=hint)
                ]
        raise InputError(
            "E_CATALOGUE_ENCODING",
            "the catalogue is not of this encoding",
            where=f"{where}:{line}",
            expected=name,
            found=f"the byte {data[error.start]:#04x}",
            hint="Save it as UTF-8, or say its encoding, such as gb18030.",
        ) from error


def _western(data: bytes) -> str | None:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return None


def csv_lines(text: str, *, where: str, said: Mapping[str, str]) -> tuple[list[Column], Iterator[Line]]:
    """Return the columns of comma-separated text and the rows below its header, empty ones left out.

    The separator is the one of ``, ; tab |`` that gives the header most of the known columns, else most columns.

    Raises
    ------
    FormatError, InputError
        As `arviz.flows.catalogue_columns.columns_of`; while the rows are read ``E_CATALOGUE_HEADER``.
    """
    lines = io.StringIO(text, newline="")
    skipped = 0
    if text[:4].lower() == "sep=":  # what Excel writes for itself
        lines.readline()
        skipped = 1
    first = next((line for line in re.split(r"[\r\n]+", text[:_HEADER_LETTERS])[skipped:] if line.strip()), "")
    separator = max(_SEPARATORS, key=lambda mark: (sum(map(is_known, first.split(mark))), first.count(mark)))
    reader = csv.reader(lines, delimiter=separator, strict=True)
    header: list[str] = []
    while not header:
        try:
            words = next(reader)
        except StopIteration:
            return [], iter(())
        except csv.Error as error:
            raise refused_header(where, str(error)) from error
        header = words if any(word.strip() for word in words) else []
    columns = columns_of(header, said=said, where=where)
    return columns, _rows(reader, columns, skipped, where)


def _rows(reader: Any, columns: Sequence[Column], skipped: int, where: str) -> Iterator[Line]:
    while True:
        number = reader.line_num + skipped + 1
        try:
            words = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(number=number, said={}, fault=_fault("E_CATALOGUE_QUOTES", _told(error), f"{where}:{number}"))
            continue
        if not any(word.strip() for word in words):
            continue
        fault = None
        if len(words) != len(columns):
            message = f"{len(words)} fields, but the header has {len(columns)}"
            hint = "Put text that holds the separator or a line break into quotes."
            fault = _fault("E_CATALOGUE_FIELDS", message, f"{where}:{number}", hint)
        said = {column.name: column.value(word) for column, word in zip(columns, words, strict=False)}
        yield Line(number=number, said=said, fault=fault)


def json_lines(text: str, *, where: str) -> Iterator[Line]:
    """Yield the objects of JSON lines (jsonlines.org), empty lines left out."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        said, fault = _parsed(line)
        yield Line(number=number, said=said, fault=None if fault is None else _fault("E_CATALOGUE_JSON", fault, f"{where}:{number}"))


def _parsed(line: str) -> tuple[dict[str, Any], str | None]:
    try:
        value = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        return {}, f"not JSON: {error}"[:200]
    if not isinstance(value, dict) or too_deep(value, DEFAULT_LIMITS.json_depth):
        return {}, f"a JSON object expected, found {type(value).__name__}"
    return value, None


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _told(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return "a quotation mark opens here and never closes: the rest of the file is lost in it"
    return f"its quotation marks do not fit: {error}"


def _fault(code: str, message: str, where: str, hint: str = "") -> Finding:
    return Finding(code=code, severity="error", where=where, message=message, hint=hint)
