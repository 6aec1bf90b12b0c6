"""Rules inside one object, beyond what a table can say: one short function per object type.

Each takes the walk, the raw object, its clean copy (which it may complete) and its pointer.
Source: glTF 2.0 sections 3.6 to 3.10 and 5; the extensions' own specifications.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isnan, nan, pi
from typing import Any

import numpy as np

from arviz.core.transforms import matrix_quaternion, quaternion_matrix
from arviz.formats.gltf.rules.schema import numbers
from arviz.formats.gltf.rules.structure import Json, Structure, is_whole, pointer
from arviz.formats.gltf.rules.uris import check_data_uri, check_relative

COMPONENTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
LENGTHS = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
_RANGES = {5120: (-128, 127), 5121: (0, 255), 5122: (-32768, 32767), 5123: (0, 65535), 5125: (0, 2**32 - 1)}
UNIT_VECTOR4 = 0.00769
"""How far a unit quaternion may be off: a little more than signed 8-bit quantisation costs (the validator's threshold)."""
_SHEAR = 1e-4
"""Cosine between two axes that no rounding of exporters reaches (six digits give 1e-6)."""
_NUMBERED = ("COLOR", "JOINTS", "TEXCOORD", "WEIGHTS")


def _asset(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    if "version" in clean and "minVersion" in clean:
        version, least = ([int(part[:9]) for part in clean[key].split(".")] for key in ("version", "minVersion"))
        if least > version:
            walk.issues.add("ASSET_MIN_VERSION_GREATER_THAN_VERSION", f"{where}/minVersion", clean["minVersion"])


def _accessor(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    component, shape = clean.get("componentType", -1), clean.get("type")
    if "bufferView" not in clean and "byteOffset" in raw:
        walk.issues.add("UNSATISFIED_DEPENDENCY", f"{where}/byteOffset", "bufferView")
        clean.pop("byteOffset", None)
    if clean.get("normalized") and component in (5125, 5126):
        walk.issues.add("ACCESSOR_NORMALIZED_INVALID", f"{where}/normalized")
    if shape in ("MAT2", "MAT3", "MAT4") and clean.get("byteOffset", 0) > 0 and clean["byteOffset"] % 4:
        walk.issues.add("ACCESSOR_MATRIX_ALIGNMENT", f"{where}/byteOffset", clean["byteOffset"])
    if shape in COMPONENTS and component != -1:
        for key in ("min", "max"):
            bounds = _bounds(walk, raw, key, where, component, COMPONENTS[shape])
            if bounds is not None:
                clean[key] = bounds
    sparse = clean.get("sparse")
    if sparse is not None and (sparse.get("count", -1) == -1 or "indices" not in sparse or "values" not in sparse):
        del clean["sparse"]


def _bounds(walk: Structure, raw: Mapping[str, Any], key: str, where: str, component: int, length: int) -> list[float] | None:
    if key not in raw:
        return None
    if component == 5126:
        value = walk.value(raw, key, where, numbers(length))
        return value if isinstance(value, list) else None
    value, where = raw[key], f"{where}/{key}"
    if not isinstance(value, list):
        walk.issues.add("TYPE_MISMATCH", where)
        return None
    if len(value) != length:
        walk.issues.add("ARRAY_LENGTH_NOT_IN_LIST", where, f"{len(value)} instead of {length}")
        return None
    low, high = _RANGES[component]
    right = True
    for item in value:
        if not is_whole(item):
            walk.issues.add("ARRAY_TYPE_MISMATCH", where, repr(item)[:60])
        elif not low <= item <= high:
            walk.issues.add("INVALID_GL_VALUE", where, item)
        else:
            continue
        right = False
    return [int(item) for item in value] if right else None


def _embedded(walk: Structure, clean: Json, where: str) -> tuple[str, bytes] | None:
    """Return the media type and content that stand in a ``uri`` itself, None where there are none; a file's name is kept as ``file``."""
    uri = clean.get("uri")
    if uri is None:
        return None
    if walk.in_glb:
        walk.issues.add("URI_GLB", f"{where}/uri")
    data = check_data_uri(uri)
    if data is None:
        clean["file"] = check_relative(walk.issues, uri, f"{where}/uri")
    elif walk.in_glb:
        walk.issues.add("DATA_URI_GLB", f"{where}/uri")
    return data


def _buffer(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    clean["hasUri"] = "uri" in raw
    data = _embedded(walk, clean, where)
    if data is None:
        return
    if data[0] in ("application/octet-stream", "application/gltf-buffer"):
        clean["data"] = data[1]
    else:
        walk.issues.add("BUFFER_DATA_URI_MIME_TYPE_INVALID", f"{where}/uri", data[0])


def _image(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    from arviz.formats.gltf.rules.pictures import mime_type

    if "bufferView" in clean and "mimeType" not in clean:
        walk.issues.add("UNSATISFIED_DEPENDENCY", f"{where}/bufferView", "mimeType")
    if ("bufferView" in clean) == (clean.get("uri") is not None):
        walk.issues.add("ONE_OF_MISMATCH", where, "bufferView, uri")
    data = _embedded(walk, clean, where)
    if data is None:
        return
    if mime_type(data[1]) == data[0]:
        clean["data"] = data[1]
    else:
        walk.issues.add("INVALID_URI", f"{where}/uri", f"the content is not {data[0]}")


def _buffer_view(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    stride, length = clean.get("byteStride", -1), clean.get("byteLength", -1)
    if stride == -1:
        return
    if length != -1 and stride > length:
        walk.issues.add("BUFFER_VIEW_TOO_BIG_BYTE_STRIDE", f"{where}/byteStride", f"{stride} > {length}")
    if stride % 4:
        walk.issues.add("VALUE_MULTIPLE_OF", f"{where}/byteStride", stride)
    if clean.get("target") == 34963:
        walk.issues.add("BUFFER_VIEW_INVALID_BYTE_STRIDE", f"{where}/byteStride")


def _camera(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    if "orthographic" in raw and "perspective" in raw:
        walk.issues.add("ONE_OF_MISMATCH", where, "orthographic, perspective")
    kind = clean.get("type")
    if kind in ("orthographic", "perspective"):
        walk.child(raw, kind, where, of=kind, required=True)


def _orthographic(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    _clipping(walk, clean, where)
    for key in ("xmag", "ymag"):
        value = clean.get(key, nan)
        if value == 0:
            walk.issues.add("CAMERA_XMAG_YMAG_ZERO", f"{where}/{key}")
        elif value < 0:
            walk.issues.add("CAMERA_XMAG_YMAG_NEGATIVE", f"{where}/{key}", value)


def _perspective(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    _clipping(walk, clean, where)
    if clean.get("yfov", nan) >= pi:
        walk.issues.add("CAMERA_YFOV_GEQUAL_PI", where, clean["yfov"])


def _clipping(walk: Structure, clean: Json, where: str) -> None:
    if clean.get("zfar", nan) <= clean.get("znear", nan):
        walk.issues.add("CAMERA_ZFAR_LEQUAL_ZNEAR", where, f"{clean['zfar']} <= {clean['znear']}")


def _material(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    if "alphaCutoff" in raw and clean.get("alphaMode") != "MASK":
        walk.issues.add("MATERIAL_ALPHA_CUTOFF_INVALID_MODE", f"{where}/alphaCutoff")


def _mesh(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    counts = [len(primitive.get("targets", ())) for primitive in clean.get("primitives", ())]
    for index, count in enumerate(counts):
        if count != counts[0]:
            place = f"{where}/primitives/{index}"
            walk.issues.add("MESH_PRIMITIVES_UNEQUAL_TARGETS_COUNT", f"{place}/targets" if count else place, f"{count}, not {counts[0]}")
    if counts and "weights" in clean and len(clean["weights"]) != counts[0]:
        walk.issues.add("MESH_INVALID_WEIGHTS_COUNT", f"{where}/weights", f"{len(clean['weights'])} for {counts[0]} targets")


def _primitive(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    numbered: dict[str, list[int]] = {name: [] for name in _NUMBERED}
    attributes = clean.get("attributes", {})
    for semantic in attributes:
        name, _, digits = semantic.partition("_")
        if semantic.startswith("_") or semantic in ("POSITION", "NORMAL", "TANGENT"):
            continue
        if name in numbered and _is_counter(digits):
            numbered[name].append(int(digits))
        else:
            walk.issues.add("MESH_PRIMITIVE_INVALID_ATTRIBUTE", pointer(f"{where}/attributes", semantic))
    counts = {name: len(found) if max(found, default=-1) + 1 == len(found) else 0 for name, found in numbered.items()}
    if attributes:
        _attribute_sets(walk, attributes, numbered, counts, f"{where}/attributes")
    if counts["JOINTS"] != counts["WEIGHTS"]:
        counts["JOINTS"] = counts["WEIGHTS"] = 0
    clean["counts"] = counts
    for index, target in enumerate(clean.get("targets", ())):
        for semantic in target:
            name, _, digits = semantic.partition("_")
            if semantic.startswith("_") or semantic in ("POSITION", "NORMAL", "TANGENT"):
                continue
            if name not in ("COLOR", "TEXCOORD") or not _is_counter(digits):
                walk.issues.add("MESH_PRIMITIVE_INVALID_ATTRIBUTE", pointer(f"{where}/targets/{index}", semantic))


def _attribute_sets(walk: Structure, attributes: Json, numbered: dict[str, list[int]], counts: dict[str, int], where: str) -> None:
    if "POSITION" not in attributes:
        walk.issues.add("MESH_PRIMITIVE_NO_POSITION", where)
    if "TANGENT" in attributes and "NORMAL" not in attributes:
        walk.issues.add("MESH_PRIMITIVE_TANGENT_WITHOUT_NORMAL", f"{where}/TANGENT")
    for name, found in numbered.items():
        if len(found) != counts[name]:
            walk.issues.add("MESH_PRIMITIVE_INDEXED_SEMANTIC_CONTINUITY", where, name)
    if counts["JOINTS"] != counts["WEIGHTS"]:
        walk.issues.add("MESH_PRIMITIVE_JOINTS_WEIGHTS_MISMATCH", where, f"{counts['JOINTS']} and {counts['WEIGHTS']}")


def _is_counter(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) < 9 and (digits == "0" or digits[0] != "0")


def _node(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    rotation = clean.get("rotation")
    if rotation is not None and abs(1 - float(np.linalg.norm(rotation))) > UNIT_VECTOR4:
        walk.issues.add("ROTATION_NON_UNIT", f"{where}/rotation", rotation)
    if "mesh" not in clean:
        for key in ("skin", "weights"):
            if key in clean:
                walk.issues.add("UNSATISFIED_DEPENDENCY", f"{where}/{key}", "mesh")
    if "matrix" not in clean:
        return
    if clean.keys() & {"translation", "rotation", "scale"}:
        walk.issues.add("NODE_MATRIX_TRS", f"{where}/matrix")
    matrix = np.array(clean["matrix"]).reshape(4, 4).T
    if np.array_equal(matrix, np.eye(4)):
        walk.issues.add("NODE_MATRIX_DEFAULT", f"{where}/matrix")
    elif not _is_trs(matrix):
        walk.issues.add("NODE_MATRIX_NON_TRS", f"{where}/matrix")


def _is_trs(matrix: Any) -> bool:
    """Return whether a (4, 4) matrix is translation @ rotation @ scale: no perspective, no shear, not singular.

    Stricter than the validator, which compares norms only (within 5e-5) and so misses some sheared matrices.
    """
    linear = matrix[:3, :3]
    with np.errstate(all="ignore"):
        determinant = np.linalg.det(linear)
        if not np.array_equal(matrix[3], (0, 0, 0, 1)) or determinant == 0 or not np.isfinite(determinant):
            return False
        scale = np.linalg.norm(linear, axis=0)
        scale[0] *= np.sign(determinant)
        axes = linear / scale
        again = quaternion_matrix(matrix_quaternion(axes)) * scale
        change = abs(np.abs(again).sum(axis=0).max() - np.abs(linear).sum(axis=0).max())
    return bool(change < 5e-5 and np.abs(axes.T @ axes - np.eye(3)).max() < _SHEAR)


def _light(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    kind = clean.get("type")
    if kind == "spot":
        walk.child(raw, "spot", where, of="spot", required=True)
    elif "spot" in raw:
        walk.issues.add("EXTRA_PROPERTY", f"{where}/spot")
    if kind == "directional" and not isnan(clean.get("range", nan)):
        walk.issues.add("EXTRA_PROPERTY", f"{where}/range")


def _spot(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    inner, outer = clean.get("innerConeAngle", 0.0), clean.get("outerConeAngle", pi / 4)
    if outer <= inner:
        walk.issues.add("KHR_LIGHTS_PUNCTUAL_LIGHT_SPOT_ANGLES", f"{where}/outerConeAngle", f"{outer} <= {inner}")


def _iridescence(walk: Structure, raw: Mapping[str, Any], clean: Json, where: str) -> None:
    least, most = clean.get("iridescenceThicknessMinimum", 100.0), clean.get("iridescenceThicknessMaximum", 400.0)
    if "iridescenceThicknessTexture" in clean:
        if least == most:
            walk.issues.add("KHR_MATERIALS_IRIDESCENCE_THICKNESS_TEXTURE_UNUSED", f"{where}/iridescenceThicknessTexture")
    elif "iridescenceThicknessMinimum" in raw and not isnan(least):
        walk.issues.add("KHR_MATERIALS_IRIDESCENCE_THICKNESS_RANGE_WITHOUT_TEXTURE", f"{where}/iridescenceThicknessMinimum")


RULES: dict[str, Callable[[Structure, Mapping[str, Any], Json, str], None]] = {
    "asset": _asset, "accessor": _accessor, "buffer": _buffer, "bufferView": _buffer_view, "camera": _camera, "image": _image,
    "light": _light, "material": _material, "material.KHR_materials_iridescence": _iridescence, "mesh": _mesh, "node": _node,
    "orthographic": _orthographic, "perspective": _perspective, "primitive": _primitive, "spot": _spot,
}  # fmt: skip
