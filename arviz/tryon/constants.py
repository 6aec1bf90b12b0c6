"""Constants of try-on, as files that a browser reads too; ``data/manifest.json`` lists them with their hashes and licences."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.frozen import Array, readonly

FOLDER = Path(__file__).resolve().parent / "data"


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return document


@cache
def regions() -> dict[str, Array]:
    """Return name -> numbers of landmarks, of ``data/regions.json``."""
    return {name: readonly(numbers, np.int64) for name, numbers in _read("regions.json").items() if isinstance(numbers, list)}


@cache
def look() -> dict[str, Any]:
    """Return the numbers of ``data/look.json``: light, lids, and how finishes shine."""
    return _read("look.json")


@cache
def painted(name: str) -> Array:
    """Return a mask (S, S) float64, 0 to 1, that is painted in the texture coordinates of the face; ``data/<name>.png``."""
    import io

    from PIL import Image

    with Image.open(io.BytesIO((FOLDER / f"{name}.png").read_bytes())) as picture:
        return readonly(np.asarray(picture.convert("L")) / 255, np.float64)
