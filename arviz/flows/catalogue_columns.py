"""What the columns of a shop's table mean: ``Dateiname`` is `file`, ``Breite (cm)`` is `width` in centimetres.

Only words that mean one thing in every shop stand here. What a merchant says with ``--column`` goes first, then a column's own name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arviz.core.errors import FormatError, InputError
from arviz.core.units import unit_name

COLUMNS = (
    "sku", "file", "title", "size", "width", "depth", "height", "unit", "file_unit", "up", "front",
    "price_minor", "currency", "tags", "group", "targets",
)  # fmt: skip
_CALLED = {
    "sku": "artikelnummer artikelnr artikel_nr art_nr item_number article_number product_id référence 货号 商品编号",
    "file": "filename file_name datei dateiname modelldatei model_file 3d_file 3d_datei fichier archivo 文件 文件名 模型文件",
    "title": "name product_name bezeichnung artikelbezeichnung titel produktname titre nombre nome 名称 商品名称 标题",
    "width": "breite largeur ancho larghezza 宽 宽度",
    "depth": "tiefe profondeur profundidad profondità 深 深度",
    "height": "höhe hoehe hauteur altura altezza 高 高度",
    "currency": "währung waehrung devise moneda valuta 货币",
    "tags": "keywords schlagworte schlagwörter stichworte 标签",
    "group": "category kategorie warengruppe catégorie categoría categoria 类别 分类",
}
_MEANT = {word: column for column, words in _CALLED.items() for word in (column, *words.split())}
_LENGTHS = ("size", "width", "depth", "height")
_UNITS = "mm|cm|m|in|ft|inch|inches"
_WITH_UNIT = re.compile(rf"(.+?)(?:_?[(\[]({_UNITS})[)\]]|_in_({_UNITS})|_({_UNITS}))")
_OWN_UNIT = re.compile(r"[a-wyz\"'″′”’]", re.IGNORECASE)
"""A letter that is not the x between the numbers of a size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its heading as the table has it, its name as it is known here (else its own), the unit of its bare numbers."""

    heading: str
    name: str
    unit: str = ""

    def value(self, word: str) -> str:
        """Return a word of this column, with the unit that stands in its heading."""
        return with_unit(word.strip(), self.unit) if self.unit and word.strip() else word

    @property
    def told(self) -> str:
        """Say what the heading was taken for; empty where that goes without saying."""
        return "" if plain(self.heading) == self.name else f"{self.heading!r} is {self.name}{f' in {self.unit}' if self.unit else ''}"


def plain(heading: str) -> str:
    """Return a heading without what people vary: ``" Price Minor"`` is ``price_minor``."""
    return heading.strip().strip('"').lower().replace(" ", "_").replace("-", "_")


def with_unit(length: str, unit: str) -> str:
    """Return a length or a size, with `unit` if it has none."""
    return length if _OWN_UNIT.search(length) else f"{length}{unit}"


def is_known(heading: str) -> bool:
    """Return whether a heading means a column here."""
    return _meaning(plain(heading)) != ""


def columns_of(headings: Sequence[str], *, said: Mapping[str, str], where: str) -> list[Column]:
    """Return what each heading means; `said` maps columns to headings, as a merchant has named them.

    Raises
    ------
    InputError
        ``E_CATALOGUE_COLUMN``: `said` names a column that is none, or a heading that is not there.
    FormatError
        ``E_CATALOGUE_HEADER``: no column is `file`, or several would be the same one.
    """
    words = [plain(heading) for heading in headings]
    asked = {plain(heading): name for name, heading in said.items()}
    for name, heading in said.items():
        if name not in COLUMNS:
            raise InputError("E_CATALOGUE_COLUMN", "no such column", where=where, expected=", ".join(COLUMNS), found=repr(name))
        if plain(heading) not in words:
            raise InputError("E_CATALOGUE_COLUMN", "no such heading", where=where, expected=_listed(headings), found=repr(heading))
    taken = {*said, *(word for word in words if word in COLUMNS)}
    out = []
    for index, (heading, word) in enumerate(zip(headings, words, strict=True)):
        guess = _meaning(word)
        name = asked.get(word) or (guess if word == guess or guess not in taken else "")
        out.append(Column(heading=heading, name=name or word or f"column_{index + 1}", unit=_split(word)[1] if name in _LENGTHS else ""))
    names = [column.name for column in out]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        hint = f'Say which is meant: --column {twice}="...", or rename the others.' if twice in COLUMNS else "Rename one of them."
        raise refused_header(
            where, f"the column {twice} stands twice: {_listed([column.heading for column in out if column.name == twice])}", hint
        )
    if "file" not in names:
        known = f"Known are: {', '.join(COLUMNS)}."
        above = "Lines above the headings have to go. " if sum(map(bool, words)) == 1 else ""
        raise refused_header(
            where, _listed(headings), f'{above}Rename the column that holds the files, or name it: --column file="...". {known}'
        )
    return out


def _meaning(word: str) -> str:
    """Return the column that a plain heading means, empty if none."""
    bare = word.replace(".", "")
    length = _MEANT.get(_split(bare)[0], "")
    return _MEANT.get(bare) or (length if length in _LENGTHS else "")


def _split(word: str) -> tuple[str, str]:
    """Return a plain heading without its unit, and the unit; both empty where it has none."""
    match = _WITH_UNIT.fullmatch(word)
    return (match[1], unit_name(match[2] or match[3] or match[4])) if match else ("", "")


def _listed(headings: Sequence[str]) -> str:
    return ", ".join(heading.strip() for heading in headings if heading.strip())[:300]


def refused_header(where: str, found: str, hint: str | None = None) -> FormatError:
    """Return the error for a first line that does not name the columns."""
    expected = "at least file; sku,file,title,size,unit as a rule"
    return FormatError("E_CATALOGUE_HEADER", "the first line must name the columns", where=where, expected=expected, found=found, hint=hint)
