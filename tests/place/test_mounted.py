"""Places on walls and on table tops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from arviz.core.placement import Placement
from arviz.place.floor.site import Site, Table
from arviz.place.kinds import read_kinds
from arviz.place.product.furniture import Furniture
from arviz.place.rules import read_rules
from arviz.place.single.search import search, stand
from tests.place.sites import box, furniture, placed, site_of_outline

RULES = read_rules()
WINDOW = ("window 0", (1.0, 0.0), (3.0, 0.0), (0.0, 1.0))


def picture(width: float = 0.8, height: float = 0.6) -> Furniture:
    return furniture("picture", (width, height, 0.03), kind="picture", support="wall")


def lowest(placement: Placement, product: Furniture) -> float:
    return float(placement.world_from_asset[1, 3] + product.lowest_m)


def with_table(site: Site, outline: np.ndarray, height: float) -> Site:
    return replace(site, tables=(Table(name="table 9", plane=9, outline_m=outline, height_m=height, sigma_m=0.0),))


def test_a_picture_hangs_flat_on_a_wall_at_the_height_of_its_kind() -> None:
    site = site_of_outline(box(0, 0, 4, 3))
    found = search(site, picture(), rules=RULES)
    assert found
    low, high = read_kinds()["picture"].centre_m or (0, 0)
    for placement in found:
        assert placement.support == "wall"
        assert low <= lowest(placement, picture()) + 0.3 <= high
        behind = next(air for air in placement.clearances if air.side == "behind")
        assert behind.to == next(wall.name for wall in site.walls if wall.plane == placement.plane)
        assert behind.length.value_m == pytest.approx(0, abs=1e-4)


def test_nothing_hangs_over_a_window() -> None:
    site = site_of_outline(box(0, 0, 4, 3), doors=[WINDOW])
    wide = picture(width=1.2)
    for placement in search(site, wide, rules=RULES, best=12):
        assert not shapely.Polygon(placement.outline_m).intersects(shapely.box(1.01, -0.1, 2.99, 0.04))
    assert not search(site, wide, rules=RULES, wall=1)


def test_a_picture_hangs_off_a_wardrobe_and_over_a_sofa() -> None:
    site = site_of_outline(box(0, 0, 4, 3))
    sofa, wardrobe = furniture("sofa", (2.0, 0.8, 0.9), kind="sofa"), furniture("wardrobe", (1.5, 2.0, 0.6), kind="wardrobe")
    fixed = [(sofa, placed(site, sofa, at=(2.0, 0.46))), (wardrobe, placed(site, wardrobe, at=(2.0, 2.69), yaw=np.pi))]
    found = search(site, picture(), rules=RULES, fixed=fixed)
    assert 0.9 < lowest(found[0], picture()) < 1.3
    assert shapely.Polygon(found[0].outline_m).within(shapely.box(1.0, 0, 3.0, 0.1))
    for placement in found:
        if lowest(placement, picture()) < 2.0:
            assert not shapely.Polygon(placement.outline_m).intersects(shapely.box(1.25, 2.4, 2.75, 3.0))


def test_a_vase_stands_on_the_table_off_what_is_there() -> None:
    top = box(1, 1, 2.2, 1.8)
    site = site_of_outline(box(0, 0, 4, 3), things=[(top, 0.66, 0.7), (box(1, 1, 1.6, 1.8), 0.66, 1.0)])
    vase = furniture("vase", (0.2, 0.3, 0.2), kind="ornament", support="table")
    found = search(with_table(site, top, 0.7), vase, rules=RULES)
    assert found
    for placement in found:
        assert (placement.support, placement.plane) == ("table", 9)
        assert lowest(placement, vase) == pytest.approx(0.7)
        assert shapely.Polygon(placement.outline_m).within(shapely.box(1.6, 1, 2.2, 1.8).buffer(1e-6))
    assert not search(with_table(site, top, 0.7), furniture("tray", (0.7, 0.1, 0.7), support="table"), rules=RULES)


def test_a_lamp_stands_on_a_product_that_stands_already() -> None:
    site = site_of_outline(box(0, 0, 4, 3))
    chest = furniture("chest", (1.0, 0.8, 0.5), kind="drawers")
    lamp = furniture("lamp", (0.3, 0.5, 0.3), kind="lamp-table", support="table")
    found = search(site, lamp, rules=RULES, fixed=[(chest, placed(site, chest, at=(2, 0.3)))])
    assert found
    assert lowest(found[0], lamp) == pytest.approx(0.8)
    assert shapely.Polygon(found[0].outline_m).within(shapely.box(1.5, 0.05, 2.5, 0.55).buffer(1e-6))


def test_a_given_place_is_on_the_table_that_is_there_and_on_the_wall_behind() -> None:
    top = box(1, 1, 2.2, 1.8)
    site = with_table(site_of_outline(box(0, 0, 4, 3), things=[(top, 0.66, 0.7)], doors=[WINDOW]), top, 0.7)
    vase = furniture("vase", (0.2, 0.3, 0.2), kind="ornament", support="table")
    on_it = stand(site, vase, at_m=(1.5, 1.5), yaw_rad=0.0, rules=RULES)
    assert (on_it.support, on_it.plane, on_it.outcome) == ("table", 9, "pass")
    assert lowest(on_it, vase) == pytest.approx(0.7)
    over_the_edge = stand(site, vase, at_m=(2.15, 1.5), yaw_rad=0.0, rules=RULES)
    assert over_the_edge.blocked == ("the edge of table 9",)
    hung = stand(site, picture(), at_m=(3.5, 0.015), yaw_rad=0.0, rules=RULES)
    assert (hung.support, hung.plane, hung.outcome) == ("wall", 1, "pass")
    before_the_window = stand(site, picture(), at_m=(2.0, 0.015), yaw_rad=0.0, rules=RULES)
    assert before_the_window.blocked == ("window 0",)
