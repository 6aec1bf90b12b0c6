"""Names in USD: identifiers of ASCII letters, digits and underscores; the name a person gave stays as displayName."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_LONGEST = 64


def identifier(name: str, *, default: str = "unnamed") -> str:
    """Return `name` as a USD identifier.

    As ``Tf.MakeValidIdentifier`` (every foreign character an underscore, none in front of a letter lost), but accents
    fall off letters first. ASCII because Quick Look before iOS 18 reads no other identifiers.

    **Convention** ``identifier("Pale Pink")`` is ``"Pale_Pink"``, ``identifier("2nd")`` is ``"_2nd"``.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    text = re.sub(r"[^A-Za-z0-9_]", "_", plain)[:_LONGEST]
    if not text.strip("_"):
        return default
    return f"_{text}" if text[0].isdigit() else text


def identifiers(names: Iterable[str], *, default: str, taken: Iterable[str] = ()) -> list[str]:
    """Return one identifier per name, ``_2``, ``_3`` ... added where two would be equal but for their case."""
    seen = {name.lower() for name in taken}
    count: dict[str, int] = {}
    out = []
    for name in names:
        base = identifier(name, default=default)
        text, number = base, count.get(base.lower(), 1)
        while text.lower() in seen:
            number += 1
            text = f"{base}_{number}"
        count[base.lower()] = number
        seen.add(text.lower())
        out.append(text)
    return out


def words(text: str) -> str:
    """Return `text` as USD can store it: valid UTF-8 without control characters."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if unicodedata.category(c) != "Cc" else " " for c in text)
