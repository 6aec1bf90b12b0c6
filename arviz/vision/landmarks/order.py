"""Who is who from frame to frame, and who is the same found twice: by where they are and how large."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks

SAME = 0.5
"""Centres nearer than this share of the larger one's size are the same person."""


def centre_px(one: Landmarks) -> Array:
    """Return the middle (2,) of the box about all points."""
    return np.asarray((one.points_px.min(axis=0) + one.points_px.max(axis=0)) / 2)


def size_px(one: Landmarks) -> float:
    """Return the longer side of the box about all points."""
    return float(np.ptp(one.points_px, axis=0).max())


def is_same(one: Landmarks, other: Landmarks) -> bool:
    """Tell whether two landmarks of one kind lie on each other."""
    return float(np.linalg.norm(centre_px(one) - centre_px(other))) < SAME * max(size_px(one), size_px(other))


def in_order(now: Sequence[Landmarks], before: Sequence[Landmarks]) -> list[Landmarks]:
    """Return `now` with those that were there `before` first, in that order, then the new ones, the largest first."""
    left = sorted(now, key=size_px, reverse=True)
    out = []
    for old in before:
        near = [one for one in left if is_same(one, old)]
        if near:
            nearest = min(near, key=lambda one: float(np.linalg.norm(centre_px(one) - centre_px(old))))
            left = [one for one in left if one is not nearest]
            out.append(nearest)
    return out + left
