"""What a profile is: the rules of one platform, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from arviz.core.errors import InputError
from arviz.core.frozen import freeze, set_fields


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


def invalid(where: object, expected: str, found: str) -> InputError:
    """Return the one error that says what is wrong with a profile."""
    return InputError(
        "E_PROFILE_INVALID",
        "not a valid profile",
        where=where,
        expected=expected,
        found=found,
        hint="docs/guide/check.md describes the file; the shipped profiles are examples.",
    )
