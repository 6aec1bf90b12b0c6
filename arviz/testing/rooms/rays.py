"""Rays against a room's triangles: Embree finds the triangle, its plane gives the distance in float64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.render.embree import Embree
from arviz.testing.rooms.truth import RoomMesh


class Hit(NamedTuple):
    """What each of N rays meets first."""

    distance: Array
    """(N,) float64 in lengths of the direction, +inf where nothing is."""
    triangle: Array
    """(N,) int64, -1 where nothing is."""


class Tracer:
    """The triangles of a mesh, or a part of them, ready for rays; numbers of triangles stay those of the mesh."""

    def __init__(self, mesh: RoomMesh, *, chosen: Array | None = None) -> None:
        self._index = np.arange(len(mesh.triangles)) if chosen is None else np.flatnonzero(chosen)
        self._embree = Embree(mesh.vertices_m, mesh.triangles[self._index])
        self.normals, self.plane = mesh.normals(), mesh.plane
        self._offset = -(self.normals * mesh.vertices_m[mesh.triangles[:, 0]]).sum(axis=1)

    def first(self, origins_m: Array, directions: Array) -> Hit:
        """Return the first triangle on each ray (N, 3), (N, 3)."""
        found = self._embree.first(origins_m, directions)
        distance, triangle = np.full(len(origins_m), np.inf), np.full(len(origins_m), -1, np.int64)
        triangle[found.ray] = hit = self._index[found.triangle]
        o, d, n = origins_m[found.ray], directions[found.ray], self.normals[hit]
        along = (d * n).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            exact = -((o * n).sum(axis=1) + self._offset[hit]) / along
        # A ray within 1e-6 of the surface's own direction: Embree's float32 distance is the better one.
        distance[found.ray] = np.where(np.abs(along) > 1e-6, exact, found.distance)
        return Hit(distance, triangle)

    def occluded(self, origins_m: Array, directions: Array) -> Array:
        """Return (N,) bool: whether anything lies on each ray before the end of its direction."""
        return self._embree.occluded(origins_m, directions, most=1.0)


def pixel_grid(camera: Camera, *, step_px: int = 1) -> Array:
    """Return the centres (N, 2) of a camera's pixels, row by row."""
    x, y = np.meshgrid(np.arange(0, camera.width_px, step_px), np.arange(0, camera.height_px, step_px))
    return np.stack([x.reshape(-1), y.reshape(-1)], axis=1).astype(np.float64)
