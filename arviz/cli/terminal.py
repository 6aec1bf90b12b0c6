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
    """Print errors and warnings on stderr, one a line."""
    for finding in findings:
        if finding.severity != "info":
            where = f" ({finding.where})" if finding.where else ""
            say(f"{finding.severity}: {printable(finding.message + where)} [{finding.code}]", err=True)
            if finding.hint:
                say(f"  hint: {printable(finding.hint)}", err=True)


def say_told(findings: Iterable[Mapping[str, Any]]) -> None:
    """Print the errors and warnings of a flow, which has findings as JSON does."""
    from arviz.core.report import Finding

    say_findings(Finding(**finding) for finding in findings)


def file_size(count: int) -> str:
    """Return bytes as people read them, in powers of ten."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def say_json(content: Any) -> None:
    """Print one JSON document on stdout."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    text = json.dumps(content, ensure_ascii=encoding != "utf8", allow_nan=False)
    click.echo(text.encode("utf-8", "replace").decode())
