"""EXT_meshopt_compression: arrays collected by their form, each form one compressed bufferView.

What is stored comes back to the bit. Arrays on a grid (`arviz.formats.gltf.grids`) go through the filter EXPONENTIAL
with one exponent for all: nearly as small as integers (1 to 2 % more bytes) without their node and texture transforms, so that
hierarchy, skins, animations and materials stay as they are. Normals and tangents go through the filter OCTAHEDRAL.
One view for many accessors: a view's JSON is 200 bytes, as much as a small part's positions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.asset import TRIANGLES
from arviz.core.frozen import Array
from arviz.formats.gltf.codecs import meshopt
from arviz.formats.gltf.grids import octahedral, octahedral_rows, step_of, unit_range_integers
from arviz.formats.gltf.store import (
    COMPONENT_OF,
    INDEX,
    QUANTIZATION,
    VERTEX,
    Store,
    component_and_type,
    filled,
    narrow,
    padded,
    value_range,
)


class MeshoptStore(Store):
    """Everything but pictures compressed."""

    def __init__(self, *, normal_bits: int) -> None:
        super().__init__()
        self._normal_bits = normal_bits
        self._streams: dict[tuple[Any, ...], tuple[int, list[Array]]] = {}

    def vertices(self, array: Array, semantic: str) -> int:
        """Return the accessor of an attribute: normals and tangents as octahedral codes, anything else as `accessor`."""
        kind = semantic.partition("_")[0]
        if kind in ("COLOR", "WEIGHTS") and len(array) and (whole := unit_range_integers(array)) is not None:
            return self.accessor(whole, target=VERTEX, normalized=True)
        if semantic not in ("NORMAL", "TANGENT") or not len(array):
            return self.accessor(array, target=VERTEX, with_range=semantic == "POSITION")
        self.extensions.add(QUANTIZATION)
        rows = octahedral_rows(octahedral(array[:, :3], bits=self._normal_bits), bits=self._normal_bits)
        if array.shape[1] == 4:
            rows[:, 3] = np.where(array[:, 3] < 0, -1, 1) * (127 if rows.itemsize == 1 else 32767)
        place = {"componentType": COMPONENT_OF[rows.dtype], "normalized": True, "type": f"VEC{array.shape[1]}"}
        return self._add(rows.view(np.uint8), place, target=VERTEX, filter="OCTAHEDRAL")

    def indices(self, indices: Array, mode: int) -> int:
        """Return the accessor of a primitive's indices."""
        stored = narrow(indices)
        place = {"componentType": COMPONENT_OF[stored.dtype], "type": "SCALAR"}
        triangles = mode == TRIANGLES and indices.size and indices.size % 3 == 0
        # A stream of its own: the codec counts on vertices that appear one after the other.
        return self._add(stored, place, target=INDEX, mode="TRIANGLES" if triangles else "INDICES", alone=True)

    def accessor(self, array: Array, *, target: int | None = None, with_range: bool = False, normalized: bool = False) -> int:
        """Return the accessor of an array of which no bit may change."""
        if array.ndim == 3 or not len(array):
            return super().accessor(array, target=target, with_range=with_range, normalized=normalized)
        array = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        code, kind = component_and_type(array)
        unit = {"normalized": True} if normalized else {}
        place = {"componentType": code, **unit, "type": kind, **(value_range(array) if with_range else {})}
        step = step_of(array) if array.dtype == np.float32 else None
        if step is None:
            return self._add(padded(array), place, target=target)
        whole, exponent = np.rint(array.astype(np.float64) / step).astype(np.int64), int(np.log2(step))
        if np.abs(whole).max() < 2**15:
            # One byte higher in the mantissa: a change of sign then shows in one byte, not in two.
            whole, exponent = whole << 8, exponent - 8
        words = (exponent & 0xFF) << 24 | whole & 0xFFFFFF
        return self._add(padded(words.astype("<u4")), place, target=target, filter="EXPONENTIAL")

    def _add(self, rows: Array, place: dict[str, Any], *, target: int | None, alone: bool = False, **record: str) -> int:
        key = (
            self.key(rows, *place.items(), target, *record.items())
            if "min" not in place
            else self.key(rows, place["type"], target, "range")
        )
        if key in self._known:
            return self._known[key]
        stride = rows.dtype.itemsize * (1 if rows.ndim == 1 else rows.shape[1])
        form = (stride, target, *record.items(), len(self._streams) if alone else None)
        if form not in self._streams:
            self.extensions.add(meshopt.NAMES[0])
            self.views.append({})
            self._streams[form] = (len(self.views) - 1, [])
        view, parts = self._streams[form]
        at = stride * sum(map(len, parts))
        parts.append(rows)
        self.accessors.append(filled(bufferView=view, byteOffset=at or None, count=len(rows), **place))
        self._known[key] = len(self.accessors) - 1
        return self._known[key]

    def finish(self) -> list[dict[str, Any]]:
        """Compress what was collected; return the buffers: ours, and the one that a decoder fills."""
        plain = 0
        for (stride, target, *record, _), (view, parts) in self._streams.items():
            settings = dict(record)
            mode = settings.pop("mode", "ATTRIBUTES")
            rows = np.concatenate(parts)
            data = meshopt.encode(rows, mode=mode)
            place = {"buffer": 0, "byteOffset": self.append(data), "byteLength": len(data)}
            compression = {**place, "byteStride": stride, "mode": mode, "count": len(rows), **settings}
            plain += -plain % 4
            self.views[view] = filled(
                buffer=1,
                byteOffset=plain or None,
                byteLength=stride * len(rows),
                byteStride=stride if target == VERTEX else None,
                target=target,
                extensions={meshopt.NAMES[0]: compression},
            )
            plain += stride * len(rows)
        buffers = super().finish()
        if not plain:
            return buffers
        return [*(buffers or [{"byteLength": 0}]), {"byteLength": plain, "extensions": {meshopt.NAMES[0]: {"fallback": True}}}]
