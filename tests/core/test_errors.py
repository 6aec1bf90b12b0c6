"""Errors from one process to another: what was raised there is raised here, and no answer makes anything else."""

import json
import pickle
import traceback

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


def test_python_shows_the_hint_below_the_message_and_says_what_options_are():
    error = LimitError("E_X", "too much", where="a.glb", hint="Use --force.")
    shown = "".join(traceback.format_exception_only(error)).splitlines()
    assert shown[0].endswith("LimitError: a.glb: too much")
    assert shown[1] == "Use --force."
    assert "force=True" in shown[2]
    assert pickle.loads(pickle.dumps(error)).__notes__ == error.__notes__
    assert not hasattr(LimitError("E_X", "too much"), "__notes__")
    assert LimitError("E_X", "too much", hint="Wait.").__notes__ == ["Wait."]


def test_a_notebook_shows_the_callers_lines_and_not_ours(tmp_path):
    import arviz

    try:
        arviz.read(tmp_path / "nothing.glb")  # the caller's line
    except ArvizError as error:
        lines = error._render_traceback_()
    assert "# the caller's line" in "".join(lines)
    assert "regular_file" not in "".join(lines)
    assert lines[-2].endswith("InputError: nothing.glb: no such file")
    assert lines[-1] == "Check the name and the folder you are in."
