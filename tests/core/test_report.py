"""Reports: findings add up, and long lists of the same say how many more there were."""

from hypothesis import given
from hypothesis import strategies as st

from arviz.core.report import MOST_ALIKE, Finding, Report, condensed

findings = st.lists(
    st.builds(Finding, code=st.sampled_from(["W_A", "W_B"]), severity=st.just("warning"), message=st.just("x")), max_size=60
)


@given(findings)
def test_no_finding_is_lost_from_the_count(found):
    told = condensed(found)
    for code in ("W_A", "W_B"):
        count, lines = sum(f.code == code for f in found), [f for f in told if f.code == code]
        assert len(lines) == min(count, MOST_ALIKE + 1)
        if count > MOST_ALIKE:
            assert lines[-1].message == f"and {count - MOST_ALIKE} more of the same kind"
    assert [f for f in told if f.message == "x"] == [
        f for i, f in enumerate(found) if sum(g.code == f.code for g in found[:i]) < MOST_ALIKE
    ]


def test_reports_add_up_and_an_error_is_not_ok():
    warning, error = (Finding(code=f"{s[0].upper()}_X", severity=s, message="m") for s in ("warning", "error"))
    both = Report(findings=(warning,), figures={"a": 1}) + Report(findings=(error,), figures={"b": 2})
    assert (both.ok, both.errors, dict(both.figures)) == (False, (error,), {"a": 1, "b": 2})
    assert Report(findings=(warning,)).ok
