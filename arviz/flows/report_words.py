"""Frame, words, lengths and numbers of report pages: everything in both languages and all units, chosen by CSS alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

LANGUAGES = {"en": "en", "zh": "zh-Hans"}
"""CSS class -> BCP 47 tag."""
UNITS = {"mm": 0.001, "cm": 0.01, "in": 0.0254}


@cache
def texts() -> dict[str, Any]:
    """Return the table of words: ``texts()["en"]["size"]``, ``texts()["codes"]["zh"]["E_SIZE"]``."""
    loaded: dict[str, Any] = json.loads((Path(__file__).parent / "report_texts.json").read_text("utf-8"))
    return loaded


def page(template: str, *, script_policy: str = "", **parts: object) -> bytes:
    """Return a page: the head that all share, with `script_policy` in its content security policy, and a template's style and body."""
    files = (Path(__file__).parent / file for file in ("page_head.html", template))
    return Template("".join(file.read_text("utf-8") for file in files)).substitute(parts, script_policy=script_policy).encode()


def text(value: object) -> str:
    """Return `value` as HTML text: escaped, and without characters that are invisible or turn the line round."""
    plain = str(value).encode("utf-8", "replace").decode("utf-8")
    return escape("".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in plain), quote=True)


def name(value: object) -> str:
    """Return a name that somebody else chose, kept from changing the direction of the text around it."""
    return f"<bdi>{text(value)}</bdi>"


def word(key: str, *, tag: str = "span") -> str:
    """Return the word `key` in every language; CSS shows one."""
    return "".join(f'<{tag} class="{c}" lang="{tag_}">{escape(texts()[c][key])}</{tag}>' for c, tag_ in LANGUAGES.items())


def code_title(code: str, severity: str) -> str:
    """Return what a finding's code means in every language; an unknown one reads as its severity."""
    codes = texts()["codes"]
    if code not in codes["en"]:
        return word(severity)
    return "".join(f'<span class="{c}" lang="{tag}">{escape(codes[c][code])}</span>' for c, tag in LANGUAGES.items())


def cure(finding: Mapping[str, Any]) -> str:
    """Return what to do about a finding, line by line; nothing where that is not known."""
    return f'<p>{word("cure")}: <span lang="en">{_lines(finding["hint"])}</span></p>' if finding.get("hint") else ""


def _lines(words: str) -> str:
    return "<br>".join(text(line) for line in words.splitlines())


def length(metres: float, *, tag: str = "span") -> str:
    """Return a length in every unit; CSS shows one."""
    return "".join(f'<{tag} class="{unit}">{_figure(metres / factor)}&nbsp;{unit}</{tag}>' for unit, factor in UNITS.items())


def _figure(value: float) -> str:
    """Four significant digits at most, as no product is measured better, and never an exponent."""
    if 0 < value < 0.01:
        return "&lt; 0.01"
    digits = 0 if abs(value) >= 999.5 else 1 if abs(value) >= 99.95 else 2
    out = f"{value:,.{digits}f}"
    return out.rstrip("0").rstrip(".") if "." in out else out


def amount(count: float) -> str:
    """Return a count of bytes as people read it."""
    return f"{count / 1e6:,.2f} MB" if count >= 1e5 else f"{count / 1e3:,.1f} kB"
