"""`Zone`: an area of the floor plan, between two heights, that something else needs free."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields

FLAT_M = 0.03
"""What lies on the floor and is no thicker, a rug, may lie in zones for people, is walked on, and other things stand upon it."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Zone:
    """An area that is kept free of things; zones may overlap each other.

    Of a `Site`: where a door swings, the way to a window. Of a `Furniture`: the place for the legs before a sofa, what a
    refrigerator's door sweeps.

    Parameters
    ----------
    name : str
        ``"door 1, swing"``, ``"front"``, ``"door left, open"``.
    outline_m : ndarray (N, 2) float64
        Simple polygon in (x, z): of the site, or of the asset.
    bottom_m, top_m : float
        Heights above the floor (site) or above the asset's lowest point (furniture) between which it is needed: a rug may lie
        under a door that has 10 mm of air.
    rule : str
        Id of the rule that asks for it, or empty.
    swept : bool
        Whether something solid moves through it: then no person stands there either while it does.
    hard : bool
        False: better free, but a place is possible without.
    sigma_m : float
        Standard deviation of where its edge lies.
    lets : tuple of str
        Kinds that may stand there all the same: a coffee table before a sofa, chairs below a table.
    """

    name: str
    outline_m: Array
    bottom_m: float = 0.0
    top_m: float = 2.0
    rule: str = ""
    swept: bool = False
    hard: bool = True
    sigma_m: float = 0.0
    lets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        outline = readonly(self.outline_m, np.float64)
        if outline.ndim != 2 or outline.shape[1] != 2 or len(outline) < 3 or not np.isfinite(outline).all():
            raise ValueError(f"a zone's outline is finite (N >= 3, 2), found {outline.shape}")
        if not self.bottom_m <= self.top_m:
            raise ValueError("no zone has its bottom above its top")
        set_fields(self, outline_m=outline, lets=tuple(self.lets))
