"""Triangles of several kinds under one set of rays (Embree, by Open3D)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from arviz.core.frozen import Array


@dataclass(frozen=True, eq=False)
class Hits:
    """What rays (N,) hit: `distance` in lengths of their directions (inf for nothing), kind, triangle, weights of its corners."""

    distance: Array
    kind: Array
    triangle: Array
    weights: Array


@dataclass(frozen=True, eq=False)
class Solids:
    """Meshes by name, each points (N, 3) and triangles (T, 3), in one frame."""

    meshes: Mapping[str, tuple[Array, Array]]

    @cached_property
    def _scene(self) -> Any:
        import open3d as o3d

        scene = o3d.t.geometry.RaycastingScene()
        for points, triangles in self.meshes.values():
            scene.add_triangles(_tensor(points, np.float32), _tensor(triangles, np.uint32))
        return scene

    def seen(self, origins: Array, directions: Array) -> Hits:
        """Return what rays hit first; origins (3,) or (N, 3), directions (N, 3); `Hits.kind` counts `meshes`, -1 for nothing."""
        found = self._scene.cast_rays(_rays(origins, directions))
        distance = found["t_hit"].numpy()
        u, v = found["primitive_uvs"].numpy().T
        kind = np.where(np.isfinite(distance), found["geometry_ids"].numpy().astype(np.int64), -1)
        return Hits(distance, kind, found["primitive_ids"].numpy().astype(np.int64), np.stack([1 - u - v, u, v], axis=1))

    def hidden(self, origins: Array, directions: Array) -> Array:
        """Return whether anything lies in the way of rays (N, 3), (N, 3)."""
        out: Array = self._scene.test_occlusions(_rays(origins, directions), tnear=0.0).numpy()
        return out


def _tensor(values: Array, dtype: DTypeLike) -> Any:
    import open3d as o3d

    return o3d.core.Tensor.from_numpy(np.ascontiguousarray(values, dtype))


def _rays(origins: Array, directions: Array) -> Any:
    rays = np.empty((len(directions), 6), np.float32)
    rays[:, :3], rays[:, 3:] = origins, directions
    return _tensor(rays, np.float32)


def cone(towards: Array, *, radius_rad: float, count: int) -> Array:
    """Return `count` directions (count, 3) spread evenly over a disc about a direction (Vogel's spiral)."""
    i = np.arange(count) + 0.5
    r, phi = np.tan(radius_rad) * np.sqrt(i / count), i * np.pi * (3 - 5**0.5)
    z = np.asarray(towards, np.float64)
    x = np.cross(z, [0.0, 1.0, 0.0] if abs(z[1]) < 0.9 else [1.0, 0.0, 0.0])
    x /= np.linalg.norm(x)
    spread = z + r[:, None] * (np.cos(phi)[:, None] * x + np.sin(phi)[:, None] * np.cross(z, x))
    out: Array = spread / np.linalg.norm(spread, axis=1, keepdims=True)
    return out


def hemisphere(count: int) -> Array:
    """Return `count` directions (count, 3) about +z, as many as their cosine (Malley's method on Vogel's spiral)."""
    i = np.arange(count) + 0.5
    r, phi = np.sqrt(i / count), i * np.pi * (3 - 5**0.5)
    return np.stack([r * np.cos(phi), r * np.sin(phi), np.sqrt(1 - r**2)], axis=1)


def normals(points: Array, triangles: Array) -> Array:
    """Return a unit normal (N, 3) per point, the mean of its triangles by area."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    out = np.stack([sum(np.bincount(triangles[:, k], face[:, i], len(points)) for k in range(3)) for i in range(3)], axis=1)
    unit: Array = out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
    return unit
