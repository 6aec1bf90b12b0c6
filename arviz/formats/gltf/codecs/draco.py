"""KHR_draco_mesh_compression: one Draco mesh to plain arrays, by attribute id.

Through the package ``DracoPy`` (Google's decoder). The header's counts are read here first (Draco bitstream
specification 2.2, sections 4 to 6): Draco itself allocates what they announce.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.core.limits import Limits
from arviz.formats.gltf.codecs import missing
from arviz.formats.gltf.grids import step_of

NAME = "KHR_draco_mesh_compression"
_FACES_PER_BYTE = 1024
"""Faces per encoded byte beyond which a header is a lie; measured: at most 10 (a flat grid of two million faces)."""

_LEVEL = 10
"""Of 0 to 10. On a mesh of 26,800 vertices 98 KB, level 7 105 KB, level 1 179 KB; time to encode is under 0.1 s either way."""
_FIRST_ID = 16
_KINDS = {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 3}
"""Draco's attribute types."""


class DracoMesh(NamedTuple):
    """`attributes`: unique id -> (V, k) array in the encoded type; `indices` (3 F,) uint32, a triangle list."""

    attributes: Mapping[int, Array]
    indices: Array


def decode(data: bytes, *, where: str, limits: Limits) -> DracoMesh:
    """Decode one Draco mesh.

    Raises
    ------
    FormatError
        E_DRACO: no Draco mesh of version 2.2, or broken.
    LimitError
        More faces or vertices than `limits` allow, by the header; nothing is decoded then.
    DependencyError
        The package is not installed.
    """
    faces, vertices = _counts(data, where)
    if faces > _FACES_PER_BYTE * len(data) or vertices > 3 * _FACES_PER_BYTE * len(data):
        found = f"{faces:,} faces and {vertices:,} vertices in {len(data):,} bytes"
        raise _error(where, "the header announces more than the bytes can hold", found=found)
    limits.check("indices", 3 * faces, where=where)
    limits.check("vertices", vertices, where=where)
    try:
        import DracoPy
    except ImportError as error:
        missing("DracoPy", NAME, where, error)
    try:
        mesh = _plain(DracoPy.decode(data))
    except (DracoPy.FileTypeException, ValueError, RuntimeError, MemoryError, KeyError, AttributeError, OverflowError) as error:
        raise _error(where, "the compressed mesh is broken", found=str(error)) from error
    count = min((len(array) for array in mesh.attributes.values()), default=0)
    if mesh.indices.size and int(mesh.indices.max()) >= count:
        raise _error(where, "a face points past the vertices", expected=f"below {count:,}", found=f"{int(mesh.indices.max()):,}")
    return mesh


class Encoded(NamedTuple):
    """`data` of a Draco mesh, `ids` of its attributes by their names, and the `mesh` that a reader gets: in an order of its own."""

    data: bytes
    ids: Mapping[str, int]
    mesh: DracoMesh


def encode(attributes: Mapping[str, Array], triangles: Array, *, normal_bits: int) -> Encoded | None:
    """Return a mesh encoded; None where DracoPy refuses it or leaves no triangle of it, as of one whose triangles have no area.

    Parameters
    ----------
    attributes : Mapping[str, ndarray]
        POSITION (V, 3) float32 whose numbers are multiples of a step (`arviz.formats.gltf.grids.step_of`): they come back
        to the bit. TEXCOORD_0 (V, 2) on a step likewise comes back within half of it. NORMAL (V, 3) float32 keeps
        `normal_bits`. Any other of float32, uint8, uint16 or uint32 comes back to the bit.
    triangles : ndarray (T, 3) uint32
        At least one.

    Raises
    ------
    DependencyError
        The package is not installed.
    """
    try:
        import DracoPy
    except ImportError as error:
        missing("DracoPy", NAME, "the written GLB", error)
    positions, ranged = attributes["POSITION"], _with_corner(attributes)
    own = {"POSITION", "NORMAL", "TEXCOORD_0"} & attributes.keys()
    generic = {_FIRST_ID + i: (name, array) for i, (name, array) in enumerate(ranged.items()) if name not in own}
    normals, texcoords = ranged.get("NORMAL"), ranged.get("TEXCOORD_0")
    try:
        data = bytes(
            DracoPy.encode(
                ranged["POSITION"].astype(np.float64),
                triangles,
                quantization_bits=_bits(positions),
                compression_level=_LEVEL,
                normals=None if normals is None else normals.astype(np.float64),
                normal_quantization_bits=None if normals is None else normal_bits,
                tex_coord=None if texcoords is None else texcoords.astype(np.float64),
                tex_coord_quantization_bits=None if texcoords is None else _bits(attributes["TEXCOORD_0"]),
                generic_attributes={number: np.ascontiguousarray(array) for number, (_, array) in generic.items()} or None,
            )
        )
    except (ValueError, DracoPy.EncodingFailedException):
        return None
    decoded = DracoPy.decode(data)
    mesh = _plain(decoded)
    if not mesh.indices.size:
        return None
    kinds = {int(item["attribute_type"]): int(item["unique_id"]) for item in decoded.attributes}
    ids = {name: kinds[_KINDS[name]] for name in own} | {name: number for number, (name, _) in generic.items()}
    return Encoded(data, ids, mesh)


def _plain(decoded: Any) -> DracoMesh:
    """Return what DracoPy has decoded."""
    attributes = {int(item["unique_id"]): _array(item) for item in decoded.attributes}
    return DracoMesh(attributes, np.asarray(decoded.faces).astype(np.uint32).reshape(-1))


def _with_corner(attributes: Mapping[str, Array]) -> dict[str, Array]:
    """Return the attributes with one more vertex, which no triangle uses, that makes Draco's steps ours.

    Draco divides the largest range of a component, over all vertices, into 2^bits - 1 steps. To say the range outright is
    no help: its options keep numbers as text with six decimals, a thousandth of a millimetre.
    """
    out = {name: np.concatenate([array, array[:1]]) for name, array in attributes.items()}
    for name in ("POSITION", "TEXCOORD_0"):
        if name in out and (step := step_of(attributes[name])) is not None:
            out[name][-1] = attributes[name].min(axis=0) + (2 ** _bits(attributes[name]) - 1) * step
    return out


def _bits(values: Array) -> int:
    """Return how many bits the largest range of any component needs, in steps of the grid that the values are on."""
    step = step_of(values)
    return 16 if step is None else max(int(np.ptp(values.astype(np.float64), axis=0).max() / step).bit_length(), 1)


def _array(item: Mapping[str, Any]) -> Array:
    array = np.asarray(item["data"])
    return array.reshape(len(array), -1) if array.ndim != 2 else array


def _counts(data: bytes, where: str) -> tuple[int, int]:
    """Return the numbers of faces and vertices that the header announces."""
    cursor = _Cursor(data, where)
    if cursor.take(5) != b"DRACO":
        raise _error(where, "these are no Draco bytes", found=repr(data[:5]))
    version, kind, method = (cursor.byte(), cursor.byte()), cursor.byte(), cursor.byte()
    if version != (2, 2):
        raise _error(where, "this Draco version is not read", expected="2.2", found=".".join(map(str, version)))
    if kind != 1 or method not in (0, 1):
        raise _error(where, "this is no Draco triangle mesh", found=f"encoder {kind}, method {method}")
    if int.from_bytes(cursor.take(2), "little") & 0x8000:
        for _ in range(cursor.varint()):
            cursor.varint()
            cursor.skip_metadata()
        cursor.skip_metadata()
    if method == 0:
        return cursor.varint(), cursor.varint()
    cursor.byte()  # how the faces are traversed
    vertices, faces = cursor.varint(), cursor.varint()
    cursor.byte()  # number of attribute seams
    symbols, splits = cursor.varint(), cursor.varint()
    if symbols > faces or splits > symbols:
        raise _error(where, "the header contradicts itself", expected=f"at most {faces:,} symbols", found=f"{symbols:,}, {splits:,} splits")
    return faces, vertices


class _Cursor:
    """Read the header byte by byte; running out of bytes is a FormatError."""

    def __init__(self, data: bytes, where: str) -> None:
        self._data, self._where, self._at = data, where, 0

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise _error(self._where, "the compressed mesh is cut off", found=f"{len(self._data):,} bytes")
        self._at += count
        return self._data[self._at - count : self._at]

    def byte(self) -> int:
        return self.take(1)[0]

    def varint(self) -> int:
        value = 0
        for shift in range(0, 35, 7):  # 32 bits at most, seven to a byte, the lowest first
            part = self.byte()
            value |= (part & 0x7F) << shift
            if part < 0x80:
                return value
        raise _error(self._where, "the compressed mesh has a number of more than 32 bits")

    def skip_metadata(self) -> None:
        """Skip one metadata element, refusing nested ones: no exporter is known to write them."""
        for _ in range(self.varint()):
            self.take(self.byte())
            self.take(self.varint())
        if self.varint():
            raise _error(self._where, "nested Draco metadata is not read")


def _error(where: str, what: str, *, expected: object = None, found: object = None) -> FormatError:
    hint = "Export the file again, without compression if you can: the master file should be lossless."
    return FormatError("E_DRACO", what, where=where, expected=expected, found=found, hint=hint)
