"""Journey: look into a product file and say what is in it; nothing is changed or written."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from arviz.check.figures import figures
from arviz.check.size import check_size
from arviz.core.asset import Asset
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding
from arviz.formats.files import Files
from arviz.formats.gltf.rules import check_bytes
from arviz.formats.read import read
from arviz.ops.drop_textures import broken_images

SCHEMA = "arviz.inspect/1"


def inspect(
    source: str | PathLike[str] | bytes, *, format: str | None = None, unit: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> dict[str, Any]:
    """Return the structure, size and cost of a product file as JSON-ready data.

    Parameters
    ----------
    source : path or bytes
        A file of any format that `arviz.read` takes.
    unit : str, optional
        ``mm``, ``cm``, ``m``, ``in`` or ``ft`` for a file without one. Without it ``size_mm`` is None and
        ``size_file_units`` holds the extent: no millimetre is invented.

    Raises
    ------
    InputError
        The file cannot be read.
    LimitError
        It is larger than `limits` or reaches outside its folder.
    """
    asset = read(source, format=format, unit=unit, limits=limits)
    assert asset.source is not None
    measured = figures(asset)
    findings: list[Finding] = [*asset.source.findings]
    if asset.source.format == "gltf":
        findings += _faults(source, findings, limits)
    known = {finding.code for finding in findings}
    findings += [finding for finding in broken_images(asset, limits=limits).values() if finding.code not in known]
    if asset.unit_known:
        # Nothing drawn is no fault of a file looked into: it may hold materials or animations alone.
        findings += [finding for finding in check_size(asset).findings if finding.code != "E_NOTHING_DRAWN"]
    return {
        "schema": SCHEMA,
        "file": asset.source.name,
        "format": asset.source.format,
        "unit": {"unit": asset.source.unit, "source": asset.source.unit_source},
        "size_mm": size_mm(measured) if asset.unit_known else None,
        "size_file_units": None if asset.unit_known else _sides(measured["size"], 1.0),
        **{key: value for key, value in measured.items() if key not in ("size", "size_sigma", "bounds")},
        "hierarchy": hierarchy(asset),
        "findings": [finding.to_json() for finding in findings],
    }


def _faults(source: str | PathLike[str] | bytes, known: list[Finding], limits: Limits) -> list[Finding]:
    """Return what the rules on raw bytes call an error, but for what reading has noted at the same place."""
    if isinstance(source, bytes):
        files, data = Files(None, name=f"<{len(source)} bytes>", limits=limits), source
    else:
        files = Files(Path(fspath(source)), name=Path(fspath(source)).name, limits=limits)
        data = files.read_input()
    noted = {(finding.code, finding.where) for finding in known}
    return [finding for finding in check_bytes(data, files).errors if (finding.code, finding.where) not in noted]


def size_mm(measured: Mapping[str, Any]) -> dict[str, float] | None:
    """Return width, depth and height in millimetres and the rounding they carry, or None for an empty product."""
    sides = _sides(measured["size"], 1000.0, digits=4)
    return None if sides is None else {**sides, "sigma": measured["size_sigma"] * 1000.0}


def _sides(extent: list[float] | None, factor: float, digits: int = 6) -> dict[str, float] | None:
    if extent is None:
        return None
    x, y, z = (round(value * factor, digits) for value in extent)
    return {"width": x, "depth": z, "height": y}


def hierarchy(asset: Asset) -> list[dict[str, Any]]:
    """Return one entry per node: name, part id, children, and what the node carries."""
    out = []
    for index, node in enumerate(asset.nodes):
        entry: dict[str, Any] = {"index": index, "name": node.name, "part": node.part, "children": list(node.children)}
        carried = {"mesh": node.mesh, "light": node.light, "camera": node.camera, "skin": node.skin}
        out.append(entry | {key: value for key, value in carried.items() if value is not None})
    return out
