"""Ways on foot: lengths and pinches of corridors that are known, and what adding a product can and cannot do."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.place.ways.ground import free_mask
from arviz.place.ways.paths import walks
from arviz.place.ways.points import BODY_M, points_of_use
from tests.place.sites import CELL, box, furniture, placed, site_of_outline, thing
from tests.seeds import drawn_seed

DOORS = [("door 1", (0.0, 1.5), (0.0, 2.4), (1, 0)), ("door 2", (6.0, 1.5), (6.0, 2.4), (-1, 0))]


def room(**more):
    return site_of_outline(box(0, 0, 6, 4), doors=DOORS, **more)


def between(found, start, end):
    return next(walk for walk in found if (walk.start, walk.end) == (start, end))


def test_a_straight_way_is_straight():
    (walk,) = walks(room())
    assert walk.length.value_m == pytest.approx(6 - 2 * 0.0125 - 2 * 0.1, abs=3 * CELL)
    assert len(walk.path_m) == 2


@settings(max_examples=15)
@given(st.floats(0.7, 1.6))
def test_corridors_have_their_width(width):
    site = site_of_outline(
        box(0, 0, 5, width),
        doors=[("door 1", (0.0, 0.1), (0.0, width - 0.1), (1, 0)), ("door 2", (5.0, 0.1), (5.0, width - 0.1), (-1, 0))],
    )
    (walk,) = walks(site)
    assert abs(walk.pinch.value_m - width) <= CELL + 2 * walk.pinch.sigma_m
    assert walk.length is not None


def test_a_way_around_a_corner_is_as_long_as_a_string():
    # An L of two corridors, 1.2 m wide; the string lies on a circle of half a body around the inner corner (1.2, 1.2).
    outline = [[0, 0], [5, 0], [5, 1.2], [1.2, 1.2], [1.2, 4], [0, 4]]
    site = site_of_outline(outline, doors=[("door 1", (0.1, 4.0), (1.1, 4.0), (0, -1)), ("door 2", (5.0, 0.1), (5.0, 1.1), (-1, 0))])
    (walk,) = walks(site)
    start, end = walk.path_m[0], walk.path_m[-1]
    corner, radius = np.array([1.2, 1.2]), BODY_M / 2

    def tangent(point, side):
        away = np.linalg.norm(point - corner)
        angle = np.arctan2(*(point - corner)[::-1]) + side * np.arccos(radius / away)
        return np.sqrt(away**2 - radius**2), angle

    first, from_ = tangent(start, 1)
    last, to = tangent(end, -1)
    turn = np.angle(np.exp(1j * (to - from_)))
    string = first + last + abs(turn) * radius
    assert walk.length.value_m == pytest.approx(string, abs=2 * CELL)
    assert walk.length.value_m >= string - 2 * CELL


def test_nobody_squeezes_through_less_than_shoulders():
    for gap, passes in ((0.38, False), (0.52, True)):
        shelf = furniture("shelf", (0.4, 2.0, 4.0 - gap - 0.01))
        site = room()
        (walk,) = walks(site, [(shelf, placed(site, shelf, at=(3.0, (4.0 - gap - 0.01) / 2 + 0.01)))])
        assert (walk.length is not None) == passes
        assert walk.pinch.value_m == pytest.approx(gap, abs=1e-6)
        assert walk.pinch_m[0] == pytest.approx(3.0, abs=0.25)


def test_the_widest_way_is_chosen_for_the_pinch():
    site = room()
    island = furniture("island", (1.0, 0.9, 1.6))
    (walk,) = walks(site, [(island, placed(site, island, at=(3.0, 1.5)))])  # 0.7 m below, 1.7 m above
    assert walk.pinch.value_m == pytest.approx(1.7, abs=1e-6)
    assert walk.pinch_m[1] == pytest.approx((2.3 + 4.0) / 2, abs=0.02)


def test_kitchens_have_a_triangle():
    objects = [
        thing("sink", at=(3.0, 0.3), size=(0.6, 0.9, 0.6)),
        thing("stove", at=(4.5, 0.3), size=(0.6, 0.9, 0.6)),
        thing("refrigerator", at=(1.2, 0.35), size=(0.7, 1.8, 0.7)),
    ]
    things = [(box(2.7, 0, 3.3, 0.6), 0, 0.9), (box(4.2, 0, 4.8, 0.6), 0, 0.9), (box(0.85, 0, 1.55, 0.7), 0, 1.8)]
    found = walks(room(objects=objects, things=things))
    legs = {("sink", "stove"): 0.9, ("sink", "refrigerator"): 1.15, ("stove", "refrigerator"): 2.65}
    for (start, end), gap in legs.items():
        assert between(found, start, end).length.value_m == pytest.approx(gap, abs=0.2)


def test_ways_are_in_the_world():
    turn = np.radians(30)
    pose = np.eye(4)
    pose[:3, :3] = [[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]]
    pose[:3, 3] = [2.0, 0.5, -1.0]
    (here,) = walks(room())
    (there,) = walks(room(world_from_site=pose))
    points = np.stack([here.path_m[:, 0], 0 * here.path_m[:, 0], here.path_m[:, 1], 1 + 0 * here.path_m[:, 0]], axis=1) @ pose.T
    np.testing.assert_allclose(there.path_m, points[:, [0, 2]], atol=1e-9)
    assert there.length.value_m == pytest.approx(here.length.value_m)


def test_random_products_never_shorten_a_way_or_widen_a_pinch():
    rng = np.random.default_rng(drawn_seed())
    for _ in range(6):
        site = room(things=[(box(2.0, 3.2, 4.0, 4.0), 0, 0.8)], objects=[thing("sofa", at=(3, 3.6), size=(2.0, 0.8, 0.8), yaw=np.pi)])
        bodies = []
        for index in range(3):
            body = furniture(f"box {index}", tuple(rng.uniform((0.3, 0.4, 0.3), (1.5, 1.5, 1.0))))
            bodies.append((body, placed(site, body, at=rng.uniform((0.8, 0.6), (5.2, 3.4)), yaw=rng.uniform(-np.pi, np.pi))))
        points = points_of_use(site, bodies)
        rows = [walks(site, bodies[:count], points=points) for count in range(4)]
        for before, after in pairwise(rows):
            for old, new in zip(before, after, strict=True):
                assert (old.start, old.end) == (new.start, new.end)
                if old.pinch is None:
                    assert new.pinch is None
                elif new.pinch is not None:
                    error = 2 * np.hypot(old.pinch.sigma_m, new.pinch.sigma_m)
                    assert new.pinch.value_m <= old.pinch.value_m + 2 * CELL + error
                if old.length is None:
                    assert new.length is None
                elif new.length is not None:
                    assert new.length.value_m >= old.length.value_m - 2 * CELL
        free = free_mask(site, bodies)
        for walk in rows[-1]:
            if walk.length is None:
                continue
            assert walk.length.value_m >= np.linalg.norm(walk.path_m[-1] - walk.path_m[0]) - 1e-9
            for a, b in pairwise(walk.path_m):
                line = a + np.linspace(0, 1, 200)[:, None] * (b - a)
                cells = np.floor(line / CELL).astype(int)
                near = [free[max(r - 1, 0) : r + 2, max(c - 1, 0) : c + 2].any() for c, r in cells]
                assert all(near)
                assert free[cells[:, 1], cells[:, 0]].mean() > 0.9


def test_what_looks_at_a_wall_is_used_from_nowhere():
    site = room()
    sofa = furniture("sofa", (2.0, 0.8, 0.9), front=0.6, kind="sofa")
    bodies = [(sofa, placed(site, sofa, at=(3.0, 0.46), yaw=np.pi))]
    (point,) = [point for point in points_of_use(site, bodies) if point.name == "sofa"]
    assert not point.cells.any()
    assert point.own.any()
    way = between(walks(site, bodies), "door 1", "sofa")
    assert (way.length, way.pinch) == (None, None)


def test_where_no_door_is_known_nobody_comes_in_through_a_window():
    windows = [("window 1", (0.0, 1.5), (0.0, 2.4), (1, 0)), ("window 2", (6.0, 1.5), (6.0, 2.4), (-1, 0))]
    objects = [thing("sofa", at=(3, 3.6), size=(2.0, 0.8, 0.8), yaw=np.pi), thing("bed", at=(5, 0.8), size=(1.0, 0.5, 1.0))]
    things = [(box(2.0, 3.2, 4.0, 4.0), 0, 0.8), (box(4.5, 0.3, 5.5, 1.3), 0, 0.5)]
    assert walks(site_of_outline(box(0, 0, 6, 4), doors=windows)) == ()
    (way,) = walks(site_of_outline(box(0, 0, 6, 4), doors=windows, things=things, objects=objects))
    assert (way.start, way.end) == ("sofa", "bed")
    assert way.length is not None


def test_same_input_same_ways():
    site = room(things=[(box(2.0, 1.0, 4.0, 3.0), 0, 0.8)])
    (one,), (two,) = walks(site), walks(site)
    np.testing.assert_array_equal(one.path_m, two.path_m)
    assert one.pinch == two.pinch
