"""What a place in a room means, as people read it: clearances, rules with their sources; no Qt in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from math import degrees

from arviz.core.placement import RuleResult
from arviz.flows.scenery import Facts, Known
from arviz.viewer.gizmo import words_of
from arviz.viewer.words import word

_COLOURS = {"pass": "#1b7f3b", "unsure": "#a86500", "fail": "#c22f1f", "before": "#666666"}
_THINGS = {"obstacle": "room.obstacle", "ceiling": "room.ceiling", "the edge of the known floor": "room.floor_edge"}
_SIGNS = {"pass": "✓", "unsure": "?", "fail": "✗", "before": "–"}


def facts_words(facts: Facts | None, known: Known | None, language: str) -> str:
    """Return the text (the HTML that Qt shows) of a place: what is wrong first, then clearances, then what is well."""
    if known is None:
        return escape(word("room.looking", language))
    lines = [_coloured("fail", word("room.nowhere", language, why=known.why_not.replace("+-", "±")))] if not known.best else []
    if facts is not None:
        lines += _lines(facts, known, language)
    doubts = [finding for finding in known.findings if finding.severity != "info"]
    lines += ["<br>" + _coloured("unsure", f"{finding.message}. {finding.hint or ''}") for finding in doubts]
    return "<br>".join(lines)


def _lines(facts: Facts, known: Known, language: str) -> Iterator[str]:
    arrangement = facts.arrangement
    placement = arrangement.placements[0]
    yield f"<b>{_coloured(arrangement.outcome, word(f'room.outcome={arrangement.outcome}', language))}</b>"
    if placement.blocked:
        things = ", ".join(_named(thing, known, language) for thing in placement.blocked)
        yield _coloured("fail", word("room.blocked", language, thing=things))
    for air in placement.clearances:
        side, to = word(f"room.side={air.side}", language), _named(air.to, known, language)
        yield word("room.clearance", language, length=f"<b>{_length(air.length.value_m, air.length.sigma_m)}</b>", side=side, to=escape(to))
    rules = sorted((*placement.rules, *arrangement.rules), key=lambda rule: list(_COLOURS).index(rule.outcome) % 3 == 0)
    yield "<br>" + word("room.rules", language)
    for rule in rules:
        yield _coloured(rule.outcome, _rule(rule, known, language))
    spot = facts.wish.spot
    told = f"arviz place --at {spot.at_m[0]:.4f},{spot.at_m[1]:.4f} --yaw {degrees(spot.yaw_rad):.2f}"
    yield f"<br><span style='color:#666666'>{escape(told)}</span>"


def _rule(rule: RuleResult, known: Known, language: str) -> str:
    found = _length(rule.found.value_m, rule.found.sigma_m)
    needed = word("room.needed", language, found=found, needed=f"{rule.needed_m * 1000:.0f} mm")
    return f"{_SIGNS[rule.outcome]} {rule.rule}: {needed}, {_walls_named(rule.where, known, language)} ({rule.source})"


def _named(thing: str, known: Known, language: str) -> str:
    """Return what is in the way as people say it."""
    for name, key in _THINGS.items():
        if thing.startswith(name):
            return word(key, language) + thing.removeprefix(name)
    return _walls_named(thing, known, language)


def _walls_named(text: str, known: Known, language: str) -> str:
    """Return words in which each wall is said as one finds it in the photo, with the number that plans and options have for it."""
    sides = {str(wall.plane): wall.side for wall in known.walls}

    def named(found: re.Match[str]) -> str:
        return found[0] if found[1] not in sides else word(f"room.wall={sides[found[1]]}", language, number=found[1])

    return re.sub(r"\bwall (\d+)\b", named, text)


def _length(value_m: float, sigma_m: float) -> str:
    return words_of(value_m, sigma_m)


def _coloured(outcome: str, text: str) -> str:
    return f"<span style='color:{_COLOURS[outcome]}'>{escape(text)}</span>"
