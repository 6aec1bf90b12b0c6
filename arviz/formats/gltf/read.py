"""glTF 2.0 and GLB bytes to `Asset`, nothing lost: what we do not interpret travels as frozen JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from arviz.core.asset import (
    Animation,
    Asset,
    Mesh,
    Node,
    Primitive,
    SceneRoots,
    Skin,
    Source,
    Track,
    VariantMapping,
    stored_dtype,
)
from arviz.core.errors import FormatError, MeshError
from arviz.core.frozen import Array
from arviz.core.material import EncodedImage, Material, Sampler, Texture, texture_info
from arviz.core.parts import anchor_from_json, joint_from_json, slot_from_json
from arviz.core.report import Finding
from arviz.formats.files import Files
from arviz.formats.gltf.accessors import Accessors
from arviz.formats.gltf.container import resolve_uri, split
from arviz.formats.gltf.references import check_hierarchy, check_references

T = TypeVar("T")
DECODED = frozenset({"KHR_mesh_quantization"})
"""Extensions that reading dissolves: the Asset holds plain floats."""
_ARRAYS = (
    "accessors", "animations", "buffers", "bufferViews", "cameras", "images", "materials", "meshes", "nodes", "samplers", "scenes",
    "skins", "textures",
)  # fmt: skip
_COMPRESSED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression")


def read_gltf(data: bytes, files: Files) -> Asset:
    """Read GLB or glTF bytes.

    Raises
    ------
    FormatError
        Truncated, not JSON, inconsistent, a required buffer missing, geometry compression that is not read.
    MeshError
        Vertices that are not finite.
    LimitError
        Larger than the limits, or a URI that leads outside the input's folder.
    """
    document, binary = split(data, files)
    try:
        return _Reader(document, binary, files).asset()
    except _WRONG_TYPE as error:
        raise _invalid(files.name, f"{type(error).__name__}: {error}") from error


_WRONG_TYPE = (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError)
"""What taking JSON at its word raises where a value has another type than the specification says."""


def _invalid(where: str, found: str) -> FormatError:
    return FormatError(
        "E_GLTF_INVALID",
        "not valid glTF",
        where=where,
        found=found,
        hint="Export the file again; the Khronos glTF validator explains the fault.",
    )


class _Reader:
    """One document being read; `findings` collects what is missing but not fatal."""

    def __init__(self, document: dict[str, Any], binary: bytes | None, files: Files) -> None:
        self.document = document
        self.files = files
        self.findings: list[Finding] = []
        self._check_version()
        self._check_arrays()
        self._refuse_compressed()
        self.accessors = Accessors(document, self._buffers(binary), where=files.name, limits=files.limits)

    def asset(self) -> Asset:
        document = self.document
        check_hierarchy(document, self.files.name, self.files.limits)
        root_extensions = dict(document.get("extensions", {}))
        variants = root_extensions.pop("KHR_materials_variants", {}).get("variants", [])
        lights = root_extensions.pop("KHR_lights_punctual", {}).get("lights", [])
        own, extras = _own_extras(document)
        variant_rest = [{k: v for k, v in variant.items() if k != "name"} for variant in variants]
        asset = Asset(
            nodes=self._each("nodes", self._node),
            meshes=self._each("meshes", self._mesh),
            materials=self._each("materials", _material),
            textures=self._each("textures", _texture),
            images=self._each("images", self._image),
            samplers=self._each("samplers", _sampler),
            scenes=self._each("scenes", _scene),
            scene=document.get("scene"),
            variants=tuple(str(variant.get("name", "")) for variant in variants),
            variant_extras=tuple(variant_rest) if any(variant_rest) else (),
            lights=lights,
            cameras=document.get("cameras", ()),
            skins=self._each("skins", self._skin),
            animations=self._each("animations", self._animation),
            joints=self._own_list(own, "joints", joint_from_json),
            slots=self._own_list(own, "slots", slot_from_json),
            declared_size_m=own.get("size_m"),
            asset_info=document["asset"],
            extensions=root_extensions,
            extensions_required=tuple(e for e in document.get("extensionsRequired", ()) if e not in DECODED),
            extras=extras,
        )
        check_references(asset, self.files.name)
        source = Source(name=self.files.name, format="gltf", unit="m", unit_source="format", findings=tuple(self.findings))
        return replace(asset, source=source)

    def _check_version(self) -> None:
        info = self.document.get("asset")
        version = info.get("version") if isinstance(info, dict) else None
        if not str(version).startswith("2."):
            raise FormatError("E_GLTF_VERSION", "not a glTF 2.x document", where=self.files.name, expected="2.0", found=version)

    def _check_arrays(self) -> None:
        for key in _ARRAYS:
            items = self.document.get(key, [])
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise _invalid(f"{self.files.name}, {key}", "something other than a list of objects")
        for key in ("nodes", "materials", "images"):
            self.files.limits.check(key, len(self.document.get(key, ())), where=self.files.name)

    def _refuse_compressed(self) -> None:
        required = self.document.get("extensionsRequired", ())
        for name in _COMPRESSED:
            if name in required:
                raise FormatError(
                    "E_COMPRESSED_GEOMETRY",
                    f"geometry compressed with {name} is not read",
                    where=self.files.name,
                    expected="uncompressed geometry",
                    found=name,
                    hint="Export without geometry compression: the master file must be lossless.",
                )

    def _buffers(self, binary: bytes | None) -> list[bytes]:
        out = []
        for index, buffer in enumerate(self.document.get("buffers", [])):
            where = f"{self.files.name}, buffers[{index}]"
            uri = buffer.get("uri")
            content = resolve_uri(uri, self.files, where) if isinstance(uri, str) else binary if index == 0 else None
            if content is None:
                raise FormatError(
                    "E_BUFFER_MISSING",
                    "the geometry's binary file is missing",
                    where=where,
                    found=uri,
                    hint="Put the .bin file beside the .gltf, or export as GLB.",
                )
            length = buffer.get("byteLength", 0)
            if type(length) is not int or length < 0 or length > len(content):
                raise FormatError("E_TRUNCATED", "a buffer is shorter than it says", where=where, expected=length, found=len(content))
            out.append(content[:length])
        return out

    def _each(self, key: str, build: Callable[[Any], T]) -> tuple[T, ...]:
        out = []
        for index, item in enumerate(self.document.get(key, [])):
            try:
                out.append(build(item))
            except _WRONG_TYPE as error:
                raise _invalid(f"{self.files.name}, {key}[{index}]", f"{type(error).__name__}: {error}") from error
        return tuple(out)

    def _own_list(self, own: Mapping[str, Any], key: str, build: Callable[[Any], T]) -> tuple[T, ...]:
        try:
            return tuple(build(item) for item in own.get(key, ()))
        except (TypeError, ValueError, KeyError) as error:
            message = f"extras.arviz.{key} cannot be understood: {error}"
            self.findings.append(Finding(code="W_ARVIZ_EXTRAS", severity="warning", message=message, where="extras.arviz"))
            return ()

    def _node(self, value: dict[str, Any]) -> Node:
        own, extras = _own_extras(value)
        extensions = dict(value.get("extensions", {}))
        light = extensions.pop("KHR_lights_punctual", {}).get("light")
        matrix = np.array(value["matrix"], np.float64).reshape(4, 4).T if "matrix" in value else None
        anchors = self._own_list({"anchor": [own["anchor"]]} if "anchor" in own else {}, "anchor", anchor_from_json)
        return Node(
            matrix=matrix,
            light=light,
            part=str(own["part"]) if "part" in own else None,
            anchor=anchors[0] if anchors else None,
            extensions=extensions,
            extras=extras,
            **_plain(value, "name", "children", "translation", "rotation", "scale", "mesh", "skin", "camera", "weights"),
        )

    def _mesh(self, value: dict[str, Any]) -> Mesh:
        primitives = tuple(self._primitive(item) for item in value["primitives"])
        return Mesh(primitives=primitives, **_plain(value, "name", "weights", "extensions", "extras"))

    def _primitive(self, value: dict[str, Any]) -> Primitive:
        extensions = dict(value.get("extensions", {}))
        mappings = extensions.pop("KHR_materials_variants", {}).get("mappings", ())
        extensions.pop("KHR_draco_mesh_compression", None)  # optional here: the plain accessors hold the same geometry
        variants = tuple(VariantMapping(**_plain(m, "material", "variants", "name", "extensions", "extras")) for m in mappings)
        return Primitive(
            attributes={name: self._attribute(name, index) for name, index in value["attributes"].items()},
            indices=self._indices(value),
            targets=tuple({n: self._attribute(n, i) for n, i in target.items()} for target in value.get("targets", ())),
            variants=variants,
            extensions=extensions,
            **_plain(value, "mode", "material", "extras"),
        )

    def _indices(self, value: dict[str, Any]) -> Array | None:
        if "indices" not in value:
            return None
        indices = self.accessors.read(value["indices"])
        if indices.dtype.kind != "u" or indices.ndim != 1:
            raise TypeError(f"indices are unsigned whole numbers, found {indices.dtype} of shape {indices.shape}")
        self.files.limits.check("indices", indices.size, where=self.files.name)
        return indices

    def _attribute(self, semantic: str, index: int) -> Array:
        raw = self.accessors.read(index)
        self.files.limits.check("vertices", len(raw), where=self.files.name)
        as_float = stored_dtype(semantic, raw) == np.float32
        array = self.accessors.read(index, as_float=as_float)
        if semantic == "POSITION" and not np.isfinite(array).all():
            bad = np.flatnonzero(~np.isfinite(array).all(axis=1))
            raise MeshError(
                "E_NOT_FINITE",
                f"{len(bad):,} of {len(array):,} vertices are not finite numbers",
                where=f"{self.files.name}, accessors[{index}], vertex {bad[0]}",
                found=str(array[bad[0]]),
                hint="Repair the mesh in a 3D editor, or export it again.",
            )
        return array

    def _image(self, value: dict[str, Any]) -> EncodedImage:
        uri = value.get("uri", "")
        mime = value.get("mimeType", "")
        where = f"images {value.get('name') or uri[:80]!r}"
        data: bytes | None
        if "bufferView" in value:
            data = self.accessors.view_bytes(value["bufferView"])
        else:
            data = resolve_uri(uri, self.files, where) if uri else None
        if data is not None:
            self.files.limits.check("image_bytes", len(data), where=f"{self.files.name}, {where}")
            mime = mime or _sniff(data)
        else:
            hint = f"Put {uri} beside the model." if uri else "Export the model again."
            self.findings.append(
                Finding(code="W_TEXTURE_MISSING", severity="warning", message="a texture's picture is missing", where=where, hint=hint)
            )
        keep_uri = uri if data is None else ""
        return EncodedImage(data=data, mime_type=mime, uri=keep_uri, **_plain(value, "name", "extensions", "extras"))

    def _skin(self, value: dict[str, Any]) -> Skin:
        matrices = value.get("inverseBindMatrices")
        return Skin(
            inverse_bind_matrices=None if matrices is None else self.accessors.read(matrices, as_float=True),
            **_plain(value, "joints", "skeleton", "name", "extensions", "extras"),
        )

    def _animation(self, value: dict[str, Any]) -> Animation:
        tracks = []
        for channel in value["channels"]:
            sampler, target = value["samplers"][channel["sampler"]], channel["target"]
            tracks.append(
                Track(
                    node=target.get("node"),
                    path=target["path"],
                    times=self.accessors.read(sampler["input"], as_float=True),
                    values=self.accessors.read(sampler["output"], as_float=True),
                    extensions=target.get("extensions", {}),
                    **_plain(sampler, "interpolation"),
                )
            )
        return Animation(tracks=tuple(tracks), **_plain(value, "name", "extensions", "extras"))


def _plain(value: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Pick the keys that are called the same in glTF and in our types."""
    return {key: value[key] for key in keys if key in value}


def _own_extras(value: Mapping[str, Any]) -> tuple[Mapping[str, Any], Any]:
    """Split ``extras`` into what stands under our key and the rest (None if nothing is left)."""
    extras = value.get("extras")
    if not isinstance(extras, dict) or not isinstance(extras.get("arviz"), dict):
        return {}, extras
    return extras["arviz"], {k: v for k, v in extras.items() if k != "arviz"} or None


def _material(value: dict[str, Any]) -> Material:
    pbr = value.get("pbrMetallicRoughness", {})

    def info(place: Mapping[str, Any], key: str) -> Any:
        return texture_info(place[key]) if key in place else None

    optional = {
        "base_color_factor": pbr.get("baseColorFactor"),
        "metallic_factor": pbr.get("metallicFactor"),
        "roughness_factor": pbr.get("roughnessFactor"),
        "emissive_factor": value.get("emissiveFactor"),
        "alpha_mode": value.get("alphaMode"),
        "alpha_cutoff": value.get("alphaCutoff"),
        "double_sided": value.get("doubleSided"),
    }
    return Material(
        base_color_texture=info(pbr, "baseColorTexture"),
        metallic_roughness_texture=info(pbr, "metallicRoughnessTexture"),
        normal_texture=info(value, "normalTexture"),
        occlusion_texture=info(value, "occlusionTexture"),
        emissive_texture=info(value, "emissiveTexture"),
        pbr_extensions=pbr.get("extensions", {}),
        **{key: item for key, item in optional.items() if item is not None},
        **_plain(value, "name", "extensions", "extras"),
    )


def _texture(value: dict[str, Any]) -> Texture:
    return Texture(image=value.get("source"), **_plain(value, "sampler", "name", "extensions", "extras"))


def _sampler(value: dict[str, Any]) -> Sampler:
    names = {"magFilter": "mag_filter", "minFilter": "min_filter", "wrapS": "wrap_s", "wrapT": "wrap_t"}
    filters = {ours: value[theirs] for theirs, ours in names.items() if theirs in value}
    return Sampler(**filters, **_plain(value, "name", "extensions", "extras"))


def _scene(value: dict[str, Any]) -> SceneRoots:
    return SceneRoots(nodes=value.get("nodes", ()), **_plain(value, "name", "extensions", "extras"))


def _sniff(data: bytes) -> str:
    if data.startswith(b"\x89PNG"):
        return "image/png"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith(b"\xabKTX 20"):
        return "image/ktx2"
    return "image/jpeg"
