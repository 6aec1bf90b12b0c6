"""The model files in a folder, as rows of a catalogue."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path, PurePath

from arviz.core.errors import LimitError
from arviz.flows.product_file import ARCHIVE
from arviz.formats.read import READERS

BATCH = ".batch"
"""What a batch keeps in the folder of its results: they are no products to be made again."""


def models_in(folder: Path, *, most: int) -> list[dict[str, str]]:
    """Return `sku` and `file` of every model in a folder and below it, in the order of their names.

    A product is called by its place without the extension, ``Stuehle-stuhl``; with it where two would be called alike. Hidden files and
    folders, links to folders, and results of a batch are left out.

    Raises
    ------
    LimitError
        ``E_LIMIT_CATALOGUE_ROWS``: more than `most`.
    """
    extensions = {f".{extension}" for extension in READERS} | {ARCHIVE}
    places: list[PurePath] = []
    for here, folders, files in os.walk(folder):
        if BATCH in folders:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        names = (name for name in files if not name.startswith(".") and PurePath(name).suffix.lower() in extensions)
        places += (PurePath(here, name).relative_to(folder) for name in names)
        if len(places) > most:
            raise LimitError("E_LIMIT_CATALOGUE_ROWS", "too many products", where=folder.name, expected=f"at most {most:,}")
    called = Counter("-".join(place.with_suffix("").parts).casefold() for place in places)
    return [{"sku": _called(place, called), "file": place.as_posix()} for place in sorted(places)]


def _called(place: PurePath, called: Counter[str]) -> str:
    short = "-".join(place.with_suffix("").parts)
    return short if called[short.casefold()] == 1 else "-".join(place.parts)
