"""How far a wall reaches along itself: what lies behind it there is another room, or what a mirror shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.room.fusion import projected
from arviz.vision.room.sight import Sight, quarter_turns
from arviz.vision.room.surface import Surface

_UNSEEN_M = 1.0
"""Where the picture ends and not the wall, the wall is taken to go on so far."""
_BORDER_PX = 5
_END_M = 0.1


class Reach(NamedTuple):
    """A range along a level direction in a wall."""

    along: Array
    low: float
    high: float

    def covers(self, points_m: Array, *, slack_m: float = 0.0) -> Array:
        """Tell which points (..., 3) stand before or behind the wall."""
        place = points_m @ self.along.astype(points_m.dtype)
        out: Array = (place > self.low - slack_m) & (place < self.high + slack_m)
        return out


def reach_of(surface: Surface, corners_m: Array, *, sights: Sequence[Sight], poses: Sequence[Array]) -> Reach:
    """Return the reach of a wall whose outline has the corners (N, 3)."""
    along = np.cross((0.0, 1.0, 0.0), surface.normal)
    along = along / np.linalg.norm(along)
    place = corners_m @ along
    low, high = float(place.min()), float(place.max())
    if _cut_off(corners_m[place < low + _END_M], surface, sights, poses):
        low -= _UNSEEN_M
    if _cut_off(corners_m[place > high - _END_M], surface, sights, poses):
        high += _UNSEEN_M
    return Reach(along, low, high)


def _cut_off(ends_m: Array, surface: Surface, sights: Sequence[Sight], poses: Sequence[Array]) -> bool:
    """Tell whether an end of a wall lies at the border of a picture."""
    for index in {index for index, _ in surface.members}:
        sight = sights[index]
        place, _, inside = projected(ends_m, np.linalg.inv(poses[index]), sight)
        size = np.array([sight.camera.width_px, sight.camera.height_px])
        # Left and right of an upright picture; that it ends above says nothing.
        side = quarter_turns(poses[index]) % 2
        border = (place[:, side] < _BORDER_PX) | (place[:, side] >= size[side] - _BORDER_PX)
        if (inside & border).any():
            return True
    return False
