"""Rules tell pass from fail only as far as the measurement does."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.length import Length
from arviz.core.placement import Arrangement, Clearance, Placement, RuleResult, Walk, worst

lengths = st.floats(0, 20)


def rule(value_m=1.0, needed_m=0.9, sigma_m=0.01):
    return RuleResult(rule="walkway", where="a - b", needed_m=needed_m, found=Length(value_m, sigma_m), source="test")


@given(lengths, lengths, st.floats(0, 1))
def test_what_passes_is_likely_and_what_fails_is_not(value, needed, sigma):
    result = rule(value, needed, sigma)
    assert 0 <= result.likelihood <= 1
    if result.outcome == "pass":
        assert value - needed >= 1.9 * sigma - 1e-9
    elif result.outcome == "fail":
        assert needed - value >= 1.9 * sigma - 1e-9
    else:
        assert abs(value - needed) <= 2 * sigma


def test_two_sigma_is_the_border():
    assert [rule(0.9 + k * 0.01).outcome for k in (-2.1, -1.9, 0, 1.9, 2.1)] == ["fail", "unsure", "unsure", "unsure", "pass"]
    assert rule(0.9, 0.9, 0.0).outcome == "pass"


def placement(**fields):
    return Placement(
        **{"product": "sofa", "support": "floor", "plane": 0, "world_from_asset": np.eye(4), "outline_m": np.zeros((4, 2)), **fields}
    )


def test_the_worst_counts():
    good, bad, open_ = rule(2.0), rule(0.1), rule(0.9)
    assert worst(()) == "pass"
    assert worst((good, open_)) == "unsure"
    assert placement(rules=(good, open_, bad)).outcome == "fail"
    assert placement(rules=(good,), blocked=("door 1",)).outcome == "fail"
    assert Arrangement(placements=(placement(), placement(rules=(open_,))), score=1.0).outcome == "unsure"
    assert Arrangement(placements=(placement(),), score=1.0, rules=(bad,)).outcome == "fail"


@pytest.mark.parametrize(
    "fields",
    [{"support": "air"}, {"world_from_asset": np.full((4, 4), np.nan)}, {"world_from_asset": np.eye(3)}, {"outline_m": np.zeros((4, 3))}],
)
def test_nonsense_is_refused(fields):
    with pytest.raises(ValueError, match=r"stands on|pose|footprint"):
        placement(**fields)


def test_arrays_are_frozen():
    walk = Walk(start="door 1", end="sofa", path_m=np.zeros((3, 2)))
    ends = Clearance(side="left", to="wall 1", length=Length(0.1, 0.01), ends_m=np.zeros((2, 2))).ends_m
    for array in (walk.path_m, ends, placement().outline_m):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_products_do_not_answer_for_what_was_too_little_before():
    for found, before, outcome in ((0.6, 0.6, "before"), (0.7, 0.6, "before"), (0.5, 0.6, "fail"), (0.5, 1.2, "fail"), (1.0, 0.6, "pass")):
        result = replace(rule(found), before=Length(before, 0.01, "test"))
        assert result.outcome == outcome
        assert worst((result,)) == ("fail" if outcome == "fail" else "pass")
        assert result.likelihood == rule(found).likelihood
