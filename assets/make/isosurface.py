"""The zero surface of a field on a regular grid, by surface nets (Gibson 1998), with normals from the field itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from surfaces import Array, Surface

CORNERS = np.stack(np.meshgrid((0, 1), (0, 1), (0, 1), indexing="ij"), -1).reshape(-1, 3)
EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if abs(CORNERS[a] - CORNERS[b]).sum() == 1]


@dataclass(frozen=True)
class Field:
    """Values (X, Y, Z), negative inside, at ``origin_m + index * step_m``."""

    values: Array
    origin_m: Array
    step_m: float

    def points(self) -> Array:
        """Return (X, Y, Z, 3) where the values are."""
        return np.stack(np.meshgrid(*(o + self.step_m * np.arange(n) for o, n in zip(self.origin_m, self.values.shape, strict=True)),
                                    indexing="ij"), -1)  # fmt: skip

    def gradient(self, at: Array) -> Array:
        """Return (N, 3) unit gradients, pointing out, at points (N, 3)."""
        from scipy.ndimage import map_coordinates

        where = ((at - self.origin_m) / self.step_m).T
        parts = [map_coordinates(g, where, order=1, mode="nearest") for g in np.gradient(self.values)]
        out = np.stack(parts, 1)
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)


def net(field: Field) -> tuple[Array, NDArray[np.int64]]:
    """Return points (V, 3) and triangles (T, 3), counter-clockwise seen from outside: closed if the surface stays off the rim."""
    values = field.values
    inside = values < 0
    shape = np.array(values.shape) - 1
    block = [inside[i : i + shape[0], j : j + shape[1], k : k + shape[2]] for i, j, k in CORNERS]
    count = sum(b.astype(np.int8) for b in block)
    cells = np.argwhere((count > 0) & (count < 8))
    number = np.full(shape, -1)
    number[tuple(cells.T)] = np.arange(len(cells))
    corner = np.stack([values[tuple((cells + c).T)] for c in CORNERS], 1)
    total, crossings = np.zeros((len(cells), 3)), np.zeros(len(cells))
    for a, b in EDGES:
        va, vb = corner[:, a], corner[:, b]
        cut = (va < 0) != (vb < 0)
        t = np.where(cut, va / np.where(cut, va - vb, 1), 0)[:, None]
        total += np.where(cut[:, None], CORNERS[a] + t * (CORNERS[b] - CORNERS[a]), 0)
        crossings += cut
    points = field.origin_m + field.step_m * (cells + total / crossings[:, None])
    faces = []
    for axis in range(3):  # each grid edge that crosses the surface is the middle of a quad of four cells
        u, v = (axis + 1) % 3, (axis + 2) % 3
        first = np.moveaxis(inside, axis, 0)
        change = np.moveaxis(first[:-1] != first[1:], 0, axis)
        at = np.argwhere(change)
        at = at[(at[:, u] > 0) & (at[:, v] > 0) & (at[:, u] < shape[u]) & (at[:, v] < shape[v])]
        du, dv = np.eye(3, dtype=int)[u], np.eye(3, dtype=int)[v]
        quad = np.stack([number[tuple((at - s * du - t * dv).T)] for s, t in ((1, 1), (0, 1), (0, 0), (1, 0))], 1)
        outward = inside[tuple(at.T)]  # from inside to outside along the axis
        faces.append(np.where(outward[:, None], quad, quad[:, ::-1]))
    quads = np.concatenate(faces)
    return points, np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def skin(field: Field, *, triangles: int) -> Surface:
    """Return the surface with at most `triangles`, by quadric decimation; its shading still follows the field."""
    import open3d as o3d

    points, faces = net(field)
    mesh = o3d.geometry.TriangleMesh(o3d.utility.Vector3dVector(points), o3d.utility.Vector3iVector(faces.astype(np.int32)))
    mesh = mesh.simplify_quadric_decimation(triangles)
    mesh.remove_unreferenced_vertices()
    positions, corners = np.asarray(mesh.vertices).copy(), np.asarray(mesh.triangles).astype(np.int64)
    return Surface(positions, field.gradient(positions), np.zeros((len(positions), 2)), corners)
