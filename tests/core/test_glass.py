"""Glass as opacity: bounds, order, and Beer's law."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.glass import attenuation, clearness

UNIT = st.floats(0, 1)
COLOUR = st.tuples(UNIT, UNIT, UNIT)


@given(UNIT, COLOUR)
def test_a_fifth_of_the_clearest_glass_stays_and_dark_glass_is_opaque(factor, colour):
    assert 0 <= clearness(factor, colour) <= 0.8 + 1e-12
    assert clearness(1.0, (1.0, 1.0, 1.0)) == pytest.approx(0.8)
    assert clearness(factor, (0.0, 0.0, 0.0)) == clearness(0.0, colour) == 0


@given(UNIT, COLOUR, st.floats(0, 1))
def test_what_is_darker_is_never_clearer(factor, colour, share):
    assert clearness(factor, [value * share for value in colour]) <= clearness(factor, colour) + 1e-12


@pytest.mark.parametrize("colour", [(-1.0, -1.0, -1.0), (math.nan,) * 3])
def test_colours_that_are_none_let_nothing_through(colour):
    assert clearness(1.0, colour) == 0


@given(st.tuples(*[st.floats(0.01, 1)] * 3), st.floats(1e-3, 1), st.floats(1e-3, 1))
def test_attenuation_is_beers_law(colour, thickness, distance):
    found = attenuation({"attenuationColor": list(colour), "attenuationDistance": distance, "thicknessFactor": thickness})
    assert found == pytest.approx([math.exp(math.log(value) / distance * thickness) for value in colour], abs=1e-9)


@pytest.mark.parametrize("volume", [None, {}, {"attenuationColor": [0, 0, 0]}, {"attenuationColor": [0, 0, 0], "thicknessFactor": 1}])
def test_without_distance_or_thickness_nothing_is_absorbed(volume):
    assert attenuation(volume) == (1.0, 1.0, 1.0)
