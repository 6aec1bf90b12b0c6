"""What points to what: the state that the link rules share, and the rules of buffers, images, textures, materials.

The order of the rules matters, as some look at what earlier ones noted (a bufferView's purpose, a node's parent).
Source: glTF 2.0 sections 3.6 to 3.9.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Any

from arviz.core.limits import Limits
from arviz.formats.gltf.rules.elements import Check
from arviz.formats.gltf.rules.issues import Issues
from arviz.formats.gltf.rules.semantics import COMPONENTS, LENGTHS
from arviz.formats.gltf.rules.structure import UNREAD, Json, pointer

Format = tuple[str | None, int, bool]
"""Type, component type, normalized."""


@dataclass
class Links:
    """A clean document, and what the link rules found out about it."""

    document: Json
    issues: Issues
    limits: Limits
    extensions: tuple[str, ...]
    used: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Collection -> indices that something points to."""
    view_purpose: dict[int, str] = field(default_factory=dict)
    accessor_purpose: dict[int, str] = field(default_factory=dict)
    texcoords: dict[int, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))
    """Material -> (pointer of the texture info, its set of texture coordinates)."""
    needs_tangent: set[int] = field(default_factory=set)
    parent: dict[int, int] = field(default_factory=dict)
    element_checks: dict[int, list[tuple[str, Check]]] = field(default_factory=lambda: defaultdict(list))
    """Accessor -> (pointer, check): looked at once the data is there."""

    def item(self, kind: str, index: int | None) -> Json | None:
        """Return an item of a root collection, None where there is no usable one."""
        items = self.document[kind]
        return items[index] if index is not None and 0 <= index < len(items) else None

    def items(self, kind: str) -> Iterator[tuple[int, Json, str]]:
        """Yield index, item and pointer of every usable item of a root collection."""
        for index, item in enumerate(self.document[kind]):
            if item is not None:
                yield index, item, f"/{kind}/{index}"

    def follow(self, owner: Json, key: str, kind: str, where: str) -> Json | None:
        """Return what the index under `key` points to; note a dead reference, or the use."""
        index = owner.get(key, -1)
        if index == -1:
            return None
        item = self.item(kind, index)
        if item is None:
            self.issues.add("UNRESOLVED_REFERENCE", f"{where}/{key}", index)
        else:
            self.used[kind].add(index)
        return item

    def use_view(self, index: int, purpose: str, where: str) -> None:
        """Note what a bufferView serves; it may serve one purpose only."""
        if self.item("bufferViews", index) is None:
            return
        self.used["bufferViews"].add(index)
        first = self.view_purpose.setdefault(index, purpose)
        if first != purpose:
            self.issues.add("BUFFER_VIEW_TARGET_OVERRIDE", where, f"{first}, {purpose}")

    def use_accessor(self, index: int, purpose: str, view_purpose: str, where: str) -> Json | None:
        """Note what an accessor and its bufferView serve; return the bufferView, if there is one."""
        self.used["accessors"].add(index)
        first = self.accessor_purpose.setdefault(index, purpose)
        if first != purpose:
            self.issues.add("ACCESSOR_USAGE_OVERRIDE", where, f"{first}, {purpose}")
        accessor = self.document["accessors"][index]
        view = accessor.get("bufferView", -1)
        self.use_view(view, view_purpose, where)
        return self.item("bufferViews", view)


def format_of(accessor: Json) -> Format:
    """Return what an accessor holds."""
    return (accessor.get("type"), accessor.get("componentType", -1), bool(accessor.get("normalized", False)))


def element_length(accessor: Json) -> int:
    """Return the bytes of one element; columns of small matrices start at multiples of four (3.6.2.4)."""
    component, kind = accessor.get("componentType", -1), accessor.get("type", "")
    size, count = LENGTHS.get(component, 4), COMPONENTS.get(kind, 0)
    if kind in ("MAT2", "MAT3"):
        rows = 2 if kind == "MAT2" else 3
        return -(-rows * size // 4) * 4 * (rows - 1) + rows * size
    return size * count


def element_stride(accessor: Json, view: Json | None) -> int:
    """Return the bytes from one element to the next."""
    stride: int = view.get("byteStride", -1) if view is not None else -1
    if stride > 0:
        return stride
    length, kind = element_length(accessor), accessor.get("type")
    return -(-length // 4) * 4 if kind in ("MAT2", "MAT3") else length


def link_buffer_views(links: Links) -> None:
    """Check that every bufferView lies inside its buffer."""
    for index, view, where in links.items("bufferViews"):
        purpose = {34962: "VertexBuffer", 34963: "IndexBuffer"}.get(view.get("target", -1))
        if purpose:
            links.view_purpose[index] = purpose
        buffer = links.follow(view, "buffer", "buffers", where)
        length = -1 if buffer is None else buffer.get("byteLength", -1)
        if length == -1:
            continue
        offset = view.get("byteOffset", 0)
        if offset >= length:
            links.issues.add("BUFFER_VIEW_TOO_LONG", f"{where}/byteOffset", f"{offset} of {length} bytes")
        elif offset + view.get("byteLength", -1) > length:
            links.issues.add("BUFFER_VIEW_TOO_LONG", f"{where}/byteLength", f"{offset + view['byteLength']} of {length} bytes")


def link_accessors(links: Links) -> None:
    """Check that every accessor, sparse parts too, is aligned and lies inside its bufferView."""
    for _, accessor, where in links.items("accessors"):
        if accessor.get("componentType", -1) == -1 or accessor.get("count", -1) == -1 or "type" not in accessor:
            continue
        size, count = LENGTHS[accessor["componentType"]], accessor["count"]
        view = links.follow(accessor, "bufferView", "bufferViews", where)
        if view is not None:
            length, stride = element_length(accessor), element_stride(accessor, view)
            if stride < length:
                links.issues.add("ACCESSOR_SMALL_BYTESTRIDE", where, f"{stride} < {length}")
            _check_place(links, accessor.get("byteOffset", 0), size, stride * (count - 1) + length, view, where)
        sparse = accessor.get("sparse")
        if sparse is None:
            continue
        if sparse["count"] > count:
            links.issues.add("ACCESSOR_SPARSE_COUNT_OUT_OF_RANGE", f"{where}/sparse/count", f"{sparse['count']} > {count}")
        index_size = LENGTHS.get(sparse["indices"].get("componentType", -1), 0)
        for key, unit, width in (("indices", index_size, index_size), ("values", size, size * COMPONENTS.get(accessor["type"], 0))):
            part, place = sparse[key], f"{where}/sparse/{key}"
            view = links.follow(part, "bufferView", "bufferViews", place)
            if view is None:
                continue
            links.use_view(part["bufferView"], "Other", f"{place}/bufferView")
            if view.get("byteStride", -1) != -1:
                links.issues.add("BUFFER_VIEW_INVALID_BYTE_STRIDE", f"{place}/bufferView")
            if unit:
                _check_place(links, part.get("byteOffset", 0), unit, width * sparse["count"], view, place)


def _check_place(links: Links, offset: int, unit: int, length: int, view: Json, where: str) -> None:
    if offset == -1:
        return
    if offset % unit:
        links.issues.add("ACCESSOR_OFFSET_ALIGNMENT", f"{where}/byteOffset", f"{offset} by {unit}")
    start = view.get("byteOffset", 0)
    if start == -1:
        return
    if (start + offset) % unit:
        links.issues.add("ACCESSOR_TOTAL_OFFSET_ALIGNMENT", where, f"{start + offset} by {unit}")
    room = view.get("byteLength", -1)
    if offset > room:
        links.issues.add("ACCESSOR_TOO_LONG", f"{where}/byteOffset", f"{offset} of {room} bytes")
    elif offset + length > room:
        links.issues.add("ACCESSOR_TOO_LONG", where, f"{offset + length} of {room} bytes")


def link_images(links: Links) -> None:
    """Check where pictures lie."""
    for _, image, where in links.items("images"):
        view = links.follow(image, "bufferView", "bufferViews", where)
        if view is not None:
            links.use_view(image["bufferView"], "Image", f"{where}/bufferView")
            if view.get("byteStride", -1) != -1:
                links.issues.add("IMAGE_BUFFER_VIEW_WITH_BYTESTRIDE", f"{where}/bufferView")


def link_textures(links: Links) -> None:
    """Follow textures to pictures and samplers."""
    for _, texture, where in links.items("textures"):
        links.follow(texture, "source", "images", where)
        links.follow(texture, "sampler", "samplers", where)
        for name, extension in texture["extensions"].items():
            if extension is not UNREAD:
                links.follow(extension, "source", "images", f"{where}/extensions/{name}")


def link_materials(links: Links, texture_infos: list[tuple[str, str, Json]]) -> None:
    """Follow texture infos, note which texture coordinates and tangents each material needs."""
    for where, kind, info in texture_infos:
        material = int(where.split("/")[2])
        links.follow(info, "index", "textures", where)
        links.texcoords[material].append((where, info.get("texCoord", 0)))
        transform = info["extensions"].get("KHR_texture_transform")
        if transform is not None and transform is not UNREAD:
            links.texcoords[material].append((f"{where}/extensions/KHR_texture_transform", transform.get("texCoord", -1)))
        if kind == "normalTextureInfo" or where.endswith("/KHR_materials_anisotropy/anisotropyTexture"):
            links.needs_tangent.add(material)
    for _, material_item, where in links.items("materials"):
        _link_extensions(links.issues, material_item, f"{where}/extensions")


_SHARED_TEXCOORD = {"KHR_materials_anisotropy": "anisotropyTexture", "KHR_materials_clearcoat": "clearcoatNormalTexture"}


def _link_extensions(issues: Issues, material: Json, where: str) -> None:
    extensions: dict[str, Any] = material["extensions"]
    for name, key in _SHARED_TEXCOORD.items():
        one, other = material.get("normalTexture"), extensions.get(name, {}).get(key)
        if one is not None and other is not None and one.get("texCoord", 0) != other.get("texCoord", 0):
            code = {
                "KHR_materials_anisotropy": "ANISOTROPY_ANISOTROPY_TEXTURE",
                "KHR_materials_clearcoat": "CLEARCOAT_CLEARCOAT_NORMAL_TEXTURE",
            }
            issues.add(f"KHR_MATERIALS_{code[name]}_TEXCOORD", pointer(f"{where}/{name}", key))
    if _is_read(extensions, "KHR_materials_dispersion") and "KHR_materials_volume" not in extensions:
        issues.add("KHR_MATERIALS_DISPERSION_NO_VOLUME", f"{where}/KHR_materials_dispersion")
    strength = extensions.get("KHR_materials_emissive_strength", {}).get("emissiveStrength", 1.0)
    if strength != 1 and not isnan(strength) and not any(material.get("emissiveFactor", [0])):
        issues.add("KHR_MATERIALS_EMISSIVE_STRENGTH_ZERO_FACTOR", f"{where}/KHR_materials_emissive_strength")
    if _is_read(extensions, "KHR_materials_volume"):
        if "KHR_materials_transmission" not in extensions and not any(e is UNREAD for e in extensions.values()):
            issues.add("KHR_MATERIALS_VOLUME_NO_TRANSMISSION", f"{where}/KHR_materials_volume")
        if material.get("doubleSided") and extensions["KHR_materials_volume"].get("thicknessFactor", nan) > 0:
            issues.add("KHR_MATERIALS_VOLUME_DOUBLE_SIDED", f"{where}/KHR_materials_volume")


def _is_read(extensions: dict[str, Any], name: str) -> bool:
    return name in extensions and extensions[name] is not UNREAD
