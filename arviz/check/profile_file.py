"""Read profiles: our own JSON, and Khronos Asset Auditor schemas; whatever is wrong is one clear InputError."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass, fields
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal, NoReturn

from arviz.core.errors import InputError
from arviz.core.facts import FileFacts
from arviz.core.frozen import freeze, set_fields

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
_LARGEST_FILE = 2**20
_DEEPEST = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSource:
    """Where a rule is published: `kind` is its class (platform, standard, partner, third-party), `read` when it was read."""

    title: str
    url: str
    read: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One published limit on a fact of `arviz.core.facts.FileFacts`."""

    fact: str
    op: str
    value: Any
    severity: Literal["error", "warning"]
    source: RuleSource
    note: str = ""
    cure: str = ""

    def __post_init__(self) -> None:
        set_fields(self, value=freeze(self.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The rules of one platform; `unchecked` names rules of the file that are not checked."""

    name: str
    title: str
    rules: tuple[Rule, ...]
    note: str = ""
    unchecked: tuple[str, ...] = ()


def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that ship with arviz."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def load_profile(name_or_path: str | PathLike[str]) -> Profile:
    """Return a shipped profile by name, or read one from a JSON file (ours or a Khronos Asset Auditor schema).

    Raises
    ------
    InputError
        ``E_PROFILE_UNKNOWN`` no such name, ``E_PROFILE_UNREADABLE`` no such file, ``E_PROFILE_INVALID`` not a profile.
    """
    text = fspath(name_or_path)
    if text in profile_names():
        path = FOLDER / f"{text}.json"
    elif text.lower().endswith(".json"):
        path = Path(text)
    else:
        raise InputError(
            "E_PROFILE_UNKNOWN",
            "no profile of this name",
            expected=f"{', '.join(profile_names())}, or a .json file",
            found=repr(text[:100]),
        )
    return parse_profile(_read(path), name=path.stem, where=path.name)


def parse_profile(data: bytes, *, name: str, where: str) -> Profile:
    """Build a profile from JSON bytes; `name` is used where the file names none.

    Raises
    ------
    InputError
        ``E_PROFILE_INVALID``, with the place, what is expected and what was found.
    """
    document = _load(data, where)
    if "rules" not in document and isinstance(document.get("version"), str):
        from arviz.check.auditor import auditor_profile

        return auditor_profile(document, name=name, where=where)
    _only(document, ("schema", "name", "title", "note", "rules"), where)
    if document.get("schema") != SCHEMA:
        raise invalid(f"{where}: schema", repr(SCHEMA), document.get("schema"))
    rules = document.get("rules")
    if not isinstance(rules, list):
        raise invalid(f"{where}: rules", "a list", rules)
    return Profile(
        name=_text(document, "name", where, default=name),
        title=_text(document, "title", where),
        note=_text(document, "note", where, default=""),
        rules=tuple(_rule(rule, f"{where}: rules[{index}]") for index, rule in enumerate(rules)),
    )


def invalid(where: str, expected: str, found: object) -> InputError:
    """Return the one error that says what is wrong with a profile."""
    return InputError(
        "E_PROFILE_INVALID",
        "not a valid profile",
        where=where,
        expected=expected,
        found=repr(found)[:100],
        hint="docs/guide/check.md describes the file; the shipped profiles are examples.",
    )


def _read(path: Path) -> bytes:
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            raise OSError(0, "not a regular file")
        if info.st_size > _LARGEST_FILE:
            raise invalid(path.name, f"at most {_LARGEST_FILE:,} bytes", info.st_size)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(
            "E_PROFILE_UNREADABLE",
            "the profile cannot be read",
            where=path,
            found=getattr(error, "strerror", None) or str(error),
            hint="Check its name and the folder you are in.",
        ) from error


def _load(data: bytes, where: str) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise invalid(where, "JSON", str(error)) from error
    if not isinstance(document, dict) or _depth(document) > _DEEPEST:
        raise invalid(where, "a JSON object", type(document).__name__)
    return document


def _depth(value: object, level: int = 0) -> int:
    if level > _DEEPEST or not isinstance(value, (dict, list)):
        return level
    children = value.values() if isinstance(value, dict) else value
    return max((_depth(child, level + 1) for child in children), default=level)


def _rule(value: object, where: str) -> Rule:
    if not isinstance(value, dict):
        raise invalid(where, "an object", value)
    _only(value, ("fact", "op", "value", "severity", "source", "note", "cure"), where)
    op = _choice(value, "op", OPS, where)
    fact = _choice(value, "fact", tuple(sorted(FACTS)), where)
    if op in _NUMERIC and not FACTS[fact].startswith(("int", "float")):
        raise invalid(f"{where}.op", f"an op that fits {fact}: one_of, equals, forbidden or required", op)
    if (op == "power_of_two") != (fact == "textures"):
        raise invalid(f"{where}.op", "power_of_two for textures and for nothing else", op)
    severity: Any = _choice(value, "severity", ("error", "warning"), where)
    return Rule(
        fact=fact,
        op=op,
        value=_value(value.get("value"), op, where),
        severity=severity,
        source=_source(value.get("source"), f"{where}.source"),
        note=_text(value, "note", where, default=""),
        cure=_text(value, "cure", where, default=""),
    )


def _value(value: Any, op: str, where: str) -> Any:
    if op in _NUMERIC and (isinstance(value, bool) or not isinstance(value, (int, float))):
        raise invalid(f"{where}.value", "a number", value)
    if op == "one_of" and not (isinstance(value, list) and value and all(isinstance(v, (str, int, float)) for v in value)):
        raise invalid(f"{where}.value", "a list of names or numbers", value)
    if op == "equals" and not isinstance(value, (str, int, float)):
        raise invalid(f"{where}.value", "a name, a number, true or false", value)
    if op in ("required", "forbidden") and not (
        value is None or isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value))
    ):
        raise invalid(f"{where}.value", "null, a name or a list of names", value)
    if op == "power_of_two" and value is not None:
        raise invalid(f"{where}.value", "null", value)
    return value


def _source(value: object, where: str) -> RuleSource:
    if not isinstance(value, dict):
        raise invalid(where, "an object with title, url, read and class", value)
    _only(value, ("title", "url", "read", "class"), where)
    url = _text(value, "url", where)
    if url and not url.startswith(("https://", "http://")):
        raise invalid(f"{where}.url", "a web address", url)
    return RuleSource(
        title=_text(value, "title", where),
        url=url,
        read=_text(value, "read", where),
        kind=_choice(value, "class", CLASSES, where),
    )


def _only(value: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    unknown = [key for key in value if key not in known and not key.startswith("x-")]
    if unknown:
        raise invalid(where, f"only {', '.join(known)} and x-*", unknown[0])


def _text(value: Mapping[str, Any], key: str, where: str, *, default: str | None = None) -> str:
    found = value.get(key, default)
    if not isinstance(found, str):
        raise invalid(f"{where}.{key}", "text", found)
    return found


def _choice(value: Mapping[str, Any], key: str, choices: tuple[str, ...], where: str) -> str:
    found = value.get(key)
    if not isinstance(found, str) or found not in choices:
        raise invalid(f"{where}.{key}", ", ".join(choices), found)
    return found
