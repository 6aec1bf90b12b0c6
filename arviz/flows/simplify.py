"""Journey: a product file becomes a GLB with fewer triangles; nothing else about it changes."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import Any

from arviz.check.figures import figures
from arviz.check.size import Listed
from arviz.core.asset import Asset
from arviz.core.errors import InputError
from arviz.core.graph import size as extent
from arviz.core.graph import triangle_count
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Report
from arviz.core.units import listed_size, parse_length
from arviz.flows.outputs import refuse_existing, refuse_other_formats, write_files
from arviz.flows.tiers import Output, master
from arviz.flows.unit import resolve_unit
from arviz.formats.read import read
from arviz.ops.normals import add_normals
from arviz.ops.simplify import simplified
from arviz.ops.weld import weld

SCHEMA = "arviz.simplify/1"
_LENGTHS = ("deviation_rms", "deviation_max", "uv_slip_rms", "uv_slip_max")


def simplify_file(
    source: str | PathLike[str],
    *,
    out: str | PathLike[str],
    triangles: int | None = None,
    percent: float | None = None,
    error: str | None = None,
    unit: str | None = None,
    size: str | Listed | None = None,
    up: str | None = None,
    front: str | None = None,
    force: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, Any]:
    """Write a product with fewer triangles as GLB, and return what it cost as JSON-ready data.

    Parameters
    ----------
    source, unit, size, up, front, limits
        As `arviz.convert`.
    out : path
        A ``.glb``.
    triangles, percent : int, float, optional
        At most so many triangles, or so many of a hundred.
    error : str, optional
        How far a vertex may end from the new surface: a length (``"0.5mm"``), or a part of the product's diagonal (``"0.05%"``).
    force : bool
        Replace what exists.

    Raises
    ------
    InputError
        The file cannot be read, the goal makes no sense, the output exists or cannot be written.
    """
    path, target = Path(fspath(source)), Path(fspath(out))
    refuse_other_formats(target, (".glb",))
    refuse_existing([target], force=force, source=path)
    asset = read_solid(path, unit=unit, size=size, up=up, front=front, limits=limits)
    before = triangle_count(asset)
    if percent is not None:
        _check_percent(percent)
        share = max(int(before * percent / 100), 1)
        triangles = share if triangles is None else min(share, triangles)
    done = simplified(asset, triangles=triangles, error_m=None if error is None else error_m(error, asset))
    output, faults = written(done.asset, target.stem, limits)
    write_files({target: output.data})
    return {
        "schema": SCHEMA,
        "input": str(path),
        "bytes_before": path.stat().st_size,
        "path": str(target),
        **{key: output.facts[key] for key in ("bytes", "sha256", "vertices")},
        **told(done.report),
        "findings": [finding.to_json() for finding in (*_source_findings(asset), *done.report.findings, *faults.findings)],
    }


def read_solid(
    path: Path, *, unit: str | None, size: str | Listed | None, up: str | None, front: str | None, limits: Limits = DEFAULT_LIMITS
) -> Asset:
    """Return a product in metres whose faces know their neighbours; a glTF is left as it is."""
    asset, _ = resolve_unit(read(path, unit=unit, up=up, front=front, limits=limits), listed_size(size))
    assert asset.source is not None
    return asset if asset.source.format == "gltf" else add_normals(weld(asset))


def error_m(text: str, asset: Asset) -> float:
    """Return an error in metres: a length, or a part of the product's diagonal in percent."""
    if not text.strip().endswith("%"):
        return parse_length(text)
    sides = extent(asset) or (0.0, 0.0, 0.0)
    try:
        share = float(text.strip().removesuffix("%"))
    except ValueError:
        hint = "Write a length such as 0.5mm, or a part of the diagonal such as 0.05%."
        raise InputError("E_SIMPLIFY_GOAL", "this is not an error that we understand", found=repr(text), hint=hint) from None
    return float(share / 100 * sum(side**2 for side in sides) ** 0.5)


def written(asset: Asset, name: str, limits: Limits) -> tuple[Output, Report]:
    """Return the lossless GLB of an asset, read back and checked."""
    return master(asset, name=name, measured=figures(asset), limits=limits)


def told(report: Report) -> dict[str, Any]:
    """Return the figures of a simplified asset as programs get them: lengths in millimetres."""
    counts = {key: report.figures[key] for key in ("triangles_before", "triangles")}
    return {**counts, **{f"{key}_mm": report.figures[f"{key}_m"] * 1000 for key in _LENGTHS}}


def _source_findings(asset: Asset) -> tuple[Any, ...]:
    return () if asset.source is None else asset.source.findings


def _check_percent(percent: float) -> None:
    if not 0 < percent <= 100:
        raise InputError("E_SIMPLIFY_GOAL", "a part is above 0 and at most 100 percent", found=f"{percent:g}", hint="Give --percent 25.")
