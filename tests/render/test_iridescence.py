"""Thin films against limits that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.render.iridescence import film_reflectance


@given(st.floats(0.02, 1), st.floats(1.1, 2.5), st.floats(0, 1200), st.floats(0, 0.2))
def test_a_film_mirrors_a_share(cosine: float, ior: float, thickness: float, f0: float) -> None:
    found = film_reflectance(np.array([cosine]), ior=ior, thickness_nm=thickness, f0=f0)
    assert found.shape == (1, 3)
    assert ((found >= 0) & (found <= 1)).all()


def test_without_a_film_it_is_the_surface() -> None:
    assert film_reflectance(np.ones(1), ior=1.5, thickness_nm=0.0, f0=0.04)[0] == pytest.approx(0.04)


def test_a_thick_film_has_no_colour_and_mirrors_as_two_surfaces() -> None:
    """Its waves no longer meet: the shares of both sides add up (Stokes 1862)."""
    one = ((1.33 - 1) / (1.33 + 1)) ** 2
    found = film_reflectance(np.ones(1), ior=1.33, thickness_nm=2e4, f0=0.0)[0]
    assert found == pytest.approx(np.full(3, 2 * one / (1 + one)), abs=5e-4)


def test_a_film_of_a_quarter_wave_is_brighter_than_its_two_sides() -> None:
    thick = film_reflectance(np.ones(1), ior=1.33, thickness_nm=2e4, f0=0.0)[0]
    quarter = film_reflectance(np.ones(1), ior=1.33, thickness_nm=550 / 4 / 1.33, f0=0.0)[0]
    assert (quarter > 1.5 * thick).all()
