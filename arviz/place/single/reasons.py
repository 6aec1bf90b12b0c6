"""Why a place is good, and why there is none, in words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from arviz.core.frozen import Array
from arviz.core.placement import Support
from arviz.place.plan.pose import on_plan
from arviz.place.single.exact import Surroundings, meets
from arviz.place.single.scoring import NEAR_M, Taste, before_windows, behind, beside, best_wish

_CLOSE_M = 0.1
"""So near to a wall a product stands at it."""
_AS_LONG_M = 0.1
"""A wall that is longer by less is not the longest."""
_FULFILLED = 0.8
_WHOLE = 0.95
"""What is shown less of in plan is cut by the photo's edge."""
_WORDS = {
    "before": "before the {0}",
    "beside": "beside the {0}",
    "around": "at the {0}",
    "opposite": "opposite the {0}",
    "under": "under the {0}",
    "over": "over the {0}",
}


def reasons(
    around: Surroundings, likes: Taste, found: Mapping[str, Array], *, support: Support, on: str, at_m: Array, yaw_rad: float
) -> tuple[str, ...]:
    """Return what speaks for a place on something that has the name `on`, and against it, in plain words, no measures."""
    middle = on_plan(likes.middle_m, at_m=at_m, yaw_rad=yaw_rad)[None]
    out = [_against(likes, middle, yaw_rad)] if support == "floor" else [f"{'hangs' if support == 'wall' else 'stands'} on {on}"]
    near, wish = best_wish(likes, middle, yaw_rad=yaw_rad)
    if near is not None and wish >= _FULFILLED and near.wish.where != "on":
        out.append(_WORDS[near.wish.where].format(near.other.name))
    if found["facing"][0] > _FULFILLED and any(zone.side == "front" for zone in likes.kind.zones):
        out.append("looks into the room")
    if support == "floor" and before_windows(likes, middle, yaw_rad=yaw_rad)[0] > 0:
        out.append("stands before a window")
    if "shown" in found and found["shown"][0] < _WHOLE:
        out.append("the photo does not show all of it")
    for name in dict.fromkeys(
        meeting.part.zone.name for meeting in meets(around, at_m=at_m, yaw_rad=yaw_rad, parts=around.soft) if meeting.part.zone is not None
    ):
        out.append(f"less room than it had better have: {name}")
    return tuple(out)


def _against(likes: Taste, middle_m: Array, yaw_rad: float) -> str:
    walls = likes.site.walls
    back, wall = (values[0] for values in behind(likes, middle_m, yaw_rad=yaw_rad))
    side, other = (values[0] for values in beside(likes, middle_m, yaw_rad=yaw_rad))
    if back > NEAR_M:
        return "stands free in the room"
    if back > _CLOSE_M:  # a radiator, a skirting board, a curtain is between
        return f"near {walls[wall].name}"
    if side <= _CLOSE_M:
        return f"in the corner of {walls[wall].name} and {walls[other].name}"
    lengths = [float(np.linalg.norm(each.ends_m[1] - each.ends_m[0])) for each in walls]
    longest = len(lengths) > 1 and sum(length > lengths[wall] - _AS_LONG_M for length in lengths) == 1
    return f"back to {walls[wall].name}{', the longest' if longest else ''}"
