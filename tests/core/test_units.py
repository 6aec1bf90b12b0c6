"""Lengths as people write them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import UnitError
from arviz.core.units import METRES_PER_UNIT, format_mm, metres_per, parse_length, parse_size, unit_name


def test_listing_order_is_width_depth_height():
    assert parse_size("218x102x79cm") == pytest.approx((2.18, 0.79, 1.02))


@pytest.mark.parametrize(
    "text",
    [
        "218 x 102 x 79 cm",
        "218X102X79CM",
        "2.18x1.02x.79m",
        "2180×1020×790mm",
        "218*102*79cm",
        "2,18x1,02x0,79 m",
        "218cmx102cmx79cm",
        "2180mm x 102cm x .79m",
    ],
)
def test_the_ways_people_write_a_size(text):
    assert parse_size(text) == pytest.approx((2.18, 0.79, 1.02))


@given(st.tuples(*[st.integers(1, 99999)] * 3), st.sampled_from(list(METRES_PER_UNIT)))
def test_sizes_round_trip_in_every_unit(sides, unit):
    width, depth, height = sides
    x, y, z = parse_size(f"{width}x{depth}x{height}{unit}")
    metres = METRES_PER_UNIT[unit]
    assert (x / metres, z / metres, y / metres) == pytest.approx(sides)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "218x102cm",
        "218x102x79",
        "axbxc",
        "218x102x79parsec",
        "0x1x1cm",
        "-1x2x3cm",
        "1e9x1x1m",
        "1x2x3x4cm",
        "218cmx102x79",
        "218cmx102x79cm",
        "218cmx102cmx79",
    ],
)
def test_what_is_no_size_is_refused_with_a_unit_error(text):
    with pytest.raises(UnitError):
        parse_size(text)


@given(st.text(max_size=20))
def test_any_text_is_a_size_or_a_unit_error(text):
    sides = (1.0, 1.0, 1.0)
    with contextlib.suppress(UnitError):
        sides = parse_size(text)
    assert all(side > 0 for side in sides)


def test_a_missing_unit_is_not_suggested():
    with pytest.raises(UnitError) as caught:
        parse_size("145x150x48")
    assert "145" not in caught.value.hint


@pytest.mark.parametrize("text", ['86"x40"x31"', "86″ x 40″ x 31″", "86”x40”x31”", '86x40x31"'])
def test_inch_marks(text):
    assert parse_size(text) == pytest.approx((86 * 0.0254, 31 * 0.0254, 40 * 0.0254))


def test_one_length():
    assert parse_length("79 cm") == pytest.approx(0.79)
    assert parse_length('10"') == pytest.approx(0.254)
    with pytest.raises(UnitError):
        parse_length("79")


@given(st.decimals(min_value="0.001", max_value=5000, places=4), st.sampled_from(list(METRES_PER_UNIT)), st.sampled_from(["", " "]))
def test_a_unit_may_be_a_length_of_its_own(number, unit, between):
    text = f"{number}{between}{unit.upper()}"
    assert metres_per(text) == pytest.approx(float(number) * METRES_PER_UNIT[unit])
    assert unit_name(unit_name(text)) == unit_name(text)


@pytest.mark.parametrize("text", ["0m", "1,000mm", "2 parsec", "7", "yards", ""])
def test_what_is_no_unit_is_refused(text):
    with pytest.raises(UnitError):
        metres_per(text)


def test_a_comma_behind_a_zero_separates_decimals():
    assert parse_length("0,866m") == pytest.approx(0.866)
    with pytest.raises(UnitError, match="thousands or decimals"):
        parse_length("1,866m")


def test_millimetres_for_people_are_width_depth_height():
    assert format_mm((2.18, 0.79, 1.02)) == "2,180 x 1,020 x 790 mm"
    assert format_mm((0.0123, 0.5, 0.001)) == "12.3 x 1 x 500 mm"
