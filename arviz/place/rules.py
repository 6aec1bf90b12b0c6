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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal, get_args

from arviz.core.errors import InputError
from arviz.core.json_document import parse_json
from arviz.core.json_fields import Flag, Items, Number, Object, Place, Text, read_fields
from arviz.core.limits import Limits
from arviz.core.regular_file import read_regular

SCHEMA = "arviz.rules/1"
FOLDER = Path(__file__).resolve().parent / "data" / "rules"
DEFAULT = "us"
Basis = Literal["standard", "secondary", "practice"]
_BASE = "everywhere"
_LIMITS = Limits(file_bytes=2**20, json_bytes=2**20)
_FIELDS = Object(
    {
        "title": Text(),
        "country": Text(default=""),
        "extends": Text(default=""),
        "note": Text(default=""),
        "rules": Items(
            Object(
                {
                    "id": Text(),
                    "needed_mm": Number(low=0, high=100_000, unit="millimetres"),
                    "what": Text(),
                    "source": Text(),
                    "basis": Text(choices=get_args(Basis), default="practice"),
                    "hard": Flag(default=True),
                }
            )
        ),
    }
)


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
        ``E_RULES_COUNTRY`` no rules of that country, ``E_RULES_INVALID`` not a rule file; for the file itself as
        `arviz.core.regular_file.read_regular`.
    LimitError
        A file of more than 1 MiB.
    """
    if path is None:
        return _shipped(_known(country or DEFAULT))
    own = Path(path)
    return parse_rules(read_regular(own, where=own.name, limits=_LIMITS), where=own.name, country=country)


def parse_rules(data: bytes, *, where: str, country: str | None = None) -> Rules:
    """Build rules from JSON bytes, as `read_rules` does from a file.

    Raises
    ------
    InputError
        ``E_RULES_INVALID``, ``E_RULES_COUNTRY``.
    LimitError
        As `arviz.core.json_document.parse_json`.
    """
    document = _document(data, where)
    extends = document["extends"]
    if extends not in ("", _BASE, *rule_countries()):
        raise Place(where, _invalid)["extends"].wrong(", ".join((_BASE, *rule_countries())), extends)
    base = _shipped(extends or _known(country or DEFAULT))
    return _joined(base, document, where)


def _shipped(name: str) -> Rules:
    where = f"{name}.json"
    document = _document((FOLDER / where).read_bytes(), where)
    return _joined(Rules({}) if name == _BASE else _shipped(document["extends"]), document, where)


def _joined(base: Rules, document: Mapping[str, Any], where: str) -> Rules:
    """Return the rules of a base with those of a document in their place."""
    file, country = Place(where, _invalid), document["country"]
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        raise file["country"].wrong("two capital letters, such as US, or nothing", country)
    rules: dict[str, Rule] = {}
    for index, row in enumerate(document["rules"]):
        place = file["rules"][index]["id"]
        if row["id"] in rules:
            raise place.wrong("each rule once", row["id"])
        if base and row["id"] not in base:  # a misspelt rule would do nothing, silently
            raise place.wrong(f"one of {', '.join(base)}", row["id"])
        needed_m = row["needed_mm"] / 1000
        rules[row["id"]] = Rule(country=country, needed_m=needed_m, **{key: row[key] for key in row if key != "needed_mm"})
    return Rules({**base, **rules}, title=document["title"])


def _document(data: bytes, where: str) -> dict[str, Any]:
    values = parse_json(data, where=where, refuse=_invalid, limits=_LIMITS)
    return read_fields(values, _FIELDS, schema=SCHEMA, where=where, refuse=_invalid)


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


def _invalid(where: object, expected: str, found: str) -> InputError:
    return InputError(
        "E_RULES_INVALID",
        "not a valid file of rules",
        where=where,
        expected=expected,
        found=found,
        hint='A file is {"schema": "arviz.rules/1", "title": ..., "rules": [{"id", "needed_mm", "what", "source"}, ...]}; the'
        " shipped ones are examples.",
    )
