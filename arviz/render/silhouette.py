"""Outlines of a product seen from the front, from its left side and from above, as polygons in metres.

Rasterised, because the union of tens of thousands of projected triangles costs seconds as exact geometry; the grid
is finer than a pixel of any page that shows the drawing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.graph import bounds, drawn, triangle_count

GRID_PX = 640
"""Cells along the longest side of the product: 3 mm for a sofa of two metres."""
MOST_TRIANGLES = 5_000_000
"""Beyond it no outline is drawn: a few seconds, 400 MB."""
_MARGIN_PX = 2
_FILLED_PX = 1.0
"""Triangles smaller than this are covered by their outlines alone."""
VIEWS = {"front": ((0, 1), (1, 1)), "side": ((2, 1), (-1, 1)), "top": ((0, 2), (1, -1))}
"""view -> axes of its (right, up) and their signs: from the front x runs right, from the product's left (+X) side z runs
left, from above z runs down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One view: closed polygons (N, 2) of (right, up) in metres from the lower left corner, and the extent (width, height).

    Even-odd: a polygon inside another is a hole. The extent is that of the vertices, not of the raster.
    """

    polygons: tuple[Array, ...]
    width_m: float
    height_m: float


def silhouettes(asset: Asset) -> dict[str, Outline]:
    """Return view name -> outline for the views of `VIEWS`; empty if nothing is drawn or too much."""
    box = bounds(asset)
    if box is None or triangle_count(asset) > MOST_TRIANGLES:
        return {}
    cell = float(max((box[1] - box[0]).max(), 1e-9)) / GRID_PX
    corners = [piece.positions[piece.primitive.triangles] for piece in drawn(asset) if len(piece.primitive.triangles)]
    triangles = np.concatenate(corners) if corners else np.zeros((0, 3, 3))
    return {name: _outline(triangles, box, axes, signs, cell) for name, (axes, signs) in VIEWS.items()}


def _outline(triangles: Array, box: Array, axes: tuple[int, int], signs: tuple[int, int], cell: float) -> Outline:
    import cv2

    low = np.array([box[0][a] if s > 0 else -box[1][a] for a, s in zip(axes, signs, strict=True)])
    extent = (box[1] - box[0])[list(axes)]
    flat = (triangles[:, :, axes] * signs - low) / cell + _MARGIN_PX
    width, height = (np.ceil(extent / cell).astype(int) + 2 * _MARGIN_PX + 1).tolist()
    mask = np.zeros((height, width), np.uint8)
    whole = np.round(flat).astype(np.int32)
    large = (np.ptp(flat, axis=1) > _FILLED_PX).all(axis=1)
    cv2.polylines(mask, list(whole[~large]), True, 1)
    for triangle in list(whole[large]):  # with its outline; fillPoly over all at once would fill by the even-odd rule
        cv2.fillConvexPoly(mask, triangle, 1)
    found, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    polygons = (cv2.approxPolyDP(contour, 0.8, True).reshape(-1, 2) for contour in found)
    scaled = tuple((polygon - _MARGIN_PX) * cell for polygon in polygons if len(polygon) >= 3)
    return Outline(polygons=scaled, width_m=float(extent[0]), height_m=float(extent[1]))
