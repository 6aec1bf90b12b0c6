"""Air around a product in its place: against exact distances, with what its sigma is made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from arviz.core.placement import Clearance, Placement
from arviz.place.plan.plan_frame import to_world
from arviz.place.plan.pose import on_plan, standing
from arviz.place.plan.zone import Zone
from arviz.place.rules import read_rules
from arviz.place.single.search import search, stand
from tests.place.sites import box, furniture, placed, site_of_outline
from tests.seeds import drawn_seed

RULES = read_rules()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(drawn_seed())


def side(placement: Placement, name: str) -> Clearance:
    return next(air for air in placement.clearances if air.side == name)


def test_sides_are_those_that_one_who_looks_at_the_front_sees() -> None:
    site = site_of_outline(box(0, 0, 4, 3))
    placement = stand(site, furniture("sofa", (2.0, 0.8, 1.0)), at_m=(1.5, 1.2), yaw_rad=0.0, rules=RULES)
    found = {air.side: air.length.value_m for air in placement.clearances}
    assert found == pytest.approx({"behind": 0.7, "front": 1.3, "left": 0.5, "right": 1.5, "above": 1.7})
    turned = stand(site, furniture("sofa", (2.0, 0.8, 1.0)), at_m=(1.5, 1.2), yaw_rad=np.pi / 2, rules=RULES)
    found = {air.side: air.length.value_m for air in turned.clearances}
    assert found == pytest.approx({"behind": 1.0, "front": 2.0, "left": 0.8, "right": 0.2, "above": 1.7}, abs=1e-9)


def test_ends_of_clearances_lie_on_both_outlines(rng: np.random.Generator) -> None:
    turn = float(rng.uniform(-np.pi, np.pi))
    pose = standing(at_m=rng.uniform(-5, 5, 2), yaw_rad=turn, height_m=0.0)
    site = site_of_outline(np.array([[0, 0], [4, 0.3], [4.4, 3], [0.4, 3.3]]), world_from_site=pose)
    product = furniture("sofa", (1.0, 0.8, 0.6))
    at, yaw = to_world(rng.uniform((1.2, 1.2), (3, 2)), world_from_site=pose), float(rng.uniform(-np.pi, np.pi))
    placement = stand(site, product, at_m=at, yaw_rad=yaw, rules=RULES)
    outline = shapely.Polygon(on_plan(product.outline_m, at_m=at, yaw_rad=yaw))
    floor = shapely.Polygon(to_world(site.outline_m, world_from_site=pose))
    for name in ("behind", "front", "left", "right"):
        air = side(placement, name)
        assert air.ends_m is not None
        mine, other = (shapely.Point(end) for end in air.ends_m)
        assert outline.exterior.distance(mine) < 1e-9
        assert floor.exterior.distance(other) < 1e-9
        assert mine.distance(other) == pytest.approx(air.length.value_m, abs=1e-9)
        assert air.to.startswith("wall")


def test_a_sigma_holds_all_that_is_not_known() -> None:
    site = site_of_outline(box(0, 0, 4, 3), sigma_m=0.008, sigma_scale=0.01)
    product = replace(furniture("sofa", (2.0, 0.8, 1.0)), sigma_m=0.006)
    placement = stand(site, product, at_m=(2.0, 1.2), yaw_rad=0.0, rules=RULES)
    front = side(placement, "front").length
    assert front.sigma_m == pytest.approx(np.sqrt(0.008**2 + 0.003**2 + (0.01 * 1.8) ** 2))
    across = next(result for result in placement.rules if "wall 4 and wall 2" in result.where)
    assert across.found.value_m == pytest.approx(2.0)
    assert across.found.sigma_m == pytest.approx(np.sqrt(2 * 0.008**2 + 0.006**2 + (0.01 * 4) ** 2))


def test_air_is_told_as_often_right_as_its_sigma_says(rng: np.random.Generator) -> None:
    """The room as measured is the true one with errors of its sigmas: the truth lies within two of them in 95 of 100."""
    sigma, scale, size = 0.01, 0.005, 0.004
    inside = total = 0
    for _ in range(60):
        stretch = 1 + rng.normal(0, scale)
        (x0, x1), (z0, z1) = stretch * np.array([[0, 4], [0, 3]]) + rng.normal(0, sigma, (2, 2))
        width = 1.5 + rng.normal(0, size)
        site = site_of_outline(box(x0, z0, x1, z1), sigma_m=sigma, sigma_scale=scale)
        product = replace(furniture("sofa", (width, 0.8, 0.9)), sigma_m=size)
        placement = stand(site, product, at_m=np.array([2.0, 1.5]) * stretch, yaw_rad=0.0, rules=RULES)
        for name in ("left", "right"):
            length = side(placement, name).length
            inside += abs(length.value_m - 1.25) <= 2 * length.sigma_m
            total += 1
    assert inside / total > 0.85


def test_a_place_that_may_be_too_tight_is_unsure_and_ranks_behind_safe_ones() -> None:
    niche = np.array([[0, 0], [0.5, 0], [0.5, -0.6], [1.51, -0.6], [1.51, 0], [4, 0], [4, 3], [0, 3.0]])
    site = site_of_outline(niche, sigma_m=0.01)
    chest = furniture("chest", (1.0, 0.8, 0.5), kind="drawers")
    tight = stand(site, chest, at_m=(1.005, -0.34), yaw_rad=0.0, rules=RULES)
    assert tight.outcome == "unsure"
    assert not tight.blocked
    found = search(site, chest, rules=RULES, best=8)
    outcomes = [placement.outcome for placement in found]
    assert outcomes[0] == "pass"
    assert outcomes == sorted(outcomes)


def test_rules_of_zones_say_how_much_there_is() -> None:
    way = Zone(name="door 1, way", outline_m=box(3.2, 0, 4, 0.8), bottom_m=0.03, rule="door-access", sigma_m=0.01)
    site = site_of_outline(box(0, 0, 4, 3), keep=[way], things=[(box(1, 1.5, 3, 2.0), 0.0, 0.5)])
    sofa = furniture("sofa", (2.0, 0.8, 0.9), front=0.6)
    results = {result.rule: result for result in stand(site, sofa, at_m=(2.0, 0.46), yaw_rad=0.0, rules=RULES).rules}
    assert results["sofa-front"].found.value_m == pytest.approx(0.59, abs=1e-4)
    assert results["sofa-front"].outcome != "pass"
    assert results["sofa-front"].source == RULES["sofa-front"].says
    assert results["door-access"].found.value_m == pytest.approx(0.2)
    assert results["door-access"].outcome == "pass"
    inside = stand(site, sofa, at_m=(2.5, 0.46), yaw_rad=0.0, rules=RULES)
    assert "door 1, way" in inside.blocked
    result = next(result for result in inside.rules if result.rule == "door-access")
    assert result.found.value_m == pytest.approx(-0.3)
    assert result.outcome == "fail"


def test_what_stands_there_is_named() -> None:
    site = site_of_outline(box(0, 0, 4, 3))
    table = furniture("table", (1.0, 0.7, 0.8))
    fixed = [(table, placed(site, table, at=(3.0, 1.2)))]
    placement = stand(site, furniture("sofa", (2.0, 0.8, 1.0)), at_m=(1.2, 1.2), yaw_rad=0.0, rules=RULES, fixed=fixed)
    assert (side(placement, "right").to, round(side(placement, "right").length.value_m, 6)) == ("table", 0.3)
