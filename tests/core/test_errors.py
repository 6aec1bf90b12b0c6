"""Errors from one process to another: what was raised there is raised here, and no answer makes anything else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core import errors
from arviz.core.errors import ArvizError, LimitError, error_from_json, error_to_json

KINDS = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, ArvizError)]
TEXT = st.text(max_size=20)
TOLD = {"kind": "MeshError", "code": "E_A", "what": "a", "where": None, "expected": None, "found": None, "hint": None}


@given(st.sampled_from(KINDS), st.from_regex(r"E_[A-Z0-9_]{1,60}", fullmatch=True), TEXT, *[st.none() | TEXT] * 4)
def test_every_error_comes_back(kind, code, what, where, expected, found, hint):
    error = kind(code, what, where=where, expected=expected, found=found, hint=hint)
    again = error_from_json(json.loads(json.dumps(error_to_json(error))))
    assert type(again) is kind
    assert error_to_json(again) == error_to_json(error)
    assert str(again) == str(error)


def test_a_kind_of_another_module_is_told_as_its_nearest_here():
    class Slow(LimitError):
        """A library's own."""

    assert error_to_json(Slow("E_SLOW", "slow"))["kind"] == "LimitError"


WRONG = ({"kind": "Any"}, {"kind": "error_to_json"}, {"kind": 1}, {"code": "A"}, {"what": None}, {"hint": 3})


@pytest.mark.parametrize("told", [{}, *({**TOLD, **change} for change in WRONG)])
def test_what_says_no_error_is_refused(told):
    with pytest.raises(ValueError, match="no error"):
        error_from_json(told)
