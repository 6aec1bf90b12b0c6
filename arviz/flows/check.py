"""Journey: judge a product file: its bytes, its geometry and materials, its size, and the rules of platforms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from os import PathLike
from typing import Any

from arviz.check.geometry import check_geometry
from arviz.check.materials import check_materials
from arviz.check.names import check_names
from arviz.check.profile import Profile, check_profile, load_profile
from arviz.check.size import Listed, check_size
from arviz.core.asset import Asset
from arviz.core.errors import FormatError
from arviz.core.facts import FileFacts
from arviz.core.graph import size
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding, Report
from arviz.core.source_path import source_path
from arviz.core.units import listed_size
from arviz.flows.unit import resolve_unit
from arviz.formats.facts import file_facts, usdz_facts
from arviz.formats.files import Files
from arviz.formats.gltf.rules import check_bytes
from arviz.formats.read import read
from arviz.ops.drop_textures import broken_images

SCHEMA = "arviz.check/1"
DEFAULT_PROFILES = ("khronos-mobile-ar",)
USDZ_PROFILES = ("apple-quick-look",)


def check(
    source: str | PathLike[str] | bytes,
    *,
    profiles: Sequence[str | PathLike[str]] | None = None,
    size: str | Listed | None = None,
    format: str | None = None,
    unit: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, Any]:
    """Judge a product file and return JSON-ready data; nothing is changed or written.

    Parameters
    ----------
    source : path or bytes
        A file of any format that `arviz.read` takes, or a USDZ, of which only the file rules are checked.
    profiles : sequence of str or path
        Names of shipped profiles (``khronos-mobile-ar``, ``google-merchant``, ...) or JSON files: ours or Khronos
        Asset Auditor schemas. Default: ``khronos-mobile-ar``, for a USDZ ``apple-quick-look``.
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
    data, files, kind = _open(source, format, limits)
    standard = USDZ_PROFILES if kind == "usdz" else DEFAULT_PROFILES
    chosen = [load_profile(profile) for profile in (standard if profiles is None else profiles)]
    listed = listed_size(size)
    if kind == "usdz":
        report, facts = _examine_usdz(data, files, listed)
    else:
        report, facts = _examine(source, data, files, listed, format=format, unit=unit)
    verdicts = profile_verdicts(facts, chosen)
    return {
        "schema": SCHEMA,
        "file": files.name,
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
    if listed_m is None and not any(size(asset) or ()):
        # A file of animations or materials alone may be exactly what it should be; a listed product may not.
        findings.append(
            Finding(
                code="W_NOTHING_DRAWN", severity="warning", message="the file shows nothing of any size", hint="Add a mesh to its scene."
            )
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
    source: str | PathLike[str] | bytes, data: bytes, files: Files, listed: Listed | None, *, format: str | None, unit: str | None
) -> tuple[Report, FileFacts]:
    asset = read(source, format=format, unit=unit, limits=files.limits)
    assert asset.source is not None
    told = Report(findings=asset.source.findings)
    if asset.source.format == "gltf":
        told = _joined(check_bytes(data, files), told)
    if listed is not None:
        asset, _ = resolve_unit(asset, listed)
    judged = check_asset(asset, listed_m=listed, limits=files.limits)
    return _joined(told, judged), measured(file_facts(data, asset, files=files), judged)


def _joined(first: Report, second: Report) -> Report:
    """Join reports; of equal findings at one place the first is kept."""
    known = {(finding.code, finding.where) for finding in first.findings}
    fresh = tuple(finding for finding in second.findings if (finding.code, finding.where) not in known)
    return first + replace(second, findings=fresh)


def _examine_usdz(data: bytes, files: Files, listed: Listed | None) -> tuple[Report, FileFacts]:
    from arviz.formats.usdz.rules import check_usdz

    report = check_usdz(data, name=files.name, limits=files.limits)
    packed = next((finding for finding in report.findings if finding.code == "E_USDZ_COMPRESSED"), None)
    if packed is not None:
        # Nothing is unpacked, as 300 kB may hold gigabytes: what is compressed cannot be read, and no phone reads it.
        raise FormatError("E_USDZ_COMPRESSED", packed.message, where=f"{files.name}, {packed.where}", hint=packed.hint)
    if listed is not None:
        size = Finding(
            code="W_SIZE_NOT_JUDGED",
            severity="warning",
            where="size",
            message="the size of a USDZ is not judged",
            hint="Check the GLB that it was made with.",
        )
        report += Report(findings=(size,))
    return report, usdz_facts(data, report.figures, name=files.name, limits=files.limits)


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


def _open(source: str | PathLike[str] | bytes, format: str | None, limits: Limits) -> tuple[bytes, Files, str]:
    """Return the bytes, the door to their folder, and the format by name."""
    if isinstance(source, bytes):
        limits.check("file_bytes", len(source), where=f"<{len(source)} bytes>")
        return source, Files(None, name=f"<{len(source)} bytes>", limits=limits), (format or "").lower()
    path = source_path(source)
    files = Files(path, name=path.name, limits=limits)
    return files.read_input(), files, (format or path.suffix.removeprefix(".")).lower()


def _sides_mm(size_m: Listed | None) -> dict[str, float | None] | None:
    if size_m is None:
        return None
    x, y, z = (None if value is None else round(value * 1000, 4) for value in size_m)
    return {"width": x, "depth": z, "height": y}
