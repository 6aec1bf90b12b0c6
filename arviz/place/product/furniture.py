"""`Furniture`: a product as a floor plan sees it: what it covers at which height, and what it needs free around it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields, vector
from arviz.core.placement import Support
from arviz.place.plan.zone import Zone


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Slab:
    """What a product fills between two heights.

    Parameters
    ----------
    outline_m : ndarray (N, 2) float64
        Convex polygon in the asset's (x, z).
    bottom_m, top_m : float
        Above the lowest point of the product.
    """

    outline_m: Array
    bottom_m: float
    top_m: float

    def __post_init__(self) -> None:
        set_fields(self, outline_m=readonly(self.outline_m, np.float64))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Furniture:
    """A product that looks for its place.

    Parameters
    ----------
    name : str
        Unique among the products that are placed together.
    kind : str
        A key of ``data/kinds.json``: ``sofa``, ``table``, ``rug`` ...; ``furniture`` where nothing is known.
    support : str
        What it stands or hangs on.
    size_m : (3,) float
        Along the asset's x, y, z.
    sigma_m : float
        Standard deviation of each of them.
    lowest_m, back_m : float
        The asset's y of its lowest point, and z of its hindmost: what goes onto the floor and against a wall.
    outline_m : ndarray (N, 2) float64
        Convex hull in the asset's (x, z).
    slabs : tuple of Slab
        What it fills; a table is a top and four legs, and a stool may stand below.
    zones : tuple of Zone
        In the asset's (x, z).
    middle_m, half_m : ndarray (2,) float64
        Middle and half the extent of the outline's bounds in the asset's (x, z); not given.
    """

    name: str
    kind: str
    support: Support
    size_m: tuple[float, ...]
    sigma_m: float
    lowest_m: float
    back_m: float
    outline_m: Array
    slabs: tuple[Slab, ...]
    zones: tuple[Zone, ...] = ()
    middle_m: Array = field(init=False, repr=False)
    half_m: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        set_fields(self, size_m=vector(self.size_m, 3), outline_m=readonly(self.outline_m, np.float64))
        low, high = self.outline_m.min(axis=0), self.outline_m.max(axis=0)
        set_fields(self, slabs=tuple(self.slabs), zones=tuple(self.zones), middle_m=(low + high) / 2, half_m=(high - low) / 2)
