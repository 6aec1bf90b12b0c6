"""Rays between a head, a pair of glasses on it and a camera (Embree); all in the head's frame."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from arviz.core.asset import Asset
from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.scene import Item
from arviz.core.triangles import unit
from arviz.render.bodies import Soup, bodies, soup
from arviz.render.embree import Embree, Hits, weights_of
from arviz.render.eyewear import Eyewear, Lenses

LIFT_M = 5e-4
"""Shadow rays start so far off the skin; frames rest on it, some tenths of a millimetre into it."""


class Skin(NamedTuple):
    """What pixels show of the head."""

    rows: Array
    columns: Array
    points_m: Array
    """(N, 3) in the head's frame."""
    normals: Array
    """(N, 3) unit vectors."""
    depth_m: Array
    """(N,) along the camera's z axis."""


class Met(NamedTuple):
    """What rays meet first."""

    distance: Array
    """(N,) float32, in lengths of the ray's direction; +inf for nothing."""
    triangle: Array
    """(N,) of head, frame and lenses together."""
    uv: Array
    ends: Array

    @property
    def head(self) -> Array:
        """(N,) bool."""
        out: Array = self.triangle < self.ends[0]
        return out

    @property
    def glasses(self) -> Array:
        """(N,) bool: frame or lens."""
        out: Array = (self.triangle >= self.ends[0]) & (self.triangle < self.ends[2])
        return out

    @property
    def frame(self) -> Array:
        """(N,) bool."""
        out: Array = (self.triangle >= self.ends[0]) & (self.triangle < self.ends[1])
        return out

    @property
    def lens(self) -> Array:
        """(N,) bool."""
        out: Array = (self.triangle >= self.ends[1]) & (self.triangle < self.ends[2])
        return out

    def on_lenses(self, rays: Array) -> Hits:
        """Return the meetings of rays (M,) that meet a lens."""
        triangle = self.triangle[rays].astype(np.int64) - self.ends[1]
        return Hits(rays, self.distance[rays].astype(np.float64), triangle, weights_of(self.uv[rays]))


class FaceRays:
    """A head and glasses that rays can be sent to; made once per seat, closed by ``with``.

    Parameters
    ----------
    head : Asset
        Closed towards the camera, in the head's frame.
    worn : Eyewear
    """

    def __init__(self, head: Asset, worn: Eyewear) -> None:
        self.head, self.worn = head, worn
        lenses = worn.lenses
        face, frame = soup(bodies([Item(asset=head, role="occluder")])), soup(bodies(worn.frame))
        self._centre = face.centre
        self._head_triangles = face.triangles.astype(np.int64)
        self._head_normals = _normals(face)
        clear = (np.zeros((0, 3)), np.zeros((0, 3), np.int64)) if lenses is None else (lenses.points_m, lenses.triangles)
        parts = [
            (face.vertices, face.triangles),
            (frame.vertices + (frame.centre - self._centre).astype(np.float32), frame.triangles),
            ((clear[0] - self._centre).astype(np.float32), clear[1].astype(np.uint32)),
        ]
        self._head, self._frame, self._lenses = (Embree(*part) for part in parts)
        firsts = np.cumsum([0, *(len(vertices) for vertices, _ in parts)])
        self._ends = np.cumsum([len(triangles) for _, triangles in parts])
        self._all = Embree(
            np.concatenate([vertices for vertices, _ in parts]),
            np.concatenate([triangles + np.uint32(first) for (_, triangles), first in zip(parts, firsts, strict=False)]),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Free Embree's memory; closing twice is fine."""
        for scene in (self._head, self._frame, self._lenses, self._all):
            scene.close()

    @property
    def lenses(self) -> Lenses | None:
        """The lenses, whose triangles hits count."""
        return self.worn.lenses

    def first(self, origins_m: Array, directions: Array) -> Met:
        """Return what rays (N, 3) meet first."""
        distance, triangle, uv = self._all.nearest(origins_m - self._centre.astype(origins_m.dtype), directions)
        return Met(distance, triangle, uv, self._ends)

    def on_head(self, origins_m: Array, directions: Array) -> Hits:
        """Return where rays (N, 3) meet the head first."""
        return self._head.first(origins_m - self._centre, directions)

    def on_frame(self, origins_m: Array, directions: Array) -> Hits:
        """Return where rays (N, 3) meet the frame first."""
        return self._frame.first(origins_m - self._centre, directions)

    def through_lenses(self, origins_m: Array, directions: Array) -> Hits:
        """Return where rays (N, 3) enter what is clear, by ray and then from near to far."""
        if self.lenses is None:
            return self._lenses.all(origins_m, directions)
        hits = self._lenses.all(origins_m - self._centre, directions)
        corners = self.lenses.points_m[self.lenses.triangles[hits.triangle]]
        outwards = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        enters = (outwards * directions[hits.ray]).sum(axis=1) < 0
        return hits.pick(enters | self.lenses.two_sided[hits.triangle])

    def by_head(self, origins_m: Array, directions: Array, *, most: float) -> Array:
        """Tell (N,) whether the head lies on rays within `most` lengths of their directions."""
        return self._head.occluded(origins_m - self._centre, directions, most=most)

    def by_frame(self, origins_m: Array, directions: Array, *, most: float) -> Array:
        """Tell (N,) whether the frame lies on rays within `most` lengths of their directions."""
        return self._frame.occluded(origins_m - self._centre, directions, most=most)

    def skin(self, camera: Camera, camera_from_head: Array, *, rows: Array, columns: Array) -> Skin:
        """Return what pixels (N,), (N,) show of the head, those that show it."""
        origin, way = eye_rays(camera, camera_from_head, np.stack([columns, rows], axis=1))
        hits = self.on_head(np.broadcast_to(origin, way.shape), way)
        corners = self._head_triangles[hits.triangle]
        normals = unit(np.einsum("nk,nkc->nc", hits.weights, self._head_normals[corners].astype(np.float64)))
        normals *= np.where((normals * way[hits.ray]).sum(axis=1, keepdims=True) > 0, -1, 1)
        points = origin + way[hits.ray] * hits.distance[:, None]
        return Skin(rows[hits.ray], columns[hits.ray], points, normals, hits.distance)


def _normals(face: Soup) -> Array:
    """Return the normals (V, 3) of a head's corners, those of the triangles about them where it brings none."""
    if (face.normals**2).sum(axis=1).min(initial=1) > 0.01:
        return face.normals
    corners = face.vertices[face.triangles]
    own = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    out = np.stack([np.bincount(face.triangles.ravel(), np.repeat(own[:, c], 3), len(face.vertices)) for c in range(3)], axis=1)
    length = np.linalg.norm(out, axis=1, keepdims=True)
    return np.where(length > 0, out / np.where(length > 0, length, 1), [0.0, 0.0, 1.0]).astype(np.float32)


def eye_rays(camera: Camera, camera_from_head: Array, points_px: Array) -> tuple[Array, Array]:
    """Return the eye (3,) and the directions (N, 3) of pixels (N, 2), in the head's frame; of length 1 along the camera's z."""
    turn, shift = camera_from_head[:3, :3], camera_from_head[:3, 3]
    return -turn.T @ shift, camera.rays(points_px) @ turn
