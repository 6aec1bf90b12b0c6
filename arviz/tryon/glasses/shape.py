"""What a product looks like from outside, as points: to measure glasses whose file says nothing of itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.core.triangles import face_vectors

SPACING_M = 0.0012
"""About how far points lie apart."""
MOST = 60_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shape:
    """Points spread evenly over all triangles of a product, in its frame.

    Parameters
    ----------
    points_m : ndarray (S, 3) float64
    node : ndarray (S,) int64
        Which node each lies on.
    clear : ndarray (S,) bool
        Whether its material lets light through.
    """

    points_m: Array = field(repr=False)
    node: Array = field(repr=False)
    clear: Array = field(repr=False)


def shape_of(asset: Asset, *, spacing_m: float = SPACING_M) -> Shape:
    """Return the shape of an asset; the same points each time."""
    corners, node, clear = [], [], []
    for piece in drawn(asset):
        triangles = piece.positions[piece.primitive.triangles]
        if not len(triangles):
            continue
        corners.append(triangles)
        node.append(np.full(len(triangles), piece.node))
        clear.append(np.full(len(triangles), _clear(asset, piece.primitive.material)))
    if not corners:
        return Shape(points_m=np.zeros((0, 3)), node=np.zeros(0, int), clear=np.zeros(0, bool))
    at = np.concatenate(corners)
    flat = at.reshape(-1, 3)
    area = np.linalg.norm(face_vectors(flat, np.arange(len(flat)).reshape(-1, 3)), axis=1) / 2
    count = min(MOST, int(area.sum() / spacing_m**2) + 1)
    # Evenly along the running area, then spread inside of each triangle by a sequence of low discrepancy (Roberts 2018).
    along = (np.arange(count) + 0.5) / count * area.sum()
    chosen = np.minimum(np.searchsorted(np.cumsum(area), along), len(area) - 1)
    u, v = ((np.arange(count)[:, None] * (0.7548776662466927, 0.5698402909980532)) % 1).T
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
    a, b, c = at[chosen].transpose(1, 0, 2)
    points = a + u[:, None] * (b - a) + v[:, None] * (c - a)
    return Shape(points_m=points, node=np.concatenate(node)[chosen], clear=np.concatenate(clear)[chosen])


def _clear(asset: Asset, material: int | None) -> bool:
    if material is None:
        return False
    look = asset.materials[material]
    transmits = look.extensions.get("KHR_materials_transmission", {}).get("transmissionFactor", 0) > 0
    return bool(transmits or look.alpha_mode == "BLEND" or look.base_color_factor[3] < 0.9)
