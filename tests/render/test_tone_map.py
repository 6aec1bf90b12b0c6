"""Tone maps on plain arrays: numbers worked by hand from the published formulas, and what a tone map must never do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.render.tone_map import tone_map

colours = st.lists(st.floats(0, 50, width=32), min_size=3, max_size=3).map(lambda c: np.array([c], np.float32))


def test_numbers_worked_by_hand():
    """PBR Neutral: (2, 1, 0.5) less 0.04 has a peak of 1.96, squeezed to 1 - 0.0576 / 1.44 = 0.96, mixed with it by 1 - 1 / 1.15."""
    assert np.allclose(tone_map(np.array([[2.0, 1.0, 0.5]]), how="neutral"), [[0.96, 0.534090, 0.321135]], atol=1e-5)
    # A darkest channel of 0.02 takes 0.02 - 6.25 * 0.02^2 = 0.0175 off, and the peak stays below 0.76.
    assert np.allclose(tone_map(np.array([[0.3, 0.1, 0.02]]), how="neutral"), [[0.2825, 0.0825, 0.0025]], atol=1e-6)
    # Hill's fit at v = 0.18, grey: (0.18 * 0.2045786 - 0.000090537) / (0.18 * 0.61002222 + 0.238081) = 0.105590; 0.18 * 0.6 goes in.
    assert np.allclose(tone_map(np.full((1, 3), 0.108), how="aces"), 0.105590, atol=2e-4)


@given(colours)
def test_base_colours_under_unit_light_come_out_less_the_reflection_at_normal_incidence(colour):
    """What Khronos promises of PBR Neutral for colours up to 0.8."""
    colour = 0.08 + colour / 50 * 0.71
    assert np.allclose(tone_map(colour, how="neutral"), colour - 0.04, atol=1e-6)


@pytest.mark.parametrize("how", ["neutral", "aces"])
@given(colour=colours, more=st.floats(1.01, 4))
def test_more_light_never_darkens_and_nothing_leaves_the_display(how, colour, more):
    low, high = tone_map(colour, how=how), tone_map(colour * np.float32(more), how=how)
    assert low.min() >= -1e-6
    assert high.max() <= 1 + 1e-6
    assert high.max() >= low.max() - 1e-5
    assert np.argmax(low) == np.argmax(colour) or np.ptp(low[0, [np.argmax(low), np.argmax(colour)]]) < 1e-3


@pytest.mark.parametrize("how", ["neutral", "aces"])
def test_grey_stays_grey_and_glare_turns_white(how):
    grey = np.repeat(np.linspace(0, 20, 200, dtype=np.float32)[:, None], 3, axis=1)
    out = tone_map(grey, how=how)
    assert np.ptp(out, axis=1).max() < 2e-3  # the sums of Hill's rows are 1 to three digits
    assert (np.diff(out[:, 1]) >= 0).all()
    assert tone_map(np.array([[30000.0, 3.0, 3.0]]), how="neutral").min() > 0.95


@given(colours, st.floats(0.1, 8))
def test_exposure_is_a_factor_before_it(colour, exposure):
    for how in ("neutral", "aces", "none"):
        assert np.allclose(tone_map(colour, how=how, exposure=exposure), tone_map(colour * np.float32(exposure), how=how), atol=1e-5)
    assert np.array_equal(tone_map(colour, how="none"), colour)
