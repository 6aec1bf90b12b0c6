"""The size check: never silent about an error, never loud about a right product."""

import re
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.check.size import check_extent, check_size
from arviz.core.asset import Asset, Mesh, Node, Primitive, Source
from arviz.core.frames import rotation_to_arviz
from arviz.core.reframe import orient
from arviz.core.units import metres_per
from arviz.formats.read import read

sides = st.tuples(*[st.floats(0.02, 5)] * 3)


def _box(x, y, z):
    corners = np.array([[i, j, k] for i in (0, x) for j in (0, y) for k in (0, z)], np.float32)
    primitive = Primitive(attributes={"POSITION": corners}, indices=np.array([0, 1, 2, 5, 6, 7, 3, 4, 0]))
    return Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(primitive,)),))


def _codes(*args, **options):
    return [finding.code for finding in check_size(*args, **options).findings]


@given(sides, st.tuples(*[st.floats(-0.029, 0.029)] * 3))
def test_within_three_percent_is_fine(listed, errors):
    built = [side * (1 + error) for side, error in zip(listed, errors, strict=True)]
    assert _codes(_box(*built), listed_m=listed) == []


@given(sides, st.integers(0, 2), st.floats(0.032, 0.5))
def test_more_than_three_percent_on_any_side_is_an_error_with_both_numbers(listed, axis, error):
    built = list(listed)
    built[axis] *= 1 + error
    report = check_size(_box(*built), listed_m=listed)
    assert not report.ok
    assert report.findings[0].code in ("E_SIZE", "E_SIZE_AXES")
    assert abs(report.figures["deviation_percent"][axis] - 100 * error) < 0.01


def test_a_permuted_size_names_the_order_that_fits():
    listed = (2.18, 0.79, 1.02)
    for order in permutations(range(3)):
        report = check_size(_box(*(listed[i] for i in order)), listed_m=listed)
        assert [f.code for f in report.findings] == ([] if order == (0, 1, 2) else ["E_SIZE_AXES"])
    message = check_size(_box(1.02, 0.79, 2.18), listed_m=listed).findings[0].message
    assert "1,020 x 2,180 x 790 mm" in message
    assert "read as depth x width x height" in message


@pytest.mark.parametrize("order", [order for order in permutations(range(3)) if order != (0, 1, 2)])
@pytest.mark.parametrize("axes", [("+Y", "+Z"), ("+Z", "-Y"), ("-X", "+Z"), ("y", "-x")])
def test_the_axes_that_are_told_make_a_permuted_product_fit(order, axes):
    listed = (2.18, 0.79, 1.02)
    taken = _box(*(listed[i] for i in order))  # as the file was taken, with `axes`
    in_file = orient(taken, rotation_to_arviz(up=axes[0], front=axes[1]).T)
    (finding,) = check_size(replace(taken, source=_source(axes)), listed_m=listed).findings
    told = dict(re.findall(r"--(up|front) ([+-][XYZ])", finding.hint))
    turned = orient(in_file, rotation_to_arviz(up=told.get("up", axes[0]), front=told["front"]))
    assert check_size(turned, listed_m=listed).ok


def _source(axes):
    return Source(name="a.obj", format="obj", unit="m", unit_source="user", up=axes[0], front=axes[1])


@given(sides)
def test_only_listed_sides_are_compared(built):
    assert _codes(_box(*built), listed_m=(None, built[1], None)) == []
    assert _codes(_box(*built), listed_m=(None, built[1] * 2, None)) == ["E_SIZE"]


def test_absurd_sizes_are_a_warning_only_without_a_listing():
    assert _codes(_box(374, 1, 1)) == ["W_SIZE_IMPLAUSIBLE"]
    assert check_size(_box(374, 1, 1)).ok
    assert _codes(_box(374, 1, 1), listed_m=(374, 1, 1)) == []
    assert _codes(_box(1, 1, 1)) == []


def test_a_listing_that_only_confirms_itself_does_not_silence_an_absurd_size():
    """145x150x48m for glasses: the unit was inferred from the listing, so both agree on a pair of 145 m."""
    asset = replace(_box(145, 48, 150), source=Source(name="a.obj", format="obj", unit="m", unit_source="listing"))
    assert _codes(asset, listed_m=(145, 48, 150)) == ["W_SIZE_IMPLAUSIBLE"]
    assert "listed size" in check_size(asset, listed_m=(145, 48, 150)).findings[0].hint


def test_a_side_that_another_listed_side_fits_is_named():
    finding = check_size(_box(1.02, 0.79, 2.18), listed_m=(2.18, None, None)).findings[0]
    assert finding.code == "E_SIZE"
    assert "The listed width is the product's depth" in finding.hint


def test_a_product_without_extent_is_an_error():
    assert _codes(_box(0, 0, 0)) == _codes(_box(0, 0, 0), listed_m=(1, 1, 1)) == ["E_SIZE_ZERO"]


@pytest.mark.parametrize(("unit", "factor"), [("cm", 100), ("mm", 1000), ("in", 1 / 0.0254)])
def test_a_product_in_the_wrong_unit_is_told_the_right_one(unit, factor):
    finding = check_size(_box(2.18 * factor, 0.79 * factor, 1.02 * factor), listed_m=(2.18, 0.79, 1.02)).findings[0]
    assert finding.code == "E_SIZE"
    assert f"--unit {unit}" in finding.hint


@given(sides, st.floats(0.2, 5).filter(lambda factor: abs(factor - 1) > 0.04), st.sampled_from(["m", "cm", "0.5m"]))
def test_a_product_at_another_scale_is_told_the_unit_that_makes_it_fit(listed, factor, unit):
    built = [side * factor for side in listed]
    (finding,) = check_extent(built, listed_m=listed, unit=unit).findings
    assert finding.code == "E_SIZE"
    told = re.search(r"--unit (\S+)", finding.hint)[1]
    mended = [side * metres_per(told) / metres_per(unit) for side in built]
    assert check_extent(mended, listed_m=listed, unit=told).ok


def test_sides_off_by_different_factors_are_no_other_scale():
    (finding,) = check_extent((1.1, 1.3, 1.2), listed_m=(1, 1, 1)).findings
    assert "--unit" not in finding.hint


def test_numbers_are_written_out_and_in_the_order_of_a_listing():
    (finding,) = check_extent((460.0, 820.0, 520.0), listed_m=(0.46, 0.82, 0.52)).findings
    assert "width 460,000 mm instead of 460 mm (1,000 times as long), depth 520,000 mm" in finding.message
    assert "--unit mm" in finding.hint


def test_an_absurd_size_is_told_with_the_units_that_would_do():
    (finding,) = check_extent((460.0, 820.0, 520.0)).findings
    assert finding.code == "W_SIZE_IMPLAUSIBLE"
    assert "mm (460 x 520 x 820 mm)" in finding.hint


def test_nothing_drawn_is_an_error():
    assert _codes(Asset(nodes=(), meshes=())) == ["E_NOTHING_DRAWN"]


def test_the_shared_helmet_is_no_helmet(data):
    listed = (0.24, 0.26, 0.30)
    report = check_size(read(data / "products" / "DamagedHelmet.glb"), listed_m=listed)
    assert [f.code for f in report.findings] == ["E_SIZE"]
    assert report.figures["size_m"] == pytest.approx((1.89, 1.80, 2.00), abs=0.01)


@given(st.floats(0.02, 5), st.floats(0.02, 5), st.floats(0.99, 1.01))
def test_two_orders_that_fit_prefer_the_one_given(width, height, ratio):
    built = (width, height, width * ratio)
    assert _codes(_box(*built), listed_m=built) == []
