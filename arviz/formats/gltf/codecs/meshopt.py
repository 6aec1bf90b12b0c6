"""EXT_meshopt_compression and KHR_meshopt_compression: one compressed bufferView to its plain bytes.

Through the package ``meshopt`` (meshoptimizer's own decoder). It takes what the header says at its word and
allocates the announced size first, so `_check` refuses what the bitstream cannot hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.formats.gltf.codecs import missing

NAMES = ("EXT_meshopt_compression", "KHR_meshopt_compression")
_MODES = {"ATTRIBUTES": 0xA0, "TRIANGLES": 0xE0, "INDICES": 0xD0}
"""Mode -> upper half of the bitstream's first byte; the lower half is its version, 0 or 1."""
_FILTERS = {"NONE": (), "OCTAHEDRAL": (4, 8), "QUATERNION": (8,), "EXPONENTIAL": (), "COLOR": (4, 8)}
"""Filter -> strides that it knows (none: any). COLOR is of KHR_meshopt_compression only."""
_RATIO = 1024
"""Decoded per encoded byte, at most: two control bits stand for 64 bytes or more of a channel (measured: 1022 on zeros)."""

_AS_GOOD = 1.01
"""Triangles whose indices take at most so many times the bytes of their best order keep their own."""


def extension_of(view: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the compression record of a bufferView (or of a buffer), or None if it has none."""
    extensions = view.get("extensions", {})
    return next((extensions[name] for name in NAMES if name in extensions), None)


def decoded_size(place: Mapping[str, Any], *, where: str) -> int:
    """Return the number of bytes that `place` will decode to; raise FormatError E_MESHOPT if its figures make no sense."""
    count, stride, mode = place.get("count"), place.get("byteStride"), place.get("mode")
    if type(count) is not int or count < 0 or type(stride) is not int or mode not in _MODES:
        raise _error(where, "the compression record is incomplete", found=f"count {count}, byteStride {stride}, mode {mode}")
    filter = place.get("filter", "NONE")
    strides = _FILTERS.get(filter)
    if strides is None or (filter != "NONE" and mode != "ATTRIBUTES") or (strides and stride not in strides):
        raise _error(where, "the filter does not go with mode and stride", found=f"{filter} with {mode}, byteStride {stride}")
    valid = 0 < stride <= 256 and stride % 4 == 0 if mode == "ATTRIBUTES" else stride in (2, 4)
    if not valid or (mode == "TRIANGLES" and count % 3):
        raise _error(where, "stride or count is not allowed", found=f"count {count}, byteStride {stride}, mode {mode}")
    return count * stride


def decode(data: bytes, place: Mapping[str, Any], *, where: str) -> bytes:
    """Return the plain bytes of a bufferView.

    Parameters
    ----------
    data : bytes
        The compressed bytes.
    place : Mapping
        The extension's JSON object: count, byteStride, mode, filter.

    Raises
    ------
    FormatError
        E_MESHOPT: the figures contradict the specification or the bytes, or the bitstream is broken.
    DependencyError
        The package is not installed.
    """
    size = decoded_size(place, where=where)
    if size == 0:
        return b""
    _check(data, place["count"], place["byteStride"], place["mode"], where)
    try:
        import meshopt
    except ImportError as error:
        missing("meshopt", NAMES[0], where, error)
    try:
        out = meshopt.decode_gltf_buffer(data, place["count"], place["byteStride"], place["mode"], place.get("filter", "NONE"))
    except (ValueError, RuntimeError, MemoryError) as error:
        raise _error(where, "the compressed bytes are broken", found=str(error)) from error
    return bytes(out.tobytes())


def encode(rows: Array, *, mode: str) -> bytes:
    """Return the compressed bytes of a bufferView.

    Parameters
    ----------
    rows : ndarray (N, S) uint8, or (N,) uint16 or uint32 for indices
        What a decoder will find, or what its filter will turn into that.
    mode : "ATTRIBUTES", "TRIANGLES" or "INDICES"

    Raises
    ------
    DependencyError
        The package is not installed.
    """
    try:
        import meshopt
    except ImportError as error:
        missing("meshopt", NAMES[0], "the written GLB", error)
    return bytes(meshopt.encode_gltf_buffer(rows if mode == "ATTRIBUTES" else rows.astype(np.uint32), mode))


def order(indices: Array) -> tuple[Array, Array]:
    """Return the corners of triangles, (3 T,) uint32, in strip order, and which vertices they mean now, (U,), in order of use.

    The order is meshoptimizer's for compression, which is nearly as good for the vertex cache; each triangle starts
    with the corner with which mode TRIANGLES gives it back. Triangles that compress as well as they come keep their order:
    strips of what stands in strips already are worse than these (to 7 % more bytes of geometry, measured).

    Raises
    ------
    DependencyError
        The package is not installed.
    """
    try:
        import meshopt
    except ImportError as error:
        missing("meshopt", "vertex order", "the written GLB", error)
    corners, place, used = meshopt.reorder_mesh(indices.astype(np.uint32), True, True)
    vertices = np.empty(used, np.int64)
    kept = place < used  # the package says 2^32 - 1 for vertices that no triangle uses
    vertices[place[kept]] = np.flatnonzero(kept)
    tried = [(corners, vertices), _in_order_of_use(indices)]
    packed = [meshopt.encode_gltf_buffer(each, "TRIANGLES") for each, _ in tried]
    best = int(len(packed[1]) <= _AS_GOOD * len(packed[0]))
    turned = meshopt.decode_gltf_buffer(packed[best], len(corners), 4, "TRIANGLES")
    return np.frombuffer(turned.tobytes(), np.uint32), tried[best][1]


def _in_order_of_use(indices: Array) -> tuple[Array, Array]:
    """Return indices of vertices numbered as they are first used, (3 T,) uint32, and which vertices these are, (U,)."""
    used, first, which = np.unique(indices, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.uint32)
    rank[order] = np.arange(len(order), dtype=np.uint32)
    return rank[which.reshape(-1)], used[order].astype(np.int64)


def _check(data: bytes, count: int, stride: int, mode: str, where: str) -> None:
    """Refuse data too short for `count`; the bounds are those of meshoptimizer's own decoders."""
    needed = {
        "ATTRIBUTES": max(1 + stride, count * stride // _RATIO),
        "TRIANGLES": 1 + count // 3 + 16,  # one code per triangle and a table
        "INDICES": 1 + count + 4,  # one byte at least per index
    }[mode]
    if len(data) < needed:
        raise _error(where, "the compressed bytes are too few", expected=f"at least {needed:,}", found=f"{len(data):,}")
    if data[0] & 0xF0 != _MODES[mode] or data[0] & 0x0F > 1:
        raise _error(where, "the compressed bytes do not start as their mode demands", expected=mode, found=hex(data[0]))


def _error(where: str, what: str, *, expected: object = None, found: object = None) -> FormatError:
    hint = "Export the file again, without compression if you can: the master file should be lossless."
    return FormatError("E_MESHOPT", what, where=where, expected=expected, found=found, hint=hint)
