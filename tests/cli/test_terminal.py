"""What commands print of findings."""

import click
import pytest

from arviz.cli.terminal import finding_text, hint_text, once, say_findings
from arviz.core.report import Finding


def finding(where, *, hint="", severity="warning"):
    return Finding(code="W_SEAM", severity=severity, message="a seam is open", where=where, hint=hint)


def test_findings_that_say_the_same_are_one():
    told = [finding("a"), finding("b", hint="Close it."), finding("c"), finding("d")]
    assert [(row["where"], row["hint"]) for row in once(row.to_json() for row in told)] == [("a and 2 more", ""), ("b", "Close it.")]
    assert once([]) == []
    nowhere = once(row.to_json() for row in [finding(""), finding("")])
    assert [row["where"] for row in nowhere] == ["and 1 more"]


def test_errors_and_warnings_are_printed_with_their_cure(capsys):
    say_findings([finding("left"), finding("right"), finding("x", severity="info")])
    said = capsys.readouterr()
    assert said.err == "warning: a seam is open (left and 1 more) [W_SEAM]\n"
    assert said.out == ""


@pytest.mark.parametrize(
    ("hint", "lines"),
    [(None, []), ("", []), ("Close it.", ["  hint: Close it."]), ("One of:\na\x1b\nb", ["  hint: One of:", "    a?", "    b"])],
)
def test_each_line_of_a_hint_stands_alone(hint, lines):
    assert click.unstyle(hint_text(hint)).splitlines()[1:] == lines
    assert click.unstyle(finding_text(finding("", hint=hint or "").to_json(), indent="  ")).splitlines()[1:] == [
        f"  {line}" for line in lines
    ]
