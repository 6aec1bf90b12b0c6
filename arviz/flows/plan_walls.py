"""The shell of a floor plan: walls with their numbers and metres along them, doors, windows, how far walls are apart."""

from __future__ import annotations

from math import atan2, degrees, floor, pi

import numpy as np

from arviz.core.length import Length
from arviz.flows.sheet import Sheet, arc
from arviz.place.floor.shell import SURE
from arviz.place.floor.site import Door, Site, Wall

WALL, UNSURE, TICK, DOOR, WINDOW = "#333333", "#9a9a9a", "#444444", "#b03a48", "#3b8ec2"
_TICK_M = 0.5
_OPPOSITE = -0.985
"""Cosine between the normals of two walls that face each other: within 10 degrees."""
_LEAST_OVERLAP_M = 0.5
_APART_M = 0.55
"""Dimension lines of the room stand this far outside of it."""


def shell(sheet: Sheet, site: Site) -> None:
    """Draw walls, each with its number and a ruler outside of it, doors and windows with their names."""
    for wall in site.walls:
        sheet.path(wall.ends_m, stroke=WALL if wall.confidence >= SURE else UNSURE, width=6)
    for door in site.doors:
        _opening(sheet, door)
    for wall in site.walls:
        _ruler(sheet, wall)
    for door in site.doors:
        out = door.ends_m.mean(axis=0) - 0.22 * np.asarray(door.normal)
        sheet.text(out, door.name, size=11, colour=WINDOW if door.kind == "window" else DOOR, angle_deg=_angle(door.ends_m), back="#ffffff")


def _ruler(sheet: Sheet, wall: Wall) -> None:
    """Add metres from the left end of a wall for one who looks at it, and its name."""
    length = float(np.hypot(*(wall.ends_m[1] - wall.ends_m[0])))
    along, out = (wall.ends_m[1] - wall.ends_m[0]) / length, -np.asarray(wall.normal)
    for step in range(floor(length / _TICK_M + 1e-6) + 1):
        foot = wall.ends_m[0] + step * _TICK_M * along
        whole = step % round(1 / _TICK_M) == 0
        sheet.path([foot + 0.02 * out, foot + (0.08 if whole else 0.05) * out], stroke=TICK, width=1.2)
        if whole:
            sheet.text(foot + 0.14 * out, f"{step * _TICK_M:.0f}", size=11, colour="#555555")
    aside = min(0.5, length / 4) if length > 1 else 0.0  # not where a door in the middle has its name
    sheet.text(
        (wall.ends_m[0] + wall.ends_m[1]) / 2 + 0.28 * out - aside * along, wall.name, size=14, colour=WALL, angle_deg=_angle(wall.ends_m)
    )


def _angle(ends_m: np.ndarray) -> float:
    return degrees(atan2(ends_m[0, 1] - ends_m[1, 1], ends_m[1, 0] - ends_m[0, 0]))


def _opening(sheet: Sheet, door: Door) -> None:
    sheet.path(door.ends_m, stroke="#ffffff", width=7)
    if door.kind == "window":
        into = np.asarray(door.normal) * 0.03
        for shift in (into, -into):
            sheet.path(door.ends_m + shift, stroke=WINDOW, width=1.8)
    if door.kind != "door":
        return
    width = float(np.hypot(*(door.ends_m[1] - door.ends_m[0])))
    for hinge, edge in (door.ends_m, door.ends_m[::-1]):  # on which side it hangs is not seen
        shut = atan2(*(edge - hinge)[::-1])
        turn = (atan2(door.normal[1], door.normal[0]) - shut + pi) % (2 * pi) - pi
        sheet.path(arc(hinge, width, shut, shut + turn), stroke=DOOR, width=1.2, dash=4)
        sheet.path([hinge, hinge + width * np.asarray(door.normal)], stroke=DOOR, width=1.2)


def room_size(sheet: Sheet, site: Site) -> None:
    """Add the distances between walls that face each other: the farthest pair along x and along z."""
    low, high = site.outline_m.min(axis=0), site.outline_m.max(axis=0)
    found: dict[int, tuple[float, Wall, Wall]] = {}
    for i, one in enumerate(site.walls):
        for other in site.walls[i + 1 :]:
            if np.dot(one.normal, other.normal) > _OPPOSITE or _overlap(one, other) < _LEAST_OVERLAP_M:
                continue
            apart = float(abs(np.dot(other.ends_m.mean(axis=0) - one.ends_m.mean(axis=0), one.normal)))
            axis = int(abs(one.normal[1]) > abs(one.normal[0]))
            if apart > found.get(axis, (0.0, one, other))[0]:
                found[axis] = (apart, one, other)
    for axis, (apart, one, other) in found.items():
        sigma = float(np.hypot(np.hypot(one.sigma_m, other.sigma_m), site.sigma_scale * apart))
        places = sorted(float(np.dot(wall.ends_m.mean(axis=0), np.eye(2)[axis])) for wall in (one, other))
        ends = np.empty((2, 2))
        ends[:, axis] = places
        ends[:, 1 - axis] = (high if axis == 0 else low)[1 - axis] + (_APART_M if axis == 0 else -_APART_M)
        sheet.dimension(ends[axis], ends[1 - axis], str(Length(apart, sigma)), size=16, beside=0.016 * float((high - low).max()))


def _overlap(one: Wall, other: Wall) -> float:
    """Return the length over which two walls stand opposite each other."""
    along = np.array([-one.normal[1], one.normal[0]])
    spans = [np.sort(wall.ends_m @ along) for wall in (one, other)]
    return float(min(spans[0][1], spans[1][1]) - max(spans[0][0], spans[1][0]))
