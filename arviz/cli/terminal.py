"""Print to people and to programs: text from files can neither style nor control a terminal."""

from __future__ import annotations

import contextlib
import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from arviz.core.units import format_mm

if TYPE_CHECKING:
    from arviz.core.report import Finding

_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}
_SAID = ("severity", "code", "message", "hint")


def printable(text: str) -> str:
    """Replace control characters, bidirectional overrides and lone surrogates by ``?``."""
    return "".join("?" if unicodedata.category(c) in ("Cc", "Cs") or "\u202a" <= c <= "\u202e" else c for c in text)


def sides_mm(size_mm: dict[str, float]) -> str:
    """Return width x depth x height as `arviz.core.units.format_mm` writes them."""
    return format_mm([size_mm[side] / 1000 for side in ("width", "height", "depth")])


def say(text: str, *, err: bool = False) -> None:
    """Print lines that may hold words from a file; style them with `click.style` before the words are put in.

    A complaint that cannot be delivered is dropped: the exit code still tells.
    """
    with contextlib.suppress(OSError) if err else contextlib.nullcontext():
        click.echo(text.encode("utf-8", "replace").decode(), err=err)


def say_findings(findings: Iterable[Finding]) -> None:
    """Print errors and warnings on stderr."""
    say_told(finding.to_json() for finding in findings)


def say_told(findings: Iterable[Mapping[str, Any]]) -> None:
    """Print the errors and warnings of a flow, which has findings as JSON does, on stderr."""
    for finding in once(finding for finding in findings if finding["severity"] != "info"):
        say(finding_text(finding), err=True)


def once(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return those that say the same as one, which names the first place and how many more there are."""
    places: dict[tuple[str, ...], list[str]] = {}
    for finding in findings:
        places.setdefault(tuple(finding[part] for part in _SAID), []).append(finding["where"])
    more = {said: f" and {len(where) - 1} more" if len(where) > 1 else "" for said, where in places.items()}
    return [{**dict(zip(_SAID, said, strict=True)), "where": (where[0] + more[said]).strip()} for said, where in places.items()]


def finding_text(finding: Mapping[str, Any], *, indent: str = "") -> str:
    """Return a finding as people read it: what, where, its code, and what to do about it."""
    where = f" ({finding['where']})" if finding["where"] else ""
    severity = click.style(finding["severity"], fg=_COLOURS[finding["severity"]])
    return f"{indent}{severity}: {printable(finding['message'] + where)} [{finding['code']}]{hint_text(finding['hint'], indent=indent)}"


def hint_text(hint: str | None, *, indent: str = "") -> str:
    """Return what to do about something, as it goes on behind it: nothing, or lines of their own."""
    first, *rest = [printable(line) for line in (hint or "").splitlines()] or [""]
    lines = [f"{indent}  {click.style('hint', fg='cyan')}: {first}", *(f"{indent}    {line}" for line in rest)] if first else []
    return "".join(f"\n{line}" for line in lines)


def file_size(count: int) -> str:
    """Return bytes as people read them, in powers of ten."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def say_json(content: Any) -> None:
    """Print one JSON document on stdout."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    text = json.dumps(content, ensure_ascii=encoding != "utf8", allow_nan=False)
    click.echo(text.encode("utf-8", "replace").decode())
