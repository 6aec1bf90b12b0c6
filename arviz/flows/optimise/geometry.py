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
    """One kind of vertex numbers: how many bits they may have, and with how many their error is measured.

    `growth` is how many times as large the squared error in pictures gets by a bit less. An edge that moves by a share of a pixel
    covers that share of its samples anew, each by a full step: its squared error goes with the distance, and not with its square as
    that of smooth shading does (measured on four products: 1.8 to 2.1 for positions, 2.5 to 3.3 for normals, whose highlights have edges).
    """

    field: str
    bits: tuple[int, ...]
    probe: int
    growth: float


AXES = (
    Axis("position_bits", (12, 13, 14, 15, 16), 13, growth=2.0),
    Axis("normal_bits", (8, 9, 10, 12), 8, growth=3.0),
    Axis("uv_bits", (11, 12, 14, 16), 11, growth=4.0),
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

    `loads` measures an asset. One precision of each axis is, beside the finest of the others; positions come first, because their
    finest is still seen.
    """
    base = geometry_bytes(asset, Encoding(geometry=geometry, **_FINEST))
    out: list[Part] = []
    for axis in AXES:
        sizes = [geometry_bytes(asset, _at(geometry, axis, bits)) - base for bits in axis.bits]
        measured = loads(as_encoded(asset, _at(geometry, axis, axis.probe)))
        others = sum((part.loads[-1] for part in out), np.zeros_like(measured))
        falls = axis.growth ** (axis.probe - np.array(axis.bits, np.float64))
        out.append(Part(np.array(sizes, np.float64), falls[:, None] * np.maximum(measured - others, 0)))
    return out


def _at(geometry: Geometry, axis: Axis, bits: int) -> Encoding:
    fields: dict[str, Any] = _FINEST | {axis.field: bits}
    return Encoding(geometry=geometry, **fields)


def vertex_encoding(geometry: Geometry, chosen: Sequence[int]) -> Encoding:
    """Return the encoding of a choice from `vertex_parts`."""
    fields: dict[str, Any] = {axis.field: axis.bits[index] for axis, index in zip(AXES, chosen, strict=True)}
    return Encoding(geometry=geometry, **fields)
