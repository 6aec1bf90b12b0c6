"""Whether depths can be metres of a room: one rule for files, frames and planes, ``E_DEPTH_UNIT``."""

from __future__ import annotations

from typing import NoReturn

import numpy as np

from arviz.core.errors import UnitError
from arviz.core.frozen import Array

NEAREST_M, FARTHEST_M = 0.05, 20.0
"""A median outside of this is a mistaken unit."""
HINT = "Name what one step of the depth picture means: 1000 steps a metre for millimetres, 5000 for TUM RGB-D (--depth-scale)."
_LOOKED_AT = 10_000


def median_m(depth_m: Array) -> float | None:
    """Return the median of the known depths (H, W), of an even grid of pixels in large pictures; None where none is known."""
    step = max(int(np.sqrt(depth_m.size / _LOOKED_AT)), 1)
    for some in (depth_m[::step, ::step], depth_m):
        known = some[np.isfinite(some) & (some > 0)]
        if known.size:
            return float(np.median(known))
    return None


def plausible(median: float | None, *, farthest_m: float = FARTHEST_M) -> bool:
    """Tell whether a median depth may be that of a room; yes where nothing is known."""
    return median is None or NEAREST_M <= median <= farthest_m


def check_unit(depth_m: Array, *, where: object = None) -> None:
    """Raise UnitError ``E_DEPTH_UNIT`` if depths (H, W), not finite where unknown, cannot be metres of a room."""
    median = median_m(depth_m)
    if not plausible(median):
        refuse_unit(f"{median:.4g} m", where=where)


def refuse_unit(found: str, *, farthest_m: float = FARTHEST_M, where: object = None, hint: str = HINT) -> NoReturn:
    """Raise the error itself, for those who know a better hint."""
    raise UnitError(
        "E_DEPTH_UNIT",
        "the depth is not of a room in metres",
        where=where,
        expected=f"a median between {NEAREST_M:g} and {farthest_m:g} m",
        found=found,
        hint=hint,
    )
