"""Rules on the root layer as it is written, all variants included, before anything is composed."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Any

from arviz.core.report import Finding

PRIM_TYPES = frozenset({
    "", "Scope", "Xform", "Camera", "Shader", "Material", "Mesh", "Sphere", "Cube", "Cylinder", "Cone", "Capsule", "GeomSubset",
    "Points", "SkelRoot", "Skeleton", "SkelAnimation", "BlendShape", "SpatialAudio", "PhysicsScene", "Preliminary_ReferenceImage",
    "Preliminary_Text", "Preliminary_Trigger",
})  # fmt: skip
"""OpenUSD 24.11, ARKitPrimTypeChecker; types that begin with ``RealityKit`` are allowed too."""
SHADERS = frozenset({"UsdPreviewSurface", "UsdUVTexture", "UsdTransform2d"})
"""OpenUSD 24.11, ARKitShaderChecker; ids that begin with ``UsdPrimvarReader`` or ``ND_`` (MaterialX) are allowed too."""
_BINDING = "material:binding"


def layer_findings(layer: Any, files: set[str]) -> Iterator[Finding]:
    """Yield what is wrong with a root layer; `files` are the names in its package."""
    for path in sorted({str(p) for p in layer.GetCompositionAssetDependencies()}):
        yield _reference("", path, "a layer", files)
    specs: list[Any] = []
    layer.Traverse(layer.pseudoRoot.path, specs.append)
    for path in sorted(specs, key=str):
        spec = layer.GetObjectAtPath(path)
        if path.IsPrimPath() or path.IsPrimVariantSelectionPath():
            yield from _prim(layer, spec, path, files)
        elif path.IsPropertyPath():
            yield from _property(layer, spec, path, files)


def _prim(layer: Any, spec: Any, path: Any, files: set[str]) -> Iterator[Finding]:
    kind = getattr(spec, "typeName", "")
    if kind not in PRIM_TYPES and not kind.startswith("RealityKit"):
        yield _error(
            "E_USDZ_PRIM_TYPE", path, f"Quick Look refuses prims of type {kind}", hint="Lights and curves have no place in a USDZ."
        )
    if kind == "Shader" and path.IsPrimPath():
        identity = layer.GetAttributeAtPath(path.AppendProperty("info:id"))
        found = None if identity is None else identity.default
        if found is None or not (found in SHADERS or found.startswith(("UsdPrimvarReader", "ND_"))):
            yield _error("E_USDZ_SHADER", path, f"Quick Look knows no shader {found!r}", hint="Use UsdPreviewSurface and UsdUVTexture.")
    if path.IsPrimPath() and spec.HasInfo("clips"):
        yield _error("E_USDZ_REFERENCE", path, "value clips read other layers")


def _property(layer: Any, spec: Any, path: Any, files: set[str]) -> Iterator[Finding]:
    from pxr import Sdf

    if isinstance(spec, Sdf.AttributeSpec):
        if path.name.startswith("inputs:") and len(spec.connectionPathList.GetAddedOrExplicitItems()) > 1:
            yield _error("E_USDZ_SHADER", path, "a shader input has more than one connection")
        for asset in _asset_paths(layer, spec):
            if _outside(asset, files):
                yield _reference(str(path), asset, "a file", files)
    elif path.name == _BINDING or path.name.startswith(f"{_BINDING}:"):
        for target in spec.targetPathList.GetAddedOrExplicitItems():
            prim = layer.GetPrimAtPath(target)
            if len(spec.targetPathList.GetAddedOrExplicitItems()) == 1 and (prim is None or prim.typeName != "Material"):
                yield _error("E_USDZ_BINDING", path, f"the material {target} is not there")


def _asset_paths(layer: Any, spec: Any) -> list[str]:
    if spec.typeName.type.typeName not in ("SdfAssetPath", "VtArray<SdfAssetPath>"):
        return []
    values = [spec.default] + [layer.QueryTimeSample(spec.path, time) for time in layer.ListTimeSamplesForPath(spec.path)]
    flat: list[Any] = []
    for value in values:
        if value is not None:
            flat += [value] if hasattr(value, "path") else list(value)
    return [value.path for value in flat if value.path]


def _outside(asset: str, files: Iterable[str]) -> bool:
    return posixpath.normpath(asset) not in files


def _reference(where: str, asset: str, kind: str, files: set[str]) -> Finding:
    inside = not _outside(asset, files)
    what = "names another layer" if inside else f"names {kind} that is not in the package"
    return _error("E_USDZ_REFERENCE", where, f"{what}: {asset[:200]!r}", hint="Pack everything into one layer and its textures.")


def _error(code: str, where: Any, message: str, *, hint: str = "") -> Finding:
    return Finding(code=code, severity="error", where=str(where), message=message, hint=hint)
