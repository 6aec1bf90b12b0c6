"""Rays between a head, a pair of glasses on it and a camera (Embree); all in the head's frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from arviz.core.asset import Asset
from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.scene import Item
from arviz.core.triangles import unit
from arviz.render.bodies import bodies, soup
from arviz.render.embree import Embree, Hits
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


class FaceRays:
    """A head and glasses that rays can be sent to; made once per seat, closed by ``with``.

    Parameters
    ----------
    head : Asset
        Closed towards the camera, in the head's frame.
    worn : Eyewear
    """

    def __init__(self, head: Asset, worn: Eyewear) -> None:
        self.worn = worn
        self._head, self._head_normals, self._head_triangles, self._head_centre = _mesh([Item(asset=head, role="occluder")])
        self._frame, _, self.frame_triangles, self._frame_centre = _mesh(worn.frame)
        lenses = worn.lenses
        self._lenses = None if lenses is None else Embree(lenses.points_m.astype(np.float32), lenses.triangles.astype(np.uint32))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Free Embree's memory; closing twice is fine."""
        for scene in (self._head, self._frame, self._lenses):
            if scene is not None:
                scene.close()

    @property
    def lenses(self) -> Lenses | None:
        """The lenses that `on_lenses` counts."""
        return self.worn.lenses

    def on_head(self, origins_m: Array, directions: Array) -> Hits:
        """Return where rays (N, 3) meet the head first."""
        return self._head.first(origins_m - self._head_centre, directions)

    def on_frame(self, origins_m: Array, directions: Array) -> Hits:
        """Return where rays (N, 3) meet the frame first."""
        return self._frame.first(origins_m - self._frame_centre, directions)

    def on_lenses(self, origins_m: Array, directions: Array) -> Hits:
        """Return where rays (N, 3) meet a lens first."""
        if self._lenses is None:
            return self._frame.first(np.zeros((0, 3)), np.zeros((0, 3)))
        return self._lenses.first(origins_m, directions)

    def through_lenses(self, origins_m: Array, directions: Array) -> Hits:
        """Return where rays (N, 3) enter what is clear, by ray and then from near to far."""
        if self._lenses is None or self.lenses is None:
            return self.on_lenses(origins_m, directions)
        hits = self._lenses.all(origins_m, directions)
        corners = self.lenses.points_m[self.lenses.triangles[hits.triangle]]
        outwards = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        enters = (outwards * directions[hits.ray]).sum(axis=1) < 0
        return hits.pick(enters | self.lenses.two_sided[hits.triangle])

    def by_head(self, origins_m: Array, directions: Array, *, most_m: float) -> Array:
        """Tell (N,) whether the head hides what lies along rays of unit directions."""
        return self._head.occluded(origins_m - self._head_centre, directions, most=most_m)

    def by_frame(self, origins_m: Array, directions: Array, *, most_m: float) -> Array:
        """Tell (N,) whether the frame hides what lies along rays of unit directions."""
        return self._frame.occluded(origins_m - self._frame_centre, directions, most=most_m)

    def skin(self, camera: Camera, camera_from_head: Array, *, rows: Array, columns: Array) -> Skin:
        """Return what pixels (N,), (N,) show of the head, those that show it."""
        origin, way = eye_rays(camera, camera_from_head, np.stack([columns, rows], axis=1))
        hits = self.on_head(np.broadcast_to(origin, way.shape), way)
        corners = self._head_triangles[hits.triangle]
        normals = unit(np.einsum("nk,nkc->nc", hits.weights, self._head_normals[corners]))
        normals *= np.where((normals * way[hits.ray]).sum(axis=1, keepdims=True) > 0, -1, 1)
        points = origin + way[hits.ray] * hits.distance[:, None]
        return Skin(rows[hits.ray], columns[hits.ray], points, normals, hits.distance)


def eye_rays(camera: Camera, camera_from_head: Array, points_px: Array) -> tuple[Array, Array]:
    """Return the eye (3,) and the directions (N, 3) of pixels (N, 2), in the head's frame; of length 1 along the camera's z."""
    turn, shift = camera_from_head[:3, :3], camera_from_head[:3, 3]
    return -turn.T @ shift, camera.rays(points_px) @ turn


def _mesh(items: Sequence[Item]) -> tuple[Embree, Array, Array, Array]:
    """Return the triangles of items for rays, their corners' normals (V, 3), the triangles (T, 3) and the origin (3,) of the rays."""
    whole = soup(bodies(items))
    return Embree(whole.vertices, whole.triangles), whole.normals.astype(np.float64), whole.triangles.astype(np.int64), whole.centre
