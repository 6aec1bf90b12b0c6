"""Products as grains: points spread evenly over their surfaces, which cast shadows by where they fall.

A shadow in a photo is soft, or seen from metres away: a few ten thousand grains tell it as well as all triangles do, and
flattening them in some direction is arithmetic on three arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.scene import Item
from arviz.render.bodies import Body, Soup, bodies, soup
from arviz.render.matte import base_colour, looks

_TEXTURE_PX = 512
"""Of the textures that cut holes."""
_PASSED_BY_GLASS = 0.92
"""Of the light on a clear pane: two reflections of 4 %."""
_LEAST_OPACITY = 1 / 256
_LARGEST_M = 1e6


class Grains(NamedTuple):
    """Points on surfaces."""

    points_m: Array
    """(3, N) float32 in the world, one row for each axis; every n-th of them is spread as evenly."""
    opacity: Array
    """(N,) float32: share of the light that the surface keeps back there, more than 0."""
    area_m2: float
    """Of all surfaces together."""

    def thinned(self, count: int) -> Grains:
        """Return at least `count` of the grains, all where there are no more."""
        step = max(len(self.opacity) // max(count, 1), 1)
        return self if step == 1 else self.pick(np.s_[::step])

    def pick(self, chosen: Array | slice) -> Grains:
        """Return some of the grains, by a mask or a slice."""
        return Grains(self.points_m[:, chosen], self.opacity[chosen], self.area_m2)


def grains(items: Sequence[Item], *, count: int) -> Grains:
    """Return about `count` grains of the visible items; none where nothing has an area."""
    parts = [body for body in bodies(items) if body.role == "visible"]
    whole = soup(parts)
    corner = whole.vertices[whole.triangles[:, 0]]
    first, second = (whole.vertices[whole.triangles[:, i]] - corner for i in (1, 2))
    areas = np.linalg.norm(np.cross(first, second), axis=1).astype(np.float64) / 2
    areas[~(np.abs(corner).max(axis=1, initial=0) < _LARGEST_M)] = 0
    total = float(areas.sum())
    if not (np.isfinite(total) and total > 0):
        return Grains(np.zeros((3, 0), np.float32), np.zeros(0, np.float32), 0.0)
    # As many in each triangle as its area says, to within one; inside by a lattice that fills any part of a square evenly.
    ends = np.floor(np.cumsum(areas) * (count / total) + 0.5).astype(np.int64)
    triangle = np.repeat(np.arange(len(areas)), np.diff(ends, prepend=0))
    a, b = _plastic(len(triangle))
    over = a + b > 1
    a[over], b[over] = 1 - a[over], 1 - b[over]
    corner, first, second = (np.ascontiguousarray(rows.T) for rows in (corner + whole.centre.astype(np.float32), first, second))
    points = corner[:, triangle] + a * first[:, triangle] + b * second[:, triangle]
    out = Grains(points, _opacity(parts, whole, triangle, a, b), total)
    kept = out.opacity > _LEAST_OPACITY
    return out if kept.all() else out.pick(kept)


def _plastic(count: int) -> tuple[Array, Array]:
    """Return two sequences (N,) in 0..1 that fill a square evenly (R2 sequence, Roberts 2018)."""
    n = np.arange(count) + 0.5
    return ((n * 0.7548776662466927) % 1).astype(np.float32), ((n * 0.5698402909980532) % 1).astype(np.float32)


def _opacity(parts: list[Body], whole: Soup, triangle: Array, a: Array, b: Array) -> Array:
    """Return (N,) float32: the share of light that surfaces keep back at points of triangles."""
    out = np.ones(len(triangle), np.float32)
    shares = [_PASSED_BY_GLASS * body.transmission * max(min(body.material.base_color_factor[:3]), 0.0) for body in parts]
    thin = [index for index, body in enumerate(parts) if body.cutoff is not None]
    own = whole.body_of(triangle) if thin or any(shares) else np.zeros(0, np.int64)
    for index, look in zip(thin, looks([parts[i] for i in thin], cap_px=_TEXTURE_PX), strict=True):
        rows = np.flatnonzero(own == index)
        corners = whole.triangles[triangle[rows]].astype(np.int64) - whole.first_vertex[index]
        weights = np.stack([1 - a[rows] - b[rows], a[rows], b[rows]], axis=1)
        alpha = base_colour(look, corners, weights)[:, 3]
        masked = parts[index].material.alpha_mode == "MASK"
        out[rows] = alpha >= parts[index].material.alpha_cutoff if masked else alpha
    for index, share in enumerate(shares):
        if share > 0:
            out[own == index] *= np.float32(1 - min(share, 1.0))
    return out
