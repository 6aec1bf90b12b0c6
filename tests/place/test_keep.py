"""Doors, windows, radiators and appliances keep what they need."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from arviz.core.room import Opening
from arviz.place.floor.site_of import site_of
from arviz.place.rules import read_rules
from arviz.place.single.obstacles import floor_polygon
from arviz.place.single.search import search, stand
from tests.place.measured import SQUARE, WALLS, flat, floor, grid_of, room_of, thing
from tests.place.sites import box, furniture

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


def test_below_a_table_that_was_seen_to_hang_only_chairs_and_rugs_stand():
    seen, top = np.ones((160, 160), bool), np.zeros((160, 160))
    top[66:94, 52:108] = 0.74  # 1.4 m x 0.7 m around the middle
    grid = grid_of(seen, bottom=np.where(top > 0, 0.7, 0.0), top=top)
    table = flat("table", [(x, 0.74, z) for x, z in box(-0.7, -0.35, 0.7, 0.35)[::-1]], (0, 1, 0))
    for more in ({"objects": [thing("table", (0.0, 0.0), (1.4, 0.74, 0.7))]}, {}):
        planes = [floor(SQUARE), *WALLS, *([] if more else [table])]
        site = site_of(room_of(*planes, obstacles=grid, **more), rules=RULES)
        (zone,) = [zone for zone in site.keep if zone.rule == "table-legroom"]
        assert shapely.Polygon(zone.outline_m).area == pytest.approx(1.4 * 0.7)
        low = {"coffee-table": 0.4, "ottoman": 0.4, "lamp-floor": 0.6, "dining-chair": 0.46, "desk-chair": 0.46, "rug": 0.01}
        for kind, height in low.items():
            product = furniture(kind, (0.4, height, 0.4), kind=kind)
            there = stand(site, product, at_m=(0.0, 0.0), yaw_rad=0.0, rules=RULES)
            assert bool(there.blocked) == (kind not in zone.lets), kind
            assert not any(rule.rule == "table-legroom" for rule in there.rules) or there.blocked
            for place in search(site, product, rules=RULES, best=5) if there.blocked else ():
                assert not shapely.Polygon(place.outline_m).intersects(shapely.Polygon(box(-0.69, -0.34, 0.69, 0.34)))


def test_a_low_table_or_one_that_stands_on_the_floor_keeps_nothing_below_it():
    table = thing("table", (0.0, 0.0), (1.4, 0.74, 0.7))
    low = thing("table", (0.0, 0.0), (1.4, 0.4, 0.7))
    for one in (table, low):
        assert not site_of(room_of(floor(SQUARE), *WALLS, objects=[one]), rules=RULES).keep


def test_below_the_seat_of_a_chair_nothing_stands_but_rugs_and_tables_reach_over_it():
    seen, bottom, top = np.ones((160, 160), bool), np.zeros((160, 160)), np.zeros((160, 160))
    bottom[70:88, 71:89], top[70:88, 71:89] = 0.43, 0.46  # 0.45 m x 0.45 m, its back at the hindmost row, no legs
    top[70, 71:89] = 0.9
    chair = thing("chair", (0.0, -0.025), (0.45, 0.9, 0.45))
    site = site_of(room_of(floor(SQUARE), *WALLS, objects=[chair], obstacles=grid_of(seen, bottom=bottom, top=top)), rules=RULES)
    (zone,) = site.keep
    assert (zone.rule, zone.hard) == ("seat-legroom", True)
    assert zone.top_m == pytest.approx(0.43)
    assert shapely.Polygon(zone.outline_m).area == pytest.approx(0.45**2)
    for kind, height in {"coffee-table": 0.4, "ottoman": 0.4, "lamp-table": 0.3, "rug": 0.01}.items():
        product = furniture(kind, (0.3, height, 0.3), kind=kind)
        there = stand(site, product, at_m=(0.0, 0.1), yaw_rad=0.0, rules=RULES)
        assert bool(there.blocked) == (kind != "rug"), kind
    places = search(site, furniture("ottoman", (0.5, 0.4, 0.5), kind="ottoman"), rules=RULES, best=5)
    seat = shapely.Polygon(zone.outline_m).buffer(-1e-6)
    assert not any(shapely.Polygon(place.outline_m).intersects(seat) for place in places)


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
