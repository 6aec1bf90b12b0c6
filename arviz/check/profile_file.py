"""Read profiles: our own JSON, and Khronos Asset Auditor schemas; whatever is wrong is one clear InputError."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from arviz.check.auditor import auditor_profile
from arviz.check.profile_rules import Profile, Rule, RuleSource, invalid
from arviz.core.errors import InputError
from arviz.core.facts import FileFacts
from arviz.core.json_document import parse_json
from arviz.core.json_fields import Anything, Items, Object, Place, Text, read_fields
from arviz.core.limits import Limits
from arviz.core.regular_file import read_regular

SCHEMA = "arviz.profile/1"
FOLDER = Path(__file__).resolve().parent / "profiles"
OPS = ("max", "below", "min", "one_of", "equals", "power_of_two", "forbidden", "required")
CLASSES = ("platform", "standard", "partner", "third-party")
ADVISORY_CLASSES = frozenset({"partner", "third-party"})
"""Not the platform's own page: such a rule informs and never fails a product."""
FACTS = {field.name: str(field.type) for field in fields(FileFacts)} | {
    name: str(value.fget.__annotations__["return"]) for name, value in vars(FileFacts).items() if isinstance(value, property) and value.fget
}
"""Fact -> its type as written."""
_NUMERIC = ("max", "below", "min")
_LIMITS = Limits(file_bytes=2**20, json_bytes=2**20)
_SOURCE = Object({"title": Text(), "url": Text(default=""), "read": Text(default=""), "class": Text(choices=CLASSES)})
_RULE = Object(
    {
        "fact": Text(choices=tuple(sorted(FACTS))),
        "op": Text(choices=OPS),
        "value": Anything(default=None),
        "severity": Text(choices=("error", "warning")),
        "source": _SOURCE,
        "note": Text(default=""),
        "cure": Text(default=""),
    }
)
_PROFILE = Object({"name": Text(default=""), "title": Text(), "note": Text(default=""), "rules": Items(_RULE)})


def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that ship with arviz."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def load_profile(name_or_path: str | PathLike[str]) -> Profile:
    """Return a shipped profile by name, or read one from a JSON file (ours or a Khronos Asset Auditor schema).

    Raises
    ------
    InputError
        ``E_PROFILE_UNKNOWN`` no such name, ``E_PROFILE_INVALID`` not a profile; for the file itself as
        `arviz.core.regular_file.read_regular`.
    LimitError
        A file of more than 1 MiB.
    """
    text = fspath(name_or_path)
    if text in profile_names():
        path = FOLDER / f"{text}.json"
    elif text.lower().endswith(".json"):
        path = Path(text)
    else:
        near = [name for name in profile_names() if text and text.lower() in name]
        raise InputError(
            "E_PROFILE_UNKNOWN",
            "no profile of this name",
            expected=f"{', '.join(profile_names())}, or a .json file",
            found=repr(text[:100]),
            hint=f"Perhaps {' or '.join(near)}." if near else "Take one of these names, or write a profile of your own.",
        )
    return parse_profile(read_regular(path, where=path.name, limits=_LIMITS), name=path.stem, where=path.name)


def parse_profile(data: bytes, *, name: str, where: str) -> Profile:
    """Build a profile from JSON bytes; `name` is used where the file names none.

    Raises
    ------
    InputError
        ``E_PROFILE_INVALID``, with the place, what is expected and what was found.
    LimitError
        As `arviz.core.json_document.parse_json`.
    """
    document = parse_json(data, where=where, refuse=invalid, limits=_LIMITS)
    if "rules" not in document and isinstance(document.get("version"), str):
        return auditor_profile(document, name=name, where=where)
    values = read_fields(document, _PROFILE, schema=SCHEMA, where=where, refuse=invalid)
    rules = Place(where, invalid)["rules"]
    return Profile(
        name=values["name"] or name,
        title=values["title"],
        note=values["note"],
        rules=tuple(_rule(row, rules[index]) for index, row in enumerate(values["rules"])),
    )


def _rule(row: Mapping[str, Any], place: Place) -> Rule:
    fact, op, source = row["fact"], row["op"], row["source"]
    if op in _NUMERIC and not FACTS[fact].startswith(("int", "float")):
        raise place["op"].wrong(f"an op that fits {fact}: one_of, equals, forbidden or required", op)
    if (op == "power_of_two") != (fact == "textures"):
        raise place["op"].wrong("power_of_two for textures and for nothing else", op)
    wanted = _unfit(row["value"], op)
    if wanted:
        raise place["value"].wrong(wanted, row["value"])
    if source["url"] and not source["url"].startswith(("https://", "http://")):
        raise place["source"]["url"].wrong("a web address", source["url"])
    told = RuleSource(title=source["title"], url=source["url"], read=source["read"], kind=source["class"])
    return Rule(**{**row, "source": told})


def _unfit(value: Any, op: str) -> str:
    """Return what an op needs for its value; empty if it has that."""
    if op in _NUMERIC and (isinstance(value, bool) or not isinstance(value, (int, float))):
        return "a number"
    if op == "one_of" and not (isinstance(value, list) and value and all(isinstance(v, (str, int, float)) for v in value)):
        return "a list of names or numbers"
    if op == "equals" and not isinstance(value, (str, int, float)):
        return "a name, a number, true or false"
    names = value if isinstance(value, list) else [] if value is None else [value]
    if op in ("required", "forbidden") and not all(isinstance(v, str) for v in names):
        return "null, a name or a list of names"
    return "null" if op == "power_of_two" and value is not None else ""
