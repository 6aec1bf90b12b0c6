"""Several products together: nothing meets anything (by an independent check), wishes are met, the same input gives the same answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from arviz.place.rules import read_rules
from arviz.place.single.search import search
from arviz.place.single.wishes import with_seats
from arviz.place.together.arrange import arrange
from arviz.place.together.pairs import meeting_parts
from tests.place.sites import box, dining_chair, dining_table, furniture, placed, site_of_outline, thing, with_zones
from tests.seeds import drawn_seed

RULES = read_rules(country="us")


def room(width=5.0, depth=4.5, **more):
    doors = [("door 1", (0.5, 0.0), (1.3, 0.0), (0, 1)), ("door 2", (width, 2.0), (width, 2.9), (-1, 0))]
    return site_of_outline(box(0, 0, width, depth), doors=doors, **more)


SOFA = furniture("sofa", (2.0, 0.8, 0.9), front=0.6, kind="sofa")
TABLE = furniture("coffee table", (1.1, 0.4, 0.6), kind="coffee-table")
RUG = furniture("rug", (2.2, 0.012, 1.6), kind="rug")
LAMP = furniture("lamp", (0.35, 1.6, 0.35), kind="lamp-floor")
CHAIR = furniture("armchair", (0.8, 0.9, 0.8), front=0.5, kind="armchair")
FIVE = (SOFA, TABLE, RUG, LAMP, CHAIR)


def outline(placement):
    return shapely.Polygon(placement.outline_m)


def assert_apart(furnitures, arrangement):
    """Hulls of different products share no area, where neither is a rug: checked apart from our own code."""
    pairs = list(zip(furnitures, arrangement.placements, strict=True))
    for i, (one, here) in enumerate(pairs):
        for other, there in pairs[:i]:
            if min(one.size_m[1], other.size_m[1]) > 0.03:
                assert outline(here).intersection(outline(there)).area < 1e-6, (one.name, other.name)


@pytest.fixture(scope="module")
def five():
    return arrange(room(), FIVE, rules=RULES, best=3)


def test_five_products_stand_apart_inside_the_room(five):
    assert five
    floor = shapely.Polygon(box(0, 0, 5, 4.5)).buffer(1e-6)
    for arrangement in five:
        assert [placement.product for placement in arrangement.placements] == [body.name for body in FIVE]
        assert_apart(FIVE, arrangement)
        assert all(floor.covers(outline(placement)) for placement in arrangement.placements)
        assert not any(placement.blocked for placement in arrangement.placements)
        assert 0 <= arrangement.score <= 1


def test_wishes_are_met(five):
    sofa, table, rug, lamp, _ = (outline(placement) for placement in five[0].placements)
    assert 0.3 <= sofa.distance(table) <= 0.55
    assert rug.intersection(table).area > 0.8 * table.area
    assert sofa.distance(lamp) < 0.6


def test_ways_are_told_before_and_after(five):
    for arrangement in five:
        assert [(w.start, w.end) for w in arrangement.before] == [(w.start, w.end) for w in arrangement.after]
        assert {"door 1", "door 2", "sofa"} <= {name for walk in arrangement.after for name in (walk.start, walk.end)}
        assert any(rule.rule == "walkway" for rule in arrangement.rules)


def test_the_same_input_gives_the_same_answer(five):
    again = arrange(room(), FIVE, rules=RULES, best=3)
    for one, two in zip(five, again, strict=True):
        assert one.score == two.score
        for a, b in zip(one.placements, two.placements, strict=True):
            np.testing.assert_array_equal(a.world_from_asset, b.world_from_asset)


def test_the_best_differ(five):
    poses = [np.stack([p.world_from_asset for p in arrangement.placements]) for arrangement in five]
    for i, one in enumerate(poses):
        assert all(np.abs(one - other).max() > 0.3 for other in poses[:i])


def test_one_product_is_searched_and_its_ways_are_judged():
    site = room()
    found = arrange(site, [SOFA], rules=RULES, best=3)
    places = {tuple(p.world_from_asset.ravel().round(9)) for p in search(site, SOFA, rules=RULES, best=6)}
    assert len(found) == 3
    assert all(tuple(a.placements[0].world_from_asset.ravel().round(9)) in places for a in found)
    assert all(a.rules for a in found)


def test_a_place_that_cuts_the_way_comes_last():
    # A corridor room: a cupboard across the middle cuts it, at its ends it does not.
    site = site_of_outline(
        box(0, 0, 7, 1.6), doors=[("door 1", (0.0, 0.4), (0.0, 1.2), (1, 0)), ("door 2", (7.0, 0.4), (7.0, 1.2), (-1, 0))]
    )
    cupboard = furniture("cupboard", (1.2, 2.0, 0.62), kind="wardrobe")
    found = arrange(site, [cupboard], rules=RULES, best=5)
    outcomes = [arrangement.outcome == "fail" for arrangement in found]
    assert outcomes == sorted(outcomes)
    cut = [arrangement for arrangement in found if arrangement.outcome == "fail" and not arrangement.placements[0].blocked]
    assert all("door 1 - door 2" in rule.where for arrangement in cut for rule in arrangement.rules if rule.outcome == "fail")


def test_what_is_fixed_stays_free():
    site = room()
    bed = furniture("bed", (1.6, 0.5, 2.0), kind="bed")
    fixed = [(bed, placed(site, bed, at=(4.1, 3.4)))]
    for arrangement in arrange(site, [SOFA, TABLE], rules=RULES, fixed=fixed, best=2):
        for placement in arrangement.placements:
            assert outline(placement).intersection(outline(fixed[0][1])).area < 1e-6


def test_a_table_stands_before_the_sofa_that_is_there_already():
    things = [(box(1.5, 3.6, 3.5, 4.5), 0, 0.8)]
    sofa = thing("sofa", at=(2.5, 4.05), size=(2.0, 0.8, 0.9), yaw=np.pi)
    found = arrange(room(things=things, objects=[sofa]), [TABLE, LAMP], rules=RULES, best=1)
    table = outline(found[0].placements[0])
    assert 0.3 <= 3.6 - table.bounds[3] <= 0.55
    assert abs(table.centroid.x - 2.5) < 0.3


def test_what_does_not_fit_together_is_no_arrangement():
    small = room(2.2, 3.0)
    assert arrange(small, [SOFA, furniture("bed", (1.6, 0.5, 2.0), kind="bed")], rules=RULES) == ()
    assert arrange(small, [], rules=RULES) == ()


def test_chairs_stand_around_the_table():
    table = furniture("table", (1.4, 0.74, 0.8), kind="dining-table")
    chairs = [furniture(f"chair {i}", (0.45, 0.9, 0.5), kind="dining-chair") for i in (1, 2)]
    (found, *_) = arrange(room(), [table, *chairs], rules=RULES, best=1)
    assert_apart([table, *chairs], found)
    middle = outline(found.placements[0]).centroid
    for placement in found.placements[1:]:
        assert outline(placement).distance(outline(found.placements[0])) < 0.25
        front = placement.world_from_asset[[0, 2], 2]
        towards = np.array([middle.x, middle.y]) - placement.world_from_asset[[0, 2], 3]
        assert front @ towards > 0


@pytest.mark.parametrize(
    ("size", "seats"),
    [((1.5, 0.74, 0.85), ((-0.375, -1), (0.375, -1), (-0.375, 1), (0.375, 1))), ((0.95, 0.74, 0.95), ((0, -1), (0, 1), (-1, 0), (1, 0)))],
)
def test_four_chairs_stand_two_and_two_or_one_at_each_side(size, seats):
    seed = drawn_seed()
    assert_seated(size, seats, seed)


def assert_seated(size, seats, seed):
    width, depth = np.random.default_rng(seed).uniform((4.0, 4.0), (6.0, 5.0))
    site = site_of_outline(box(0, 0, width, depth), doors=[("door 1", (0.0, 0.2), (0.0, 1.1), (1, 0))])
    table = furniture("table", size, kind="dining-table")
    chairs = [furniture(f"chair {index}", (0.45, 0.9, 0.5), kind="dining-chair") for index in range(4)]
    (found,) = arrange(site, [table, *chairs], rules=RULES, best=1)
    assert_apart([table, *chairs], found)
    half = np.array(size)[[0, 2]] / 2 + 0.25
    left = [np.where(np.abs(seat) == 1, np.array(seat) * half, seat) for seat in map(np.array, seats)]
    for placement in found.placements[1:]:
        pose = np.linalg.inv(found.placements[0].world_from_asset) @ placement.world_from_asset
        at, front = pose[[0, 2], 3], pose[[0, 2], 2]
        index = int(np.argmin([np.linalg.norm(at - seat) for seat in left]))
        seat = left.pop(index)  # nobody shares one
        assert np.linalg.norm(at - seat) < 0.1
        side = np.where(np.isclose(np.abs(seat), half), -np.sign(seat), 0)
        assert front @ side > 0.99


@pytest.mark.slow
@pytest.mark.parametrize(("size", "seed"), [((1.4, 0.74, 0.8), 1), ((0.8, 0.74, 1.4), 2), ((0.95, 0.74, 0.95), 3)])
def test_of_nine_products_the_chairs_sit_and_only_they_and_rugs_are_below_the_table(size, seed):
    assert_nine(size, seed)


def assert_nine(size, seed):
    width, depth = np.random.default_rng(seed).uniform((5.0, 5.0), (6.5, 6.0))
    table, chairs = dining_table(size, rules=RULES), [dining_chair(f"chair {index}", rules=RULES) for index in range(4)]
    others = [with_zones(replace(each, zones=()), RULES) for each in (SOFA, TABLE, RUG, LAMP)]
    (found,) = arrange(room(width, depth), [table, *chairs, *others], rules=RULES, best=1)
    top, *rest = found.placements
    for product, placement in zip([*chairs, *others], rest, strict=True):
        within = outline(placement).intersection(outline(top))
        pose = np.linalg.inv(top.world_from_asset) @ placement.world_from_asset
        if product.kind == "dining-chair":
            before = np.abs(pose[[0, 2], 3]) * np.abs(pose[[0, 2], 2])  # along the way that the chair looks
            off = before.sum() - 0.25 - np.array(size)[[0, 2]] / 2 @ np.abs(pose[[0, 2], 2])
            assert -0.151 <= off <= 0.101, product.name
            assert pose[[0, 2], 3] @ pose[[0, 2], 2] < 0
        else:
            assert product.kind == "rug" or within.area < 1e-6, product.name


def test_seats_are_kept_where_somebody_sits():
    oblong, long = (dining_table(size, rules=RULES) for size in ((1.6, 0.74, 0.8), (0.8, 0.74, 1.6)))

    def hard(table):
        return {zone.name for zone in table.zones if zone.hard}

    assert hard(oblong) == {"front", "back", "legroom"}
    assert hard(long) == {"left", "right", "legroom"}
    assert hard(with_seats(oblong, 0)) == hard(with_seats(oblong, 4)) == hard(oblong)
    assert hard(with_seats(oblong, 6)) == {"front", "back", "left", "right", "legroom"}
    assert hard(with_seats(long, 4)) == hard(long)
    assert hard(with_seats(long, 6)) == {"front", "back", "left", "right", "legroom"}


def test_nothing_but_a_chair_of_its_own_and_a_rug_meets_no_legroom():
    table = dining_table((1.4, 0.74, 0.8), rules=RULES)
    kinds = {"coffee-table": 0.4, "sofa": 0.6, "drawers": 0.5, "lamp-floor": 0.6, "ottoman": 0.4, "armchair": 0.6}
    for kind, height in {**kinds, "dining-chair": 0.46, "desk-chair": 0.46, "rug": 0.01}.items():
        meets = list(meeting_parts(furniture(kind, (0.4, height, 0.4), kind=kind), table))
        below = [part for _, part in meets if part.zone is not None and part.zone.name == "legroom"]
        assert bool(below) == (kind in kinds), kind
