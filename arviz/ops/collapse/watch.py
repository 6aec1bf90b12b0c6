"""How far the points of the input are from the surface, followed through every collapse.

Each point of the input belongs to the triangle that it is nearest to. A collapse hands the points of the triangles that it changes to
those that take their place, and is refused where one would come to lie too far away (Ciampalini et al., "Multiresolution decimation
based on global error", 1997).
"""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.ops.collapse.nearest import Groups, nearest
from arviz.ops.collapse.step import Step
from arviz.ops.collapse.surface import Surface


class Watch:
    """The points of the input, the triangle each belongs to, its squared distance from it, and the `error` that none may exceed."""

    def __init__(self, surface: Surface) -> None:
        self.error = 0.0
        self.points = surface.points.copy()
        self.triangle = np.full(len(self.points), -1)
        self.triangle[surface.triangles] = surface.triangle[:, None]
        self.squared = np.zeros(len(self.points))
        self._slot = np.full(int(surface.triangle.max(initial=-1)) + 2, -1)

    def near(self, surface: Surface, step: Step, good: Array) -> Array:
        """Return (n,) bool: the points stay near enough in each of the collapses that are `good`; those are taken as done."""
        ring = step.ring
        self._slot[surface.triangle[ring.rows]] = np.arange(len(ring.rows))
        slot = self._slot[self.triangle]
        some = np.flatnonzero(slot >= 0)
        edge = ring.edge[slot[some]]
        some, edge = some[good[edge]], edge[good[edge]]
        self._slot[surface.triangle[ring.rows]] = -1
        changed = np.flatnonzero((ring.inside.sum(axis=1) == 1) & good[ring.edge])
        found = nearest(self.points[some], edge, step.after(changed), Groups(ring.edge[changed], count=len(good)))
        out = good.copy()
        out[edge[found.squared > self.error**2]] = False
        stays = out[edge]
        self.triangle[some[stays]] = surface.triangle[ring.rows[changed[found.row[stays]]]]
        self.squared[some[stays]] = found.squared[stays]
        return out
