"""Doors, windows, radiators and appliances keep what they need."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from arviz.core.room import Opening
from arviz.place.floor.site_of import site_of
from arviz.place.rules import read_rules
from arviz.place.single.obstacles import floor_polygon
from tests.place.measured import SQUARE, WALLS, floor, room_of, thing

RULES = read_rules()


def test_what_a_door_needs_lies_before_it_in_the_room(drawn):
    _, site = drawn
    inside = floor_polygon(site).buffer(1e-3)
    for door in site.doors:
        zones = [zone for zone in site.keep if zone.name.startswith(f"{door.name},")]
        expected = {"door": 3, "passage": 1, "window": 1}[door.kind]
        assert len(zones) >= expected
        width = np.linalg.norm(door.ends_m[1] - door.ends_m[0])
        along = (door.ends_m[1] - door.ends_m[0]) / width
        for zone in zones:
            rule = RULES[zone.rule]
            assert zone.hard == rule.hard
            assert inside.covers(shapely.Polygon(zone.outline_m))
            away, beside = (zone.outline_m - door.ends_m[0]) @ np.asarray(door.normal), (zone.outline_m - door.ends_m[0]) @ along
            reach = width * 1.01 if zone.swept else rule.needed_m
            assert away.min() > -1e-3
            assert away.max() < reach + 1e-3
            assert beside.min() > -1e-3 - 0.01 * width
            assert beside.max() < width * 1.01 + 1e-3
            assert zone.swept == ("hinge" in zone.name)
        if door.kind == "window":
            assert all(zone.bottom_m == pytest.approx(door.bottom_m) and not zone.hard for zone in zones)


def test_a_leaf_stays_in_its_zone_wherever_it_stands(drawn):
    _, site = drawn
    room = floor_polygon(site)
    for door in (door for door in site.doors if door.kind == "door"):
        left, right = door.ends_m
        for hinge, edge, side in ((left, right, "left"), (right, left, "right")):
            parts = [zone.outline_m for zone in site.keep if zone.name == f"{door.name}, swing (hinge {side})"]
            swept = shapely.union_all([shapely.Polygon(part) for part in parts]).buffer(1e-3)
            for angle in np.linspace(0.01, np.pi / 2, 40):
                tip = hinge + np.cos(angle) * (edge - hinge) + np.sin(angle) * np.linalg.norm(edge - hinge) * np.asarray(door.normal)
                assert swept.covers(shapely.LineString([hinge, tip]).intersection(room))


def test_appliances_and_radiators_keep_their_room():
    heights = {"refrigerator": 1.8, "oven": 0.85, "radiator": 0.85, "sofa": 0.85}
    things = [thing(word, (x - 1.5, -1.7), (0.6, height, 0.6)) for x, (word, height) in enumerate(heights.items())]
    site = site_of(room_of(floor(SQUARE), *WALLS, objects=things), rules=RULES)
    zones = {zone.name: zone for zone in site.keep}
    assert set(zones) == {"refrigerator 0, door", "refrigerator 0, front", "oven 1, door", "oven 1, front", "radiator 2, air"}
    assert np.ptp(zones["refrigerator 0, front"].outline_m, axis=0) == pytest.approx((0.6, 1.016))
    assert zones["refrigerator 0, front"].outline_m[:, 1].min() == pytest.approx(-1.4)
    assert np.ptp(zones["refrigerator 0, door"].outline_m, axis=0) == pytest.approx((0.6, 0.6))
    assert zones["refrigerator 0, door"].swept
    assert zones["radiator 2, air"].outline_m[:, 1].max() == pytest.approx(-1.4 + RULES["radiator-clearance"].needed_m)
    assert all(zone.sigma_m == 0.02 for zone in zones.values())


def test_an_appliance_that_a_capture_turned_to_the_wall_is_used_from_the_room():
    stated, turned_about = (thing("oven", (0.0, -1.7), (0.6, 0.9, 0.6), yaw=yaw) for yaw in (0.0, np.pi))
    zones = [site_of(room_of(floor(SQUARE), *WALLS, objects=(one,)), rules=RULES).keep for one in (stated, turned_about)]
    for first, second in zip(*zones, strict=True):
        assert shapely.Polygon(first.outline_m).symmetric_difference(shapely.Polygon(second.outline_m)).area < 1e-9


def test_a_wide_door_has_two_leaves():
    hole = [(-0.8, 0, -2), (0.8, 0, -2), (0.8, 2, -2), (-0.8, 2, -2)]
    door = Opening(kind="door", wall=3, outline_m=hole, sigma_m=0.01, source="given")
    site = site_of(room_of(floor(SQUARE), *WALLS, openings=(door,)), rules=RULES)
    swept = [zone for zone in site.keep if zone.swept]
    assert len(swept) == 2
    for zone in swept:
        assert np.ptp(zone.outline_m, axis=0) == pytest.approx((0.8, 0.8), rel=0.01)
        assert shapely.Polygon(zone.outline_m).area == pytest.approx(np.pi / 4 * 0.8**2, rel=0.01)
