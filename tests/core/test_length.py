"""Lengths as people read them."""

from __future__ import annotations

import pytest

from arviz.core.length import Length


@pytest.mark.parametrize(
    ("sigma_m", "written"),
    [
        (0.02, "120 +- 20 mm"),
        (0.002, "120 +- 2 mm"),
        (0.0019, "120.0 +- 1.9 mm"),
        (0.0001, "120.0 +- 0.1 mm"),
        (0.00004, "120.00 +- 0.04 mm"),
        (0.000003, "120.000 +- 0.003 mm"),
        (0.0, "120 mm"),
    ],
)
def test_the_value_is_as_fine_as_its_sigma_which_is_written_where_there_is_one(sigma_m, written):
    assert str(Length(0.12, sigma_m)) == written


def test_it_is_a_number_of_metres_and_is_not_put_end_to_end():
    length = Length(0.12, 0.02)
    assert float(length) == 0.12
    for reckon in (lambda: length + length, lambda: 2 * length, lambda: length * 2, lambda: sum([length])):
        with pytest.raises(TypeError, match="value_m"):
            reckon()
