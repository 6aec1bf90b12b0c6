"""The binary side of a GLB being written: arrays and pictures in, accessors and bufferViews out; equal ones once."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

from arviz.core.asset import Primitive
from arviz.core.frozen import Array
from arviz.formats.gltf.accessors import COMPONENTS, SHAPES

VERTEX, INDEX = 34962, 34963
QUANTIZATION = "KHR_mesh_quantization"
COMPONENT_OF = {np.dtype(dtype): code for code, dtype in COMPONENTS.items()}
TYPE_OF = {shape: name for name, shape in SHAPES.items()}


def filled(**properties: Any) -> dict[str, Any]:
    """Leave out properties without content: glTF forbids empty arrays. Extras are the user's and stay as they are."""
    return {key: value for key, value in properties.items() if value is not None and (key == "extras" or not _empty(value))}


def _empty(value: Any) -> bool:
    return isinstance(value, (str, list, tuple, Mapping)) and len(value) == 0


class Store:
    """Everything as it is: one bufferView per accessor."""

    def __init__(self) -> None:
        self.binary = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self.extensions: set[str] = set()
        """glTF extensions without which what is stored cannot be read."""
        self._known: dict[tuple[Any, ...], int] = {}

    def primitive(self, primitive: Primitive, *, mesh: int) -> dict[str, Any]:
        """Return the JSON that says where a primitive's arrays are: attributes, indices if any, targets, perhaps extensions.

        `mesh` is the index of its mesh.
        """
        attributes = {name: self.vertices(array, name) for name, array in primitive.attributes.items()}
        indices = {} if primitive.indices is None else {"indices": self.indices(primitive.indices, primitive.mode)}
        targets = [{name: self.displacements(array, name) for name, array in target.items()} for target in primitive.targets]
        return {"attributes": attributes, **indices, "targets": targets}

    def vertices(self, array: Array, semantic: str) -> int:
        """Return the accessor of an attribute."""
        return self.accessor(array, target=VERTEX, with_range=semantic == "POSITION")

    def displacements(self, array: Array, semantic: str) -> int:
        """Return the accessor of an attribute of a morph target."""
        return self.accessor(array, target=VERTEX, with_range=semantic == "POSITION")

    def indices(self, indices: Array, mode: int) -> int:
        """Return the accessor of a primitive's indices."""
        return self.accessor(narrow(indices), target=INDEX)

    def accessor(self, array: Array, *, target: int | None = None, with_range: bool = False, normalized: bool = False) -> int:
        """Return the accessor of an array that is stored as it is.

        Raises
        ------
        ValueError
            The array's type or shape has no glTF accessor.
        """
        if array.ndim == 3:
            array = array.swapaxes(1, 2)  # glTF stores columns; ours are rows
        array = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        code, kind = component_and_type(array)
        key = self.key(array, code, kind, target, with_range, normalized)
        if key not in self._known:
            # Matrices whose columns are not whole words would need padding; only float matrices occur in our types.
            if target == VERTEX and array[:1].nbytes % 4:
                rows = padded(array)
                view = self.view(rows.tobytes(), target=target, byteStride=rows.shape[1])
            else:
                view = self.view(array.tobytes(), target=target)
            limits = value_range(array) if with_range else {}
            unit = {"normalized": True} if normalized else {}
            self.accessors.append({"bufferView": view, "componentType": code, **unit, "count": len(array), "type": kind, **limits})
            self._known[key] = len(self.accessors) - 1
        return self._known[key]

    def key(self, array: Array, *properties: Any) -> tuple[Any, ...]:
        """Return what equal arrays with equal properties share."""
        return (blake2b(array.data, digest_size=16).digest(), array.shape, array.dtype.str, *properties)

    def image(self, data: bytes) -> int:
        """Return the bufferView of an encoded picture."""
        key = (blake2b(data, digest_size=16).digest(), len(data))
        if key not in self._known:
            self._known[key] = self.view(data)
        return self._known[key]

    def view(self, data: bytes, **properties: Any) -> int:
        """Append bytes; return their bufferView."""
        # One view per accessor: two vertex accessors may share one only with a byteStride (glTF 2.0, 3.6.2.4).
        at = self.append(data)
        self.views.append(filled(buffer=0, byteOffset=at or None, byteLength=len(data), **properties))
        return len(self.views) - 1

    def append(self, data: bytes) -> int:
        """Append bytes at a multiple of four; return where."""
        self.binary += b"\0" * (-len(self.binary) % 4)
        self.binary += data
        return len(self.binary) - len(data)

    def nodes(self, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the nodes' JSON as the stored meshes need it."""
        return nodes

    def finish(self) -> list[dict[str, Any]]:
        """Return the JSON of the buffers; nothing may be stored afterwards."""
        return [{"byteLength": len(self.binary)}] if self.binary else []


def component_and_type(array: Array) -> tuple[int, str]:
    """Return glTF's componentType and type of an array's elements; raise ValueError if it has none."""
    code, kind = COMPONENT_OF.get(array.dtype), TYPE_OF.get(array.shape[1:])
    if code is None or kind is None:
        raise ValueError(f"glTF has no accessor for {array.dtype} of shape {array.shape}")
    return code, kind


def narrow(indices: Array) -> Array:
    """Return indices as uint16 where they fit."""
    # 65535 itself is the primitive restart value and may not be used (glTF 2.0, 3.7.2.1).
    small = not indices.size or int(indices.max()) < 65535
    return indices.astype(np.uint16) if small else indices


def padded(array: Array) -> Array:
    """Return (V, S) uint8, the bytes of each element with zeros up to a multiple of four."""
    array = np.ascontiguousarray(array)
    width = array.dtype.itemsize * int(np.prod(array.shape[1:], dtype=np.int64))
    out = np.zeros((len(array), -(-width // 4) * 4), np.uint8)
    out[:, :width] = array.view(np.uint8).reshape(len(array), width)
    return out


def value_range(array: Array) -> dict[str, list[Any]]:
    """Return ``min`` and ``max`` of each component, as an accessor says them; nothing for no elements.

    Floats have as few digits as single precision needs, in which glTF compares them (glTF 2.0, 3.6.2.5).
    """
    flat = array.reshape(len(array), -1)
    said = (lambda row: [float(str(x)) for x in row]) if array.dtype == np.float32 else (lambda row: row.tolist())
    return {"min": said(flat.min(0)), "max": said(flat.max(0))} if len(array) else {}
