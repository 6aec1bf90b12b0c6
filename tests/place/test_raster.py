"""Cells that a polygon touches and those that it covers, held against shapely's areas."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from arviz.place.plan.raster import Raster, cells_touched, cells_within

RASTER = Raster(-1.0, 0.5, 0.1, 24, 31)


def cells(raster: Raster) -> np.ndarray:
    x, z = raster.x_m + np.arange(raster.columns) * raster.cell_m, raster.z_m + np.arange(raster.rows)[:, None] * raster.cell_m
    return shapely.box(x, z, x + raster.cell_m, z + raster.cell_m)


def star(seed: int, *, corners: int) -> np.ndarray:
    """Return a simple polygon around the raster's middle, partly outside of it, in either sense of rotation."""
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    out = np.stack([np.cos(angles), np.sin(angles)], axis=1) * rng.uniform(0.1, 1.8, (corners, 1)) + (0.5, 1.7)
    return out[::-1] if seed % 2 else out


@given(st.integers(0, 2**31), st.integers(3, 9))
def test_cells_are_touched_and_covered_as_their_areas_say(seed, corners):
    outline = star(seed, corners=corners)
    polygon, squares = shapely.Polygon(outline), cells(RASTER)
    if not polygon.is_valid:  # the middle lies outside of it
        return
    share = shapely.area(shapely.intersection(polygon, squares)) / RASTER.cell_m**2
    clear = shapely.distance(polygon.boundary, squares) > 1e-6
    touched, within = cells_touched(outline, RASTER), cells_within(outline, RASTER)
    assert touched[share > 1e-4].all()
    assert not touched[(share < 0.5) & clear].any()
    assert within[(share > 0.5) & clear].all()
    assert not within[share < 1 - 1e-4].any()


@pytest.mark.parametrize("turn", [1, -1])
def test_edges_on_the_borders_of_cells_cross_none(turn):
    outline = np.array([[0, 1], [1, 1], [1, 2], [0, 2]], float)[::turn]
    wanted = np.zeros((24, 31), bool)
    wanted[5:15, 10:20] = True
    assert np.array_equal(cells_touched(outline, RASTER), wanted)
    assert np.array_equal(cells_within(outline, RASTER), wanted)


def test_half_a_cell_more_on_each_side_is_touched_and_not_covered():
    outline = np.array([[0, 1], [1, 1], [1, 2], [0, 2]], float) + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * 0.05
    touched, within = cells_touched(outline, RASTER), cells_within(outline, RASTER)
    assert touched[4:16, 9:21].all()
    assert touched.sum() == 12 * 12
    assert within[5:15, 10:20].all()
    assert within.sum() == 10 * 10
