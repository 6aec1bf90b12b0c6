"""The rules of Apple's Quick Look for a USDZ, on its raw bytes: archive first, then the layer, then the stage.

Sources: ``usdchecker --arkit`` of OpenUSD up to 24.11 (ARKitRootLayerChecker, ARKitStageYupChecker,
ARKitPackageEncapsulationChecker, ARKitPrimTypeChecker, ARKitShaderChecker, ARKitMaterialBindingChecker,
ARKitFileExtensionChecker), which usd-core no longer brings; the USDZ specification; Apple, WWDC18 session 603 (100,000
polygons, 2048-pixel textures, ten seconds: warnings). ``pxr.UsdValidation`` of 26.11 has none of them and passes a
file that lies on its back.

OpenUSD parses layers in native code, so it only sees bytes whose archive passed, and composes nothing that names
another layer.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding, Report
from arviz.formats.usdz.archive import Entry, archive_findings, read_directory
from arviz.formats.usdz.layer_rules import layer_findings
from arviz.formats.usdz.stage_rules import stage_figures, stage_findings, validation_findings


def check_usdz(data: bytes, *, name: str = "product.usdz", limits: Limits = DEFAULT_LIMITS) -> Report:
    """Check a USDZ package.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        What messages call it.

    Returns
    -------
    Report
        Findings; figures: ``files``, ``layers``, ``textures`` and, where the stage could be opened, ``up_axis``,
        ``metres_per_unit``, ``triangles``, ``meshes``, ``materials``, ``variants`` (set -> names), ``animation_s``.

    Raises
    ------
    FormatError
        No zip archive.
    LimitError
        Larger than `limits`.
    """
    limits.check("file_bytes", len(data), where=name)
    entries = read_directory(data, where=name, limits=limits)
    findings = list(archive_findings(data, entries))
    figures: dict[str, Any] = {
        "files": len(entries),
        "layers": [entry.name for entry in entries if entry.extension.startswith(".usd")],
        "textures": [entry.name for entry in entries if entry.extension in (".png", ".jpg", ".jpeg")],
    }
    if all(finding.severity != "error" or finding.code in _HARMLESS for finding in findings):
        more, measured = _check_layer(data, entries)
        findings += more
        figures |= measured
    return Report(findings=tuple(findings), figures=figures)


_HARMLESS = frozenset({"E_USDZ_ALIGNMENT", "E_USDZ_FILE_TYPE", "E_USDZ_TEXTURE_BROKEN", "E_USDZ_LAYERS"})
"""Faults of the archive with which the root layer can be opened all the same."""


def _check_layer(data: bytes, entries: list[Entry]) -> tuple[list[Finding], dict[str, Any]]:
    from pxr import Sdf, Tf, Usd, UsdUtils

    diagnostics = UsdUtils.CoalescingDiagnosticDelegate()  # keeps OpenUSD's own warnings off the terminal while it lives
    try:
        with tempfile.TemporaryDirectory(prefix="arviz-usd-") as folder:
            path = Path(folder) / "product.usdz"
            path.write_bytes(data)
            layer = Sdf.Layer.FindOrOpen(str(path))
            if layer is None:
                return [_unreadable(entries[0].name, "")], {}
            findings = list(layer_findings(layer, {entry.name for entry in entries}))
            if any(finding.code == "E_USDZ_REFERENCE" for finding in findings):
                return findings, {}
            stage = Usd.Stage.Open(layer, None)
            findings += stage_findings(stage)
            findings += validation_findings(stage)
            return findings, stage_figures(stage)
    except Tf.ErrorException as error:
        return [_unreadable(entries[0].name, str(error).strip().splitlines()[0][:300])], {}
    finally:
        diagnostics.TakeUncoalescedDiagnostics()
        del diagnostics


def _unreadable(where: str, reason: str) -> Finding:
    message = "OpenUSD cannot read the layer" + (f": {reason}" if reason else "")
    return Finding(code="E_USDZ_LAYER", severity="error", where=where, message=message, hint="Export the USDZ again.")
