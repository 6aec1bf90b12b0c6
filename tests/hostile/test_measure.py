"""The real command line over every file: exit codes, CPU time and memory, no traceback."""

from __future__ import annotations

import sys

import pytest

from tests.hostile import measure
from tests.hostile.manifest import entries, folder

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measured by fork and wait4")


@pytest.mark.slow
@pytest.mark.parametrize("command", measure.COMMANDS)
def test_every_file_ends_well_and_within_bounds(command, capsys):
    if not entries():
        pytest.skip(f"no shared test data in {folder()}")
    ended = measure.main([command])
    assert ended == 0, capsys.readouterr().out
