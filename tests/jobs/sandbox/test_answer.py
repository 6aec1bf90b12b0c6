"""What a contained child says, before it is believed."""

from __future__ import annotations

import json
import os

from arviz.jobs.sandbox.answer import Answer
from arviz.jobs.sandbox.limits import CONTAINED_LIMITS
from arviz.jobs.sandbox.sandbox import Sandbox


def test_an_error_is_text_that_can_be_sent():
    """Half of a surrogate pair is text for JSON and none for UTF-8: the job that failed could not be read by anybody."""
    answer = Answer(limits=CONTAINED_LIMITS)
    told = {"kind": "FormatError", "code": "E_NAME", "what": "a \ud800", "where": None, "expected": None, "found": "\udfff b", "hint": None}
    answer.feed(json.dumps({"error": told}).encode() + b"\n")
    assert (answer.error.what, answer.error.found) == ("a ?", "? b")


def test_only_who_runs_it_learns_the_names_of_runs(tmp_path, monkeypatch):
    """Inputs may be read by all, as a child may be of another user: who cannot list their folders does not find them."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(Sandbox, "_running", lambda self: None)
    with Sandbox(tmp_path / "runs", functions=[]) as sandbox:
        assert sandbox.root.stat().st_mode & 0o777 == 0o711
