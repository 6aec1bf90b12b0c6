"""What each mesh wears in each look: bindings and what depends on them, over the variants of the default prim.

A variant set of the default prim is one of looks if its variants change nothing but bindings, coordinates, colours and
sides of the same meshes. Of any other set the chosen variant is read and the rest named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from arviz.core.report import Finding
from arviz.formats.usd_read.meshes import Primvar, held
from arviz.formats.usd_read.values import at_rest, plain

_MOST = 200
"""Most variants that are looked into."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Worn:
    """What a mesh wears in one look: material prims by path (of the mesh, of its subsets), sides, primvars by name."""

    material: Any
    subsets: tuple[Any, ...]
    double_sided: bool
    primvars: Mapping[str, Primvar]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Looks:
    """Names of the looks, and for each mesh (by path) what it wears: the default first, then one per name."""

    names: tuple[str, ...]
    worn: Mapping[str, tuple[Worn, ...]]


def looks_of(stage: Any, meshes: Sequence[Any], findings: list[Finding]) -> Looks:
    """Return what `meshes` wear; the stage is left with its own choice of variants."""
    rows = [_row(meshes)]
    names: list[str] = []
    paths = [str(mesh.GetPath()) for mesh in meshes]
    root = stage.GetDefaultPrim()
    sets = root.GetVariantSets().GetNames() if root else []
    before = _shapes(stage)
    for name in sets:
        choices = _in_order(stage, root, name)
        found = _rows(stage, root, name, choices, paths, before) if len(choices) <= _MOST else None
        if found is None:
            chosen = root.GetVariantSets().GetVariantSet(name).GetVariantSelection()
            message = (
                f"of the variants of {name!r} ({', '.join(choices[:10])}) only {chosen!r} was read: they differ in more than materials"
            )
            findings.append(Finding(code="W_USD_VARIANTS", severity="warning", where=name, message=message))
            continue
        own = plain(root.GetCustomDataByKey("arviz:variants")) or {}
        several = len(sets) > 1
        names += [own.get(choice) or (f"{name}: {choice}" if several else choice) for choice in choices]
        rows += found
    return Looks(names=tuple(names), worn={path: tuple(row[i] for row in rows) for i, path in enumerate(paths)})


def _rows(
    stage: Any, root: Any, name: str, choices: Sequence[str], paths: Sequence[str], before: Mapping[str, Any]
) -> list[list[Worn]] | None:
    """Return what every mesh wears in each variant, None if the set changes more than looks."""
    from pxr import Usd, UsdGeom

    variant_set = root.GetVariantSets().GetVariantSet(name)
    out: list[list[Worn]] | None = []
    with Usd.EditContext(stage, stage.GetSessionLayer()):
        for choice in choices:
            variant_set.SetVariantSelection(choice)
            if _shapes(stage) != before:
                out = None
                break
            assert out is not None
            out.append(_row([UsdGeom.Mesh(stage.GetPrimAtPath(path)) for path in paths]))
    stage.GetSessionLayer().Clear()
    return out


def _in_order(stage: Any, root: Any, name: str) -> list[str]:
    """Return a set's variants as they were written where one layer says so; USD itself sorts them."""
    sorted_names = list(root.GetVariantSets().GetVariantSet(name).GetVariantNames())
    spec = stage.GetRootLayer().GetPrimAtPath(root.GetPath())
    written = spec.variantSets.get(name) if spec is not None and name in spec.variantSets else None
    names = [] if written is None else [str(key) for key, _ in written.variants.items()]
    return names if sorted(names) == sorted(sorted_names) else sorted_names


def _shapes(stage: Any) -> dict[str, Any]:
    """Return what tells apart two states of a stage whose looks alone differ: its meshes, their places and their points."""
    from pxr import Usd, UsdGeom

    cache = UsdGeom.XformCache(Usd.TimeCode.Default())
    out = {}
    for prim in stage.Traverse(Usd.TraverseInstanceProxies()):
        if prim.IsA(UsdGeom.Gprim):
            points = at_rest(prim.GetAttribute("points")) if prim.HasAttribute("points") else None
            visible = str(UsdGeom.Imageable(prim).ComputeVisibility())
            matrix = np.array(cache.GetLocalToWorldTransform(prim)).tobytes()
            out[str(prim.GetPath())] = (hash(np.asarray(points).tobytes()) if points is not None else None, visible, matrix)
    return out


def _row(meshes: Sequence[Any]) -> list[Worn]:
    return [_worn(mesh) for mesh in meshes]


def _worn(mesh: Any) -> Worn:
    from pxr import UsdGeom, UsdShade

    binding = UsdShade.MaterialBindingAPI(mesh.GetPrim())
    subsets = UsdShade.MaterialBindingAPI(mesh.GetPrim()).GetMaterialBindSubsets()
    primvars = {str(primvar.GetPrimvarName()): primvar for primvar in UsdGeom.PrimvarsAPI(mesh.GetPrim()).FindPrimvarsWithInheritance()}
    return Worn(
        material=_bound(binding),
        subsets=tuple(_bound(UsdShade.MaterialBindingAPI(subset.GetPrim())) for subset in subsets),
        double_sided=bool(at_rest(mesh.GetDoubleSidedAttr())),
        primvars=_held(primvars),
    )


def _bound(binding: Any) -> Any:
    material = binding.ComputeBoundMaterial()[0]
    return material.GetPrim() if material else None


def _held(primvars: Mapping[str, Any]) -> dict[str, Primvar]:
    kinds = ("texCoord2", "float2", "half2", "double2", "color3", "float3", "float[]")
    return {name: held(primvar) for name, primvar in primvars.items() if str(primvar.GetTypeName()).startswith(kinds)}
