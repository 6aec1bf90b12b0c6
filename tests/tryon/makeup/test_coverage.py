"""Coverage is exact: areas by analytic truth, edges by many samples, no seam at the border of a window."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.tryon.makeup.coverage import STEPS, Window, coverage, smooth, window


def disc(radius: float, centre: tuple[float, float], corners: int = 400) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.array(centre) + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)


@given(radius=st.floats(5, 20), x=st.floats(24, 26), y=st.floats(24, 26))
@settings(max_examples=40, deadline=None)
def test_a_disc_has_its_area(radius: float, x: float, y: float) -> None:
    covered = coverage([disc(radius, (x, y))], within=Window(0, 0, 50, 50)).sum()
    # The linear ramp of half a pixel on both sides of a circle adds pi / 12; the polygon of 400 sides lacks 4e-5 of the area.
    # What is left is the sampling of the ramp at pixel centres: less than half a percent.
    assert abs(covered - np.pi * (radius**2 + 1 / 12)) < 0.005 * np.pi * radius**2


def test_a_box_on_pixel_borders_is_exact() -> None:
    box = np.array([[9.5, 4.5], [19.5, 4.5], [19.5, 14.5], [9.5, 14.5]])
    want = np.zeros((20, 30))
    want[5:15, 10:20] = 1
    assert np.array_equal(coverage([box], within=Window(0, 0, 30, 20)), want)


@given(shift=st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_an_upright_edge_covers_in_proportion(shift: float) -> None:
    box = np.array([[4.5 + shift, 2.5], [15.5, 2.5], [15.5, 12.5], [4.5 + shift, 12.5]])
    assert np.allclose(coverage([box], within=Window(0, 0, 20, 20))[7, 5], 1 - shift, atol=1e-6)


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_nearly_what_many_samples_say(data: st.DataObject) -> None:
    corners = data.draw(st.integers(3, 9))
    turn = np.sort(np.array(data.draw(st.lists(st.floats(0, 6.28), min_size=corners, max_size=corners, unique=True))))
    points = np.array([20.3, 19.6]) + np.stack([14 * np.cos(turn), 11 * np.sin(turn)], axis=1)
    outline = smooth(points)
    got = coverage([outline], within=Window(0, 0, 40, 40))
    fine = (np.arange(40 * 8) + 0.5) / 8 - 0.5
    x, y = np.meshgrid(fine, fine)
    inside = np.zeros_like(x, bool)
    for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        crosses = (a[1] <= y) != (b[1] <= y)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crosses & (x > a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
    want = inside.reshape(40, 8, 40, 8).mean(axis=(1, 3))
    # Slivers and sharp corners are where distance and area differ: the mean must not.
    assert np.abs(got - want).mean() < 0.01
    assert np.array_equal(got > 0.99, (got > 0.99) & (want > 0.5))


def test_a_hole_is_cut() -> None:
    ring = coverage([disc(15, (25, 25)), disc(6, (25, 25))], within=Window(0, 0, 50, 50))
    assert ring[25, 25] == 0
    assert ring[25, 35] == 1
    assert abs(ring.sum() - np.pi * (15**2 - 6**2)) < 1


@given(x0=st.integers(0, 30), y0=st.integers(0, 30), width=st.integers(1, 25), height=st.integers(1, 25))
@settings(max_examples=40, deadline=None)
def test_a_window_shows_its_part(x0: int, y0: int, width: int, height: int) -> None:
    outline = smooth(np.array([[5.2, 20.1], [25.7, 3.3], [44.9, 22.2], [24.4, 46.1]]))
    whole = coverage([outline], within=Window(0, 0, 56, 56))
    part = Window(x0, y0, x0 + width, y0 + height)
    assert np.array_equal(coverage([outline], within=part), whole[part.of])


def test_the_spline_goes_through_its_points() -> None:
    points = np.array([[5.2, 20.1], [25.7, 3.3], [44.9, 22.2], [24.4, 46.1]])
    assert np.allclose(smooth(points)[::STEPS], points)


def test_a_window_keeps_to_the_picture() -> None:
    points = np.array([[-5.0, 3], [8, 9]])
    assert window(points, margin_px=2, width_px=20, height_px=10) == Window(0, 1, 11, 10)
    assert window(points - 100, margin_px=2, width_px=20, height_px=10) is None
