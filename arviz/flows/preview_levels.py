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
    places = {number: level_file(file, number) for number in range(MOST_LEVELS + 1)}
    there = {number: place for number, place in places.items() if place != file and place.is_file()}
    known = _told(file.with_name(f"{_name(file)}.lods.json")) if there else {}
    out = []
    for number, place in there.items():
        with suppress(ArvizError):
            count = known.get(place.name)
            out.append(Level(number, place, triangle_count(read(place)) if count is None else count))
    return tuple(out)


def level_file(file: Path, number: int) -> Path:
    """Return where a level of a file stands, if there is one."""
    return file.with_name(f"{_name(file)}.lod{number}.glb")


def _name(file: Path) -> str:
    return _LEVEL.sub("", file.stem)


def _told(table: Path) -> dict[str, int]:
    """Return the triangles of each file that a table of levels names; nothing where it is none."""
    try:
        if table.stat().st_size > _TABLE_BYTES:
            return {}
        rows = json.loads(table.read_bytes())["levels"]
        return {str(row["path"]): int(row["triangles"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
