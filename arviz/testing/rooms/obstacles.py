"""What stands and hangs in a room, cell by cell, by upright rays through everything but its shell."""

from __future__ import annotations

import numpy as np

from arviz.core.room import HeightGrid
from arviz.render.embree import Embree
from arviz.testing.rooms.polygons import in_polygon
from arviz.testing.rooms.room import SyntheticRoom
from arviz.testing.rooms.truth import Part

_SHELL: tuple[Part, ...] = ("floor", "wall", "ceiling", "slope", "door", "window", "beyond", "reveal")
_BELOW_M = 0.5


def height_grid(room: SyntheticRoom, *, cell_m: float = 0.025) -> HeightGrid:
    """Return the true obstacles of a room as `arviz.core.room.HeightGrid`: cells on its floor, told by their centres.

    Frames, casings and pictures on walls are left out; lamps that hang are in it.
    """
    mesh, floor = room.mesh, room.planes[0]
    shell = np.array([plane.part in _SHELL for plane in room.planes] + [False])  # -1, curved things, is the last
    low, high = floor.outline_m[:, [0, 2]].min(axis=0), floor.outline_m[:, [0, 2]].max(axis=0)
    columns, rows = np.ceil((high - low) / cell_m).astype(int)
    x, z = np.meshgrid(low[0] + (np.arange(columns) + 0.5) * cell_m, low[1] + (np.arange(rows) + 0.5) * cell_m)
    origins = np.stack([x.reshape(-1), np.full(x.size, -_BELOW_M), z.reshape(-1)], axis=1)
    up = np.broadcast_to(np.array([0.0, 1.0, 0.0]), origins.shape)
    chosen = np.flatnonzero(~shell[mesh.plane])
    hits = Embree(mesh.vertices_m, mesh.triangles[chosen]).all(origins, up)
    height = hits.distance - _BELOW_M
    bottom, top = np.full(x.size, np.inf), np.zeros(x.size)
    # A first meeting from behind: the ray began inside a thing that stands on the floor and has no underside.
    behind = mesh.normals()[chosen[hits.triangle], 1] > 0
    first = np.unique(hits.ray, return_index=True)[1]
    bottom[hits.ray[first]] = np.where(behind[first], 0.0, np.maximum(height[first], 0.0))
    np.maximum.at(top, hits.ray, height)
    seen = in_polygon(floor.outline_m[:, [0, 2]], x.reshape(-1), z.reshape(-1))
    filled = seen & (top > 0)
    return HeightGrid(
        origin_m=tuple(low),
        cell_m=cell_m,
        seen=seen.reshape(x.shape),
        bottom_m=np.where(filled, bottom, 0).reshape(x.shape).astype(np.float32),
        top_m=np.where(filled, top, 0).reshape(x.shape).astype(np.float32),
        sigma_m=0.0,
    )
