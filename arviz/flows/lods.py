"""Journey: a product file becomes levels of detail: GLBs, and a table that says when each is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import radians, tan
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from arviz.core.asset import Asset
from arviz.core.errors import InputError
from arviz.core.graph import bounds, triangle_count
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Report
from arviz.flows.optimise.search import optimise
from arviz.flows.outputs import refuse_existing, write_files
from arviz.flows.product_report import to_json_bytes
from arviz.flows.simplify import told
from arviz.flows.step import Stated, read_solid, written
from arviz.flows.targets import TARGETS, Delivery
from arviz.flows.tiers import Output, simpler
from arviz.ops.lods import HEIGHT_PX, MOST_LEVELS, WORTH, Lod, lods

SCHEMA = "arviz.lods/1"
VERTICAL_FOV_DEG = 50.0
"""Of the camera for which the table gives distances: three.js' PerspectiveCamera as it comes."""


def lods_file(
    source: str | PathLike[str],
    *,
    out: str | PathLike[str],
    levels: int = 3,
    height_px: int = HEIGHT_PX,
    name: str | None = None,
    force: bool = False,
    **stated: Unpack[Stated],
) -> dict[str, Any]:
    """Write ``<name>.lod0.glb`` ... and ``<name>.lods.json`` into the folder `out`; return the content of the JSON.

    Parameters
    ----------
    source, stated
        As `arviz.flows.step.step`.
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
    asset = read_solid(path, **stated)
    diagonal = _diagonal(asset)
    rows: list[dict[str, Any]] = []
    contents = {}
    for place, level in zip(places, lods(asset, levels=levels, height_px=height_px), strict=False):
        output, faults = written(level.asset, place.stem, stated.get("limits", DEFAULT_LIMITS))
        contents[place] = output.data
        rows.append(
            {
                "path": place.name,
                **{key: output.facts[key] for key in ("bytes", "sha256", "vertices")},
                **told(level.report),
                **_shown(level, diagonal),
                "findings": [finding.to_json() for finding in (*level.report.findings, *faults.findings)],
            }
        )
    document = {"schema": SCHEMA, "name": name, "diagonal_mm": diagonal * 1000, "height_px": height_px,
                "vertical_fov_deg": VERTICAL_FOV_DEG, "levels": rows}  # fmt: skip
    contents[table] = to_json_bytes(document)
    # With --force: levels of a former run that this one does not have must not stay.
    write_files(contents, remove=[place for place in places if place not in contents])
    return document


def with_levels(asset: Asset, outputs: Sequence[Output], *, delivery: Delivery, limits: Limits) -> tuple[list[Output], Report]:
    """Return a product's files, each GLB target followed by its simpler levels; the master by its own where there is no such target.

    Pictures of a target's level get half of the side for half of the size on the screen. A level that would save too little is left
    out, and so are those of a target that is made in a way of its own: ``far`` is a level itself.
    """
    made = lods(asset, levels=delivery.lods)
    diagonal = _diagonal(asset)
    leaders = [output for output in outputs if _may_have_levels(output.facts["target"])] or list(outputs[:1])
    out: list[Output] = []
    report = Report()
    for output in outputs:
        if output not in leaders:
            out.append(output)
            continue
        chain = [replace(output, facts={**output.facts, "level": 0, **_shown(made[0], diagonal)})]
        for lod in made[1:]:
            if triangle_count(lod.asset) > WORTH * chain[-1].facts["triangles"]:
                continue
            uri = f"{output.uri.removesuffix('.glb')}.lod{len(chain)}.glb"
            coarse, more = _level(lod, output, uri, delivery=delivery, limits=limits)
            chain.append(replace(coarse, facts={**coarse.facts, "level": len(chain), **_shown(lod, diagonal)}))
            report += more
        out += chain
    return out, report


def _level(lod: Lod, first: Output, uri: str, *, delivery: Delivery, limits: Limits) -> tuple[Output, Report]:
    """Write a level as its product's file `first` is."""
    target = first.facts["target"]
    if target not in TARGETS:
        made, report = written(lod.asset, uri.removesuffix(".glb"), limits)
        return replace(made, verdicts=()), report
    return simpler(lod.asset, first, uri=uri, share=lod.coverage, settings=delivery.settings(target), limits=limits)


def _may_have_levels(target: str) -> bool:
    return target in TARGETS and TARGETS[target].making is optimise


def _shown(level: Lod, diagonal: float) -> dict[str, float]:
    """Return when a level is shown, and how far a vertex of the product may be off then."""
    distance = _distance(diagonal, level.coverage) if level.error_m else 0.0
    return {"coverage": level.coverage, "distance_m": distance, "error_mm": level.error_m * 1000}


def _diagonal(asset: Asset) -> float:
    box = bounds(asset)
    return 0.0 if box is None else float(np.linalg.norm(box[1] - box[0]))


def _distance(diagonal: float, coverage: float) -> float:
    """Return from which distance a product covers at most `coverage` of the height of a picture."""
    return diagonal / coverage / (2 * tan(radians(VERTICAL_FOV_DEG) / 2))
