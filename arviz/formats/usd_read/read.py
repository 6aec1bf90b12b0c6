"""USD bytes to `Asset`."""

from __future__ import annotations

from typing import Any

from arviz.core.asset import Asset, Source
from arviz.core.errors import FormatError
from arviz.core.reframe import rescale
from arviz.core.report import Finding, condensed
from arviz.core.units import METRES_PER_UNIT
from arviz.formats.apart import read_apart
from arviz.formats.files import Files
from arviz.formats.flat import no_triangles
from arviz.formats.usd_read.scene import SceneReader
from arviz.formats.usd_read.stage import Package, open_stage

_UP = {"X": ("+X", "+Z"), "Y": ("+Y", "+Z"), "Z": ("+Z", "-Y")}
_SAME_UNIT = 1e-6
_LOST_TYPES = {
    "lights": ("DistantLight", "DomeLight", "RectLight", "SphereLight", "DiskLight", "CylinderLight", "GeometryLight", "PortalLight"),
    "cameras": ("Camera",),
}


def read_usd(data: bytes, files: Files) -> Asset:
    """Read a USDZ, USDC or USDA file.

    Raises
    ------
    FormatError
        ``E_USD``: broken, or not USD; ``E_USDZ_ZIP``, ``E_USDZ_COMPRESSED``; ``E_READER_DIED``.
    MeshError
        E_NOT_FINITE, E_NO_TRIANGLES.
    LimitError
        Larger than the limits, or reaching outside its package or folder (``E_EXTERNAL_URI``).
    """
    return read_apart("arviz.formats.usd_read.read:read_in_place", data, files)


def read_in_place(data: bytes, files: Files) -> Asset:
    """As `read_usd`, in this process: a damaged file may end it."""
    with open_stage(data, files) as (stage, package, findings):
        return _asset(stage, package, findings)


def _asset(stage: Any, package: Package, findings: list[Finding]) -> Asset:
    from pxr import UsdGeom

    name = package.name
    factor = float(UsdGeom.GetStageMetersPerUnit(stage))
    if not 1e-9 < factor < 1e9:
        raise FormatError("E_USD", "metersPerUnit is no length", where=name, found=f"{factor:g}")
    reader = SceneReader(stage=stage, files=package, findings=findings)
    asset = reader.asset()
    if not asset.meshes:
        raise no_triangles(where=name, found=f"{len(asset.nodes)} prims without polygons")
    _note_losses(stage, findings)
    named = next((unit for unit, metres in METRES_PER_UNIT.items() if abs(factor / metres - 1) < _SAME_UNIT), None)
    up, front = _UP[str(UsdGeom.GetStageUpAxis(stage))]
    source = Source(
        name=name,
        format="usd",
        unit=named or "m",
        unit_source="file" if stage.HasAuthoredMetadata(UsdGeom.Tokens.metersPerUnit) else "format",
        up=up,
        front=front,
        findings=condensed(list(dict.fromkeys(findings))),
    )
    asset = reader.with_own(asset, source)
    return asset if named else rescale(asset, factor)


def _note_losses(stage: Any, findings: list[Finding]) -> None:
    kinds = [str(prim.GetTypeName()) for prim in stage.Traverse()]
    for what, types in _LOST_TYPES.items():
        if count := sum(kind in types for kind in kinds):
            findings.append(Finding(code="I_USD_UNREAD", severity="info", message=f"{count} {what} were left out"))
    drawn = ("Cube", "Sphere", "Cylinder", "Cone", "Capsule", "Plane", "Points", "BasisCurves", "NurbsCurves", "NurbsPatch", "TetMesh",
             "PointInstancer", "Volume", "HermiteCurves")  # fmt: skip
    for kind in drawn:
        if count := kinds.count(kind):
            message = (
                f"{count} {kind} {'is' if count == 1 else 'are'} not read; what {'it draws' if count == 1 else 'they draw'} is missing"
            )
            findings.append(Finding(code="W_USD_UNREAD", severity="warning", message=message, hint="Convert to meshes before exporting."))
    if {"SkelRoot", "Skeleton", "BlendShape"} & set(kinds):
        message = "skinned or morphed meshes stand in their bind pose; they do not move"
        findings.append(Finding(code="W_USD_SKIN", severity="warning", message=message))
