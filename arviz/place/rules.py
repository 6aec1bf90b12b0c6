"""Rules of placement: how much free space is needed where, who says so, and for which country. They are data.

A rule file is JSON, schema ``arviz.rules/1``, lengths in millimetres::

    {"schema": "arviz.rules/1", "title": "Ours", "country": "DE", "extends": "de",
     "rules": [{"id": "walkway", "needed_mm": 1000, "what": "Clear width of a way", "source": "our shop"}]}

``extends`` names a shipped file of which this one replaces a part; the shipped files extend ``everywhere``, so that each rule is
in each of them. ``basis`` says how sure the number is: ``standard``: a standard or guideline; ``secondary``: one as others
quote it; ``practice`` (where nothing is said): no standard, a round figure that planners use. ``hard`` false: better so, but a
place is possible without.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args

from arviz.core.errors import InputError

SCHEMA = "arviz.rules/1"
FOLDER = Path(__file__).resolve().parent / "data" / "rules"
DEFAULT = "us"
Basis = Literal["standard", "secondary", "practice"]
_BASE = "everywhere"
_LARGEST_FILE = 2**20
_MOST_MM = 100_000
_FILE_KEYS = ("schema", "title", "country", "extends", "note", "rules")
_RULE_KEYS = ("id", "needed_mm", "what", "source", "basis", "hard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How much free space something needs.

    Parameters
    ----------
    id : str
        ``walkway``, ``sofa-front`` ...
    what : str
        In words.
    needed_m : float
    country : str
        Two letters (ISO 3166-1); empty where it belongs to none.
    source : str
        Who says so.
    basis : str
        ``standard``, ``secondary`` (a standard as others quote it) or ``practice`` (no standard).
    hard : bool
        False: better so, but a place is possible without.
    """

    id: str
    what: str
    needed_m: float
    country: str
    source: str
    basis: Basis = "practice"
    hard: bool = True

    @property
    def says(self) -> str:
        """Who says so, for which country, and how sure that is: the `source` of a `arviz.core.placement.RuleResult`."""
        place = f" ({self.country})" if self.country else ""
        return f"{self.source}{place}{', as others quote it' if self.basis == 'secondary' else ''}"


class Rules(Mapping[str, Rule]):
    """Rules by their id; they cannot be changed."""

    __slots__ = ("_rules", "title")

    def __init__(self, rules: Mapping[str, Rule], *, title: str = "") -> None:
        self._rules = dict(rules)
        self.title = title

    def __getitem__(self, rule: str) -> Rule:
        return self._rules[rule]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)


def rule_countries() -> tuple[str, ...]:
    """Return the countries whose rules ship with arviz, as `read_rules` takes them."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != _BASE))


def read_rules(path: str | PathLike[str] | None = None, *, country: str | None = None) -> Rules:
    """Read rules of placement.

    Parameters
    ----------
    path : path or None
        A file of your own; None for shipped ones.
    country : str or None
        Two letters, such as ``us`` or ``de``: which shipped rules; with a file that extends nothing, what it is added to.
        None takes what the file extends, else ``us``.

    Raises
    ------
    InputError
        ``E_RULES_COUNTRY`` no rules of that country, ``E_RULES_UNREADABLE`` no such file, ``E_RULES_INVALID`` not a rule file.
    """
    if path is None:
        return _shipped(_known(country or DEFAULT))
    own = Path(path)
    return parse_rules(_read(own), where=own.name, country=country)


def parse_rules(data: bytes, *, where: str, country: str | None = None) -> Rules:
    """Build rules from JSON bytes, as `read_rules` does from a file.

    Raises
    ------
    InputError
        ``E_RULES_INVALID``, ``E_RULES_COUNTRY``.
    """
    document = _document(data, where)
    extends = _text(document, "extends", where, default="")
    if extends not in ("", _BASE, *rule_countries()):
        raise _invalid(f"{where}: extends", ", ".join((_BASE, *rule_countries())), extends)
    base = _shipped(extends or _known(country or DEFAULT))
    return _joined(base, document, where)


def _shipped(name: str) -> Rules:
    where = f"{name}.json"
    document = _document((FOLDER / where).read_bytes(), where)
    return _joined(Rules({}) if name == _BASE else _shipped(document["extends"]), document, where)


def _joined(base: Rules, document: Mapping[str, Any], where: str) -> Rules:
    """Return the rules of a base with those of a document in their place."""
    place = _text(document, "country", where, default="")
    if place and not (len(place) == 2 and place.isascii() and place.isupper()):
        raise _invalid(f"{where}: country", "two capital letters, such as US, or nothing", place)
    rules: dict[str, Rule] = {}
    for index, row in enumerate(document["rules"]):
        at = f"{where}: rules[{index}]"
        rule = _rule(row, place, at)
        if rule.id in rules:
            raise _invalid(f"{at}.id", "each rule once", rule.id)
        if base and rule.id not in base:  # a misspelt rule would do nothing, silently
            raise _invalid(f"{at}.id", f"one of {', '.join(base)}", rule.id)
        rules[rule.id] = rule
    return Rules({**base, **rules}, title=_text(document, "title", where))


def _rule(row: object, country: str, where: str) -> Rule:
    if not isinstance(row, dict):
        raise _invalid(where, "an object", row)
    _only(row, _RULE_KEYS, where)
    hard = row.get("hard", True)
    if not isinstance(hard, bool):
        raise _invalid(f"{where}.hard", "true or false", hard)
    basis: Any = _text(row, "basis", where, default="practice")
    if basis not in get_args(Basis):
        raise _invalid(f"{where}.basis", ", ".join(get_args(Basis)), basis)
    return Rule(
        id=_text(row, "id", where),
        what=_text(row, "what", where),
        needed_m=_needed(row.get("needed_mm"), f"{where}.needed_mm"),
        country=country,
        source=_text(row, "source", where),
        basis=basis,
        hard=hard,
    )


def _needed(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MOST_MM:
        raise _invalid(where, f"millimetres, 0 to {_MOST_MM:,}", value)
    return value / 1000


def _document(data: bytes, where: str) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise _invalid(where, "JSON", str(error)) from error
    if not isinstance(document, dict):
        raise _invalid(where, "a JSON object", document)
    if document.get("schema") != SCHEMA:
        raise _invalid(f"{where}: schema", repr(SCHEMA), document.get("schema"))
    _only(document, _FILE_KEYS, where)
    _text(document, "note", where, default="")
    if not isinstance(document.get("rules"), list):
        raise _invalid(f"{where}: rules", "a list", document.get("rules"))
    return document


def _known(country: str) -> str:
    if country.lower() not in rule_countries():
        raise InputError(
            "E_RULES_COUNTRY",
            "no rules of this country ship with arviz",
            expected=", ".join(rule_countries()),
            found=repr(country[:40]),
            hint='Write your own file: {"schema": "arviz.rules/1", "title": "Ours", "extends": "everywhere", "rules": [...]}.',
        )
    return country.lower()


def _read(path: Path) -> bytes:
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            raise OSError(0, "not a regular file")
        if info.st_size > _LARGEST_FILE:
            raise _invalid(path.name, f"at most {_LARGEST_FILE:,} bytes", info.st_size)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(
            "E_RULES_UNREADABLE",
            "the rules cannot be read",
            where=path,
            found=getattr(error, "strerror", None) or str(error),
            hint="Check the file's name and the folder you are in.",
        ) from error


def _only(value: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    unknown = [key for key in value if key not in known and not key.startswith("x-")]
    if unknown:
        raise _invalid(where, f"only {', '.join(known)} and x-*", unknown[0])


def _text(value: Mapping[str, Any], key: str, where: str, *, default: str | None = None) -> str:
    found = value.get(key, default)
    if not isinstance(found, str) or not (found or found == default):
        raise _invalid(f"{where}.{key}", "text", found)
    return found


def _invalid(where: str, expected: str, found: object) -> InputError:
    return InputError(
        "E_RULES_INVALID",
        "not a valid file of rules",
        where=where,
        expected=expected,
        found=repr(found)[:100],
        hint='A file is {"schema": "arviz.rules/1", "title": ..., "rules": [{"id", "needed_mm", "what", "source"}, ...]}; the'
        " shipped ones are examples.",
    )
