"""Every bad or odd file ends as it must: refused, found out, or read."""

from __future__ import annotations

import pytest

from tests.hostile.manifest import ended, ends_well, entries, folder

ENTRIES = entries()


@pytest.mark.parametrize(("file", "kind"), ENTRIES, ids=[file for file, _ in ENTRIES])
def test_inspect_and_check_end_as_they_must(file, kind):
    path = folder() / file
    for command in ("inspect", "check"):
        code, findings, said = ended(command, path)
        assert ends_well(kind, command, code, findings), f"{command}: exit {code}, {said}"
