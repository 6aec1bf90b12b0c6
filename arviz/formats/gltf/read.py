"""glTF 2.0 and GLB bytes to `Asset`, nothing lost: what we do not interpret travels as frozen JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from arviz.core.asset import (
    TRIANGLES,
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
from arviz.core.errors import FormatError, LimitError, MeshError
from arviz.core.frozen import Array
from arviz.core.material import EncodedImage
from arviz.core.parts import anchor_from_json, joint_from_json, named_anchor, slot_from_json
from arviz.core.report import Finding
from arviz.formats.files import Files
from arviz.formats.gltf.accessors import Accessors
from arviz.formats.gltf.codecs import draco, meshopt
from arviz.formats.gltf.container import resolve_uri, split
from arviz.formats.gltf.dropped import dropped
from arviz.formats.gltf.grid_nodes import placed, take_grid_nodes
from arviz.formats.gltf.grids import unit
from arviz.formats.gltf.materials import extensions as extensions_of
from arviz.formats.gltf.materials import material, own_extras, plain, sampler, texture
from arviz.formats.gltf.mend import mend
from arviz.formats.gltf.references import check_hierarchy, check_references
from arviz.formats.gltf.rules.pictures import mime_type

T = TypeVar("T")
DECODED = frozenset({"KHR_mesh_quantization", draco.NAME, *meshopt.NAMES})
"""Extensions that reading dissolves: the Asset holds plain arrays."""
_INSTANCING = "EXT_mesh_gpu_instancing"
_ARRAYS = (
    "accessors", "animations", "buffers", "bufferViews", "cameras", "images", "materials", "meshes", "nodes", "samplers", "scenes",
    "skins", "textures",
)  # fmt: skip


def read_gltf(data: bytes, files: Files) -> Asset:
    """Read GLB or glTF bytes.

    Raises
    ------
    FormatError
        Truncated, not JSON, inconsistent, a required buffer missing, compressed geometry that is broken.
    MeshError
        Vertices that are not finite.
    LimitError
        Larger than the limits, or a URI that leads outside the input's folder.
    """
    document, binary = split(data, files)
    try:
        return _Reader(document, binary, files, in_glb=data[:4] == b"glTF").asset()
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

    def __init__(self, document: dict[str, Any], binary: memoryview | None, files: Files, *, in_glb: bool) -> None:
        self.document = document
        self.files = files
        self.in_glb = in_glb
        self._check_version()
        self._check_arrays()
        self.findings: list[Finding] = mend(document)
        self._grids = take_grid_nodes(document)
        self._draco_meshes: dict[int, draco.DracoMesh] = {}
        self._pictures: dict[tuple[int | None, str], bytes | None] = {}
        self.accessors = Accessors(document, self._buffers(binary), where=files.name, limits=files.limits)

    def asset(self) -> Asset:
        document = self.document
        check_hierarchy(document, self.files.name, self.files.limits)
        root_extensions = extensions_of(document)
        variants = root_extensions.pop("KHR_materials_variants", {}).get("variants", [])
        lights = root_extensions.pop("KHR_lights_punctual", {}).get("lights", [])
        if not all(isinstance(light, dict) and isinstance(light.get("type", ""), str) for light in lights):
            raise TypeError("KHR_lights_punctual.lights is a list of lights")
        own, extras = own_extras(document)
        variant_rest = [{k: v for k, v in variant.items() if k != "name"} for variant in variants]
        asset = Asset(
            nodes=self._each("nodes", self._node),
            meshes=placed(self._each("meshes", self._mesh), self._grids),
            materials=self._each("materials", material),
            textures=self._each("textures", texture),
            images=self._each("images", self._image),
            samplers=self._each("samplers", sampler),
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
        self._check_drawn(asset)
        self.findings += dropped(document)
        source = Source(name=self.files.name, format="gltf", unit="m", unit_source="format", findings=tuple(self.findings))
        return replace(asset, source=source)

    def _check_drawn(self, asset: Asset) -> None:
        """Bound what drawing costs: a small file may draw a large mesh from very many nodes."""
        limits, name = self.files.limits, self.files.name
        drawn = [asset.meshes[node.mesh].primitives for node in asset.nodes if node.mesh is not None]
        limits.check("drawn_instances", sum(map(len, drawn)), where=name)
        limits.check("vertices", sum(len(primitive.positions) for primitives in drawn for primitive in primitives), where=name)

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

    def _buffers(self, binary: memoryview | None) -> list[memoryview]:
        out: list[memoryview] = []
        for index, buffer in enumerate(self.document.get("buffers", [])):
            where = f"{self.files.name}, buffers[{index}]"
            uri = buffer.get("uri")
            content = resolve_uri(uri, self.files, where) if isinstance(uri, str) else binary if index == 0 else None
            if content is None and meshopt.extension_of(buffer) is not None:
                out.append(memoryview(b""))  # a place holder: every view of it is compressed and lies in another buffer
                continue
            if content is None and "uri" not in buffer and not (self.in_glb and index == 0):
                out.append(memoryview(self._place_holder(buffer.get("byteLength"), f"/buffers/{index}")))
                continue
            if content is None:
                raise FormatError(
                    "E_BUFFER_MISSING",
                    "the geometry's binary file is missing",
                    where=where,
                    expected=uri,
                    hint="Put it beside the .gltf, or export as GLB: that is one file.",
                )
            length = buffer.get("byteLength", 0)
            if type(length) is not int or length < 0 or length > len(content):
                raise FormatError("E_TRUNCATED", "a buffer is shorter than it says", where=where, expected=length, found=len(content))
            out.append(memoryview(content)[:length])
        return out

    def _place_holder(self, length: Any, where: str) -> bytes:
        """Return zeros for a buffer that names no file: legal, somebody else was to supply it (glTF 2.0 section 5.10.1)."""
        if type(length) is not int or length < 0:
            raise TypeError(f"{where}/byteLength is a whole number")
        self.files.limits.check("file_bytes", length, where=f"{self.files.name}, {where}")
        message = "a buffer names no file: its data is read as zeros"
        self.findings.append(Finding(code="W_BUFFER_ABSENT", severity="warning", message=message, where=where))
        return bytes(length)

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
        own, extras = own_extras(value)
        extensions = self._without_instances(extensions_of(value))
        light = extensions.pop("KHR_lights_punctual", {}).get("light")
        matrix = np.array([*map(float, value["matrix"])]).reshape(4, 4).T if "matrix" in value else None  # float refuses null
        anchors = self._own_list({"anchor": [own["anchor"]]} if "anchor" in own else {}, "anchor", anchor_from_json)
        return Node(
            matrix=matrix,
            light=light,
            part=str(own["part"]) if "part" in own else None,
            anchor=anchors[0] if anchors else None if "mesh" in value else named_anchor(str(value.get("name", ""))),
            extensions=extensions,
            extras=extras,
            **plain(value, "name", "children", "translation", "rotation", "scale", "mesh", "skin", "camera", "weights"),
        )

    def _without_instances(self, extensions: dict[str, Any]) -> dict[str, Any]:
        """Drop EXT_mesh_gpu_instancing, which names accessors that an Asset does not number, and say so."""
        if extensions.pop(_INSTANCING, None) is not None:
            if _INSTANCING in self.document.get("extensionsRequired", ()):
                raise FormatError(
                    "E_INSTANCES",
                    "instances on the GPU are not read",
                    where=self.files.name,
                    found=_INSTANCING,
                    hint="Export them as nodes.",
                )
            message = f"copies of a node made by {_INSTANCING} were left out"
            self.findings.append(Finding(code="W_INSTANCES", severity="warning", message=message, hint="Export them as nodes."))
        return extensions

    def _mesh(self, value: dict[str, Any]) -> Mesh:
        if not isinstance(value["primitives"], list):
            raise TypeError("primitives are a list")
        primitives = tuple(self._primitive(item) for item in value["primitives"])
        return Mesh(primitives=primitives, **plain(value, "name", "weights", "extensions", "extras"))

    def _primitive(self, value: dict[str, Any]) -> Primitive:
        extensions = extensions_of(value)
        mappings = extensions.pop("KHR_materials_variants", {}).get("mappings", ())
        record = extensions.pop(draco.NAME, None)
        if record is None or self._has_plain_geometry(value):
            indices, mode = self._indices(value), value.get("mode", TRIANGLES)
        else:
            indices, mode = self._supply_draco(value, record), TRIANGLES
        variants = tuple(VariantMapping(**plain(m, "material", "variants", "name", "extensions", "extras")) for m in mappings)
        return Primitive(
            attributes=self._finite({name: self._direction(name, index) for name, index in value["attributes"].items()}),
            indices=indices,
            mode=mode,
            targets=tuple({n: self._attribute(n, i) for n, i in target.items()} for target in value.get("targets", ())),
            variants=variants,
            extensions=extensions,
            **plain(value, "material", "extras"),
        )

    def _has_plain_geometry(self, value: dict[str, Any]) -> bool:
        """Return whether the uncompressed geometry came along, which spares the decoder."""
        return all(self.accessors.has_data(index) for index in value["attributes"].values())

    def _supply_draco(self, value: dict[str, Any], record: dict[str, Any]) -> Array:
        """Decode a primitive's Draco mesh into the accessors of its attributes; return the corners of its triangles."""
        view = record["bufferView"]
        where = f"{self.files.name}, bufferViews[{view}]"
        if view not in self._draco_meshes:
            mesh = draco.decode(self.accessors.view_bytes(view), where=where, limits=self.files.limits)
            self.accessors.account(mesh.indices.nbytes + sum(a.nbytes for a in mesh.attributes.values()), where=where)
            self._draco_meshes[view] = mesh
        mesh = self._draco_meshes[view]
        for name, unique_id in record["attributes"].items():
            if unique_id not in mesh.attributes:
                found = f"ids {sorted(mesh.attributes)}"
                raise FormatError("E_DRACO", f"the compressed mesh has no {name}", where=where, expected=f"id {unique_id}", found=found)
            if name in value["attributes"]:
                self.accessors.supply(value["attributes"][name], mesh.attributes[unique_id])
        return mesh.indices

    def _indices(self, value: dict[str, Any]) -> Array | None:
        if "indices" not in value:
            return None
        indices = self.accessors.read(value["indices"])
        if indices.dtype.kind != "u" or indices.ndim != 1:
            raise TypeError(f"indices are unsigned whole numbers, found {indices.dtype} of shape {indices.shape}")
        self.files.limits.check("indices", indices.size, where=self.files.name)
        return indices

    def _direction(self, semantic: str, index: int) -> Array:
        """Return an attribute; normals and tangents that were integers get the length of one that rounding took from them."""
        array = self._attribute(semantic, index)
        if semantic not in ("NORMAL", "TANGENT") or self.accessors.read(index).dtype.kind == "f" or not len(array):
            return array
        return np.concatenate([unit(array[:, :3]), array[:, 3:]], axis=1)

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

    def _finite(self, attributes: dict[str, Array]) -> dict[str, Array]:
        """Mend what is no number: normals and tangents are left out and made anew, texture coordinates become 0."""
        out = {}
        for name, array in attributes.items():
            if array.dtype == np.float32 and not np.isfinite(array).all():
                message = f"{name} holds values that are no numbers"
                self.findings.append(Finding(code="ACCESSOR_INVALID_FLOAT", severity="warning", message=message, where=self.files.name))
                if name in ("NORMAL", "TANGENT"):
                    continue
                array = np.nan_to_num(array, nan=0, posinf=0, neginf=0)
            out[name] = array
        return out

    def _image(self, value: dict[str, Any]) -> EncodedImage:
        uri = value.get("uri", "")
        mime = value.get("mimeType", "")
        where = f"images {value.get('name') or uri[:80]!r}"
        data = self._picture(value.get("bufferView"), uri, where) or None  # one without bytes is missing too
        if data is not None:
            self.files.limits.check("image_bytes", len(data), where=f"{self.files.name}, {where}")
            mime = mime_type(data) or mime
        else:
            hint = f"Put {uri} beside the model." if uri else "Export the model again."
            self.findings.append(
                Finding(code="W_TEXTURE_MISSING", severity="warning", message="a texture's picture is missing", where=where, hint=hint)
            )
        keep_uri = uri if data is None else ""
        return EncodedImage(data=data, mime_type=mime, uri=keep_uri, **plain(value, "name", "extensions", "extras"))

    def _picture(self, view: int | None, uri: str, where: str) -> bytes | None:
        """Return the encoded bytes, each view and file once however many images name it."""
        key = (view, uri)
        if key not in self._pictures:
            if view is not None:
                self._pictures[key] = self.accessors.view_bytes(view)
            else:
                self._pictures[key] = self._beside(uri, where) if uri else None
        return self._pictures[key]

    def _beside(self, uri: str, where: str) -> bytes | None:
        """Return a picture beside the model or in a data URI; what leads outside or is broken is left out and noted."""
        try:
            return resolve_uri(uri, self.files, where)
        except (FormatError, LimitError) as error:
            if error.code not in ("E_EXTERNAL_URI", "E_DATA_URI"):
                raise
            message = f"{error.what}: {error.found}"
            self.findings.append(Finding(code=error.code, severity="error", message=message, where=where, hint=error.hint or ""))
            return None

    def _skin(self, value: dict[str, Any]) -> Skin:
        index = value.get("inverseBindMatrices")
        matrices = None if index is None else self.accessors.read(index, as_float=True)
        if matrices is not None and (matrices.shape[1:] != (4, 4) or len(matrices) < len(value["joints"])):
            raise ValueError(f"{len(value['joints'])} joints need as many 4 x 4 matrices, found {matrices.shape}")
        return Skin(
            inverse_bind_matrices=matrices,
            **plain(value, "joints", "skeleton", "name", "extensions", "extras"),
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
                    **plain(sampler, "interpolation"),
                )
            )
        return Animation(tracks=tuple(tracks), **plain(value, "name", "extensions", "extras"))


def _scene(value: dict[str, Any]) -> SceneRoots:
    return SceneRoots(nodes=value.get("nodes", ()), **plain(value, "name", "extensions", "extras"))
