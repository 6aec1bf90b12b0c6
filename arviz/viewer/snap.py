"""Walls draw a product to them: its back parallel to the wall with the usual gap, in a corner its side too; no Qt in it."""

from __future__ import annotations

from collections.abc import Iterator
from math import atan2, pi, radians

import numpy as np

from arviz.core.frozen import Array
from arviz.flows.scenery import Known, Spot, WallLine
from arviz.place.plan.pose import on_plan

NEAR_M = 0.12
"""A product so near to where a wall draws it is drawn there."""
NEAR_RAD = radians(4.0)
"""Nearly parallel to a wall is parallel."""
_ACROSS = 0.9
"""Walls whose normals have a smaller cosine between them make a corner."""


def snapped(spot: Spot, known: Known) -> Spot:
    """Return a spot drawn to the walls near it: parallel to the nearest, its back to it where it was not parallel before."""
    outline = np.asarray(known.outline_m)
    drawn = [each for wall in known.walls for each in _at_wall(spot, wall, outline, known.gap_m)]
    if not drawn:
        return spot
    _, wall, yaw_rad = min(drawn, key=lambda each: each[0])
    at = np.asarray(spot.at_m)
    turned = on_plan(outline, at_m=np.zeros(2), yaw_rad=yaw_rad)
    at = at + np.asarray(wall.normal) * _short(at, wall, turned, known.gap_m)
    for other in known.walls:
        if abs(np.dot(wall.normal, other.normal)) < _ACROSS and _beside(at, other, turned):
            short = _short(at, other, turned, known.gap_m)
            if abs(short) < NEAR_M:  # along the first wall, which it keeps its distance from
                along = np.array([wall.normal[1], -wall.normal[0]])
                at = at + along * short / float(along @ other.normal)
                break
    return Spot(at_m=(float(at[0]), float(at[1])), yaw_rad=yaw_rad)


def parallel(yaw_rad: float, known: Known) -> float:
    """Return a yaw made parallel to the wall that it is nearly parallel to."""
    quarter = pi / 2
    off = [(yaw_rad - atan2(*wall.normal) + quarter / 2) % quarter - quarter / 2 for wall in known.walls]
    least = min(off, key=abs, default=pi)
    return yaw_rad - least if abs(least) < NEAR_RAD else yaw_rad


def turned_about_middle(spot: Spot, known: Known, *, yaw_rad: float) -> Spot:
    """Return a spot turned to another yaw; the middle of the product stays where it is."""
    outline = np.asarray(known.outline_m)
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    before, after = (on_plan(middle, at_m=np.zeros(2), yaw_rad=yaw) for yaw in (spot.yaw_rad, yaw_rad))
    x, z = (np.asarray(spot.at_m) + before - after).tolist()
    return Spot(at_m=(x, z), yaw_rad=yaw_rad)


def _at_wall(spot: Spot, wall: WallLine, outline: Array, gap_m: float) -> Iterator[tuple[float, WallLine, float]]:
    """Yield how far a wall draws a product, and its yaw there: as it is where that is nearly parallel, with its back to the wall."""
    back = atan2(*wall.normal)
    quarters = round((spot.yaw_rad - back) / (pi / 2))
    yaws = [back]
    if abs(spot.yaw_rad - back - quarters * pi / 2) < NEAR_RAD:
        yaws = [back + quarters * pi / 2]
    for yaw_rad in yaws:
        turned, at = on_plan(outline, at_m=np.zeros(2), yaw_rad=yaw_rad), np.asarray(spot.at_m)
        short = abs(_short(at, wall, turned, gap_m))
        if short < NEAR_M and _beside(at, wall, turned):
            yield short, wall, yaw_rad


def _short(at: Array, wall: WallLine, turned: Array, gap_m: float) -> float:
    """Return how far into the room a product must move to leave the gap to a wall."""
    normal = np.asarray(wall.normal)
    return gap_m - float(((turned + at - np.asarray(wall.ends_m[0])) @ normal).min())


def _beside(at: Array, wall: WallLine, turned: Array) -> bool:
    """Tell whether a product lies before a wall, not beyond its ends."""
    along = np.array([wall.normal[1], -wall.normal[0]])
    mine, its = (turned + at) @ along, np.asarray(wall.ends_m) @ along
    return bool(mine.max() > its.min() and mine.min() < its.max())
