"""KHR_draco_mesh_compression: each triangle list one Draco mesh, everything else as it is.

DracoPy stores normals and texture coordinates as plain floats unless their bits are given: that is where its 572 KB for
a mesh of 26,800 vertices came from, 99 KB with bits. Draco welds equal positions itself, gives vertices an order of its own
and leaves out triangles without area.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.asset import TRIANGLES, Primitive
from arviz.core.frozen import Array
from arviz.formats.gltf.codecs import draco
from arviz.formats.gltf.grids import step_of, unit_range_integers
from arviz.formats.gltf.store import COMPONENT_OF, TYPE_OF, Store, narrow, value_range

_STORED = tuple(np.dtype(kind) for kind in (np.float32, np.uint8, np.uint16, np.uint32))


class DracoStore(Store):
    """Triangle lists compressed. Morph targets keep their mesh plain: they count on the order of its vertices."""

    def __init__(self, *, normal_bits: int) -> None:
        super().__init__()
        self._normal_bits = normal_bits
        self._meshes: dict[tuple[Any, ...], dict[str, Any] | None] = {}

    def primitive(self, primitive: Primitive, *, mesh: int) -> dict[str, Any]:
        """Return the JSON that says where a primitive's arrays are."""
        if primitive.mode != TRIANGLES or primitive.targets or not len(primitive.triangles):
            return super().primitive(primitive, mesh=mesh)
        arrays = {**primitive.attributes, "": primitive.triangles}
        key = tuple((name, *self.key(np.ascontiguousarray(array))) for name, array in arrays.items())
        if key not in self._meshes:
            self._meshes[key] = self._compressed(primitive)
        return self._meshes[key] or super().primitive(primitive, mesh=mesh)

    def _compressed(self, primitive: Primitive) -> dict[str, Any] | None:
        """Return the JSON of a compressed primitive, None where Draco has no form for it."""
        integers = {name: self._integers(name, array) for name, array in primitive.attributes.items()}
        stored = {name: array if (whole := integers[name]) is None else whole for name, array in primitive.attributes.items()}
        if step_of(primitive.positions) is None or any(array.dtype not in _STORED for array in stored.values()):
            return None
        encoded = draco.encode(stored, primitive.triangles, normal_bits=self._normal_bits)
        if encoded is None:
            return None
        attributes = {}
        for name, array in stored.items():
            values = encoded.mesh.attributes[encoded.ids[name]]
            place = {"componentType": COMPONENT_OF[array.dtype], "count": len(values), "type": TYPE_OF[array.shape[1:]]}
            limits = value_range(values) if name == "POSITION" else {}
            self.accessors.append({**place, **({"normalized": True} if integers[name] is not None else {}), **limits})
            attributes[name] = len(self.accessors) - 1
        self.extensions.add(draco.NAME)
        indices = encoded.mesh.indices
        component = COMPONENT_OF[narrow(indices).dtype]
        self.accessors.append({"componentType": component, "count": indices.size, "type": "SCALAR"})
        record = {"bufferView": self.view(encoded.data), "attributes": dict(encoded.ids)}
        return {"attributes": attributes, "indices": len(self.accessors) - 1, "targets": [], "extensions": {draco.NAME: record}}

    def _integers(self, name: str, array: Array) -> Array | None:
        """Return the normalised integers that stand for an attribute, None for what is stored as it is."""
        kind, _, number = name.partition("_")
        if kind in ("COLOR", "WEIGHTS"):
            return unit_range_integers(array)
        if kind == "TEXCOORD" and number != "0" and array.size and array.min() >= 0 and array.max() <= 1:
            # DracoPy quantises the first set only. Any finer than the grid that the numbers are on would cost bytes.
            top = max(min(round(1 / (step_of(array) or 1)), 65536) - 1, 1)
            out: Array = np.rint(np.rint(array.astype(np.float64) * top) * (65535 / top)).astype(np.uint16)
            return out
        return None
