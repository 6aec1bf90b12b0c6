"""What the window says, in the languages that it speaks: ``words/<language>.json``."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "zh")


@cache
def _known(language: str) -> dict[str, str]:
    words: dict[str, str] = json.loads(files("arviz.viewer").joinpath("words", f"{language}.json").read_text("utf-8"))
    return words


def word(key: str, language: str = "en", **values: object) -> str:
    """Return the text of a key (a command's name, ``name=choice``, ``menu.<menu>`` or a sentence), its ``{fields}`` filled in.

    A key that has no text is a mistake of ours, found by a test; somebody who meets it reads the key.
    """
    text = _known(language).get(key, key)
    return text.format(**values) if values else text


def keys(language: str) -> frozenset[str]:
    """Return all keys of a language."""
    return frozenset(_known(language))
