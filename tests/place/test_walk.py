"""Walkways: what is walked on, how wide ways are (against analytic truth), and what products answer for."""

from __future__ import annotations

import numpy as np
import pytest

from arviz.core.placement import worst
from arviz.place.plan.zone import Zone
from arviz.place.rules import read_rules
from arviz.place.ways.ground import free_mask, unseen
from arviz.place.ways.points import points_of_use
from arviz.place.ways.walk import Widths, walkways
from tests.place.sites import CELL, box, furniture, placed, site_of_outline, thing
from tests.seeds import drawn_seed

RULES = read_rules(country="us")
DOORS = [("door 1", (0.0, 1.5), (0.0, 2.4), (1, 0)), ("door 2", (6.0, 1.5), (6.0, 2.4), (-1, 0))]


def room(**more):
    """Return a room 6 x 4 m with doors in the middle of its left and right wall."""
    return site_of_outline(box(0, 0, 6, 4), doors=DOORS, **more)


def walkway_rules(site, bodies, *, rules):
    return walkways(Widths(site, ()), Widths(site, bodies), points_of_use(site, bodies), rules=rules)


def seeds(count: int) -> list[int]:
    drawn = [int(seed) for seed in np.random.default_rng(drawn_seed()).integers(0, 2**31, count)]
    print("seeds", drawn)
    return drawn


def test_rugs_are_walked_on_and_lamps_walked_under():
    site = room(things=[(box(1, 1, 2, 2), 0.0, 0.02), (box(2, 1, 3, 2), 2.05, 2.5), (box(3, 1, 4, 2), 0.7, 0.75)])
    free = free_mask(site)
    assert free[60, 40:80].all()
    assert free[60, 80:120].all()
    assert not free[60, 120:160].any()
    assert free.sum() == site.inside.sum() - 40 * 40


def test_what_was_not_seen_is_told_apart():
    site = room(unseen=[box(2, 0, 3, 4)])
    assert not free_mask(site)[:, 80:120].any()
    assert free_mask(site, trusting=True).all()
    assert unseen(site).sum() == 40 * 160


def test_products_take_the_cells_they_reach_into_and_rugs_none():
    site = room()
    table = furniture("table", (1.0, 0.7, 0.5))
    taken = ~free_mask(site, [(table, placed(site, table, at=(3.01, 2.0)))])
    assert taken[:, 100].any()
    assert taken[:, 140].any()  # 3.51 m reaches into the cell from 3.5 m
    assert taken.sum() == 41 * 20
    rug = furniture("rug", (2.0, 0.015, 1.5))
    assert free_mask(site, [(rug, placed(site, rug, at=(3.0, 2.0)))]).all()


@pytest.mark.parametrize("yaw", [0.0, 0.4])
def test_a_gap_between_products_is_exact(yaw):
    for seed in seeds(3):
        rng = np.random.default_rng(seed)
        gap = float(rng.uniform(0.3, 1.4))
        site = room()
        shelf = furniture("shelf", (0.4, 2.0, 6.0))
        other = furniture("wardrobe", (0.4, 2.0, 6.0))
        along = np.array([np.sin(yaw), np.cos(yaw)])
        centre = np.array([3.0, rng.uniform(1.7, 2.3)])
        bodies = [
            (shelf, placed(site, shelf, at=centre + along * (3 + gap / 2), yaw=yaw)),
            (other, placed(site, other, at=centre - along * (3 + gap / 2), yaw=yaw)),
        ]
        (result,) = walkway_rules(site, bodies, rules=RULES)
        assert result.found.value_m == pytest.approx(gap, abs=1e-6)
        assert {"shelf", "wardrobe"} <= set(result.where.replace(":", "").replace(",", "").split())
        assert result.outcome == ("pass" if gap >= 0.914 else "fail")


def test_a_gap_between_what_stands_in_the_room_is_within_two_sigma():
    hits = []
    for seed in seeds(12):
        rng = np.random.default_rng(seed)
        low, gap = rng.uniform(0.8, 1.6), rng.uniform(0.3, 1.4)
        site = room(things=[(box(2.5, 0, 3.1, low), 0, 1.0), (box(2.5, low + gap, 3.1, 4), 0, 1.0)])
        (result,) = walkway_rules(site, [], rules=RULES)
        assert abs(result.found.value_m - gap) <= CELL + 1e-9
        hits.append(abs(result.found.value_m - gap) <= 2 * result.found.sigma_m)
    assert sum(hits) >= 7  # 96 of 100 are; fewer than this of 12 come up once in 300 000 runs


def test_a_wall_and_a_product_bound_a_gap_and_scale_is_counted():
    site = room(sigma_m=0.006, sigma_scale=0.01)
    shelf = furniture("shelf", (0.4, 2.0, 3.2))
    (result,) = walkway_rules(site, [(shelf, placed(site, shelf, at=(3.0, 1.6)))], rules=RULES)
    assert result.found.value_m == pytest.approx(0.8, abs=1e-6)
    assert "wall 3" in result.where
    half = np.hypot(0.4, 3.2) / 2
    assert result.found.sigma_m == pytest.approx(np.hypot(0.006, 0.01 * (0.8 + half)), rel=1e-6)
    assert result.outcome == "fail"


def test_a_room_that_was_too_narrow_is_not_the_products_fault():
    site = room(things=[(box(2.5, 0, 3.1, 1.7), 0, 1.0), (box(2.5, 2.3, 3.1, 4), 0, 1.0)])
    stool = furniture("stool", (0.4, 0.45, 0.4))
    (result,) = walkway_rules(site, [(stool, placed(site, stool, at=(1.0, 0.4)))], rules=RULES)
    assert result.outcome == "before"
    assert worst((result,)) == "pass"
    assert result.before.value_m == pytest.approx(0.6, abs=CELL + 1e-6)
    narrower = placed(site, stool, at=(2.8, 1.95))  # between both
    (result,) = walkway_rules(site, [(stool, narrower)], rules=RULES)
    assert result.outcome == "fail"
    assert result.found.value_m < result.before.value_m


def test_a_product_that_closes_the_room_leaves_no_way():
    site = room()
    wall = furniture("bookcase", (0.4, 2.0, 3.98))
    (result,) = walkway_rules(site, [(wall, placed(site, wall, at=(3.0, 2.0)))], rules=RULES)
    assert result.outcome == "fail"
    assert result.found.value_m < 0.03
    assert "no way" in result.where or "bookcase" in result.where


def test_ways_lead_to_what_is_used():
    site = room(objects=[thing("sofa", at=(3.0, 3.6), size=(2.0, 0.8, 0.8), yaw=np.pi)], things=[(box(2.0, 3.2, 4.0, 4.0), 0, 0.8)])
    hedge = furniture("hedge", (2.8, 1.0, 0.3))
    sides = [furniture("left", (0.3, 1.0, 1.3)), furniture("right", (0.3, 1.0, 1.3))]
    bodies = [
        (hedge, placed(site, hedge, at=(3.0, 2.2))),
        (sides[0], placed(site, sides[0], at=(1.45, 2.9))),
        (sides[1], placed(site, sides[1], at=(4.55, 2.9))),
    ]
    before = walkway_rules(site, [], rules=RULES)
    assert all(result.outcome == "pass" for result in before)
    after = {result.where: result for result in walkway_rules(site, bodies, rules=RULES)}
    assert any(result.outcome == "fail" and "sofa" in where.split(":")[0] for where, result in after.items())
    assert any(result.outcome == "pass" and "door 2" in where for where, result in after.items())


def test_a_product_is_reached_at_its_front():
    site = room()
    sofa = furniture("sofa", (2.0, 0.8, 0.9), front=0.6)
    assert {r.outcome for r in walkway_rules(site, [(sofa, placed(site, sofa, at=(3.0, 0.46)))], rules=RULES)} == {"pass"}
    screens = [furniture("left", (0.1, 1.8, 2.4)), furniture("right", (0.1, 1.8, 2.4)), furniture("end", (1.6, 1.8, 0.1))]
    niche = [(1.93, 1.25), (4.07, 1.25), (2.78, 2.4)]  # 2.04 m wide; a gap is left at the right of its end
    bodies = [(body, placed(site, body, at=at)) for body, at in zip(screens, niche, strict=True)]
    (failed,) = [r for r in walkway_rules(site, [(sofa, placed(site, sofa, at=(3.0, 0.46))), *bodies], rules=RULES) if r.outcome == "fail"]
    assert failed.where.startswith("door 1 - sofa: between")
    assert failed.found.value_m == pytest.approx(4.02 - 3.58, abs=1e-6)


def test_where_nothing_is_left_of_a_door_there_is_no_way():
    site = room()
    cupboard = furniture("cupboard", (0.6, 2.0, 1.4))
    (result,) = walkway_rules(site, [(cupboard, placed(site, cupboard, at=(5.69, 1.95)))], rules=RULES)
    assert result.outcome == "fail"
    assert result.where == "door 1 - door 2: no way"


def test_a_door_that_opens_onto_the_only_way_is_named():
    swing = Zone(name="door 3, swing", outline_m=box(2.6, 0.9, 3.4, 1.8), swept=True)
    site = room(things=[(box(2.5, 1.9, 3.5, 4.0), 0, 2.0)], keep=[swing])
    (result,) = walkway_rules(site, [], rules=RULES)
    assert "no other way: door 3, swing" in result.where
    free = room(things=[(box(2.5, 1.9, 3.5, 3.0), 0, 2.0)], keep=[swing])
    (result,) = walkway_rules(free, [], rules=RULES)
    assert "swing" not in result.where


def test_floor_that_was_not_seen_makes_unsure():
    site = room(unseen=[box(2, 0, 3, 4)])
    (result,) = walkway_rules(site, [], rules=RULES)
    assert result.outcome == "unsure"
    assert "not seen" in result.found.source


def test_without_points_of_use_or_a_rule_there_is_nothing_to_say():
    assert walkway_rules(site_of_outline(box(0, 0, 3, 3)), [], rules=RULES) == ()
    assert walkway_rules(room(), [], rules={}) == ()
