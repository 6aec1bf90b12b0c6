"""The Markdown of the project, read: headings, links, blocks of code, and the commands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.architecture.checkout import ROOT, committed

PAGES = committed("*.md")
_FENCE = re.compile(r"^([ \t]*)(`{3,})([\w-]*)[^\n]*\n(.*?)^\1\2[ \t]*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)


class Command(NamedTuple):
    """One call in a block of shell: its words, without comment, redirection and pipe."""

    page: Path
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {shlex.join(self.words)}"


def blocks(page: Path, language: str) -> list[str]:
    """Return the blocks of code of a language."""
    return [
        re.sub(f"^{indent}", "", code, flags=re.MULTILINE)
        for indent, _, words, code in _FENCE.findall(page.read_text("utf-8"))
        if words == language
    ]


def links(page: Path) -> list[tuple[str, str]]:
    """Return file and anchor of each link and picture that leads into the project; one of them may be empty."""
    text = _CODE.sub("", _FENCE.sub("", page.read_text("utf-8")))
    return re.findall(r"\]\((?!https?://|mailto:)([^)#\s]*)#?([^)\s]*)\)", text)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as forges and the website make them."""
    out: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?)[ \t]*$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        out.add(next(name for number in range(1000) if (name := f"{slug}-{number}" if number else slug) not in out))
    return out


def commands(page: Path) -> Iterator[Command]:
    """Yield every call of ``arviz`` in the page's blocks of shell."""
    for code in blocks(page, "sh"):
        for line in re.sub(r"\\\n\s*", " ", code).splitlines():
            words = shlex.shlex(re.sub(r'"\$\((.*)\)"', r"; \1", line), posix=True, punctuation_chars=";&|><")
            words.whitespace_split, words.commenters = True, "#"
            call: list[str] = []
            for word in [*words, ";"]:
                if set(word) <= set(";&|><"):
                    if call and Path(call[0]).name == "arviz":
                        yield Command(page, tuple(call[1:]))
                    call = []
                else:
                    call.append(word)
