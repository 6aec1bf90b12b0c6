"""Journey: a product file becomes levels of detail: GLBs, and a table that says when each is shown."""

from __future__ import annotations

from math import radians, tan
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from arviz.check.size import Listed
from arviz.core.errors import InputError
from arviz.core.graph import bounds
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.flows.outputs import refuse_existing, write_files
from arviz.flows.product_report import to_json_bytes
from arviz.flows.simplify import told
from arviz.flows.step import read_solid, written
from arviz.ops.lods import HEIGHT_PX, lods

SCHEMA = "arviz.lods/1"
MOST_LEVELS = 8
VERTICAL_FOV_DEG = 50.0
"""Of the camera for which the table gives distances: three.js' PerspectiveCamera as it comes."""


def lods_of_file(
    source: str | PathLike[str],
    *,
    out: str | PathLike[str],
    levels: int = 3,
    height_px: int = HEIGHT_PX,
    name: str | None = None,
    unit: str | None = None,
    size: str | Listed | None = None,
    up: str | None = None,
    front: str | None = None,
    force: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, Any]:
    """Write ``<name>.lod0.glb`` ... and ``<name>.lods.json`` into the folder `out`; return the content of the JSON.

    Parameters
    ----------
    source, unit, size, up, front, limits
        As `arviz.convert`.
    levels : int
        How many simpler levels at most, 1 to 8.
    height_px : int
        Of the pictures in which no step may be seen.
    name : str, optional
        Default: the file's name without its extension.
    force : bool
        Replace what exists.

    Raises
    ------
    InputError
        The file cannot be read, the levels make no sense, an output exists or cannot be written.
    """
    path, folder = Path(fspath(source)), Path(fspath(out))
    name = path.stem if name is None else name
    if not 1 <= levels <= MOST_LEVELS or height_px < 1:
        found = f"{levels} levels for {height_px} px"
        raise InputError("E_LODS_GOAL", "these levels make no sense", expected=f"1 to {MOST_LEVELS} levels", found=found)
    table = folder / f"{name}.lods.json"
    places = [folder / f"{name}.lod{level}.glb" for level in range(levels + 1)]
    refuse_existing([table, *places], force=force, source=path)
    asset = read_solid(path, unit=unit, size=size, up=up, front=front, limits=limits)
    box = bounds(asset)
    diagonal = 0.0 if box is None else float(np.linalg.norm(box[1] - box[0]))
    rows: list[dict[str, Any]] = []
    contents = {}
    for place, level in zip(places, lods(asset, levels=levels, height_px=height_px), strict=False):
        output, faults = written(level.asset, place.stem, limits)
        contents[place] = output.data
        rows.append(
            {
                "path": place.name,
                **{key: output.facts[key] for key in ("bytes", "sha256", "vertices")},
                **told(level.report),
                "coverage": level.coverage,
                "distance_m": _distance(diagonal, level.coverage) if rows else 0.0,
                "error_mm": level.error_m * 1000,
                "findings": [finding.to_json() for finding in (*level.report.findings, *faults.findings)],
            }
        )
    document = {"schema": SCHEMA, "name": name, "diagonal_mm": diagonal * 1000, "height_px": height_px,
                "vertical_fov_deg": VERTICAL_FOV_DEG, "levels": rows}  # fmt: skip
    contents[table] = to_json_bytes(document)
    # With --force: levels of a former run that this one does not have must not stay.
    write_files(contents, remove=[place for place in places if place not in contents])
    return document


def _distance(diagonal: float, coverage: float) -> float:
    """Return from which distance a product covers at most `coverage` of the height of a picture."""
    return diagonal / coverage / (2 * tan(radians(VERTICAL_FOV_DEG) / 2))
