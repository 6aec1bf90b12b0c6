"""What a page says of a product's size where no script runs, by language, as `ar-view.js` says it."""

from __future__ import annotations

LANGUAGES = {
    "en": "{sides} cm (width &times; depth &times; height)",
    "de": "{sides} cm (Breite &times; Tiefe &times; Höhe)",
    "zh": "{sides} 厘米（宽 &times; 深 &times; 高）",
}
"""Language -> HTML."""
_POINTS = {"de": ","}


def size_words(sides_mm: tuple[float, float, float], *, lang: str) -> str:
    """Return width, depth and height in centimetres, one of `LANGUAGES`.

    >>> size_words((465.0, 520.0, 820.0), lang="de")
    '46,5 &times; 52 &times; 82 cm (Breite &times; Tiefe &times; Höhe)'
    """
    sides = " &times; ".join(f"{round(side / 10, 1):g}".replace(".", _POINTS.get(lang, ".")) for side in sides_mm)
    return LANGUAGES[lang].format(sides=sides)
