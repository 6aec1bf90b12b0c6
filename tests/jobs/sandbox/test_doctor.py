"""The line about the sandbox says what a sandbox says of itself."""

from __future__ import annotations

from arviz.jobs.sandbox.doctor import sandbox_check
from arviz.jobs.sandbox.sandbox import Sandbox


def test_it_says_what_contains(tmp_path):
    check = sandbox_check()
    with Sandbox(tmp_path, functions=(), preload=(), allow_uncontained=True) as sandbox:
        assert check.ok == sandbox.level.contained
        assert check.found.startswith(str(sandbox.level))
    assert check.name == "sandbox"
    assert not check.needed
    assert check.ok or check.hint
