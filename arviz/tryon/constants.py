"""Constants of try-on, as files that a browser reads too: `regions` of landmarks."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np

from arviz.core.frozen import Array

FOLDER = Path(__file__).resolve().parent / "data"


@cache
def regions() -> dict[str, Array]:
    """Return name -> numbers of landmarks, of ``data/regions.json``."""
    document = json.loads((FOLDER / "regions.json").read_text(encoding="utf-8"))
    return {name: np.array(numbers) for name, numbers in document.items() if isinstance(numbers, list)}
