"""What is said of a given place in rooms whose truth is known: names, depths of overlaps, sigmas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.room import Opening, Plane
from arviz.place.floor.site_of import site_of
from arviz.place.plan.zone import Zone
from arviz.place.rules import read_rules
from arviz.place.single.search import search, stand, why_not
from arviz.place.together.arrange import arrange, why_none
from tests.place.measured import flat, floor, room_of, thing, wall
from tests.place.sites import furniture

RULES = read_rules(country="us")
PLAN = [(0, 4), (4, 4), (4, 0), (0, 0)]
SOFA = furniture("sofa", (2.0, 0.8, 0.9), kind="sofa", front=0.6)
LAMP = furniture("lamp", (0.3, 0.5, 0.3), kind="lamp-table", support="table")
PICTURE = furniture("picture", (1.0, 0.7, 0.03), kind="picture", support="wall")
LOW_WALL = 3
"""The index of the wall at z = 0."""


def square(*more: Plane, **fields):
    """Return a site of 4 m x 4 m; its walls 1 to 4 are at z = 4, x = 4, z = 0, x = 0."""
    walls = [wall(PLAN[(i + 1) % 4], PLAN[i]) for i in range(4)]
    room = room_of(floor(PLAN), *walls, *more, **fields)
    return site_of(replace(room, scale=replace(room.scale, sigma=0.0)), rules=RULES)


def rule_of(placement, rule):
    return [result for result in placement.rules if result.rule == rule]


def test_what_reaches_into_a_wall_is_said_to_by_how_much() -> None:
    """A sofa 40 mm in the wall does not fit, and nothing beside that says that it does."""
    placement = stand(square(), SOFA, at_m=(2.0, 0.41), yaw_rad=0.0, rules=RULES)
    assert placement.blocked == ("wall 3",)
    (fits,) = rule_of(placement, "fits")
    assert fits.where == "sofa - wall 3"
    assert fits.outcome == "fail"
    assert fits.found.value_m == pytest.approx(-0.04, abs=1e-4)


def test_what_stands_at_a_wall_without_air_is_not_in_it() -> None:
    placement = stand(square(), SOFA, at_m=(2.0, 0.45), yaw_rad=0.0, rules=RULES)
    assert placement.outcome == "pass"
    assert placement.clearances[0].to == "wall 3"


def test_what_reaches_into_furniture_is_said_to_by_how_much() -> None:
    site = square(objects=(thing("shelf", (3.5, 0.5), (1.0, 2.0, 1.0), sigma_m=0.01),))
    placement = stand(site, SOFA, at_m=(2.05, 0.46), yaw_rad=0.0, rules=RULES)
    assert "shelf 0" in placement.blocked
    (fits,) = rule_of(placement, "fits")
    assert fits.where == "sofa - shelf 0"
    assert fits.found.value_m == pytest.approx(-0.05, abs=1e-4)
    assert fits.found.sigma_m == pytest.approx(0.01)
    assert fits.outcome == "fail"


def test_a_refrigerator_door_that_the_wall_stops() -> None:
    """Hinged at the wall it cannot open beyond a right angle; hinged on the other side it can."""
    angle = np.linspace(0, np.radians(110), 12)
    swept = np.stack([-0.3 + 0.6 * np.cos(angle), 0.3 + 0.6 * np.sin(angle)], axis=1)
    door = Zone(name="door, open", outline_m=np.concatenate([[(-0.3, 0.3)], swept]), top_m=1.8, swept=True)
    fridge = furniture("fridge", (0.6, 1.8, 0.6), kind="fridge", zones=(door,))
    stopped = stand(square(), fridge, at_m=(0.32, 0.31), yaw_rad=0.0, rules=RULES)
    assert stopped.blocked == ("wall 4 (door, open)",)
    assert not rule_of(stopped, "door, open")
    free = stand(square(), fridge, at_m=(3.68, 0.31), yaw_rad=0.0, rules=RULES)
    assert free.outcome == "pass"
    assert rule_of(free, "door, open")


def test_what_stands_on_a_table_is_told_of_that_table() -> None:
    top = flat("table", [(1, 0.7, 1), (1, 0.7, 2), (2.2, 0.7, 2), (2.2, 0.7, 1)], (0, 1, 0))
    (placement,) = search(square(top), LAMP, rules=RULES, best=1)
    assert {air.to for air in placement.clearances if air.side != "above"} == {"the edge of table 5"}
    assert placement.reasons[0] == "stands on table 5"
    assert all("edge of table 5 and" not in result.where for result in placement.rules)


def test_a_picture_in_the_middle_of_the_room_hangs_on_nothing() -> None:
    placement = stand(square(), PICTURE, at_m=(2.0, 2.0), yaw_rad=0.0, rules=RULES)
    assert placement.blocked == ("no wall behind it",)
    assert placement.plane is None
    assert placement.reasons == ("hangs on no wall",)


def test_a_picture_hangs_flush_on_its_wall_off_windows() -> None:
    corners = [(0.5, 0.9, 0), (1.5, 0.9, 0), (1.5, 2.1, 0), (0.5, 2.1, 0)]
    window = Opening(kind="window", wall=LOW_WALL, outline_m=np.array(corners), sigma_m=0.0, source="given")
    site = square(openings=(window,))
    flush = stand(site, PICTURE, at_m=(2.5, 0.015), yaw_rad=0.0, rules=RULES)
    assert flush.outcome == "pass"
    assert [result.where for result in rule_of(flush, "fits")] == ["picture, to spare between window 0 and wall 2"]
    assert stand(site, PICTURE, at_m=(1.2, 0.015), yaw_rad=0.0, rules=RULES).blocked == ("window 0",)


def test_a_picture_over_a_sofa_is_said_to_hang_there() -> None:
    site = square()
    sofa = stand(site, SOFA, at_m=(2.0, 0.46), yaw_rad=0.0, rules=RULES)
    best = search(site, PICTURE, rules=RULES, fixed=[(SOFA, sofa)])[0]
    assert "over the sofa" in best.reasons
    assert best.world_from_asset[0, 3] == pytest.approx(2.0, abs=0.05)
    assert best.world_from_asset[2, 3] < 0.1
    assert 0.8 + 0.15 <= best.world_from_asset[1, 3] <= 0.8 + 0.3


def test_air_above_is_named_and_has_the_sigma_of_what_is_there() -> None:
    level = flat("ceiling", [(x, 2.4, z) for x, z in PLAN], (0, -1, 0), sigma_m=0.03)
    slope = flat("ceiling", [(0, 1.0, 0), (0, 1.0, 4), (1.5, 2.5, 4), (1.5, 2.5, 0)], (np.sqrt(0.5), -np.sqrt(0.5), 0), sigma_m=0.02)
    chest = furniture("chest", (1.2, 0.8, 0.4), kind="drawers")
    (above,) = [air for air in stand(square(level), chest, at_m=(2, 2), yaw_rad=0.0, rules=RULES).clearances if air.side == "above"]
    assert above.to == "ceiling"
    assert above.length.value_m == pytest.approx(1.6)
    assert above.length.sigma_m == pytest.approx(0.03)
    below = stand(square(slope), chest, at_m=(0.21, 2), yaw_rad=np.pi / 2, rules=RULES)
    (above,) = [air for air in below.clearances if air.side == "above"]
    assert above.to == "slope 5"
    assert above.length.value_m == pytest.approx(0.21, abs=0.03)


def test_why_products_do_not_fit_together() -> None:
    """Two blocks of 2.5 m in a room of 4 m: each fits, both do not; nobody is blamed alone."""
    one, two = (furniture(name, (2.5, 1.0, 2.5)) for name in ("one", "two"))
    site = square()
    assert not arrange(site, [one, two], rules=RULES, best=1)
    assert why_none(site, [one, two], rules=RULES) == "not all of them fit together; the others would without one or without two"
    assert why_none(site, [one, furniture("huge", (4.2, 1.0, 4.2))], rules=RULES).startswith("huge is larger than the floor")


def test_why_a_lamp_stands_nowhere() -> None:
    assert "the room shows none" in why_not(square(), LAMP, rules=RULES)
    small = flat("table", [(1, 0.7, 1), (1, 0.7, 1.2), (1.2, 0.7, 1.2), (1.2, 0.7, 1)], (0, 1, 0))
    assert "too small, or taken" in why_not(square(small), LAMP, rules=RULES)
