"""A measured room becomes a floor plan: nothing that stands there is lost, nothing that was not seen is invented."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.errors import InputError
from arviz.core.room import Plane, Room, Scale
from arviz.place.rules import read_rules
from arviz.place.site_of import site_of

RULES = read_rules()


def flat(kind, corners, normal, *, confidence=1.0):
    corners = np.asarray(corners, float)
    return Plane(
        kind=kind,
        normal=normal,
        offset_m=-float(np.asarray(normal) @ corners[0]),
        outline_m=corners,
        sigma_normal_rad=0.0,
        sigma_offset_m=0.0,
        source="given",
        confidence=confidence,
    )


def floor(points, y=0.0):
    return flat("floor", [(x, y, z) for x, z in points], (0, 1, 0))


SQUARE = floor([(-2, 2), (2, 2), (2, -2), (-2, -2)])


def test_a_room_without_scale_gets_no_floor_plan_and_a_way_to_get_one():
    with pytest.raises(InputError) as caught:
        site_of(Room(planes=(SQUARE,)), rules=RULES)
    assert caught.value.code == "E_SCALE_UNKNOWN"
    assert "--scale" in caught.value.hint


def test_a_room_of_a_floor_alone_is_the_floor():
    site = site_of(Room(planes=(SQUARE,), scale=Scale(sigma=0.01, source="a4")), rules=RULES)
    assert np.allclose(site.world_from_site, np.eye(4))
    assert site.inside.sum() == 160 * 160
    assert not site.obstacles_known
    assert replace(site.room, planes=()).floor is None
