"""Open3D's ``RaycastingScene`` (Embree) behind one class: plain arrays in and out, and what to say where it is missing."""

from __future__ import annotations

import platform
import sys
from typing import Any, NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.open3d_import import import_open3d
from arviz.core.probe import probed

_SMALLEST_USE = """
import numpy
scene = open3d.t.geometry.RaycastingScene()
tensor = open3d.core.Tensor
scene.add_triangles(tensor(numpy.eye(3, dtype=numpy.float32)), tensor(numpy.array([[0, 1, 2]], numpy.uint32)))
assert numpy.isfinite(scene.cast_rays(tensor(numpy.array([[0, 0, 0, 1, 1, 1]], numpy.float32)))["t_hit"].numpy()).all()
"""
_NONE = np.uint32(0xFFFFFFFF)
_CHUNK = 2**18
"""Rays whose every hit is listed at once: some ten hits of 24 bytes each."""


def load() -> Any:
    """Return the module ``open3d``; importing it takes 2 s, trying it in a child the first time as long again.

    Raises
    ------
    DependencyError, BackendError
        It is missing, or it would end the process (on a processor that it was not built for, for example).
    """
    linux_pc = sys.platform.startswith("linux") and platform.machine() == "x86_64"
    package = "open3d-cpu" if linux_pc else "open3d"
    probed("open3d", package=package, code=_SMALLEST_USE)
    return import_open3d()


class Hits(NamedTuple):
    """Where rays meet triangles, one row per meeting."""

    ray: Array
    """(N,) int64: index of the ray."""
    distance: Array
    """(N,) float64, in lengths of the ray's direction."""
    triangle: Array
    """(N,) int64."""
    weights: Array
    """(N, 3) float64, barycentric, of the triangle's corners."""

    def pick(self, chosen: Array) -> Hits:
        """Return the rows that `chosen` names (a mask or indices)."""
        return Hits(*(column[chosen] for column in self))


class Embree:
    """Triangles that rays can be sent to.

    Parameters
    ----------
    vertices : ndarray (V, 3) float32
    triangles : ndarray (T, 3) uint32
    """

    def __init__(self, vertices: Array, triangles: Array) -> None:
        self._open3d = load()
        self._scene: Any = self._open3d.t.geometry.RaycastingScene()
        self.empty = not len(triangles)
        if not self.empty:
            self._scene.add_triangles(self._tensor(vertices, np.float32), self._tensor(triangles, np.uint32))

    def close(self) -> None:
        """Free the triangles; closing twice is fine."""
        self._scene = None

    def nearest(self, origins: Array, directions: Array) -> tuple[Array, Array, Array]:
        """Return for each ray (N, 3), (N, 3) its nearest meeting: distance (N,) float32, +inf for none, triangle (N,) and u, v (N, 2)."""
        if self.empty or not len(origins):
            count = len(origins)
            return np.full(count, np.inf, np.float32), np.full(count, _NONE), np.zeros((count, 2), np.float32)
        found = self._scene.cast_rays(self._rays(origins, directions))
        return found["t_hit"].numpy(), found["primitive_ids"].numpy(), found["primitive_uvs"].numpy()

    def first(self, origins: Array, directions: Array) -> Hits:
        """Return the nearest meeting of each ray (N, 3), (N, 3); rays that meet nothing have no row."""
        distance, triangle, uv = self.nearest(origins, directions)
        ray = np.flatnonzero(triangle != _NONE)
        return Hits(ray, distance[ray].astype(np.float64), triangle[ray].astype(np.int64), weights_of(uv[ray]))

    def all(self, origins: Array, directions: Array) -> Hits:
        """Return every meeting of each ray, by ray and then from near to far."""
        parts = [_no_hits()]
        for start in range(0, 0 if self.empty else len(origins), _CHUNK):
            rows = slice(start, start + _CHUNK)
            found = {k: v.numpy() for k, v in self._scene.list_intersections(self._rays(origins[rows], directions[rows])).items()}
            order = np.lexsort((found["primitive_ids"], found["t_hit"], found["ray_ids"]))
            ray, distance, triangle = (found[name][order] for name in ("ray_ids", "t_hit", "primitive_ids"))
            weights = weights_of(found["primitive_uvs"][order])
            parts.append(Hits(ray.astype(np.int64) + start, distance.astype(np.float64), triangle.astype(np.int64), weights))
        return Hits(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def count(self, origins: Array, directions: Array) -> Array:
        """Return (N,) int64: how many triangles each ray meets, from either side."""
        if self.empty or not len(origins):
            return np.zeros(len(origins), np.int64)
        out: Array = self._scene.count_intersections(self._rays(origins, directions)).numpy().astype(np.int64)
        return out

    def occluded(self, origins: Array, directions: Array, *, most: float) -> Array:
        """Return (N,) bool: whether anything lies on the ray within `most` lengths of its direction."""
        if self.empty or not len(origins):
            return np.zeros(len(origins), bool)
        out: Array = self._scene.test_occlusions(self._rays(origins, directions), tfar=float(most)).numpy()
        return out

    def closest(self, points: Array) -> tuple[Array, Array]:
        """Return the nearest points (N, 3) float64 on the triangles and their triangles (N,); there must be triangles."""
        found = self._scene.compute_closest_points(self._tensor(points, np.float32))
        return found["points"].numpy().astype(np.float64), found["primitive_ids"].numpy().astype(np.int64)

    def _rays(self, origins: Array, directions: Array) -> Any:
        return self._tensor(np.concatenate([origins, directions], axis=1), np.float32)

    def _tensor(self, array: Array, dtype: Any) -> Any:
        return self._open3d.core.Tensor(np.ascontiguousarray(array, dtype))


def weights_of(uv: Array) -> Array:
    """Return barycentric weights (N, 3) of Embree's u, v (N, 2), which belong to the second and third corner."""
    u, v = uv.astype(np.float64).reshape(-1, 2).T
    out: Array = np.stack([1 - u - v, u, v], axis=1)
    return out


def _no_hits() -> Hits:
    return Hits(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64), np.zeros((0, 3)))
