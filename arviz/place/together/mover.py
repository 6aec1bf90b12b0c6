"""A product that is arranged with others, and all places where it may be alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from arviz.core.frozen import Array
from arviz.place.floor.site import Site
from arviz.place.plan.kernels import kernel, share
from arviz.place.plan.pose import on_plan
from arviz.place.product.furniture import Furniture
from arviz.place.single.candidates import better_off, free_cells, yaws_along_walls
from arviz.place.single.exact import Surroundings, surroundings
from arviz.place.single.pieces import is_flat
from arviz.place.single.scoring import Taste, score, taste, terms
from arviz.place.ways.ground import Bodies

_IN_THE_WAY, _MUCH_OF_IT = 2.0, 0.2
"""What is lost where a product stands on the ways of the room, with that share of what it covers or more."""
_CUTS, _CUT_BY = 8.0, 0.1
"""The same on ways that all first arrangements cut."""
_STRIDE = 4


@dataclass(frozen=True, eq=False)
class Mover:
    """A product and all places where it may be alone: of each yaw, cells (N, 2), their middles (N, 2), and how good they are (N,)."""

    furniture: Furniture
    around: Surroundings
    likes: Taste
    yaws: tuple[float, ...]
    cells: tuple[Array, ...]
    middles: tuple[Array, ...]
    own: tuple[Array, ...]
    some: tuple[Array, ...]

    def off(self, ways: Array, *, cuts: bool = False) -> Mover:
        """Return the same with less liking for places on ways (rows, columns) bool, far less where others `cut` them."""
        if is_flat(self.furniture):
            return self
        lost, much = (_CUTS, _CUT_BY) if cuts else (_IN_THE_WAY, _MUCH_OF_IT)
        own = []
        for yaw, cells, value in zip(self.yaws, self.cells, self.own, strict=True):
            outline = on_plan(self.furniture.outline_m - self.likes.middle_m, at_m=np.zeros(2), yaw_rad=yaw)
            taken = share(ways, kernel(outline, cell_m=self.around.site.grid.cell_m))[tuple(cells.T)]
            own.append(value - lost * np.minimum(taken / much, 1))
        return replace(self, own=tuple(own))


def mover_of(site: Site, furniture: Furniture, *, fixed: Bodies, ways: Array) -> Mover:
    """Return the places of a product alone in a site, beside what is fixed there."""
    import cv2

    around, likes = surroundings(site, furniture, fixed=fixed), taste(site, furniture)
    yaws, cells, middles, own, some = yaws_along_walls(site), [], [], [], []
    for yaw in yaws:
        free = free_cells(around, likes, yaw_rad=yaw)
        where = np.argwhere(free)
        places = np.asarray(site.grid.origin_m) + (where[:, ::-1] + 0.5) * site.grid.cell_m
        # Every fourth cell, every second along the edges: what stands at a wall stands there.
        inner = cv2.erode(free.astype(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
        edge = ~inner[tuple(where.T)] & (where.sum(axis=1) % 2 == 0)
        coarse = edge | (where % _STRIDE == 0).all(axis=1)
        cells.append(where)
        middles.append(places)
        some.append(np.flatnonzero(coarse))
        if not len(where):
            own.append(np.zeros(0))
            continue
        found = terms(likes, places, yaw_rad=yaw)
        if around.better_off["shown"]:
            found["shown"] = better_off(around, likes, "shown", yaw_rad=yaw)[tuple(where.T)]
        own.append(score(found))
    return Mover(furniture, around, likes, tuple(yaws), tuple(cells), tuple(middles), tuple(own), tuple(some)).off(ways)
