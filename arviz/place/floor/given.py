"""What a person says of the walls of a floor plan and no camera sees: shut doors, windows, radiators."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.room import Opening, Room, RoomObject
from arviz.place.floor.site import Site, Wall
from arviz.place.plan.plan_frame import to_world

GIVEN = "given"
"""The source of all of it: it tells of one thing, not of what else stands in the room."""
SIGMA_M = 0.03
"""Standard deviation of what is read off a floor plan or taken with a tape."""
DOOR_TOP_M, WINDOW_TOP_M = 2.0, 2.1
"""Reckoned heights of what is given without any."""
RADIATOR_DEPTH_M, RADIATOR_TOP_M = 0.12, 0.7
_LEAST_M = 0.1
_BEYOND_M = 0.05
"""So far a place may lie past the end of its wall, as far as that was seen."""
_DEEPEST_M = 3.0
_FORM = re.compile(r"\s*(?:wall\s*)?(\d{1,6}):(\d*\.?\d+)-(\d*\.?\d+)(?::(\d*\.?\d+))?\s*", re.ASCII)


class _Part(NamedTuple):
    """A part of a wall: (2, 2) site (x, z) of its ends, from left to right for one who looks at it, and the third number."""

    wall: Wall
    ends_m: Array
    third_m: float | None


def with_given(site: Site, *, doors: Sequence[str] = (), windows: Sequence[str] = (), radiators: Sequence[str] = ()) -> Room:
    """Return the room of a floor plan with what a person says of its walls.

    Parameters
    ----------
    site : Site
        Its walls count: their numbers, and metres from their left end for one who looks at them, as the drawn plan shows.
    doors : sequence of str
        ``WALL:FROM-TO``, leaves of 2 m height; which way they open is not asked, both stay free.
    windows : sequence of str
        ``WALL:FROM-TO[:SILL]``; without a sill it reaches down to the floor.
    radiators : sequence of str
        ``WALL:FROM-TO[:DEPTH]``; without a depth 0.12 m.

    Raises
    ------
    InputError
        ``E_WALL_PART``: this is no part of a wall of the room.

    **Convention** ``2:0.5-1.4`` reaches along ``wall 2`` from 0.5 m to 1.4 m right of its left end.
    """
    openings = [_opening(site, part, kind="door", bottom_m=0.0, top_m=DOOR_TOP_M) for part in _parts(site, doors, third=None)]
    for part in _parts(site, windows, third="SILL"):
        sill = part.third_m or 0.0
        openings.append(_opening(site, part, kind="window", bottom_m=sill, top_m=max(WINDOW_TOP_M, sill + _LEAST_M)))
    objects = [_radiator(site, part) for part in _parts(site, radiators, third="DEPTH")]
    return replace(site.room, openings=(*site.room.openings, *openings), objects=(*site.room.objects, *objects))


def _parts(site: Site, given: Sequence[str], *, third: str | None) -> Iterator[_Part]:
    form = "WALL:FROM-TO" + (f"[:{third}]" if third else "")
    walls = {wall.plane: wall for wall in site.walls}
    for words in given:
        found = _FORM.fullmatch(words)
        if found is None or (third is None and found[4] is not None):
            raise _refused("this is not a part of a wall", f"{form} in metres, such as 2:0.5-1.4", repr(words))
        number, start, end = int(found[1]), float(found[2]), float(found[3])
        if number not in walls:
            known = ", ".join(f"{wall.plane} ({_length_m(wall):.2f} m)" for wall in site.walls)
            raise _refused(
                "the room has no wall of this number", f"one of the walls {known}" if known else "a room with walls", repr(words)
            )
        long = _length_m(walls[number])
        if not start + _LEAST_M <= end <= long + _BEYOND_M:
            within = f"FROM less than TO, both from 0 to {long:.2f} m: as much of wall {number} was seen"
            raise _refused("this is not a part of the wall", within, repr(words))
        reach = None if found[4] is None else float(found[4])
        if reach is not None and not reach <= _DEEPEST_M:
            raise _refused("this is not a length of such a thing", f"{third} in metres, 0 to {_DEEPEST_M:g}", repr(words))
        left, right = walls[number].ends_m
        along = (right - left) / long
        yield _Part(walls[number], left + np.outer([start, end], along), reach)


def _refused(what: str, expected: str, found: str) -> InputError:
    hint = "Draw the plan with --plan: it shows the number of each wall, and metres along it from left to right."
    return InputError("E_WALL_PART", what, expected=expected, found=found, hint=hint)


def _length_m(wall: Wall) -> float:
    return float(np.linalg.norm(wall.ends_m[1] - wall.ends_m[0]))


def _opening(site: Site, part: _Part, *, kind: str, bottom_m: float, top_m: float) -> Opening:
    left, right = to_world(part.ends_m, world_from_site=site.world_from_site)
    floor = site.world_from_site[1, 3]
    corners = [(left, bottom_m), (right, bottom_m), (right, top_m), (left, top_m)]
    outline = np.array([[at[0], floor + height, at[1]] for at, height in corners])
    return Opening(kind=kind, wall=part.wall.plane, outline_m=outline, sigma_m=SIGMA_M, source=GIVEN)  # type: ignore[arg-type]


def _radiator(site: Site, part: _Part) -> RoomObject:
    deep = part.third_m or RADIATOR_DEPTH_M
    normal = np.array([part.wall.normal[0], 0.0, part.wall.normal[1]])
    middle = part.ends_m.mean(axis=0) + deep / 2 * np.asarray(part.wall.normal)
    site_from_box = np.eye(4)
    site_from_box[:3, 0] = np.cross([0.0, 1.0, 0.0], normal)
    site_from_box[:3, 2] = normal
    site_from_box[:3, 3] = middle[0], RADIATOR_TOP_M / 2, middle[1]
    wide = float(np.linalg.norm(part.ends_m[1] - part.ends_m[0]))
    pose = site.world_from_site @ site_from_box
    return RoomObject(category="radiator", world_from_box=pose, size_m=(wide, RADIATOR_TOP_M, deep), sigma_m=SIGMA_M, source=GIVEN)
