"""Whether two depth pictures can be of one room from these places: what one shows must not float before what the other shows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.room.fusion import projected
from arviz.vision.room.sight import Sight

_STEP_PX = 6
_SIGMAS = 3.0
_SAME_M, _FREE_M = 0.03, 0.06


class Overlap(NamedTuple):
    """How two depth pictures fall on each other, of both the worse."""

    same: float
    """Share of one picture's points that the other shows at their place."""
    agree: float
    """Of those which the other shows or sees past, the share that it shows: the others float where it has seen nothing."""


def overlap(first: Sight, second: Sight, first_from_second: Array) -> Overlap:
    """Return how well two depth pictures agree."""
    sides = (_onto(second, first, first_from_second), _onto(first, second, np.linalg.inv(first_from_second)))
    return Overlap(*(min(values) for values in zip(*sides, strict=True)))


def _onto(sight: Sight, other: Sight, other_from_here: Array) -> Overlap:
    depth = sight.depth_m[::_STEP_PX, ::_STEP_PX]
    good = np.isfinite(depth)
    points = (sight.rays[::_STEP_PX, ::_STEP_PX][good] * depth[good][:, None]).astype(np.float64)
    place, z, inside = projected(points, other_from_here, other)
    seen = other.depth_m[place[:, 1], place[:, 0]]
    inside &= np.isfinite(seen)
    behind = seen[inside] - z[inside]
    noise = np.hypot(other.noise.sigma_m(z[inside]), sight.noise.sigma_m(depth[good][inside]))
    smooth = np.hypot(other.noise.smooth_share, sight.noise.smooth_share) * z[inside]
    allowed = _SIGMAS * np.hypot(noise, smooth)
    same = int((np.abs(behind) < allowed + _SAME_M).sum())
    floating = int((behind > allowed + _FREE_M).sum())
    return Overlap(same / max(len(points), 1), same / max(same + floating, 1))
