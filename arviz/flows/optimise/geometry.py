"""What the vertices of a product cost in every precision, and what that precision loses in pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.flows.optimise.allocate import Part
from arviz.formats.gltf.encoded import as_encoded
from arviz.formats.gltf.encoding import Encoding, Geometry
from arviz.formats.gltf.write import write_glb


class Axis(NamedTuple):
    """One kind of vertex numbers: how many bits they may have, and with how many their error is measured."""

    field: str
    bits: tuple[int, ...]
    probe: int


AXES = (
    Axis("position_bits", (13, 14, 15, 16), 13),
    Axis("normal_bits", (8, 9, 10, 12), 8),
    Axis("uv_bits", (11, 12, 14, 16), 11),
)
_FINEST: dict[str, Any] = {axis.field: axis.bits[-1] for axis in AXES}


def geometry_bytes(asset: Asset, encoding: Encoding) -> int:
    """Return the bytes of a GLB without its pictures."""
    return len(write_glb(without_pictures(asset), encoding=replace(encoding, pictures={})))


def without_pictures(asset: Asset) -> Asset:
    """Return the asset with all pictures missing."""
    return replace(asset, images=tuple(replace(image, data=None, mime_type="", uri="") for image in asset.images))


def vertex_parts(asset: Asset, geometry: Geometry, loads: Callable[[Asset], Array]) -> list[Part]:
    """Return one part per axis of `AXES`: the bytes that each precision adds, and its load.

    `loads` measures an asset. Rounding errors are uniform, so a bit less makes the squared error four times as large: one precision
    of each axis is measured.
    """
    base = geometry_bytes(asset, Encoding(geometry=geometry, **_FINEST))
    out = []
    for axis in AXES:
        sizes = [geometry_bytes(asset, _at(geometry, axis, bits)) - base for bits in axis.bits]
        measured = loads(as_encoded(asset, _at(geometry, axis, axis.probe)))
        falls = 4.0 ** (axis.probe - np.array(axis.bits, np.float64))
        out.append(Part(np.array(sizes, np.float64), falls[:, None] * measured))
    return out


def _at(geometry: Geometry, axis: Axis, bits: int) -> Encoding:
    fields: dict[str, Any] = _FINEST | {axis.field: bits}
    return Encoding(geometry=geometry, **fields)


def vertex_encoding(geometry: Geometry, chosen: Sequence[int]) -> Encoding:
    """Return the encoding of a choice from `vertex_parts`."""
    fields: dict[str, Any] = {axis.field: axis.bits[index] for axis, index in zip(AXES, chosen, strict=True)}
    return Encoding(geometry=geometry, **fields)
