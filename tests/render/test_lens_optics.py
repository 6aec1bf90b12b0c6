"""Lenses of glasses against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.render.lens_optics import bent, mirror, tint


@pytest.mark.parametrize(("dioptre", "vertex_m"), [(-5.0, 0.012), (-10.0, 0.014), (4.0, 0.012), (0.0, 0.012)])
def test_things_behind_a_lens_are_magnified_as_the_formula_of_spectacles_says(dioptre: float, vertex_m: float) -> None:
    """Seen from far away: 1 / (1 - d F)."""
    wanted = 0.005
    ways = np.array([[0.0, 0.0, -1.0]])
    on_lens = np.array([[wanted / (1 - vertex_m * 0), 0.0, vertex_m]])
    behind = bent(ways, on_lens, centres_m=np.zeros((1, 3)), dioptre=np.array([dioptre]))
    met = on_lens + behind * vertex_m
    assert on_lens[0, 0] / met[0, 0] == pytest.approx(1 / (1 - vertex_m * dioptre))


def test_minus_five_dioptres_at_twelve_millimetres_shrink_to_943() -> None:
    met = (
        0.01 + 0.012 * bent(np.array([[0, 0, -1.0]]), np.array([[0.01, 0, 0]]), centres_m=np.zeros((1, 3)), dioptre=np.array([-5.0]))[0, 0]
    )
    assert 0.01 / met == pytest.approx(0.943, abs=5e-4)


def test_nothing_bends_at_the_optical_centre() -> None:
    ways = np.array([[0.1, -0.2, -2.0]])
    at = np.array([[0.03, 0.02, 0.07]])
    assert bent(ways, at, centres_m=at, dioptre=np.array([-7.0])) == pytest.approx(ways / 2)


def test_the_way_in_a_tinted_lens_is_longer_at_an_angle() -> None:
    straight = tint(np.full((1, 3), 0.25), np.ones(1), np.full(1, 1.5))
    slant = tint(np.full((1, 3), 0.25), np.full(1, 0.5), np.full(1, 1.5))
    inside = np.sqrt(1 - 0.75 / 1.5**2)
    assert straight == pytest.approx(0.25)
    assert slant == pytest.approx(np.exp(np.log(0.25) / inside))


@given(st.floats(0, 1), st.floats(0.02, 1), st.floats(1.3, 1.9))
def test_a_lens_never_gains_light(straight: float, cosine: float, ior: float) -> None:
    through = tint(np.full((1, 3), straight), np.array([cosine]), np.array([ior]))
    back = mirror(np.full((1, 3), 0.08), np.array([cosine]))
    assert (through * (1 - back) + back <= 1 + 1e-12).all()
    assert (through <= max(straight, 1e-6) + 1e-12).all()
