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

NAME = "KHR_draco_mesh_compression"
_FACES_PER_BYTE = 1024
"""Faces per encoded byte beyond which a header is a lie; measured: at most 10 (a flat grid of two million faces)."""


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
        mesh = DracoPy.decode(data)
        attributes = {int(item["unique_id"]): _array(item) for item in mesh.attributes}
        indices = np.asarray(mesh.faces).astype(np.uint32).reshape(-1)
    except (DracoPy.FileTypeException, ValueError, RuntimeError, MemoryError, KeyError, AttributeError, OverflowError) as error:
        raise _error(where, "the compressed mesh is broken", found=str(error)) from error
    count = min((len(array) for array in attributes.values()), default=0)
    if indices.size and int(indices.max()) >= count:
        raise _error(where, "a face points past the vertices", expected=f"below {count:,}", found=f"{int(indices.max()):,}")
    return DracoMesh(attributes, indices)


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
