"""Triangles and what they wear, look by look, to glTF primitives with variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from arviz.core.asset import Primitive, VariantMapping
from arviz.core.frozen import Array
from arviz.core.material import Material
from arviz.core.report import Finding
from arviz.formats.flat import plain_material
from arviz.formats.usd_read.looks import Worn
from arviz.formats.usd_read.materials import Surfaces, colour_primvar, varnames
from arviz.formats.usd_read.meshes import Layer, Primvar, Shape, gathered, primvar_layer
from arviz.formats.usd_read.pictures import Pictures
from arviz.formats.usd_read.stage import Package
from arviz.formats.usd_read.values import at_rest, rows

_COLOUR = "displayColor"


@dataclass(slots=True, eq=False, kw_only=True)
class Dresser:
    """Make primitives and the materials that they need; `materials` and `findings` grow."""

    files: Package
    findings: list[Finding]
    materials: list[Material] = field(default_factory=list)
    surfaces: Surfaces = field(init=False)
    _material_at: dict[object, int] = field(default_factory=dict)
    _of_path: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.surfaces = Surfaces(pictures=Pictures(self.files, self.findings), findings=self.findings)

    def material_of_path(self, path: str) -> int | None:
        """Return the number of the first material made of a prim, None if nothing wears it."""
        return self._of_path.get(path)

    def dress(self, prim: Any, shape: Shape, worn: Sequence[Worn]) -> list[Primitive]:
        """Return one primitive per subset of a mesh; `worn` is its default look and one per variant."""
        faces = self._subsets(prim, shape)
        out = []
        for number, rows_of in enumerate(faces):
            if not rows_of.any():
                continue
            bound = [self._bound(look, number) for look in worn]
            out.append(self._primitive(shape, shape.corners[rows_of], worn, bound))
        return out

    def _bound(self, look: Worn, number: int) -> Any:
        """Return the material prim of a subset (0: what no subset holds); a subset without one wears the mesh's."""
        if number == 0 or number > len(look.subsets):
            return look.material
        return look.subsets[number - 1] or look.material

    def _subsets(self, prim: Any, shape: Shape) -> list[Array]:
        """Return (T,) masks: triangles of no subset first, then of each subset."""
        from pxr import UsdShade

        owner = np.zeros(len(shape.lengths), np.int64)
        subsets = UsdShade.MaterialBindingAPI(prim).GetMaterialBindSubsets()
        for number, subset in enumerate(subsets, start=1):
            faces = rows(at_rest(subset.GetIndicesAttr()), 1, np.int64).reshape(-1)
            owner[faces[(faces >= 0) & (faces < len(owner))]] = number
        return [owner[shape.polygon] == number for number in range(len(subsets) + 1)]

    def _primitive(self, shape: Shape, corners: Array, worn: Sequence[Worn], bound: Sequence[Any]) -> Primitive:
        layers: dict[str, Layer] = {"POSITION": shape.points}
        if shape.normals is not None:
            layers["NORMAL"] = shape.normals
        sets: dict[object, int] = {}
        materials = [self._material(shape, layers, sets, look, prim) for look, prim in zip(worn, bound, strict=True)]
        attributes, indices = gathered(layers, corners)
        mappings: dict[int, list[int]] = {}
        for variant, material in enumerate(materials[1:]):
            mappings.setdefault(material, []).append(variant)
        return Primitive(
            attributes=attributes,
            indices=indices,
            material=materials[0],
            variants=tuple(VariantMapping(material=material, variants=tuple(which)) for material, which in mappings.items()),
        )

    def _material(self, shape: Shape, layers: dict[str, Layer], sets: dict[object, int], look: Worn, prim: Any) -> int:
        """Return the number of the material of a look; coordinates and colours that it needs are added to `layers`."""
        inputs = None if prim is None else self.surfaces.inputs(prim)
        shown = colour_primvar(inputs) if inputs is not None else _COLOUR
        coloured = shown is not None and self._add_colours(shape, layers, look, shown)
        numbers: dict[str, int] = {}
        for name in [] if inputs is None else varnames(inputs):
            number = self._add_coordinates(shape, layers, sets, look, name)
            if number is not None:
                numbers[name] = number
        key = ("" if prim is None else str(prim.GetPath()), tuple(numbers.items()), coloured, look.double_sided)
        if key not in self._material_at:
            self.files.limits.check("materials", len(self.materials) + 1, where=self.files.name)
            self._material_at[key] = len(self.materials)
            self.materials.append(self._made(prim, look, coloured, numbers))
            self._of_path.setdefault(key[0], len(self.materials) - 1)
        return self._material_at[key]

    def _made(self, prim: Any, look: Worn, coloured: bool, numbers: dict[str, int]) -> Material:
        if prim is not None:
            return self.surfaces.material(prim, double_sided=look.double_sided, coloured=coloured, set_of=lambda name: numbers.get(name, 0))
        plain = plain_material(coloured=coloured)
        return Material(
            base_color_factor=plain.base_color_factor,
            metallic_factor=0,
            roughness_factor=plain.roughness_factor,
            double_sided=look.double_sided,
        )

    def _add_coordinates(self, shape: Shape, layers: dict[str, Layer], sets: dict[object, int], look: Worn, name: str) -> int | None:
        primvar = look.primvars.get(name)
        layer = None if primvar is None else _layer(shape, primvar, 2)
        if layer is None:
            self.findings.append(
                Finding(
                    code="W_USD_COORDINATES", severity="warning", message=f"a mesh lacks the texture coordinates {name!r} of its material"
                )
            )
            return None
        key = hash((layer.values.tobytes(), layer.places.tobytes()))
        if key not in sets:
            sets[key] = len(sets)
            uv = np.stack([layer.values[:, 0], 1 - layer.values[:, 1]], axis=1)
            layers[f"TEXCOORD_{sets[key]}"] = Layer(values=uv, places=layer.places)
        return sets[key]

    def _add_colours(self, shape: Shape, layers: dict[str, Layer], look: Worn, name: str) -> bool:
        primvar = look.primvars.get(name)
        colour = None if primvar is None else _layer(shape, primvar, 3)
        if colour is None:
            return False
        values = np.clip(colour.values, 0, 1)
        opacity = look.primvars.get("displayOpacity")
        alpha = None if opacity is None else _layer(shape, opacity, 1)
        if alpha is not None and np.array_equal(alpha.places, colour.places) and len(alpha.values) == len(values):
            values = np.concatenate([values, np.clip(alpha.values, 0, 1)], axis=1)
        layers.setdefault("COLOR_0", Layer(values=values, places=colour.places))
        return True


def _layer(shape: Shape, primvar: Primvar, width: int) -> Layer | None:
    return primvar_layer(primvar, width, shape.points.places, shape.lengths)
