"""Primitives: attribute formats, counts, alignment, indices, materials, variants, morph targets (glTF 2.0 section 3.7.2)."""

from __future__ import annotations

from functools import partial

from arviz.formats.gltf.rules import elements
from arviz.formats.gltf.rules.links import Format, Links, element_length, format_of
from arviz.formats.gltf.rules.structure import UNREAD, Json, pointer

_BYTE, _UBYTE, _SHORT, _USHORT, _UINT, _FLOAT = 5120, 5121, 5122, 5123, 5125, 5126
_INDEX_FORMATS = frozenset({("SCALAR", component, False) for component in (_UBYTE, _USHORT, _UINT)})


def _formats(kinds: tuple[str, ...], *, normalized: tuple[int, ...] = (), plain: tuple[int, ...] = (_FLOAT,)) -> frozenset[Format]:
    whole = {(kind, component, True) for kind in kinds for component in normalized}
    return frozenset(whole | {(kind, component, False) for kind in kinds for component in plain})


_UNSIGNED = (_UBYTE, _USHORT)
_SIGNED = (_BYTE, _SHORT)
_ALL = (*_SIGNED, *_UNSIGNED)
_ATTRIBUTES = {
    "POSITION": _formats(("VEC3",)),
    "NORMAL": _formats(("VEC3",)),
    "TANGENT": _formats(("VEC4",)),
    "TEXCOORD": _formats(("VEC2",), normalized=_UNSIGNED),
    "COLOR": _formats(("VEC3", "VEC4"), normalized=_UNSIGNED),
    "JOINTS": _formats(("VEC4",), plain=_UNSIGNED),
    "WEIGHTS": _formats(("VEC4",), normalized=_UNSIGNED),
}
_MORPHS = {
    "POSITION": _formats(("VEC3",)),
    "NORMAL": _formats(("VEC3",)),
    "TANGENT": _formats(("VEC3",)),
    "TEXCOORD": _formats(("VEC2",), normalized=_ALL),
    "COLOR": _formats(("VEC3", "VEC4"), normalized=_ALL),
}
_QUANTIZED = {
    "POSITION": _formats(("VEC3",), normalized=_ALL, plain=_ALL),
    "NORMAL": _formats(("VEC3",), normalized=_SIGNED, plain=()),
    "TANGENT": _formats(("VEC4",), normalized=_SIGNED, plain=()),
    "TEXCOORD": _formats(("VEC2",), normalized=_ALL, plain=_ALL),
}
"""What KHR_mesh_quantization allows besides (its table of attribute types)."""
_QUANTIZED_MORPHS = {
    "POSITION": _formats(("VEC3",), normalized=_SIGNED, plain=_SIGNED),
    "NORMAL": _formats(("VEC3",), normalized=_SIGNED, plain=()),
    "TANGENT": _formats(("VEC3",), normalized=_SIGNED, plain=()),
    "TEXCOORD": _formats(("VEC2",), plain=_SIGNED),
}


def link_meshes(links: Links) -> None:
    """Check every primitive of every mesh."""
    quantized = "KHR_mesh_quantization" in links.extensions
    shared: dict[int, set[int]] = {}
    for _, mesh, where in links.items("meshes"):
        for index, primitive in enumerate(mesh.get("primitives", ())):
            _Primitive(links, primitive, f"{where}/primitives/{index}", shared=shared, quantized=quantized).check()


class _Primitive:
    """One primitive being checked; `shared` says which accessors use each bufferView without a stride."""

    def __init__(self, links: Links, primitive: Json, where: str, *, shared: dict[int, set[int]], quantized: bool) -> None:
        self.links, self.primitive, self.where = links, primitive, where
        self.issues = links.issues
        self.shared, self.quantized = shared, quantized
        self.vertices = -1
        self.count = -1
        self.texcoords_unused = set(range(primitive["counts"]["TEXCOORD"]))

    def check(self) -> None:
        self._variants()
        for semantic, index in self.primitive.get("attributes", {}).items():
            self._attribute(semantic, index, pointer(f"{self.where}/attributes", semantic))
        self._indices()
        self._mode()
        self._material()
        for number, target in enumerate(self.primitive.get("targets", ())):
            for semantic, index in target.items():
                self._morph(semantic, index, pointer(f"{self.where}/targets/{number}", semantic))

    def _attribute(self, semantic: str, index: int, where: str) -> None:
        accessor = self._accessor(index, where)
        if accessor is None:
            return
        view = self.links.use_accessor(index, "VertexAttribute", "VertexBuffer", where)
        self._bounds(semantic, accessor, where)
        name, found = semantic.split("_")[0], format_of(accessor)
        allowed = self._allowed(name, _ATTRIBUTES, _QUANTIZED)
        if allowed is None:
            if accessor.get("componentType") == _UINT:
                self.issues.add("MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_UNSIGNED_INT", where)
        elif found not in allowed:
            self.issues.add("MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_INVALID_FORMAT", where, found)
        else:
            check = {"NORMAL": elements.unit_vectors, "TANGENT": elements.tangents}.get(semantic)
            if semantic == "COLOR_0" and found[1] == _FLOAT:
                check = elements.colours
            if check is not None:
                self.links.element_checks[index].append((where, check))
        self._aligned(accessor, view, where)
        count = accessor.get("count", -1)
        if self.vertices == -1:
            self.vertices = self.count = count
        elif self.vertices != count:
            self.issues.add("MESH_PRIMITIVE_UNEQUAL_ACCESSOR_COUNT", where, f"{count}, not {self.vertices}")
        self._alone(index, accessor, view, where)

    def _accessor(self, index: int, where: str) -> Json | None:
        if index == -1:
            return None
        accessor = self.links.item("accessors", index)
        if accessor is None:
            self.issues.add("UNRESOLVED_REFERENCE", where, index)
        return accessor

    def _allowed(self, name: str, core: dict[str, frozenset[Format]], more: dict[str, frozenset[Format]]) -> frozenset[Format] | None:
        allowed = core.get(name)
        return allowed | more.get(name, frozenset()) if allowed is not None and self.quantized else allowed

    def _bounds(self, semantic: str, accessor: Json, where: str) -> None:
        if semantic == "POSITION" and not ("min" in accessor and "max" in accessor):
            self.issues.add("MESH_PRIMITIVE_POSITION_ACCESSOR_WITHOUT_BOUNDS", where)

    def _aligned(self, accessor: Json, view: Json | None, where: str) -> None:
        offset = accessor.get("byteOffset", 0)
        packed = view is not None and view.get("byteStride", -1) == -1
        if (offset != -1 and offset % 4) or (packed and element_length(accessor) % 4):
            self.issues.add("MESH_PRIMITIVE_ACCESSOR_UNALIGNED", where)

    def _alone(self, index: int, accessor: Json, view: Json | None, where: str) -> None:
        if view is None or view.get("byteStride", -1) != -1:
            return
        accessors = self.shared.setdefault(accessor["bufferView"], set())
        if index not in accessors:
            accessors.add(index)
            if len(accessors) > 1:
                self.issues.add("MESH_PRIMITIVE_ACCESSOR_WITHOUT_BYTESTRIDE", where)

    def _indices(self) -> None:
        where = f"{self.where}/indices"
        index = self.primitive.get("indices", -1)
        accessor = self._accessor(index, where)
        if accessor is None:
            return
        self.count = accessor.get("count", -1)
        view = self.links.use_accessor(index, "PrimitiveIndices", "IndexBuffer", where)
        if view is not None and view.get("byteStride", -1) != -1:
            self.issues.add("MESH_PRIMITIVE_INDICES_ACCESSOR_WITH_BYTESTRIDE", where)
        if format_of(accessor) not in _INDEX_FORMATS:
            self.issues.add("MESH_PRIMITIVE_INDICES_ACCESSOR_INVALID_FORMAT", where, format_of(accessor))
            return
        triangles = self.primitive.get("mode", 4) in (4, -1)
        check = partial(elements.indices, last=self.vertices - 1 if self.vertices != -1 else -1, triangles=triangles)
        self.links.element_checks[index].append((where, check))

    def _mode(self) -> None:
        mode, count = self.primitive.get("mode", 4), self.count
        if count == -1:
            return
        step = {1: 2, 4: 3}.get(mode, 1)
        if count % step or count < {2: 2, 3: 2, 5: 3, 6: 3}.get(mode, 0):
            self.issues.add("MESH_PRIMITIVE_INCOMPATIBLE_MODE", self.where, f"{count} in mode {mode}")

    def _material(self) -> None:
        attributes = self.primitive.get("attributes", {})
        links, index = self.links, self.primitive.get("material", -1)
        where = f"{self.where}/material"
        material = links.follow(self.primitive, "material", "materials", self.where)
        needs_tangent = material is not None and index in links.needs_tangent
        if material is not None:
            if needs_tangent and not ("NORMAL" in attributes and "TANGENT" in attributes):
                can = "normalTexture" in material
                self.issues.add("MESH_PRIMITIVE_GENERATED_TANGENT_SPACE" if can else "MESH_PRIMITIVE_NO_TANGENT_SPACE", where)
            self._texcoords(index, where)
        if "TANGENT" in attributes and not needs_tangent:
            self.issues.add("UNUSED_MESH_TANGENT", f"{self.where}/attributes/TANGENT")
        for unused in sorted(self.texcoords_unused):
            self.issues.add("UNUSED_OBJECT", f"{self.where}/attributes/TEXCOORD_{unused}")

    def _texcoords(self, material: int, where: str) -> None:
        for place, texcoord in self.links.texcoords.get(material, ()):
            if texcoord + 1 > self.primitive["counts"]["TEXCOORD"]:
                self.issues.add("MESH_PRIMITIVE_TOO_FEW_TEXCOORDS", where, f"TEXCOORD_{texcoord} for {place}")
            else:
                self.texcoords_unused.discard(texcoord)

    def _variants(self) -> None:
        extension = self.primitive["extensions"].get("KHR_materials_variants")
        if extension is None or extension is UNREAD:
            return
        root = self.links.document["extensions"].get("KHR_materials_variants")
        count = len(root.get("variants", ())) if root is not None else 0
        seen: set[int] = set()
        for number, mapping in enumerate(extension.get("mappings", ())):
            where = f"{self.where}/extensions/KHR_materials_variants/mappings/{number}"
            if root is None or root is UNREAD:
                self.issues.add("UNSATISFIED_DEPENDENCY", where, "/extensions/KHR_materials_variants")
                continue
            for place, variant in enumerate(mapping.get("variants", ())):
                if variant == -1:
                    continue
                if variant in seen:
                    self.issues.add("KHR_MATERIALS_VARIANTS_NON_UNIQUE_VARIANT", f"{where}/variants/{place}", variant)
                seen.add(variant)
                if variant >= count:
                    self.issues.add("UNRESOLVED_REFERENCE", f"{where}/variants/{place}", variant)
                else:
                    self.links.used["/extensions/KHR_materials_variants/variants"].add(variant)
            if self.links.follow(mapping, "material", "materials", where) is not None:
                self._texcoords(mapping["material"], f"{where}/material")

    def _morph(self, semantic: str, index: int, where: str) -> None:
        accessor = self._accessor(index, where)
        if accessor is None:
            return
        view = self.links.use_accessor(index, "VertexAttribute", "VertexBuffer", where)
        base = self.links.item("accessors", self.primitive.get("attributes", {}).get(semantic, -1))
        if base is None:
            self.issues.add("MESH_PRIMITIVE_MORPH_TARGET_NO_BASE_ACCESSOR", where)
        elif base.get("count", -1) != accessor.get("count", -1):
            self.issues.add("MESH_PRIMITIVE_MORPH_TARGET_INVALID_ATTRIBUTE_COUNT", where)
        self._bounds(semantic, accessor, where)
        allowed = self._allowed(semantic.split("_")[0], _MORPHS, _QUANTIZED_MORPHS)
        if allowed is not None and format_of(accessor) not in allowed:
            self.issues.add("MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_INVALID_FORMAT", where, format_of(accessor))
        self._aligned(accessor, view, where)
        self._alone(index, accessor, view, where)
