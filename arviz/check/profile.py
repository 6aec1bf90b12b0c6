"""Judge a file by the published rules of a platform; the rules are data (``arviz/check/profiles/*.json``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arviz.check.profile_file import ADVISORY_CLASSES, load_profile, profile_names
from arviz.check.profile_rules import Profile, Rule
from arviz.check.profile_words import CURES, LABELS, quantity
from arviz.core.facts import FileFacts, TextureFacts
from arviz.core.report import Finding, Report

__all__ = ["Profile", "Rule", "check_profile", "load_profile", "profile_names"]

_NAMED = 3
"""Offending textures that a message names."""


def check_profile(facts: FileFacts, profile: Profile) -> Report:
    """Compare `facts` with every rule of `profile`.

    Findings: ``E_PROFILE_<FACT>`` where the platform's own page sets the limit, ``W_PROFILE_<FACT>`` where it
    recommends or where the source is somebody else's page (then the message says "advisory": such a rule never
    fails a product), ``I_PROFILE_NOT_CHECKED`` where a fact is not known or a rule is not understood.
    """
    findings, unknown = [], list(profile.unchecked)
    for rule in profile.rules:
        value = getattr(facts, rule.fact)
        if value is None:
            if not (rule.fact.startswith("texture") and not facts.textures):
                unknown.append(rule.fact)
        elif not _holds(value, rule):
            findings.append(_finding(facts, value, rule, profile))
    if unknown:
        findings.append(_not_checked(profile, unknown))
    return Report(findings=tuple(findings))


def _holds(value: Any, rule: Rule) -> bool:
    wanted = rule.value
    match rule.op:
        case "max":
            return bool(value <= wanted)
        case "below":
            return bool(value < wanted)
        case "min":
            return bool(value >= wanted)
        case "equals":
            return bool(value == wanted)
        case "one_of":
            return set(_names(value)) <= set(wanted)
        case "power_of_two":
            return not any(_odd_size(texture) for texture in value)
        case "required":
            return bool(value) if wanted is None else set(_names(wanted)) <= set(_names(value))
        case _:  # forbidden
            return not value if wanted is None else not set(_names(wanted)) & set(_names(value))


def _names(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (tuple, list)) else (value,)


def _odd_size(texture: TextureFacts) -> bool:
    return any(side & (side - 1) for side in (texture.width_px, texture.height_px))


def _finding(facts: FileFacts, value: Any, rule: Rule, profile: Profile) -> Finding:
    advisory = rule.source.kind in ADVISORY_CLASSES
    error = rule.severity == "error" and not advisory
    label = LABELS.get(rule.fact, rule.fact.replace("_", " "))
    measured = "" if rule.op == "power_of_two" else f" {quantity(rule.fact, value)}"
    message = (
        f"{'advisory: ' if advisory else ''}{label}{measured}{_which(facts, rule)}, {profile.title} {_limit(rule)}"
        f" (source: {rule.source.title})"
    )
    return Finding(
        code=f"E_PROFILE_{rule.fact.upper()}" if error else f"W_PROFILE_{rule.fact.upper()}",
        severity="error" if error else "warning",
        where=f"profile {profile.name}",
        message=message,
        hint=rule.cure or CURES.get(rule.fact, ""),
    )


def _limit(rule: Rule) -> str:
    verb = "asks for" if rule.severity == "error" else "recommends"
    value = None if rule.value is None else quantity(rule.fact, rule.value)
    words = {
        "max": f"at most {value}",
        "below": f"less than {value}",
        "min": f"at least {value}",
        "equals": f"{value}",
        "one_of": f"only {value}",
        "power_of_two": "powers of two",
        "required": value or "it",
        "forbidden": f"none of {value}" if value else "none",
    }
    return f"{verb} {words[rule.op]}"


def _which(facts: FileFacts, rule: Rule) -> str:
    """Return which pictures break a rule about pictures, the first few by name."""
    if not rule.fact.startswith("texture"):
        return ""
    bad = [texture for texture in facts.textures if _breaks(texture, rule)]
    names = ", ".join(f"{t.name!r} {t.width_px} x {t.height_px} {t.mime}" for t in bad[:_NAMED])
    return f" ({names}{f' and {len(bad) - _NAMED} more' if len(bad) > _NAMED else ''})" if names else ""


def _breaks(texture: TextureFacts, rule: Rule) -> bool:
    alone = FileFacts(bytes=0, container="", textures=(texture,))
    return not _holds(getattr(alone, rule.fact), rule)


def _not_checked(profile: Profile, unknown: list[str]) -> Finding:
    return Finding(
        code="I_PROFILE_NOT_CHECKED",
        severity="info",
        where=f"profile {profile.name}",
        message=f"not checked: {', '.join(dict.fromkeys(unknown))}",
        hint="The file does not tell it, or arviz does not check it; look at it yourself.",
    )
