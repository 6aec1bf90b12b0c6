"""The simpler files of a product that stand beside it, as `arviz lods` and ``arviz convert --lods`` write them."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

from arviz.core.errors import ArvizError
from arviz.core.graph import triangle_count
from arviz.flows.preview_shot import Level
from arviz.formats.read import read
from arviz.ops.lods import MOST_LEVELS

_LEVEL = re.compile(r"\.lod\d$")
_TABLE_BYTES = 2**20


def levels_beside(file: Path) -> tuple[Level, ...]:
    """Return ``<name>.lod0.glb`` and so on that stand beside a file and are not it; those that cannot be read are none.

    Their triangles are those of ``<name>.lods.json``, else they are counted.
    """
    name = _LEVEL.sub("", file.stem)
    places = (file.with_name(f"{name}.lod{level}.glb") for level in range(MOST_LEVELS + 1))
    there = [place for place in places if place != file and place.is_file()]
    known = _told(file.with_name(f"{name}.lods.json")) if there else {}
    out = []
    for place in there:
        with suppress(ArvizError):
            count = known.get(place.name)
            out.append(Level(place, triangle_count(read(place)) if count is None else count))
    return tuple(out)


def _told(table: Path) -> dict[str, int]:
    """Return the triangles of each file that a table of levels names; nothing where it is none."""
    try:
        if table.stat().st_size > _TABLE_BYTES:
            return {}
        rows = json.loads(table.read_bytes())["levels"]
        return {str(row["path"]): int(row["triangles"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
