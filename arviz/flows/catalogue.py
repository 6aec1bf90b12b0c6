"""The catalogue of a shop: one product a row, as CSV (comma, semicolon or tab) or as JSON lines. Everything that reads one reads it here.

A row that cannot be used is told with its line, and the others are read: `Catalogue.rows` holds both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from arviz.check.size import Listed
from arviz.core.errors import ArvizError, InputError, LimitError
from arviz.core.frozen import EMPTY, freeze, set_fields
from arviz.core.regular_file import read_regular
from arviz.core.report import Finding
from arviz.core.units import parse_length, parse_size, unit_name
from arviz.flows.catalogue_columns import COLUMNS, with_unit
from arviz.flows.catalogue_folder import models_in
from arviz.flows.catalogue_text import Line, csv_lines, decoded, json_lines
from arviz.flows.product_names import folder_name, same_folder

MOST_ROWS = 100_000
_TABLES = (".csv", ".tsv", ".txt")
_JSON_LINES = (".jsonl", ".ndjson")
_BETWEEN = re.compile(r"[,;|]")
_BETWEEN_NAMES = re.compile(r"[,;|\s]")
_MANGLED = re.compile(r"\d[.,]?\d*E\+\d+", re.IGNORECASE)
"""What spreadsheets make of a long number: 4.71235E+12."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a catalogue says of one product.

    Parameters
    ----------
    sku : str
        Unique in the catalogue.
    name : str
        Of the product's folder: the sku, as far as file systems take it.
    file : Path
        The model file.
    size_m : (x, y, z), optional
        Listed size in metres, None where the catalogue is silent.
    unit : str, optional
        Length of one unit of the file.
    price_minor : int, optional
        In the smallest coin of `currency`.
    more : Mapping
        What stands in other columns.
    """

    sku: str
    name: str
    file: Path
    title: str = ""
    size_m: Listed | None = None
    unit: str | None = None
    up: str | None = None
    front: str | None = None
    price_minor: int | None = None
    currency: str | None = None
    tags: tuple[str, ...] = ()
    group: str | None = None
    targets: tuple[str, ...] = ()
    more: Mapping[str, Any] = EMPTY

    def __post_init__(self) -> None:
        set_fields(self, more=freeze(self.more))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: its product, or what keeps it from being one.

    `line` counts from 1; `said` are its words by column. `entry` is None exactly if a finding is an error.
    """

    line: int
    said: Mapping[str, Any]
    entry: Entry | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """A catalogue as it was read.

    `findings` are those of the whole file, for example columns that mean nothing here.
    """

    path: Path
    sha256: str
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The products of all good rows, in their order."""
        return tuple(row.entry for row in self.rows if row.entry is not None)


def read_catalogue(path: str | PathLike[str], *, encoding: str | None = None, columns: Mapping[str, str] = EMPTY) -> Catalogue:
    """Read a catalogue, ``.csv`` or ``.jsonl``, or take the model files in a folder for one.

    Parameters
    ----------
    path : path
        Files are found relative to its folder. Of a folder every model in it and below is a product, called by its place.
    encoding : str, optional
        Of the text; default: UTF-8, what a byte order mark says, and Windows-1252 with a finding for what is neither.
    columns : Mapping
        Of a CSV: column -> its heading, where `arviz.flows.catalogue_columns` does not know the heading.

    Raises
    ------
    InputError
        It cannot be read, is of another kind (``E_CATALOGUE_FORMAT``), has no usable header (``E_CATALOGUE_HEADER``,
        ``E_CATALOGUE_COLUMN``), no product
        (``E_CATALOGUE_EMPTY``), or is not of its encoding (``E_CATALOGUE_ENCODING``).
    LimitError
        ``E_LIMIT_FILE_BYTES``, ``E_LIMIT_CATALOGUE_ROWS``
    """
    path = Path(fspath(path))
    if path.is_dir():
        return _of_folder(path.resolve())
    if path.suffix.lower() not in (*_TABLES, *_JSON_LINES):
        raise _no_catalogue(path)
    data = read_regular(path, where=path.name)
    text, findings = decoded(data, where=path.name, encoding=encoding)
    if path.suffix.lower() in _TABLES:
        header, found = csv_lines(text, where=path.name, said=columns)
        told = "; ".join(column.told for column in header if column.told and column.name in COLUMNS)
        findings += [_finding("I_CATALOGUE_MEANT", "info", f"read as: {told}"[:600], path.name)] if told else []
    else:
        found = json_lines(text, where=path.name)
    lines = []
    for line in found:
        lines.append(line)
        if len(lines) > MOST_ROWS:
            raise LimitError(
                "E_LIMIT_CATALOGUE_ROWS",
                "too many products",
                where=path.name,
                expected=f"at most {MOST_ROWS:,}",
                hint="Split the catalogue.",
            )
    if not lines:
        raise InputError("E_CATALOGUE_EMPTY", "the catalogue holds no product", where=path.name)
    unknown = list(dict.fromkeys(column for line in lines for column in line.said if column not in COLUMNS))
    if unknown:
        findings.append(_finding("I_CATALOGUE_COLUMNS", "info", f"kept, but of no meaning here: {', '.join(unknown)[:300]}", path.name))
    return _catalogue(lines, path, folder=path.parent, sha256=sha256(data).hexdigest(), findings=findings)


def _catalogue(lines: Sequence[Line], path: Path, *, folder: Path, sha256: str, findings: Sequence[Finding]) -> Catalogue:
    """Return the products of all lines, whose files lie in `folder`."""
    rows = [_row(line, f"{path.name}:{line.number}", folder) for line in lines]
    return Catalogue(path=path, sha256=sha256, rows=_without_doubles(rows, path), findings=tuple(findings))


def _of_folder(folder: Path) -> Catalogue:
    """Return the model files in a folder as a catalogue that says nothing else of them."""
    lines = [Line(number=index, said=said) for index, said in enumerate(models_in(folder, most=MOST_ROWS), 1)]
    if not lines:
        hint = "Name a folder that holds model files, or a table of them."
        raise InputError("E_CATALOGUE_EMPTY", "the folder holds no product", where=str(folder), hint=hint)
    listing = "\n".join(line.said["file"] for line in lines)
    message = "a folder says no sizes, titles or units: nothing is compared with a listing, and files without a unit are refused"
    told = _finding("I_CATALOGUE_FOLDER", "info", message, folder.name, "Make a table with the columns file, title, size and unit.")
    return _catalogue(lines, folder, folder=folder, sha256=sha256(listing.encode("utf-8", "surrogateescape")).hexdigest(), findings=[told])


def _no_catalogue(path: Path) -> InputError:
    hint = "A catalogue is a table with a product a line: save it as CSV. Without a table, name the folder that holds the files."
    found = path.suffix or "no extension"
    return InputError("E_CATALOGUE_FORMAT", "not a catalogue", where=path.name, expected=".csv or .jsonl", found=found, hint=hint)


class _Words:
    """The words of one row: taken out one by one, with what is wrong about them."""

    def __init__(self, line: Line, where: str) -> None:
        self._said = line.said
        self.where = where
        self.findings = [] if line.fault is None else [line.fault]

    def refuse(self, code: str, message: str, *, hint: str = "") -> None:
        self.findings.append(_finding(code, "error", message, self.where, hint))

    def text(self, column: str) -> str:
        """Return what stands in a column, empty if nothing does; a number of a JSON row as it is written there."""
        value = self._said.get(column)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            self.refuse("E_CATALOGUE_VALUE", f"{column}: text expected, found {value!r}"[:200])
            return ""
        return str(value).strip()

    def list(self, column: str, between: re.Pattern[str]) -> tuple[str, ...]:
        """Return the words of a column, which stand in a JSON list or between marks."""
        value = self._said.get(column)
        parts = value if isinstance(value, (list, tuple)) else between.split(self.text(column))
        if not all(isinstance(part, str) for part in parts):
            self.refuse("E_CATALOGUE_VALUE", f"{column}: a list of words expected, found {value!r}"[:200])
            return ()
        return tuple(dict.fromkeys(word for part in parts if (word := part.strip())))

    def price(self) -> tuple[int | None, str | None]:
        """Return the price as a whole number of the currency's smallest coins."""
        text, currency = self.text("price_minor"), self.text("currency").upper() or None
        if currency is not None and not re.fullmatch("[A-Z]{3}", currency):
            self.refuse("E_CATALOGUE_CURRENCY", f"currency: three letters of ISO 4217 expected, found {currency!r}"[:200])
        if not text:
            return None, currency
        if isinstance(self._said["price_minor"], float) or not re.fullmatch(r"[0-9]{1,15}", text):
            hint = "Write cents, without separators: 129900 for 1,299.00."
            self.refuse("E_CATALOGUE_MONEY", f"price_minor: a whole number of the smallest coins expected, found {text!r}"[:200], hint=hint)
            return None, currency
        if currency is None:
            self.refuse("E_CATALOGUE_CURRENCY", "a price needs its currency", hint="Add the column currency, for example EUR.")
        return int(text), currency

    def size(self, unit: str) -> Listed | None:
        """Return the listed size; `unit` is that of numbers without one."""
        whole = self.text("size")
        sides = [self.text(side) for side in ("width", "height", "depth")]
        if whole and any(sides):
            self.refuse("E_CATALOGUE_SIZE", "give either size or width, depth and height")
            return None
        if whole:
            return parse_size(with_unit(whole, unit))
        return tuple(parse_length(with_unit(side, unit)) if side else None for side in sides) if any(sides) else None


def _row(line: Line, where: str, folder: Path) -> Row:
    words = _Words(line, where)
    entry = None
    try:
        entry = _entry(words, folder, has_sku="sku" in line.said) if line.fault is None else None
    except ArvizError as error:
        words.refuse(error.code, str(error), hint=error.hint or "")
    findings = tuple(words.findings)
    good = entry is not None and all(finding.severity != "error" for finding in findings)
    return Row(line=line.number, said=line.said, entry=entry if good else None, findings=findings)


def _entry(words: _Words, folder: Path, *, has_sku: bool) -> Entry:
    sku, unit, told = words.text("sku"), words.text("unit"), words.text("file")
    if has_sku and not sku:
        words.refuse("E_CATALOGUE_SKU", "the product has no sku")
    if _MANGLED.fullmatch(sku):
        message = f"the sku {sku} looks like a number that a spreadsheet has rounded"
        words.findings.append(
            _finding("W_CATALOGUE_SKU", "warning", message, words.where, "Format the column as text, and export it again.")
        )
    size = words.size(unit)
    # The unit says how long the numbers of the row are; where there are none, it can only be that of the file.
    file_unit = words.text("file_unit") or (unit if size is None else "")
    price, currency = words.price()
    file = _file(told, folder, words)
    return Entry(
        sku=sku or file.stem,
        name=folder_name(sku or file.stem),
        file=file,
        title=" ".join(words.text("title").split()),
        size_m=size,
        unit=unit_name(file_unit) if file_unit else None,
        up=words.text("up") or None,
        front=words.text("front") or None,
        price_minor=price,
        currency=currency,
        tags=words.list("tags", _BETWEEN),
        group=words.text("group") or None,
        targets=words.list("targets", _BETWEEN_NAMES),
        more={column: value for column, value in words._said.items() if column not in COLUMNS and value not in (None, "")},
    )


def _file(told: str, folder: Path, words: _Words) -> Path:
    """Return where a row's model is; backslashes are taken as Windows means them."""
    if not told:
        words.refuse("E_CATALOGUE_FILE", "the product names no file")
        return folder
    found = folder / told
    if not found.is_file() and "\\" in told:
        found = folder / told.replace("\\", "/")
    try:
        there = found.is_file()
    except (OSError, ValueError):  # a name that no file can have
        there = False
    if not there:
        hint = "Files are looked for beside the catalogue; names are told apart by case."
        words.refuse("E_FILE_MISSING", f"no such file: {told}"[:300], hint=hint)
    return found


def _without_doubles(rows: list[Row], path: Path) -> tuple[Row, ...]:
    """Refuse rows whose sku or folder is that of an earlier one."""
    skus: dict[str, int] = {}
    names: dict[str, int] = {}
    out = []
    for row in rows:
        entry = row.entry
        if entry is not None:
            where = f"{path.name}:{row.line}"
            name = same_folder(entry.name)
            if entry.sku in skus:
                found = _finding(
                    "E_CATALOGUE_TWICE", "error", f"line {skus[entry.sku]} has the sku {entry.sku!r} already", where, "Give it another sku."
                )
            elif name in names:
                message = f"its folder {entry.name!r} would be that of line {names[name]} on disks that know no case"
                found = _finding("E_CATALOGUE_TWICE", "error", message, where, "Give it another sku.")
            else:
                skus[entry.sku] = names[name] = row.line
                out.append(row)
                continue
            row = replace(row, entry=None, findings=(*row.findings, found))
        out.append(row)
    return tuple(out)


def _finding(code: str, severity: Any, message: str, where: str, hint: str = "") -> Finding:
    return Finding(code=code, severity=severity, message=message, where=where, hint=hint)
