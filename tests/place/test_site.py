"""A measured room becomes a floor plan: nothing that stands there is lost, nothing that was not seen is invented."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree

from arviz.core.errors import InputError, LimitError
from arviz.core.room import Opening, Room
from arviz.place.floor.site_of import CELL_M, site_of
from arviz.place.plan.plan_frame import to_plan, to_world
from arviz.place.plan.pose import standing
from arviz.place.rules import read_rules
from arviz.place.single.obstacles import floor_polygon
from arviz.testing.captures import write_roomplan
from arviz.testing.rooms import make_room
from arviz.testing.rooms.polygons import in_polygon
from tests.place.measured import (
    SQUARE,
    WALLS,
    box_corners,
    cell_of,
    centres,
    flat,
    floor,
    grid_of,
    room_of,
    taken_at,
    thing,
    turned,
    wall,
)
from tests.seeds import drawn_seed

RULES = read_rules()


def test_what_stands_in_the_room_stands_on_the_plan(drawn):
    room, site = drawn
    truth = room.obstacles
    points = np.random.default_rng(0).uniform(truth.origin_m, centres(truth)[-1], (20_000, 2))
    source, target = cell_of(truth, points), cell_of(site.grid, to_plan(points, world_from_site=site.world_from_site))
    both = (source >= 0) & (target >= 0)
    source, target = source[both], target[both]
    filled = truth.occupied.reshape(-1)[source]
    assert filled.any()
    assert site.grid.occupied.reshape(-1)[target[filled]].all()
    assert (site.grid.bottom_m.reshape(-1)[target[filled]] <= truth.bottom_m.reshape(-1)[source[filled]]).all()
    assert (site.grid.top_m.reshape(-1)[target[filled]] >= truth.top_m.reshape(-1)[source[filled]]).all()


def test_the_floor_is_all_there_but_for_cells_on_its_edge(drawn):
    room, site = drawn
    area, round_it = room.floor.area_m2, floor_polygon(site).length
    assert abs(floor_polygon(site).area - area) < 1e-3 * round_it
    within = site.inside.sum() * site.grid.cell_m**2
    assert area - 1.5 * CELL_M * round_it < within <= area + 1e-9
    assert site.grid.seen[site.inside].all()


def test_free_floor_is_lost_only_around_what_stands_there(drawn):
    room, site = drawn
    grid = site.grid
    middles = centres(room.obstacles)[room.obstacles.occupied.reshape(-1)]
    taken = shapely.union_all(shapely.box(*(middles - CELL_M / 2).T, *(middles + CELL_M / 2).T))
    boxes = [shapely.MultiPoint(box_corners(thing)).convex_hull for thing in room.objects]
    near = shapely.union_all([taken, *boxes]).buffer(CELL_M * np.sqrt(2) + 1e-9)
    standing_there = grid.occupied & (grid.bottom_m == 0) & site.inside
    world = to_world(centres(grid)[standing_there.reshape(-1)], world_from_site=site.world_from_site)
    slope = np.zeros(len(world), bool)
    for plane in room.planes:
        if -0.95 < plane.normal[1] < -0.3:  # a roof's slope may reach the floor
            slope |= in_polygon(plane.outline_m[:, [0, 2]], *world.T)
    assert shapely.contains_xy(near, world[~slope]).all()


def test_walls_run_along_the_axes_and_look_inwards(drawn):
    room, site = drawn
    inside = floor_polygon(site)
    for one in site.walls:
        normal, along = np.asarray(one.normal), one.ends_m[1] - one.ends_m[0]
        assert np.abs(normal).max() == pytest.approx(1, abs=1e-6)
        assert normal @ along == pytest.approx(0, abs=1e-9)
        assert along @ [normal[1], -normal[0]] > 0  # from left to right for one who looks against the normal
        middle = one.ends_m.mean(axis=0)
        assert shapely.contains_xy(inside.buffer(1e-6), *(middle + 0.01 * normal))
        assert not shapely.contains_xy(inside.buffer(-1e-6), *(middle - 0.01 * normal))
        ends = to_world(one.ends_m, world_from_site=site.world_from_site)
        assert np.abs(room.planes[one.plane].distance_m(np.insert(ends, 1, 0.0, axis=1))).max() < 1e-9


def test_doors_lie_on_their_walls(drawn):
    room, site = drawn
    assert len(site.doors) == len(room.openings)
    for door in site.doors:
        opening = room.openings[door.opening]
        on = site.walls[door.wall]
        assert on.plane == opening.wall
        assert door.normal == on.normal
        width = np.ptp(np.linalg.norm(opening.outline_m[:, [0, 2]] - opening.outline_m[0, [0, 2]], axis=1))
        assert np.linalg.norm(door.ends_m[1] - door.ends_m[0]) == pytest.approx(width)
        assert (door.bottom_m, door.top_m) == pytest.approx((opening.outline_m[:, 1].min(), opening.outline_m[:, 1].max()))


def test_the_same_room_in_another_world_is_the_same_plan(drawn):
    room, site = drawn
    rng = np.random.default_rng(drawn_seed())
    yaw, by = rng.uniform(-3, 3), rng.uniform(-5, 5, 3)
    print(f"turned by {yaw}, moved by {by}")
    again = site_of(turned(replace(room, obstacles=None), yaw, by), rules=RULES)
    assert floor_polygon(again).area == pytest.approx(floor_polygon(site).area, abs=1e-3)
    assert sorted(np.linalg.norm(np.diff(w.ends_m, axis=0)) for w in again.walls) == pytest.approx(
        sorted(np.linalg.norm(np.diff(w.ends_m, axis=0)) for w in site.walls)
    )
    assert [table.height_m for table in again.tables] == pytest.approx([table.height_m for table in site.tables])
    assert again.height_m == pytest.approx(site.height_m)
    # What is below a table top or a seat is only known where the cells are.
    kept = [[shapely.Polygon(z.outline_m).area for z in one.keep if not z.rule.endswith("legroom")] for one in (again, site)]
    assert sorted(kept[0]) == pytest.approx(sorted(kept[1]), abs=1e-4)


@given(st.floats(-3.2, 3.2), st.floats(-5, 5), st.floats(-5, 5), st.integers(0, 99))
def test_world_and_plan_are_inverse_and_rigid(yaw, x, z, seed):
    pose = standing(at_m=np.array([x, z]), yaw_rad=yaw, height_m=0.3)
    points = np.random.default_rng(seed).uniform(-9, 9, (7, 3))
    on_plan = to_plan(points, world_from_site=pose)
    assert np.allclose(to_world(on_plan, world_from_site=pose), points[:, [0, 2]])
    assert np.allclose(np.linalg.norm(on_plan[1:] - on_plan[:-1], axis=1), np.linalg.norm(points[1:, [0, 2]] - points[:-1, [0, 2]], axis=1))
    full = np.linalg.inv(pose) @ np.append(points, np.ones((7, 1)), axis=1).T
    assert np.allclose(full[[0, 2]].T, on_plan)


@settings(deadline=None, max_examples=40)
@given(st.floats(-0.78, 0.78), st.floats(-0.1, 0.1))
def test_the_axes_follow_the_walls_and_one_oblique_wall_turns_nothing(yaw, offset):
    oblique = wall((1.6, -2.0), (2.0, -1.6 + offset))
    site = site_of(turned(room_of(floor(SQUARE), *WALLS, oblique), yaw, (1, 0.2, 3)), rules=RULES)
    expected = (yaw + np.pi / 4) % (np.pi / 2) - np.pi / 4
    assert np.arctan2(site.world_from_site[0, 2], site.world_from_site[0, 0]) == pytest.approx(expected, abs=1e-9)
    assert site.world_from_site[1, 3] == pytest.approx(0.2)


def test_without_walls_the_plan_is_the_worlds():
    site = site_of(room_of(floor(SQUARE)), rules=RULES)
    assert np.allclose(site.world_from_site, np.eye(4))
    assert site.inside.sum() == 160 * 160
    assert site.grid.seen.all()
    assert not site.grid.occupied.any()
    assert not site.obstacles_known
    assert (site.walls, site.doors, site.keep, site.height_m) == ((), (), (), None)


LARGE = floor([(-3, 3), (3, 3), (3, -3), (-3, -3)])
L_SHAPE = [(-2, 2), (-2, -2), (2, -2), (2, 0), (0, 0), (0, 2)]
BEYOND_A_DOOR = floor([*SQUARE[:2], (2, 0.5), (6, 0.5), (6, -0.5), (2, -0.5), *SQUARE[2:]])


@pytest.mark.parametrize(
    ("planes", "area"),
    [
        ([LARGE, *WALLS], 16.0),
        ([LARGE, wall((-1.8, -2), (1.8, -2)), wall((1.8, 2), (-1.8, 2)), wall((2, -1.8), (2, 1.8)), wall((-2, 1.8), (-2, -1.8))], 16.0),
        ([LARGE, *(wall(a, b) for a, b in zip(L_SHAPE, [*L_SHAPE[1:], L_SHAPE[0]], strict=True))], 12.0),
        ([floor(SQUARE), replace(wall((1, -2), (1, 2)), outline_m=np.zeros((0, 3)))], 12.0),
        ([floor(SQUARE), wall((1, -3), (1, 3), confidence=0.2)], 16.0),
        ([floor(SQUARE), wall((-5, -3), (-5, 3))], 16.0),
        ([BEYOND_A_DOOR, *WALLS], 16.0),
        ([floor([(-2, -2), (2, 2), (2, -2), (-1, 1)])], None),
    ],
    ids=["larger", "corners not seen", "L", "plane alone", "unsure", "elsewhere", "beyond a door", "crosses itself"],
)
def test_walls_cut_the_floor_where_they_run(planes, area):
    site = site_of(room_of(*planes), rules=RULES)
    polygon = floor_polygon(site)
    assert polygon.is_valid
    assert polygon.exterior.is_ccw
    if area is not None:
        assert polygon.area == pytest.approx(area, abs=1e-3)


def test_a_wall_that_ends_in_the_room_stands_in_the_way_but_for_its_passage():
    hole = [(0, 0, -1.4), (0, 0, -0.6), (0, 2, -0.6), (0, 2, -1.4)]
    passage = Opening(kind="passage", wall=5, outline_m=hole, sigma_m=0.01, source="given")
    site = site_of(room_of(floor(SQUARE), *WALLS, wall((0, 0), (0, -2)), openings=(passage,)), rules=RULES)
    assert floor_polygon(site).area == pytest.approx(16, abs=1e-3)
    points = np.array([[-0.01, z] for z in (-1.8, -1.5, -1.0, -0.5, -0.1, 0.2)])  # just behind its face
    assert taken_at(site, points).tolist() == [True, True, False, True, True, False]


def test_a_slope_fills_what_is_above_it():
    # From 1 m above the wall at z = -2 up to 3 m at z = 0.
    slope = flat("other", [(-2, 1, -2), (2, 1, -2), (2, 3, 0), (-2, 3, 0)][::-1], (0, -np.sqrt(0.5), np.sqrt(0.5)))
    site = site_of(room_of(floor(SQUARE), *WALLS, slope), rules=RULES)
    for z, height in ((-1.99, 1.01), (-1.5, 1.5), (-1.0, 2.0), (-0.6, 2.4)):
        at = cell_of(site.grid, to_plan(np.array([[0.5, z]]), world_from_site=site.world_from_site))
        assert height - CELL_M <= site.grid.bottom_m.reshape(-1)[at][0] <= height
    at = cell_of(site.grid, to_plan(np.array([[0.5, -0.4], [0.5, 1.0]]), world_from_site=site.world_from_site))
    assert not site.grid.occupied.reshape(-1)[at].any()


def test_unseen_floor_stays_unseen_but_strips_that_hide_nothing():
    seen = np.ones((160, 160), bool)
    seen[40:80, 40:80] = False  # 1 m x 1 m
    seen[:, 100:102] = False  # 50 mm
    seen[:1] = seen[-2:] = False
    site = site_of(room_of(floor(SQUARE), obstacles=grid_of(seen)), rules=RULES)
    assert np.argwhere(~site.grid.seen).min(axis=0).tolist() == [40, 40]
    assert np.argwhere(~site.grid.seen).max(axis=0).tolist() == [79, 79]
    assert (~site.grid.seen).sum() == 1600


def test_floor_beyond_the_height_grid_is_unseen():
    site = site_of(room_of(floor(SQUARE), obstacles=grid_of(np.ones((80, 160), bool))), rules=RULES)
    assert site.grid.seen[:80].all()
    assert not site.grid.seen[80:].any()


@pytest.mark.parametrize("cell", [0.005, 0.01, 0.02, 0.03, 0.05, 0.1])
def test_any_cell_size_becomes_ours_on_the_safe_side(cell):
    rng = np.random.default_rng(3)
    count = round(4 / cell)
    top = np.where(rng.random((count, count)) < 0.02, rng.uniform(0.2, 2, (count, count)), 0).astype(np.float32)
    grid = grid_of(np.ones(top.shape, bool), cell=cell, bottom=top / 2, top=top)
    site = site_of(turned(room_of(floor(SQUARE), *WALLS), 0.3, (0, 0, 0)), rules=RULES)
    pose = site.world_from_site
    site = site_of(replace(site.room, obstacles=grid), rules=RULES)
    points = rng.uniform(-1.9, 1.9, (5000, 2))
    target, source = cell_of(site.grid, to_plan(points, world_from_site=pose)), cell_of(grid, points)
    ours, theirs = site.grid.top_m.reshape(-1)[target], top.reshape(-1)[source]
    both = target >= 0
    assert (ours[both] >= theirs[both]).all()
    # A cell is as high as the highest one whose middle is no farther than both cells' half diagonals (of pooled cells, if finer).
    wide = max(cell, CELL_M if cell < CELL_M / 2 else cell)
    reach = (wide + CELL_M) / 2 * np.sqrt(2) + (wide / 2 if cell < CELL_M / 2 else 0)
    middles = centres(grid)[top.reshape(-1) > 0]
    filled = np.argwhere(site.grid.occupied & site.inside)
    at = to_world(np.asarray(site.grid.origin_m) + (filled[:, ::-1] + 0.5) * CELL_M, world_from_site=pose)
    nearest = KDTree(middles).query(at, p=np.inf)[0]
    assert nearest.max() <= reach + 1e-6


def test_boxes_of_a_capture_stand_on_the_plan_even_those_that_overlap():
    things = tuple(thing("sofa", (1.0, 1.0), (1.0, 0.8, 0.5), yaw=yaw, sigma_m=0.03) for yaw in (0.4, 0.5))
    site = site_of(room_of(floor(SQUARE), *WALLS, objects=things), rules=RULES)
    local = np.array([[x, 0.0, z, 1.0] for x in (-0.49, 0, 0.49) for z in (-0.24, 0, 0.24)])
    cells = cell_of(site.grid, to_plan((local @ things[0].world_from_box.T)[:, :3], world_from_site=site.world_from_site))
    assert np.allclose(site.grid.top_m.reshape(-1)[cells], 0.8)
    assert np.allclose(site.grid.bottom_m.reshape(-1)[cells], 0.0)
    assert 0.5 < site.grid.occupied.sum() * CELL_M**2 < 0.7
    assert site.obstacles_known
    assert site.sigma_m == 0.03


def test_a_table_that_the_grid_sees_to_be_open_below_stays_open():
    seen = np.ones((160, 160), bool)
    top, bottom = np.zeros(seen.shape), np.zeros(seen.shape)
    top[80:120, 80:140], bottom[80:120, 80:140] = 0.75, 0.72
    table = thing("table", (0.75, 0.5), (1.5, 0.75, 1.0))
    site = site_of(room_of(floor(SQUARE), obstacles=grid_of(seen, bottom=bottom, top=top), objects=(table,)), rules=RULES)
    assert site.grid.bottom_m[100, 100] == pytest.approx(0.72)
    alone = site_of(room_of(floor(SQUARE), objects=(table,)), rules=RULES)
    assert alone.grid.bottom_m[100, 100] == 0


def test_a_table_top_whose_seen_outline_crosses_itself_keeps_its_largest_part():
    """As depth cameras see tops with things on them: the rest is below the noise of the outline."""
    crossed = [(0, 0.7, 0), (1, 0.7, 0), (1, 0.7, 1), (0.05, 0.7, 1), (0.05, 0.7, 1.1), (0.1, 0.7, 0.95), (0, 0.7, 1)]
    site = site_of(room_of(floor(SQUARE), flat("table", crossed, (0, 1, 0))), rules=RULES)
    (table,) = site.tables
    assert not shapely.Polygon(np.array(crossed)[:, [0, 2]]).is_valid
    assert shapely.Polygon(table.outline_m).is_valid
    assert shapely.Polygon(table.outline_m).area == pytest.approx(1, abs=0.05)
    assert all(shapely.Polygon(zone.outline_m).is_valid for zone in site.keep)


def test_uncertainty_travels_with_walls_tables_and_obstacles():
    planes = [wall(SQUARE[1], SQUARE[0], sigma_m=0.01, sigma_rad=0.01)]
    table = flat("table", [(0, 0.7, 0), (0, 0.7, 1), (1, 0.7, 1), (1, 0.7, 0)], (0, 1, 0), sigma_m=0.003)
    ground = replace(floor(SQUARE), sigma_offset_m=0.004)
    site = site_of(room_of(ground, *planes, table, obstacles=grid_of(np.ones((160, 160), bool))), rules=RULES)
    assert site.sigma_m == 0.02
    assert site.sigma_scale == 0.01
    assert site.tables[0].sigma_m == pytest.approx(0.005)
    # The wall's plane, tilted by 0.01 about the middle of 4 m x 2.5 m, at the floor.
    assert site.walls[0].sigma_m == pytest.approx(np.sqrt(0.01**2 + 0.01**2 * (16 / 12 + 1.25**2)))


RAMP = flat("floor", [(-2, 0, 2), (2, 0.8, 2), (2, 0.8, -2), (-2, 0, -2)], (-np.sqrt(1 / 26), 5 * np.sqrt(1 / 26), 0))


@pytest.mark.parametrize(
    ("room", "code"),
    [
        (Room(planes=(floor(SQUARE),)), "E_SCALE_UNKNOWN"),
        (room_of(), "E_NO_FLOOR"),
        (room_of(*WALLS), "E_NO_FLOOR"),
        (room_of(replace(floor(SQUARE), outline_m=np.zeros((0, 3)))), "E_FLOOR_EMPTY"),
        (room_of(floor([(0, 0), (1, 1), (2, 2)])), "E_FLOOR_EMPTY"),
        (room_of(floor(SQUARE), wall((-2, 2), (2, 2))), "E_FLOOR_EMPTY"),
        (room_of(flat("floor", [(x, 0, z) for x, z in SQUARE], (0, -1, 0))), "E_FLOOR_SLOPES"),
        (room_of(RAMP), "E_FLOOR_SLOPES"),
    ],
    ids=["scale", "nothing", "walls", "no outline", "line", "behind a wall", "upside down", "ramp"],
)
def test_rooms_in_which_nothing_can_be_placed_say_why_and_what_to_do(room, code):
    with pytest.raises(InputError) as caught:
        site_of(room, rules=RULES)
    assert caught.value.code == code
    assert caught.value.what
    assert caught.value.hint


def test_a_room_in_millimetres_is_refused():
    with pytest.raises(LimitError) as caught:
        site_of(room_of(floor([(x * 1000, z * 1000) for x, z in SQUARE])), rules=RULES)
    assert caught.value.code == "E_ROOM_TOO_LARGE"
    assert "unit" in caught.value.hint


def test_a_scale_that_is_missing_says_how_to_get_one():
    with pytest.raises(InputError, match="how large") as caught:
        site_of(Room(planes=(floor(SQUARE),)), rules=RULES)
    assert "--scale a4" in caught.value.hint


def test_a_capture_without_pictures_is_a_plan(tmp_path):
    from arviz.vision.captures.capture import read_capture

    seed = drawn_seed()
    synthetic = make_room(seed, views=1)
    room = read_capture(write_roomplan(tmp_path / "room.json", synthetic)).room
    site = site_of(room, rules=RULES)
    assert floor_polygon(site).area == pytest.approx(synthetic.planes[0].area_m2, rel=0.03)
    assert len(site.doors) == len(synthetic.openings)
    assert all(door.wall is not None for door in site.doors)
    assert site.obstacles_known
