"""Typed arrays in buffers: every accessor kind of glTF 2.0 section 3.6.2 to NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.core.limits import Limits
from arviz.formats.gltf.codecs import meshopt

COMPONENTS = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
SHAPES = {"SCALAR": (), "VEC2": (2,), "VEC3": (3,), "VEC4": (4,), "MAT2": (2, 2), "MAT3": (3, 3), "MAT4": (4, 4)}


class Accessors:
    """Decode accessors of one document, each once.

    Parameters
    ----------
    document : dict
        The glTF JSON.
    buffers : sequence of memoryview
        Content of each buffer.
    """

    def __init__(self, document: dict[str, Any], buffers: Sequence[memoryview], *, where: str, limits: Limits) -> None:
        self._accessors = document.get("accessors", [])
        self._views = document.get("bufferViews", [])
        self._buffers = buffers
        self._where = where
        self._limits = limits
        self._total_bytes = 0
        self._cache: dict[int, Array] = {}
        self._floats: dict[int, Array] = {}
        self._decompressed: dict[int, bytes] = {}

    def read(self, index: int, *, as_float: bool = False) -> Array:
        """Return accessor `index` as (count, ...) array; matrices row by row; see `dequantise` for `as_float`."""
        if index not in self._cache:
            self._cache[index] = self._decode(index)
        array = self._cache[index]
        if not as_float or array.dtype == np.float32:
            return array
        if index not in self._floats:
            normalised = self._accessors[index].get("normalized")
            self._floats[index] = dequantise(array) if normalised else array.astype(np.float32)
        return self._floats[index]

    def has_data(self, index: int) -> bool:
        """Return whether accessor `index` has bytes of its own (those of a Draco mesh have none)."""
        accessor = self._item(self._accessors, index, "accessors")
        return "bufferView" in accessor or "sparse" in accessor

    def supply(self, index: int, array: Array) -> None:
        """Set what accessor `index` holds: (count, k) numbers that were decoded from elsewhere."""
        accessor = self._item(self._accessors, index, "accessors")
        dtype, shape = COMPONENTS.get(accessor["componentType"]), SHAPES.get(accessor["type"])
        if dtype is None or shape is None or int(np.prod(shape, dtype=np.int64)) != array[:1].size:
            raise self._error(
                f"accessors[{index}]", "the decoded elements have another shape", expected=accessor["type"], found=array.shape
            )
        # Floats where the accessor says integers were dequantised by the decoder: they stay.
        keep = array.dtype.kind == "f" and np.dtype(dtype).kind != "f"
        self._cache[index] = np.ascontiguousarray(array.reshape(-1, *shape), np.float32 if keep else dtype)

    def view_bytes(self, index: int) -> bytes:
        """Return the bytes of a bufferView."""
        data, _ = self._view(index)
        return bytes(data)

    def _decode(self, index: int) -> Array:
        accessor = self._item(self._accessors, index, "accessors")
        where = f"accessors[{index}]"
        dtype = COMPONENTS.get(accessor["componentType"])
        shape = SHAPES.get(accessor["type"])
        if dtype is None or shape is None:
            raise self._error(where, "unknown type", found=f"{accessor['type']} of {accessor['componentType']}")
        count = self._integer(accessor, "count", where)
        width = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        self.account(count * max(width, 1), where=f"{self._where}, {where}")
        if "bufferView" in accessor:
            out = self._elements(accessor["bufferView"], accessor, count, np.dtype(dtype), shape, where)
        else:
            out = np.zeros((count, *shape), dtype)
        if "sparse" in accessor:
            out = self._with_sparse(out, accessor["sparse"], where)
        return out

    def _with_sparse(self, base: Array, sparse: dict[str, Any], where: str) -> Array:
        count = self._integer(sparse, "count", f"{where}.sparse")
        if count > len(base):
            raise self._error(where, "sparse.count exceeds count", expected=f"at most {len(base)}", found=count)
        indices, values = sparse["indices"], sparse["values"]
        index_type = np.dtype(COMPONENTS[indices["componentType"]])
        rows = self._elements(indices["bufferView"], indices, count, index_type, (), f"{where}.sparse.indices")
        if count and int(rows.max()) >= len(base):
            raise self._error(where, "a sparse index points past the end", expected=f"below {len(base)}", found=int(rows.max()))
        out = base.copy()
        out[rows] = self._elements(values["bufferView"], values, count, base.dtype, base.shape[1:], f"{where}.sparse.values")
        return out

    def _elements(self, view: int, place: dict[str, Any], count: int, dtype: np.dtype[Any], shape: tuple[int, ...], where: str) -> Array:
        data, stride = self._view(view)
        offset = self._integer(place, "byteOffset", where, default=0)
        # Columns of small matrices start at multiples of four bytes (glTF 2.0, 3.6.2.4).
        column = shape[-1] * dtype.itemsize if len(shape) == 2 else 0
        column_stride = -(-column // 4) * 4
        element = column_stride * shape[0] if column else int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        stride = stride or element
        needed = offset + (count - 1) * stride + (element if not column else element - column_stride + column) if count else offset
        if needed > len(data):
            raise self._error(where, "reaches past the end of its bufferView", expected=f"{needed:,} bytes", found=f"{len(data):,}")
        if stride < element and count > 1:
            raise self._error(where, "elements overlap", expected=f"a stride of at least {element}", found=stride)
        strides = (stride, column_stride, dtype.itemsize) if column else (stride, *(dtype.itemsize,) * len(shape))
        out = np.ndarray((count, *shape), dtype.newbyteorder("<"), buffer=data, offset=offset, strides=strides)
        if column:
            out = out.swapaxes(1, 2)  # glTF stores columns; ours are rows
        return out

    def _view(self, index: int) -> tuple[memoryview, int | None]:
        view = self._item(self._views, index, "bufferViews")
        where = f"bufferViews[{index}]"
        stride = self._integer(view, "byteStride", where) if "byteStride" in view else None
        compressed = meshopt.extension_of(view)
        # A fallback buffer that came with the file spares the decoder.
        if compressed is not None and not self._item(self._buffers, view["buffer"], "buffers"):
            return memoryview(self._decompress(index, compressed, where)), stride
        return self._slice(view, where), stride

    def _slice(self, place: Mapping[str, Any], where: str) -> memoryview:
        buffer = self._item(self._buffers, place["buffer"], "buffers")
        offset = self._integer(place, "byteOffset", where, default=0)
        length = self._integer(place, "byteLength", where)
        if offset + length > len(buffer):
            raise self._error(where, "reaches past the end of its buffer", expected=f"{offset + length:,} bytes", found=f"{len(buffer):,}")
        part: memoryview = buffer[offset : offset + length]
        return part

    def _decompress(self, index: int, compressed: Mapping[str, Any], where: str) -> bytes:
        if index not in self._decompressed:
            data = bytes(self._slice(compressed, where))
            where = f"{self._where}, {where}"
            self.account(meshopt.decoded_size(compressed, where=where), where=where)
            self._decompressed[index] = meshopt.decode(data, compressed, where=where)
        return self._decompressed[index]

    def account(self, size_bytes: int, *, where: str) -> None:
        """Count `size_bytes` that are about to be made; raise LimitError when the document's total is too large."""
        self._total_bytes += size_bytes
        self._limits.check("attribute_bytes", self._total_bytes, where=where)

    def _integer(self, place: Mapping[str, Any], key: str, where: str, default: int | None = None) -> int:
        value = place.get(key, default)
        if type(value) is not int or value < 0:
            raise self._error(where, f"{key} is not a whole number from 0", found=repr(value))
        return value

    def _item(self, items: Any, index: Any, what: str) -> Any:
        if type(index) is not int or not 0 <= index < len(items):
            raise self._error(what, "an index points nowhere", expected=f"0 to {len(items) - 1}", found=repr(index))
        return items[index]

    def _error(self, where: str, what: str, *, expected: object = None, found: object = None) -> FormatError:
        return FormatError(
            "E_ACCESSOR", what, where=f"{self._where}, {where}", expected=expected, found=found, hint="Export the file again."
        )


def dequantise(array: Array) -> Array:
    """Return normalised integers as float32: c / max, signed types clamped at -1 (glTF 2.0 section 3.6.2.2)."""
    top = np.float32(np.iinfo(array.dtype).max)
    out = array.astype(np.float32) / top
    return np.maximum(out, np.float32(-1)) if np.issubdtype(array.dtype, np.signedinteger) else out
