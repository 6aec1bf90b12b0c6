"""Materials and the USD variant set ``material``: one variant per KHR_materials_variants look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from arviz.core.asset import Asset
from arviz.core.material import Material
from arviz.core.report import Finding
from arviz.formats.usdz.hierarchy import Drawn
from arviz.formats.usdz.names import identifiers, words
from arviz.formats.usdz.pictures import Pictures
from arviz.formats.usdz.shaders import author_material, st_name
from arviz.formats.usdz.surface import Preview, VertexColour, preview
from arviz.formats.usdz.uv import st_from_uv

VARIANT_SET = "material"
_PLAIN = Material(name="Plain")
"""glTF's default material: white, and metal (glTF 2.0, 3.9.6)."""

Key = tuple[int | None, bool]
"""A glTF material, and whether its mesh has vertex colours."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Looks:
    """What was written: material prims by key, variants (identifier, original name), the one that is selected."""

    paths: Mapping[Key, str]
    variants: tuple[tuple[str, str], ...]
    selected: str
    findings: tuple[Finding, ...]


def author_looks(stage: Any, root: Any, asset: Asset, drawn: Sequence[Drawn], *, pictures: Pictures, scope: str) -> Looks:
    """Write every material that some look needs below `scope`, and bind them, look by look."""
    variants, choices, selected, findings = _variants(asset, drawn)
    rows = [[_key(piece, choice) for piece in drawn] for choice in choices]
    keys = list(dict.fromkeys(key for row in rows for key in row))
    surfaces = _surfaces(asset, keys, pictures)
    paths = _author(stage, scope, surfaces)
    same = [all(row[i] == rows[0][i] for row in rows) for i in range(len(drawn))]
    binder = _Binder(stage=stage, paths=paths, surfaces=surfaces)
    for i, piece in enumerate(drawn):
        if same[i]:
            binder.dress(piece, rows[0][i])
        binder.prepare(piece)
        if not variants:
            binder.bind(piece, rows[0][i])
    if variants:
        variant_set = root.GetVariantSets().AddVariantSet(VARIANT_SET)
        for (identifier, _), row in zip(variants, rows, strict=True):
            variant_set.AddVariant(identifier)
            variant_set.SetVariantSelection(identifier)
            with variant_set.GetVariantEditContext():
                for i, piece in enumerate(drawn):
                    binder.bind(piece, row[i])
                    if not same[i]:
                        binder.dress(piece, row[i])
        variant_set.SetVariantSelection(selected)
    findings += [finding for surface in surfaces.values() for finding in surface.preview.findings]
    findings += binder.findings
    return Looks(paths=paths, variants=variants, selected=selected, findings=tuple(dict.fromkeys(findings)))


def _key(piece: Drawn, choice: int | None) -> Key:
    return piece.primitive.material_for(choice), piece.shape.colours is not None


def _variants(asset: Asset, drawn: Sequence[Drawn]) -> tuple[tuple[tuple[str, str], ...], list[int | None], str, list[Finding]]:
    """Return (identifier, name) of each variant, the glTF variant it shows (None: the default look), and the selected one."""
    if not asset.variants:
        return (), [None], "", []
    names = [words(name) for name in asset.variants]
    taken = identifiers(names, default="variant")
    default = [piece.primitive.material_for(None) for piece in drawn]
    for index, identifier in enumerate(taken):
        if [piece.primitive.material_for(index) for piece in drawn] == default:
            return tuple(zip(taken, names, strict=True)), list(range(len(names))), identifier, []
    # Without a variant selected nothing would be bound, so the default look needs a variant of its own.
    (extra,) = identifiers(["Default"], default="variant", taken=taken)
    finding = Finding(
        code="I_USD_DEFAULT_LOOK",
        severity="info",
        message=f"the default look equals none of the variants, so the USDZ has one more: {extra}",
    )
    return ((extra, "Default"), *zip(taken, names, strict=True)), [None, *range(len(names))], extra, [finding]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Surface:
    name: str
    preview: Preview
    double_sided: bool


def _surfaces(asset: Asset, keys: Sequence[Key], pictures: Pictures) -> dict[Key, _Surface]:
    out = {}
    for index, coloured in keys:
        material = _PLAIN if index is None else asset.materials[index]
        where = material.name or ("default material" if index is None else f"materials[{index}]")
        made = preview(material, where=where, pictures=pictures, vertex_colour=coloured)
        out[index, coloured] = _Surface(name=material.name, preview=made, double_sided=material.double_sided)
    return out


def _author(stage: Any, scope: str, surfaces: Mapping[Key, _Surface]) -> dict[Key, str]:
    from pxr import UsdGeom

    if not surfaces:
        return {}
    UsdGeom.Scope.Define(stage, scope)
    names = identifiers((surface.name for surface in surfaces.values()), default="Material")
    paths = {}
    for (key, surface), name in zip(surfaces.items(), names, strict=True):
        paths[key] = f"{scope}/{name}"
        prim = author_material(stage, paths[key], surface.preview).GetPrim()
        if surface.name:
            prim.SetDisplayName(words(surface.name))
    return paths


@dataclass(slots=True, eq=False, kw_only=True)
class _Binder:
    stage: Any
    paths: Mapping[Key, str]
    surfaces: Mapping[Key, _Surface]
    findings: list[Finding] = field(default_factory=list)

    def prepare(self, piece: Drawn) -> None:
        """Apply the schema to which a binding belongs, outside of all variants."""
        from pxr import UsdShade

        UsdShade.MaterialBindingAPI.Apply(self.stage.GetPrimAtPath(piece.path))

    def bind(self, piece: Drawn, key: Key) -> None:
        """Bind a material, in the current edit target."""
        from pxr import UsdShade

        material = UsdShade.Material(self.stage.GetPrimAtPath(self.paths[key]))
        UsdShade.MaterialBindingAPI(self.stage.GetPrimAtPath(piece.path)).Bind(material)

    def dress(self, piece: Drawn, key: Key) -> None:
        """Write what the mesh must know of its material, in the current edit target: coordinates, colours, sides."""
        from pxr import Sdf, UsdGeom, Vt

        surface = self.surfaces[key]
        mesh = UsdGeom.Mesh(self.stage.GetPrimAtPath(piece.path))
        mesh.CreateDoubleSidedAttr(surface.double_sided)
        colours, base = piece.shape.colours, surface.preview.inputs["diffuseColor"]
        if colours is not None:
            # glTF multiplies COLOR_0 and the base colour; without a texture that can be done here.
            factor = base.fallback if isinstance(base, VertexColour) else (1.0, 1.0, 1.0)
            shown = np.ascontiguousarray(colours[:, :3] * np.array(factor, np.float32))
            mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex).Set(Vt.Vec3fArray.FromNumpy(shown))
            if colours.shape[1] == 4:
                opacity = Vt.FloatArray.FromNumpy(np.ascontiguousarray(colours[:, 3]))
                mesh.CreateDisplayOpacityPrimvar(UsdGeom.Tokens.vertex).Set(opacity)
        primvars = UsdGeom.PrimvarsAPI(mesh)
        for number, channel in enumerate(surface.preview.channels):
            uv = piece.shape.uv.get(channel.texcoord)
            if uv is not None:
                kind = Sdf.ValueTypeNames.TexCoord2fArray
                primvar = primvars.CreatePrimvar(st_name(number), kind, UsdGeom.Tokens.vertex)
                primvar.Set(Vt.Vec2fArray.FromNumpy(st_from_uv(channel, uv)))
            elif surface.preview.samples:
                message = f"not shown in USDZ: textures on TEXCOORD_{channel.texcoord}, which {piece.path} has not"
                self.findings.append(Finding(code="W_USD_LOST", severity="warning", where=surface.name, message=message))
