"""Inferring a unit from the listed size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import UnitError
from arviz.core.units import METRES_PER_UNIT
from arviz.ops.unit import infer_unit

sides = st.tuples(*[st.floats(0.01, 3)] * 3)


@given(sides, st.sampled_from(list(METRES_PER_UNIT)), st.tuples(*[st.floats(-0.05, 0.05)] * 3), st.permutations(range(3)))
def test_the_true_unit_is_found_whatever_the_order_of_the_sides(listed, unit, errors, order):
    size = [side * (1 + error) / METRES_PER_UNIT[unit] for side, error in zip(listed, errors, strict=True)]
    guess = infer_unit([size[i] for i in order], listed)
    assert guess.unit == unit
    assert guess.confidence > 0.9
    assert guess.error_percent < 6
    assert guess.confidence + sum(confidence for _, confidence in guess.alternatives) <= 1 + 1e-9


@given(sides, st.sampled_from(list(METRES_PER_UNIT)))
def test_one_listed_side_is_enough(listed, unit):
    size = [side / METRES_PER_UNIT[unit] for side in listed]
    assert infer_unit(size, (None, listed[1], None)).unit == unit


def test_featuretype_is_in_inches():
    guess = infer_unit((5, 1.375, 2.5), (0.127, 0.034925, 0.0635))
    assert guess.unit == "in"
    assert guess.confidence > 0.98
    assert guess.error_percent < 0.01


def test_a_sloppy_fit_has_less_confidence():
    sure, unsure = infer_unit((100, 100, 100), (1, 1, 1)), infer_unit((100, 100, 100), (1.25, 1.25, 1.25))
    assert sure.unit == unsure.unit == "cm"
    assert unsure.confidence < sure.confidence


@pytest.mark.parametrize("size", [(5e6, 5e6, 5e6), (1e-9, 1e-9, 1e-9), (0, 0, 0)])
def test_no_unit_fits(size):
    with pytest.raises(UnitError) as caught:
        infer_unit(size, (1, 1, 1))
    assert caught.value.code == "E_UNIT_UNCLEAR"
