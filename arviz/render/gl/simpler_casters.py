"""Casters with as many triangles as their shadow can show: most products have several of them within one texel of a map.

Vertices that share a cell become their mean (Rossignac and Borrel 1993, "Multi-resolution 3D Approximations for Rendering Complex
Scenes"). What is thinner than a cell would vanish; its triangles are taken together in smaller cells instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.render.gl.draws import Draw
from arviz.render.gl.view import corners

_LONG_CELLS = 3.0
"""Triangles that are longer and vanish are thin: legs, wires, edges of boards."""
_FINER, _DEPTH = 1 / 3, 3
"""Of the cells for what is thin, and how often they may become smaller; what is left stays as it is."""


class Shape(NamedTuple):
    """Triangles of one caster."""

    positions: Array
    """(V, 3) float32, all of them used."""
    indices: Array
    """(T, 3) uint32."""


class Shapes(NamedTuple):
    """One caster, solid, at all the sizes that shadows need."""

    whole: Shape
    near: Shape
    """For the fine map."""
    far: Shape
    """For the coarse one."""

    @property
    def nbytes(self) -> int:
        """At most so many bytes: sizes that need no simplification share their arrays."""
        return sum(array.nbytes for shape in self for array in shape)


def compact(positions: Array, triangles: Array) -> Shape:
    """Return the triangles (T, 3) with none but the vertices that they use."""
    used = np.zeros(len(positions), bool)
    used[triangles.reshape(-1)] = True
    index = np.cumsum(used, dtype=np.uint32) - np.uint32(1)
    return Shape(np.asarray(positions[used], np.float32), np.asarray(index[triangles], np.uint32))


def simplified(shape: Shape, cell: float) -> Shape:
    """Return a shape with about one vertex for each cell of a cubic grid that it passes through.

    Parameters
    ----------
    cell : float
        Its side, in the units of the positions.
    """
    parts, left = [], shape
    for _ in range(_DEPTH):
        clustered, left = _clustered(left, cell)
        parts.append(clustered)
        cell *= _FINER
        if not len(left.indices):
            break
    out = together([*parts, left])
    return out if len(out.indices) < len(shape.indices) else shape


def together(parts: Sequence[Shape]) -> Shape:
    """Return shapes as one."""
    starts = np.cumsum([0] + [len(part.positions) for part in parts])
    positions = [np.zeros((0, 3), np.float32)] + [part.positions for part in parts]
    indices = [np.zeros((0, 3), np.uint32)] + [part.indices + np.uint32(start) for part, start in zip(parts, starts, strict=False)]
    return Shape(np.concatenate(positions), np.concatenate(indices))


def _clustered(shape: Shape, cell: float) -> tuple[Shape, Shape]:
    """Return what is left where all vertices of a cell are one, and the triangles of which nothing would be left."""
    points, triangles = shape
    cells = np.floor((points - points.min(axis=0)) / cell).astype(np.int64)
    side = cells.max(axis=0) + 1
    _, group = np.unique((cells[:, 0] * side[1] + cells[:, 1]) * side[2] + cells[:, 2], return_inverse=True)
    count = np.bincount(group)
    means = np.stack([np.bincount(group, points[:, i]) for i in range(3)], axis=1) / count[:, None]
    joined = group[triangles]
    flat = (joined[:, 0] == joined[:, 1]) | (joined[:, 1] == joined[:, 2]) | (joined[:, 0] == joined[:, 2])
    kept = np.unique(np.sort(joined[~flat], axis=1), axis=0)  # shadows have no sides
    shown = np.zeros(len(count), bool)
    shown[kept.reshape(-1)] = True
    lost, ends = triangles[flat], joined[flat]
    longest = np.max([np.abs(points[lost[:, i]] - points[lost[:, i - 1]]).max(axis=1) for i in range(3)], axis=0)
    thin = ~shown[ends].all(axis=1) | (longest > _LONG_CELLS * cell)
    return compact(means.astype(np.float32), kept), compact(points, lost[thin])


def item_extents(draws: list[Draw]) -> dict[int, float]:
    """Return for each item its largest extent along the axes of its asset: the same wherever it stands."""
    boxes: dict[int, list[Array]] = {}
    for draw in draws:
        pose = draw.piece.asset_from_piece
        boxes.setdefault(draw.item, []).append(corners(draw.piece.box) @ pose[:3, :3].T + pose[:3, 3])
    return {item: float(np.ptp(np.concatenate(points), axis=0).max()) for item, points in boxes.items()}


def shapes(draw: Draw, *, cells: tuple[float, float], extent: float) -> Shapes:
    """Return a piece's triangles, whole and simplified.

    Parameters
    ----------
    cells : (float, float)
        For the fine and the coarse map, of `extent`; 0 for no simplification.
    extent : float
        Of the item, in its asset's frame.
    """
    piece = draw.piece
    whole = compact(piece.arrays["POSITION"], piece.indices)
    # As long in the piece's own frame, where poses stretch it least.
    scale = float(np.linalg.svd(piece.asset_from_piece[:3, :3], compute_uv=False).max())
    near, far = (
        simplified(whole, cell * extent / scale) if cell > 0 and extent > 0 and scale > 0 and len(whole.indices) else whole
        for cell in cells
    )
    return Shapes(whole, near, far)
