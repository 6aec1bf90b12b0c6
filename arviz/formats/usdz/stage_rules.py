"""Rules on the composed stage: metadata, size of the scene, and OpenUSD's own validators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from arviz.core.report import Finding, Severity
from arviz.formats.usdz.animation import LONGEST_S

MAX_POLYGONS = 100_000
"""Apple, WWDC18 session 603."""


def stage_findings(stage: Any) -> Iterator[Finding]:
    """Yield what Quick Look would show wrongly or refuse."""
    from pxr import UsdGeom

    figures = stage_figures(stage)
    if not stage.HasAuthoredMetadata(UsdGeom.Tokens.upAxis) or figures["up_axis"] != "Y":
        yield _error(
            "E_USDZ_UP_AXIS", f"the stage says that up is {figures['up_axis']}: the product lies on its back", hint="Set upAxis to Y."
        )
    if not stage.HasAuthoredMetadata(UsdGeom.Tokens.metersPerUnit) or abs(figures["metres_per_unit"] - 1.0) > 1e-9:
        yield _error(
            "E_USDZ_UNIT",
            f"one unit is {figures['metres_per_unit']:g} m: viewers that ignore metersPerUnit show another size",
            hint="Scale the geometry to metres and set metersPerUnit to 1.",
        )
    if not figures["default_prim"]:
        yield _error("E_USDZ_DEFAULT_PRIM", "the stage has no default prim, so nothing is shown when it is placed")
    if figures["triangles"] > MAX_POLYGONS:
        yield _warning("W_USDZ_POLYGONS", f"{figures['triangles']:,} triangles; Apple advises {MAX_POLYGONS:,} at most")
    if figures["animation_s"] > LONGEST_S:
        yield _warning("W_USDZ_ANIMATION", f"the animation takes {figures['animation_s']:.1f} s; Apple advises {LONGEST_S:.0f} s at most")


def stage_figures(stage: Any) -> dict[str, Any]:
    """Return what a stage holds, in its default look."""
    from pxr import UsdGeom, UsdShade

    meshes = triangles = materials = 0
    for prim in stage.Traverse():
        if prim.IsA(UsdGeom.Mesh):
            counts = UsdGeom.Mesh(prim).GetFaceVertexCountsAttr().Get()
            meshes += 1
            triangles += max(sum(counts) - 2 * len(counts), 0) if counts else 0
        materials += prim.IsA(UsdShade.Material)
    sets = {}
    root = stage.GetDefaultPrim()
    if root:
        sets = {name: root.GetVariantSets().GetVariantSet(name).GetVariantNames() for name in root.GetVariantSets().GetNames()}
    rate = stage.GetTimeCodesPerSecond() or 24.0
    return {
        "up_axis": str(UsdGeom.GetStageUpAxis(stage)),
        "metres_per_unit": float(UsdGeom.GetStageMetersPerUnit(stage)),
        "default_prim": root.GetName() if root else "",
        "meshes": meshes,
        "triangles": int(triangles),
        "materials": int(materials),
        "variants": sets,
        "animation_s": max(stage.GetEndTimeCode() - stage.GetStartTimeCode(), 0.0) / rate,
    }


def validation_findings(stage: Any) -> Iterator[Finding]:
    """Yield what OpenUSD's own validators say: ``E_USD_VALIDATION`` or ``W_USD_VALIDATION`` with the validator's name."""
    from pxr import UsdValidation

    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    for issue in UsdValidation.ValidationContext(validators).Validate(stage):
        error = issue.GetType() == UsdValidation.ValidationErrorType.Error
        places = [site.GetPrim().GetPath() if site.IsPrim() else "" for site in issue.GetSites()]
        severity: Severity = "error" if error else "warning"
        yield Finding(
            code="E_USD_VALIDATION" if error else "W_USD_VALIDATION",
            severity=severity,
            where=str(places[0]) if places else "",
            message=f"{issue.GetName()}: {issue.GetMessage()[:400]}",
        )


def _error(code: str, message: str, *, hint: str = "") -> Finding:
    return Finding(code=code, severity="error", where="stage", message=message, hint=hint)


def _warning(code: str, message: str) -> Finding:
    return Finding(code=code, severity="warning", where="stage", message=message)
