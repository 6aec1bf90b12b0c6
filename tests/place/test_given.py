"""Doors, windows and radiators that a person names along the walls of the plan."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.errors import InputError
from arviz.place.floor.given import with_given
from arviz.place.floor.site_of import site_of
from arviz.place.rules import read_rules
from tests.place.measured import SQUARE, WALLS, floor, room_of

RULES = read_rules()


@pytest.fixture(scope="module")
def site():
    return site_of(room_of(floor(SQUARE), *WALLS), rules=RULES)


@settings(max_examples=40, deadline=None)
@given(number=st.integers(1, 4), start=st.floats(0, 2.5), wide=st.floats(0.2, 1.4))
def test_a_door_lies_in_its_wall_where_it_was_said(site, number, start, wide):
    room = with_given(site, doors=[f"{number}:{start:.3f}-{start + wide:.3f}"])
    (door,) = site_of(room, rules=RULES).doors
    wall = next(wall for wall in site.walls if wall.plane == number)
    along = (wall.ends_m[1] - wall.ends_m[0]) / np.linalg.norm(wall.ends_m[1] - wall.ends_m[0])
    assert door.kind == "door"
    assert np.sort((door.ends_m - wall.ends_m[0]) @ along) == pytest.approx((start, start + wide), abs=1.1e-3)
    assert (door.ends_m - wall.ends_m[0]) @ np.asarray(wall.normal) == pytest.approx(0, abs=1e-9)
    assert (door.bottom_m, door.top_m) == pytest.approx((0, 2))
    assert np.abs(room.planes[number].distance_m(room.openings[0].outline_m)).max() < 1e-9
    assert room.openings[0].source == "given"
    assert site.room.openings == ()  # stored nowhere else


def test_what_is_named_is_kept_free(site):
    named = site_of(with_given(site, doors=["1:1-1.9"], windows=["2:1-2:0.9", "3:0.5-1"], radiators=["wall 2:1-2:0.2"]), rules=RULES)
    zones = {zone.name: zone for zone in named.keep}
    assert {"door 0, way", "door 0, swing (hinge left)", "window 1, access", "window 2, access", "radiator 0, air"} <= set(zones)
    assert zones["window 1, access"].bottom_m == pytest.approx(0.9)  # what is lower may stand before it
    assert zones["window 2, access"].bottom_m < 0.1
    wall = next(wall for wall in named.walls if wall.plane == 2)
    reach = (zones["radiator 0, air"].outline_m - wall.ends_m[0]) @ np.asarray(wall.normal)
    assert reach.max() == pytest.approx(0.2 + RULES["radiator-clearance"].needed_m)
    assert not named.obstacles_known  # a radiator that was named says nothing of the rest


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"doors": ["left:0-1"]}, "WALL:FROM-TO"),
        ({"doors": ["1:0-1:2"]}, "WALL:FROM-TO"),
        ({"doors": ["1:0-1e9"]}, "WALL:FROM-TO"),
        ({"doors": ["7:0-1"]}, "1 (4.00 m), 2 (4.00 m)"),
        ({"doors": ["1:3-4.2"]}, "4.00 m"),
        ({"doors": ["1:2-1"]}, "FROM less than TO"),
        ({"doors": ["1:1-1.01"]}, "FROM less than TO"),
        ({"doors": [""]}, "WALL:FROM-TO"),
        ({"windows": ["1:0-1:99"]}, "SILL"),
        ({"radiators": ["1:105-195"]}, "4.00 m"),
    ],
)
def test_what_is_no_part_of_a_wall_is_refused(site, named, told):
    with pytest.raises(InputError) as caught:
        with_given(site, **named)
    assert caught.value.code == "E_WALL_PART"
    assert told in str(caught.value)
    assert "--plan" in caught.value.hint
