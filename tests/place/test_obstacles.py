"""Polygons of what stands in a room are exactly that, and the raster holds all of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.place.floor.shell import slopes_of
from arviz.place.floor.site_of import CELL_M, site_of
from arviz.place.plan.plan_frame import to_plan
from arviz.place.plan.raster import Raster, cells_touched, cells_within
from arviz.place.rules import read_rules
from arviz.place.single.obstacles import floor_polygon, obstacles, unseen
from tests.place.measured import SQUARE, WALLS, box_corners, cell_of, centres, flat, floor, grid_of, room_of, thing, turned
from tests.seeds import drawn_seed

RULES = read_rules()


def cells_of(grid, wanted):
    """Return the wanted cells as shapely boxes."""
    middle, half = centres(grid)[wanted.reshape(-1)], grid.cell_m / 2
    return shapely.box(*(middle - half).T, *(middle + half).T)


@pytest.mark.parametrize(("bottom_m", "top_m"), [(0.0, 2.0), (0.0, 0.02), (0.8, 1.2)])
def test_points_in_the_polygons_are_those_in_what_was_measured(drawn, bottom_m, top_m):
    room, site = drawn
    seed = drawn_seed()
    points = np.random.default_rng(seed).uniform(room.floor.outline_m.min(axis=0), room.floor.outline_m.max(axis=0), (4000, 3))
    found = shapely.contains_xy(obstacles(site, bottom_m=bottom_m, top_m=top_m), to_plan(points, world_from_site=site.world_from_site))
    grid = room.obstacles
    cell = cell_of(grid, points[:, [0, 2]])
    fills = (grid.occupied & (grid.top_m > bottom_m) & (grid.bottom_m < top_m)).reshape(-1)
    expected = fills[cell] & (cell >= 0)
    loose = np.zeros(len(points), bool)
    for one in room.objects:  # tables that stand open are told by the grid: see the test of a table
        half, middle = np.asarray(one.size_m) / 2, one.world_from_box[:3, 3]
        if middle[1] + half[1] > bottom_m and middle[1] - half[1] < top_m:
            footprint = shapely.MultiPoint(box_corners(one)).convex_hull
            loose |= shapely.contains_xy(footprint, points[:, [0, 2]])
    under_roof = np.zeros(len(points), bool)
    for plane in room.planes:
        if -0.95 < plane.normal[1] < -0.3:
            height = -(plane.offset_m + points[:, [0, 2]] @ np.asarray(plane.normal)[[0, 2]]) / plane.normal[1]
            inside = shapely.contains_xy(shapely.Polygon(plane.outline_m[:, [0, 2]]), points[:, [0, 2]])
            under_roof |= inside & (height < top_m)
    assert found[expected | under_roof].all()
    assert not found[~expected & ~under_roof & ~loose].any()


def test_the_raster_holds_the_polygons(drawn):
    _, site = drawn
    solid = obstacles(site, bottom_m=0.0, top_m=2.0)
    grid = site.grid
    taken = grid.occupied & (grid.bottom_m < 2.0)
    shapely.prepare(solid)
    free = cells_of(grid, ~taken & site.inside)
    touched = free[shapely.intersects(solid, free)]
    assert shapely.area(shapely.intersection(solid, touched)).max(initial=0) < 1e-9  # turned corners are rounded: 1e-11 m2
    assert shapely.dwithin(solid, cells_of(grid, taken & site.inside), 2e-3).all()


def test_nothing_is_unseen_in_a_room_that_is_known(drawn):
    _, site = drawn
    assert unseen(site).area == 0


def test_unseen_floor_is_what_the_grid_did_not_see():
    seen = np.ones((160, 160), bool)
    seen[40:80, 40:80] = False
    site = site_of(room_of(floor(SQUARE), obstacles=grid_of(seen)), rules=RULES)
    assert unseen(site).symmetric_difference(shapely.box(-1, -1, 0, 0)).area < 1e-9
    seen[:, 120:] = False  # up to the edge of the floor, and over it
    site = site_of(room_of(floor(SQUARE), obstacles=grid_of(seen)), rules=RULES)
    assert unseen(site).area == pytest.approx(1 + 4 * 1)
    assert floor_polygon(site).covers(unseen(site))


def test_without_a_grid_the_boxes_are_all_there_is():
    table = thing("table", (0.5, 0.25), (1.0, 0.75, 0.5))
    site = site_of(room_of(floor(SQUARE), *WALLS, objects=(table,)), rules=RULES)
    assert obstacles(site, bottom_m=0, top_m=2).symmetric_difference(shapely.box(0, 0, 1, 0.5)).area < 1e-9
    assert obstacles(site, bottom_m=0.75, top_m=2).is_empty
    assert obstacles(site, bottom_m=0, top_m=0).is_empty
    assert unseen(site).is_empty


def test_a_table_top_that_an_app_states_stands_on_the_floor():
    top = flat("table", [(0, 0.7, 0), (0, 0.7, 1), (1, 0.7, 1), (1, 0.7, 0)], (0, 1, 0))
    site = site_of(room_of(floor(SQUARE), *WALLS, top), rules=RULES)
    assert obstacles(site, bottom_m=0, top_m=2).symmetric_difference(shapely.box(0, 0, 1, 1)).area < 1e-9
    assert obstacles(site, bottom_m=site.tables[0].height_m, top_m=2).is_empty
    assert site.grid.occupied.sum() * CELL_M**2 == pytest.approx(1, rel=0.06)
    assert not site.obstacles_known
    measured = replace(site.room, obstacles=grid_of(np.ones((160, 160), bool)))
    assert obstacles(site_of(measured, rules=RULES), bottom_m=0, top_m=2).is_empty


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 24), st.integers(1, 24), st.floats(0, 1), st.floats(-3.1, 3.1))
def test_any_pattern_of_cells_is_valid_polygons_of_its_area(seed, rows, columns, share, yaw):
    taken = np.random.default_rng(seed).random((rows, columns)) < share
    grid = grid_of(np.ones(taken.shape, bool), bottom=np.zeros(taken.shape), top=taken * 1.0)
    site = site_of(turned(room_of(floor(SQUARE), *WALLS), yaw, (0, 0, 0)), rules=RULES)
    solid = obstacles(replace(site, room=replace(site.room, obstacles=grid)), bottom_m=0, top_m=1)
    assert solid.is_valid
    assert solid.area == pytest.approx(taken.sum() * CELL_M**2, abs=1e-9)
    middles = to_plan(centres(grid), world_from_site=site.world_from_site)
    assert (shapely.contains_xy(solid, middles) == taken.reshape(-1)).all()


COORDINATE = st.one_of(st.floats(-2, 10), st.integers(-2, 10).map(float), st.sampled_from([0.5, 2.5, 5.999999, 6.000001]))


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=7))
def test_cells_that_a_polygon_touches_and_covers_are_those_of_shapely(points):
    raster = Raster(0.0, 0.0, 1.0, 8, 6)
    column, row = np.meshgrid(np.arange(raster.columns), np.arange(raster.rows))
    cells = shapely.box(column, row, column + 1, row + 1)
    for polygon in (shapely.Polygon(points), shapely.MultiPoint(points).convex_hull):
        if polygon.geom_type != "Polygon" or not polygon.is_valid or polygon.area < 1e-3:
            continue
        outline = np.asarray(polygon.exterior.coords)[:-1]
        touched, within = cells_touched(outline, raster), cells_within(outline, raster)
        area = shapely.area(shapely.intersection(cells, polygon))
        assert touched[area > 1e-5].all()
        assert shapely.intersects(cells, polygon)[touched].all()
        assert within[shapely.covers(polygon, cells)].all()
        assert (area[within] > 1 - 1e-5).all()
        assert not (within & ~touched).any()


def test_where_a_slope_is_low_is_a_polygon(drawn):
    room, site = drawn
    for slope in slopes_of(room, world_from_site=site.world_from_site):
        for height in (0.5, 1.5, 2.4, 9.0):
            low = slope.between(0.0, height)
            polygon = shapely.Polygon(low) if len(low) else shapely.Polygon()
            whole = shapely.Polygon(slope.outline_m)
            points = shapely.get_coordinates(whole.exterior)[:-1]
            inner = points.mean(axis=0) + 0.999 * (points - points.mean(axis=0))
            assert polygon.is_valid
            assert polygon.difference(whole).area < 1e-9
            assert (shapely.contains_xy(polygon, inner) == (slope.at(inner) < height)).all()
