"""The paints of a room on one picture, for renderers that read textures: each finish baked as finely as a view shows it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import View
from arviz.testing.rooms.rays import Tracer, pixel_grid
from arviz.testing.rooms.room import SyntheticRoom
from arviz.testing.rooms.surfaces import Surfaces

_UNSEEN_M = 0.04
"""A texel of what the view does not show: it only tints the light."""
_MOST = 3000
"""Texels along a finish."""
_RIM = 1
"""Texels around each finish, painted too: they are mixed in at its edge."""


class Atlas(NamedTuple):
    """Triangles of a room with their texture."""

    corners_m: Array
    """(T, 3, 3) float64."""
    uv: Array
    """(T, 3, 2) float64 in 0..1, from the texture's first row and column."""
    reflectance: Array
    """(H, W, 3) float32."""
    gloss: Array
    """(H, W) float32."""


def atlas(room: SyntheticRoom, view: View, triangles: Array) -> Atlas:
    """Return some triangles (T,) of a room's mesh with their paint."""
    mesh, surfaces = room.mesh, Surfaces(room.finishes, room.sheets, room.bitmaps)
    finish = mesh.finish[triangles]
    corners = mesh.vertices_m[mesh.triangles[triangles]]
    origin = np.array([f.origin_m for f in room.finishes])[finish]
    axes = np.array([(f.along, f.up) for f in room.finishes])[finish]
    coordinates = np.einsum("tij,tkj->tki", axes, corners - origin[:, None])
    names = np.unique(finish)
    texel = _texels(room, view)
    low = np.array([coordinates[finish == name].min(axis=(0, 1)) for name in names])
    high = np.array([coordinates[finish == name].max(axis=(0, 1)) for name in names])
    pitch = np.maximum(texel[names][:, None], (high - low) / _MOST)
    size = np.ceil((high - low) / pitch).astype(np.int64) + 1 + 2 * _RIM
    place, shape = _packed(size)
    reflectance, gloss = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32)
    uv = np.empty_like(coordinates)
    for name, at, count, start, step in zip(names, place, size, low, pitch, strict=True):
        mine = finish == name
        uv[mine] = (at + _RIM + 0.5 + (coordinates[mine] - start) / step) / [shape[1], shape[0]]
        look, coat = _baked(surfaces, room, int(name), start, step, count)
        area = (slice(at[1], at[1] + count[1]), slice(at[0], at[0] + count[0]))
        reflectance[area], gloss[area] = look, coat
    return Atlas(corners, uv, reflectance, gloss)


def _baked(surfaces: Surfaces, room: SyntheticRoom, name: int, start: Array, step: Array, count: Array) -> tuple[Array, Array]:
    finish = room.finishes[name]
    along, up = np.asarray(finish.along), np.asarray(finish.up)
    u, v = (start[i] + (np.arange(count[i]) - _RIM) * step[i] for i in (0, 1))
    uv = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
    points = np.asarray(finish.origin_m) + uv @ np.stack([along, up])
    footprints = np.broadcast_to(np.stack([along * step[0], up * step[1]]), (len(points), 2, 3))
    look = surfaces.look(np.full(len(points), name), points, footprints)
    return look.reflectance.reshape(count[1], count[0], 3), look.gloss.reshape(count[1], count[0])


def _texels(room: SyntheticRoom, view: View) -> Array:
    """Return the side of a texel (F,) of each finish: that of the nearest pixel that shows it."""
    camera, pose = view.camera, view.world_from_camera
    rays = camera.rays(pixel_grid(camera, step_px=2)) @ pose[:3, :3].T
    hit = Tracer(room.mesh).first(np.broadcast_to(pose[:3, 3], rays.shape), rays)
    seen = hit.triangle >= 0
    out = np.full(len(room.finishes), _UNSEEN_M)
    np.minimum.at(out, room.mesh.finish[hit.triangle[seen]], hit.distance[seen] / float(camera.k[0, 0]))
    return out


def _packed(size: Array) -> tuple[Array, tuple[int, int]]:
    """Return where (N, 2) rectangles of (N, 2) columns and rows lie on shelves of one picture, and its rows and columns."""
    width = max(int(size[:, 0].max()), int(np.sqrt(size.prod(axis=1).sum())))
    place, x, y, shelf = np.zeros_like(size), 0, 0, 0
    for index in np.argsort(-size[:, 1], kind="stable"):
        if x + size[index, 0] > width:
            x, y, shelf = 0, y + shelf, 0
        place[index] = x, y
        x, shelf = x + int(size[index, 0]), max(shelf, int(size[index, 1]))
    return place, (y + shelf, width)
