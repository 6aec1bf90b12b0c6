"""The floor from things that lie on it, and lengths on it, without pictures."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.errors import InputError
from arviz.vision.photo.floor import floor_from_up, with_known_length
from arviz.vision.photo.gravity import gravity_prior, tangents
from arviz.vision.photo.pose import fit_flat
from tests.seeds import drawn_seed
from tests.vision.photo.metrology import Thing, draw
from tests.vision.photo.scenes import corners, on_floor, plain, shot

SQUARE = np.array([[0, 0], [0.3, 0], [0.3, 0.3], [0, 0.3]])


@settings(max_examples=20)
@given(pitch=st.floats(12, 60), roll=st.floats(-15, 15), turn=st.floats(0, 90), height=st.floats(0.5, 2.5))
def test_exact_corners_give_the_exact_floor(pitch: float, roll: float, turn: float, height: float):
    view = shot(pitch_deg=pitch, roll_deg=roll, height_m=height, focal_px=600)
    away = height / np.tan(np.radians(max(pitch, 25)))
    thing = on_floor((0.3, 0.3), at=(0.05, -away), turn_deg=turn, paint=plain(1, 1, 1))
    fit = fit_flat(SQUARE, view.pixels(corners(thing)), sigma_px=0.5, camera=view.camera, source="test")
    assert fit is not None
    assert fit.floor.up @ view.up > 1 - 1e-8
    assert fit.floor.height_m == pytest.approx(height, rel=1e-4)  # the thing lies 10 um above the floor
    assert np.isfinite(fit.floor.covariance).all()
    ends = np.array([[-0.2, 0, -away], [0.3, 0, -away - 0.1]])
    length = fit.floor.length_on_floor(*view.pixels(ends))
    assert length.value_m == pytest.approx(float(np.hypot(0.5, 0.1)), rel=1e-3)
    assert length.sigma_m > 0


@pytest.mark.parametrize(
    ("thing", "options", "bar"),
    [
        ("a4", {"noise_px": 1.0}, 0.01),
        ("charuco", {"noise_px": 0.3}, 0.004),
        ("a4", {"noise_px": 1.0, "gravity_deg": 1.0, "sigma_f": 0.03, "click_px": 0.7}, 0.012),
        ("length", {"noise_px": 1.0, "gravity_deg": 0.5}, 0.012),
    ],
)
def test_errors_agree_with_their_sigmas(thing: Thing, options: dict[str, Any], bar: float):
    rng = np.random.default_rng(drawn_seed())
    draws = [draw(rng, thing, **options) for _ in range(50)]
    # Wide bars for chance; the bench has the narrow ones.
    assert np.median(np.abs([d.error for d in draws])) < bar
    assert np.mean(np.abs([d.sigmas for d in draws]) < 2) > 0.8
    assert 0.6 < np.sqrt(np.mean(np.square([d.sigmas for d in draws]))) < 1.6
    assert np.mean(np.abs([d.height_sigmas for d in draws]) < 2) > 0.8


def test_a_sharp_board_outweighs_gravity_and_poor_corners_are_helped_by_it():
    view = shot()
    thing = on_floor((0.3, 0.3), at=(0, -2), turn_deg=20, paint=plain(1, 1, 1))
    exact = view.pixels(corners(thing))
    wrong = view.down + 0.03 * tangents(view.up)[0]
    prior = gravity_prior(wrong / np.linalg.norm(wrong), sigma_rad=0.03)
    sharp = fit_flat(SQUARE, exact, sigma_px=0.05, camera=view.camera, source="test", prior=prior)
    poor = fit_flat(SQUARE, exact, sigma_px=5.0, camera=view.camera, source="test", prior=prior)
    assert sharp is not None
    assert poor is not None
    assert np.arccos(sharp.floor.up @ view.up) < 0.001
    assert 0.003 < np.arccos(min(poor.floor.up @ view.up, 1)) < 0.03
    assert poor.floor.sigma_tilt_rad < 0.03


def test_a_wrong_focal_length_leaves_lengths_near_the_board_right():
    view = shot()
    thing = on_floor((0.3, 0.3), at=(0, -2), turn_deg=20, paint=plain(1, 1, 1))
    handed = shot(focal_px=750 * 1.03, sigma_f_px=0.03 * 750).camera
    fit = fit_flat(SQUARE, view.pixels(corners(thing)), sigma_px=0.2, camera=handed, source="test")
    assert fit is not None
    length = fit.floor.length_on_floor(*view.pixels(np.array([[-0.2, 0, -2], [0.2, 0, -2]])), click_sigma_px=0)
    assert abs(length.value_m - 0.4) < 0.004
    # The height takes the error of f, the length beside the board does not: the covariance knows.
    assert length.sigma_m / 0.4 < 0.5 * fit.floor.sigma_height_m / fit.floor.height_m


def test_sigmas_of_lengths_are_their_slopes_by_brute_force():
    view = shot()
    floor = with_known_length(
        floor_from_up(gravity_prior(view.down, sigma_rad=0.01), camera=shot(sigma_f_px=15).camera),
        view.pixels(np.array([[-0.5, 0, -2], [0.5, 0, -2]])),
        1.0,
        sigma_px=0.5,
        relative_sigma=0.002,
    )
    ends = view.pixels(np.array([[-0.5, 0, -3], [0.4, 0, -2.5]]))
    told = floor.length_on_floor(*ends, click_sigma_px=0.5)
    rng = np.random.default_rng(0)
    values = [
        floor.moved(change).length_on_floor(*(ends + rng.normal(0, 0.5, (2, 2)))).value_m
        for change in rng.multivariate_normal(np.zeros(4), floor.covariance, 400)
    ]
    assert told.sigma_m == pytest.approx(float(np.std(values)), rel=0.2)


@pytest.mark.parametrize(
    ("p", "q", "code"),
    [
        ((500, 600), (500, 600), "E_POINTS_EQUAL"),
        ((500, 600), (500, 2), "E_POINT_ABOVE_HORIZON"),
        ((500, 600), (5000, 600), "E_POINT_OUTSIDE"),
        ((500, 600), (np.nan, 600), "E_POINT_OUTSIDE"),
    ],
)
def test_points_that_have_no_length_are_refused(p: tuple[float, float], q: tuple[float, float], code: str):
    view = shot(pitch_deg=10)
    floor = floor_from_up(gravity_prior(view.down, sigma_rad=0.01), camera=view.camera)
    with pytest.raises(InputError) as raised:
        floor.length_on_floor(np.array(p), np.array(q))
    assert raised.value.code == code


def test_corners_on_a_line_are_no_thing():
    view = shot()
    line = np.column_stack([np.linspace(400, 600, 4), np.full(4, 600.0)])
    fit = fit_flat(SQUARE, line, sigma_px=0.5, camera=view.camera, source="test")
    assert fit is None or np.isfinite(fit.floor.covariance).all()
