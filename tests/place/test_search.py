"""Places for one product: free of everything, found where there are any, apart from each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from arviz.place.plan.kernels import kernel, met, rectangles
from arviz.place.plan.pose import on_plan
from arviz.place.plan.zone import Zone
from arviz.place.rules import read_rules
from arviz.place.single.search import search, stand, why_not
from tests.place.sites import box, furniture, site_of_outline
from tests.seeds import drawn_seed

RULES = read_rules()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(drawn_seed())


def test_a_kernel_meets_what_the_polygon_meets(rng: np.random.Generator) -> None:
    cell, shape = 0.025, (30, 40)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    middles = np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5], axis=1) * cell
    room = shapely.box(0, 0, shape[1] * cell, shape[0] * cell)
    outside = shapely.box(-9, -9, 9, 9).difference(room)
    for _ in range(20):
        mask = rng.random(shape) < 0.01
        corners = rng.normal(0, 0.12, (8, 2)) + rng.normal(0, 0.2, 2)
        outline = np.asarray(shapely.convex_hull(shapely.MultiPoint(corners)).exterior.coords)[:-1]
        cells = rectangles(mask) * cell
        taken = shapely.union_all([*shapely.box(cells[:, 1], cells[:, 0], cells[:, 3], cells[:, 2]), outside])
        common = shapely.area(shapely.intersection(shapely.polygons(outline + middles[:, None]), taken)).reshape(shape)
        found = met(mask, kernel(outline, cell_m=cell))
        assert found[common > 1e-7].all()
        assert not found[common == 0].any()
        always = met(mask, kernel(outline, cell_m=cell, less_cells=1.5))
        moved = shapely.polygons(outline + middles[:, None] + rng.uniform(-cell / 2, cell / 2, (len(middles), 1, 2)))
        assert shapely.intersects(moved, taken).reshape(shape)[always].all()


def test_a_sofa_stands_with_its_back_to_a_wall() -> None:
    site = site_of_outline(box(0, 0, 4, 3))
    sofa = furniture("sofa", (2.0, 0.8, 0.9), kind="sofa", front=0.6)
    found = search(site, sofa, rules=RULES)
    assert 2 <= len(found) <= 5
    by_side = {clearance.side: clearance for clearance in found[0].clearances}
    assert by_side["behind"].length.value_m == pytest.approx(RULES["wall-gap"].needed_m, abs=1e-6)
    assert by_side["behind"].to.startswith("wall")
    across = by_side["left"].length.value_m + by_side["right"].length.value_m + 2.0
    along = by_side["behind"].length.value_m + by_side["front"].length.value_m + 0.9
    assert sorted((across, along)) == pytest.approx([3, 4], abs=1e-5)
    for placement in found:
        assert shapely.Polygon(site.outline_m).covers(shapely.Polygon(placement.outline_m))
        assert placement.outcome == "pass"


def test_the_zone_before_a_sofa_is_before_it() -> None:
    site = site_of_outline(box(0, 0, 2.02, 1.55))
    found = search(site, furniture("sofa", (2.0, 0.8, 0.9), front=0.6), rules=RULES)
    assert found
    for placement in found:
        front = next(clearance for clearance in placement.clearances if clearance.side == "front")
        assert front.length.value_m >= 0.6
        assert not placement.blocked


def test_the_facts_of_a_given_place_say_what_is_in_the_way() -> None:
    site = site_of_outline(box(0, 0, 4, 3), things=[(box(1, 1, 2, 2), 0.0, 0.5)])
    stool = furniture("stool", (0.4, 0.4, 0.4))
    inside = stand(site, stool, at_m=(1.5, 1.5), yaw_rad=0.0, rules=RULES)
    assert inside.outcome == "fail"
    assert inside.blocked == ("obstacle",)
    beside = stand(site, stool, at_m=(2.5, 1.5), yaw_rad=0.0, rules=RULES)
    assert beside.outcome == "pass"
    left = next(clearance for clearance in beside.clearances if clearance.side == "left")
    assert left.length.value_m == pytest.approx(0.3, abs=1e-6)
    assert left.ends_m is not None
    assert np.allclose(left.ends_m[:, 0], [2.3, 2.0])


def test_a_product_turned_with_its_room_stands_in_the_same_place(rng: np.random.Generator) -> None:
    yaw = float(rng.uniform(-np.pi, np.pi))
    turn = np.eye(4)
    turn[np.ix_((0, 2), (0, 2))] = on_plan(np.eye(2), at_m=np.zeros(2), yaw_rad=yaw).T
    turn[[0, 2], 3] = rng.normal(0, 3, 2)
    sofa = furniture("sofa", (2.0, 0.8, 0.9), front=0.6)
    plain = search(site_of_outline(box(0, 0, 4, 3)), sofa, rules=RULES)
    turned = search(site_of_outline(box(0, 0, 4, 3), world_from_site=turn), sofa, rules=RULES)
    assert len(plain) == len(turned)
    for a, b in zip(plain, turned, strict=True):
        assert np.allclose(turn @ a.world_from_asset, b.world_from_asset)


@pytest.mark.parametrize(
    ("size", "front", "kwargs", "words"),
    [
        ((2.0, 2.7, 0.9), 0.0, {}, ("higher than the room", "by 200", "mm")),
        ((5.0, 0.8, 3.2), 0.0, {}, ("larger than the floor",)),
        ((3.1, 0.8, 3.3), 0.0, {}, ("larger than the floor", "10", " +- ", "mm narrower")),
        ((3.9, 0.8, 0.5), 0.0, {"unseen": [box(1.5, 0, 2.5, 3)]}, ("not seen",)),
        ((3.9, 0.8, 0.9), 2.5, {}, ("with the room that it needs",)),
        (
            (3.0, 0.8, 2.0),
            0.0,
            {"things": [(box(1.9, 0, 2.1, 3), 0.0, 1.0)]},
            ("where other things stand", "1900 +- 10 mm x 3000 +- 10 mm"),
        ),
    ],
)
def test_no_place_has_a_reason(size: tuple[float, float, float], front: float, kwargs: dict[str, Any], words: tuple[str, ...]) -> None:
    site, product = site_of_outline(box(0, 0, 4, 3), **kwargs), furniture("sofa", size, front=front)
    assert not search(site, product, rules=RULES)
    why = why_not(site, product, rules=RULES)
    print(why)
    assert all(word in why for word in words)


def test_the_way_to_a_door_is_a_reason() -> None:
    way = Zone(name="door 1, way", outline_m=box(1.5, 0, 2.5, 3), bottom_m=0.03)
    site, product = site_of_outline(box(0, 0, 4, 3), keep=[way]), furniture("sofa", (2.0, 0.8, 2.0))
    assert "ways" in why_not(site, product, rules=RULES)
    assert not why_not(site, furniture("stool", (0.4, 0.4, 0.4)), rules=RULES)
