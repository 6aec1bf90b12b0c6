"""KHR_mesh_quantization: positions as 16-bit steps of their grid, normals as bytes, nothing to decompress.

A mesh's grid lies in its own frame, so the node that draws it needs a scale. It goes to a child node of its own, marked
in ``extras.arviz``: names, parts, animations, joints and anchors of the node stay what they were, and our reader takes the
child away again (`arviz.formats.gltf.grid_nodes`). Skinned and morphing meshes keep float positions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.asset import Asset, Mesh, Primitive
from arviz.core.frozen import Array
from arviz.formats.gltf.grid_nodes import Grid, with_grid_nodes
from arviz.formats.gltf.grids import decoded_integers, octahedral, step_of, unit_range_integers
from arviz.formats.gltf.store import QUANTIZATION, VERTEX, Store


class QuantizedStore(Store):
    """Attributes as small integers where that is exact; indices as they are."""

    def __init__(self, asset: Asset, *, normal_bits: int) -> None:
        super().__init__()
        self._normal_bits = normal_bits
        skinned = {node.mesh for node in asset.nodes if node.skin is not None}
        self._grids = {i: grid for i, mesh in enumerate(asset.meshes) if i not in skinned and (grid := _grid(mesh)) is not None}
        self._grid: Grid | None = None

    def primitive(self, primitive: Primitive, *, mesh: int) -> dict[str, Any]:
        """Return the JSON that says where a primitive's arrays are."""
        self._grid = self._grids.get(mesh)
        return super().primitive(primitive, mesh=mesh)

    def vertices(self, array: Array, semantic: str) -> int:
        """Return the accessor of an attribute."""
        kind = semantic.partition("_")[0]
        if kind == "POSITION" and self._grid is not None:
            self.extensions.add(QUANTIZATION)
            steps = np.rint((array.astype(np.float64) - self._grid.origin) / self._grid.step).astype(np.uint16)
            return self.accessor(steps, target=VERTEX, with_range=True)
        if kind in ("NORMAL", "TANGENT") and len(array):
            self.extensions.add(QUANTIZATION)
            rows = decoded_integers(octahedral(array[:, :3], bits=self._normal_bits), bits=self._normal_bits)
            sides = np.where(array[:, 3:] < 0, -1, 1) * np.iinfo(rows.dtype).max
            return self.accessor(np.concatenate([rows, sides.astype(rows.dtype)], axis=1), target=VERTEX, normalized=True)
        if kind in ("COLOR", "WEIGHTS", "TEXCOORD") and len(array) and (whole := unit_range_integers(array)) is not None:
            return self.accessor(whole, target=VERTEX, normalized=True)
        return super().vertices(array, semantic)

    def nodes(self, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the nodes' JSON with a child for each node that draws a mesh on a grid."""
        return with_grid_nodes(nodes, self._grids)


def _grid(mesh: Mesh) -> Grid | None:
    """Return the grid of all positions of a mesh, None where 16 bits do not hold them."""
    pieces = [primitive.positions for primitive in mesh.primitives if len(primitive.positions)]
    steps = [step_of(piece) for piece in pieces]
    step = min((s for s in steps if s is not None), default=None)
    if step is None or None in steps or any(primitive.targets for primitive in mesh.primitives):
        return None
    low, high = np.min([p.min(axis=0) for p in pieces], axis=0), np.max([p.max(axis=0) for p in pieces], axis=0)
    if float((high.astype(np.float64) - low).max()) / step > 65535:
        return None
    return Grid(origin=tuple(low.astype(np.float64).tolist()), step=step)
