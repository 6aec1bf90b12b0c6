"""A mask that is painted in the texture coordinates of the face, laid on a picture through the face's triangles.

The definition that a browser repeats, part of ``arviz.mask/1``: a pixel shows the triangle that faces the camera, holds the pixel's
centre and is nearest (of equally near ones the first); its texture coordinates are the triangle's, by barycentric weights; the mask
is read bilinearly between the centres of its pixels. That is how WebGL draws with culling, a depth buffer and GL_LINEAR.
"""

from __future__ import annotations

import numpy as np

from arviz.core.face import face_template
from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.tryon.makeup.coverage import Window

_EDGE = 1e-9
"""Centres that lie on an edge belong to both triangles."""


def on_picture(mask: Array, face: Landmarks, *, gain: Array, within: Window) -> Array:
    """Return a painted mask (S, S) as a window of the picture sees it, (H, W) float32.

    Parameters
    ----------
    gain : ndarray (T,)
        How much of the mask each triangle takes.
    """
    template = face_template()
    corners = (face.points_px[: len(template.uv)] - (within.x0, within.y0))[template.triangles]
    depth = np.zeros(len(template.uv)) if face.depth_px is None else face.depth_px[: len(template.uv)]
    (ax, ay), (bx, by), (cx, cy) = (corners[:, i].T for i in range(3))
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    low, high = corners.min(axis=1), corners.max(axis=1)
    rows, columns = within.shape
    # Counter-clockwise from outside is clockwise where y points down.
    drawn = np.flatnonzero((area < -1e-9) & (high >= 0).all(axis=1) & (low[:, 0] <= columns - 1) & (low[:, 1] <= rows - 1))
    triangle, x, y = _pixels(corners[drawn], rows=rows, columns=columns)
    triangle = drawn[triangle]
    px, py = x - ax[triangle], y - ay[triangle]
    second = (px * (cy - ay)[triangle] - (cx - ax)[triangle] * py) / area[triangle]
    third = ((bx - ax)[triangle] * py - px * (by - ay)[triangle]) / area[triangle]
    weights = np.stack([1 - second - third, second, third], axis=1)
    numbers = template.triangles[triangle]
    pixel = y * columns + x
    far = (depth[numbers] * weights).sum(axis=1)
    nearest = np.full(rows * columns, np.inf)
    np.minimum.at(nearest, pixel, far)
    seen = np.flatnonzero(far == nearest[pixel])[::-1]  # so that the first of equals is written last
    uv = np.einsum("nkc,nk->nc", template.uv[numbers[seen]], weights[seen])
    out = np.zeros(rows * columns)
    out[pixel[seen]] = gain[triangle[seen]] * between(mask, uv)
    return out.reshape(rows, columns).astype(np.float32)


def _pixels(corners: Array, *, rows: int, columns: int) -> tuple[Array, Array, Array]:
    """Return the pixels whose centres lie in triangles (T, 3, 2): number of the triangle, x and y, each (N,)."""
    first = np.clip(np.ceil(corners[..., 1].min(axis=1) - _EDGE), 0, rows).astype(int)
    counts = np.maximum(np.clip(np.floor(corners[..., 1].max(axis=1) + _EDGE) + 1, 0, rows).astype(int) - first, 0)
    triangle = np.repeat(np.arange(len(corners)), counts)
    y = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[triangle]
    left, right = np.full(len(y), np.inf), np.full(len(y), -np.inf)
    for i in range(3):
        (x0, y0), (x1, y1) = corners[triangle, i].T, corners[triangle, (i + 1) % 3].T
        crosses = (np.minimum(y0, y1) <= y + _EDGE) & (np.maximum(y0, y1) >= y - _EDGE)
        rise = y1 - y0
        level = np.abs(rise) < _EDGE
        share = np.clip((y - y0) / np.where(level, 1, rise), 0, 1)
        at = x0 + share * (x1 - x0)
        left = np.where(crosses, np.minimum(left, np.where(level, np.minimum(x0, x1), at)), left)
        right = np.where(crosses, np.maximum(right, np.where(level, np.maximum(x0, x1), at)), right)
    begin = np.clip(np.ceil(left - _EDGE), 0, columns).astype(int)
    widths = np.maximum(np.clip(np.floor(right + _EDGE) + 1, 0, columns).astype(int) - begin, 0)
    span = np.repeat(np.arange(len(y)), widths)
    x = np.arange(widths.sum()) - np.repeat(np.cumsum(widths) - widths, widths) + begin[span]
    return triangle[span], x, y[span]


def between(mask: Array, uv: Array) -> Array:
    """Return a mask (S, S) at texture coordinates (N, 2), bilinearly; beyond the outermost centres it goes on as it is there."""
    side = len(mask)
    place = np.clip(uv * side - 0.5, 0, side - 1)
    cell = np.minimum(place.astype(int), side - 2)
    (u, v), (i, j) = (place - cell).T, cell.T
    upper = mask[j, i] * (1 - u) + mask[j, i + 1] * u
    lower = mask[j + 1, i] * (1 - u) + mask[j + 1, i + 1] * u
    out: Array = upper * (1 - v) + lower * v
    return out
