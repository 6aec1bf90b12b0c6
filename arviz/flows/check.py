"""Journey: judge a product file: its bytes, its geometry and materials, its size, and the rules of platforms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from arviz.check.geometry import check_geometry
from arviz.check.materials import check_materials
from arviz.check.names import check_names
from arviz.check.profile import Profile, check_profile, load_profile
from arviz.check.size import Listed, check_size
from arviz.core.asset import Asset
from arviz.core.facts import FileFacts
from arviz.core.graph import triangle_count
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding, Report
from arviz.core.units import parse_size
from arviz.flows.unit import resolve_unit
from arviz.formats.facts import file_facts
from arviz.formats.files import Files
from arviz.formats.read import read
from arviz.ops.drop_textures import broken_images

SCHEMA = "arviz.check/1"
DEFAULT_PROFILES = ("khronos-mobile-ar",)


def check(
    source: str | PathLike[str] | bytes,
    *,
    profiles: Sequence[str | PathLike[str]] = DEFAULT_PROFILES,
    size: str | Listed | None = None,
    format: str | None = None,
    unit: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, Any]:
    """Judge a product file and return JSON-ready data; nothing is changed or written.

    Parameters
    ----------
    source : path or bytes
        A file of any format that `arviz.read` takes.
    profiles : sequence of str or path
        Names of shipped profiles (``khronos-mobile-ar``, ``google-merchant``, ...) or JSON files: ours or Khronos
        Asset Auditor schemas.
    size : str or (x, y, z), optional
        Listed size: ``"218x102x79cm"`` (width x depth x height), or metres with None where unknown.
    unit : str, optional
        ``mm``, ``cm``, ``m``, ``in`` or ``ft`` for a file without one. Without it the size is not judged.

    Returns
    -------
    dict
        ``ok`` is False if any finding, of the file or of a profile, is an error. ``profiles`` holds one verdict
        each: ``ok``, ``advisories`` (what only warns) and its findings.

    Raises
    ------
    InputError
        The file or a profile cannot be read.
    LimitError
        It is larger than `limits` or reaches outside its folder.
    """
    chosen = [load_profile(profile) for profile in profiles]
    listed = parse_size(size) if isinstance(size, str) else size
    report, facts = _examine(source, listed, format, unit, limits)
    verdicts = profile_verdicts(facts, chosen)
    return {
        "schema": SCHEMA,
        "file": "<bytes>" if isinstance(source, bytes) else Path(fspath(source)).name,
        "format": facts.container,
        "ok": report.ok and all(verdict["ok"] for verdict in verdicts),
        "size_mm": _sides_mm(facts.size_m),
        "listed_mm": _sides_mm(listed),
        "facts": asdict(facts),
        "findings": [finding.to_json() for finding in report.findings],
        "profiles": verdicts,
    }


def profile_verdicts(facts: FileFacts, profiles: Sequence[Profile]) -> list[dict[str, Any]]:
    """Return one JSON-ready verdict per profile: name, title, ok, number of advisories, findings, sources."""
    out = []
    for profile in profiles:
        report = check_profile(facts, profile)
        sources = {rule.source.url: rule.source for rule in profile.rules}
        out.append(
            {
                "name": profile.name,
                "title": profile.title,
                "ok": report.ok,
                "advisories": sum(finding.severity == "warning" for finding in report.findings),
                "note": profile.note,
                "findings": [finding.to_json() for finding in report.findings],
                "sources": [{"title": s.title, "url": s.url, "read": s.read, "class": s.kind} for s in sources.values()],
            }
        )
    return out


def check_asset(asset: Asset, *, listed_m: Listed | None = None, limits: Limits = DEFAULT_LIMITS) -> Report:
    """Run every check of the product itself: pictures, size, geometry, materials, names."""
    findings = [*broken_images(asset, limits=limits).values()]
    if triangle_count(asset) == 0 and listed_m is None:
        # A file of animations or materials alone may be exactly what it should be; a listed product may not.
        findings.append(
            Finding(code="W_NOTHING_DRAWN", severity="warning", message="the file shows nothing", hint="Add a mesh to its scene.")
        )
        return Report(findings=tuple(findings))
    sized = Report()
    if asset.unit_known:
        sized = check_size(asset, listed_m=listed_m)
    else:
        findings.append(
            Finding(
                code="W_UNIT_UNKNOWN",
                severity="warning",
                message="the file does not say its unit: its size is not judged",
                hint="Give --unit, or the listed size with --size.",
            )
        )
    checks = sized + check_geometry(asset) + check_materials(asset, limits=limits) + check_names(asset)
    return Report(findings=tuple(findings)) + checks


def _examine(
    source: str | PathLike[str] | bytes, listed: Listed | None, format: str | None, unit: str | None, limits: Limits
) -> tuple[Report, FileFacts]:
    data, files = _open(source, limits)
    asset = read(source, format=format, unit=unit, limits=limits)
    assert asset.source is not None
    told = Report(findings=asset.source.findings)
    if listed is not None:
        asset, _ = resolve_unit(asset, listed)
    judged = check_asset(asset, listed_m=listed, limits=limits)
    known = {finding.code for finding in told.findings}
    report = told + replace(judged, findings=tuple(f for f in judged.findings if f.code not in known or f.severity == "error"))
    return report, measured(file_facts(data, asset, files=files), judged)


def measured(facts: FileFacts, judged: Report) -> FileFacts:
    """Return `facts` with what only the checks of the product could measure (figures of `check_asset`)."""
    figures = judged.figures
    deviations = [abs(percent) for percent in figures.get("deviation_percent", ()) if percent is not None]
    names = ("base_colour_min", "base_colour_max", "uv_min", "uv_max", "uv_inverted", "open_or_shared_edges")
    return replace(
        facts,
        size_deviation_percent=max(deviations, default=None),
        **{name: figures[name] for name in names if name in figures},
    )


def _open(source: str | PathLike[str] | bytes, limits: Limits) -> tuple[bytes, Files]:
    if isinstance(source, bytes):
        return source, Files(None, name=f"<{len(source)} bytes>", limits=limits)
    path = Path(fspath(source))
    files = Files(path, name=path.name, limits=limits)
    return files.read_input(), files


def _sides_mm(size_m: Listed | None) -> dict[str, float | None] | None:
    if size_m is None:
        return None
    x, y, z = (None if value is None else round(value * 1000, 4) for value in size_m)
    return {"width": x, "depth": z, "height": y}
