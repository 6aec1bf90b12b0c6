"""Every bad or odd file ends as it must: refused, found out, or read."""

from __future__ import annotations

from typing import Any

import pytest

from arviz.core.errors import ArvizError
from arviz.flows.check import check
from arviz.flows.inspect import inspect
from tests.hostile.manifest import ends_well, entries, folder

ENTRIES = entries()


@pytest.mark.parametrize(("file", "kind"), ENTRIES, ids=[file for file, _ in ENTRIES])
def test_inspect_and_check_end_as_they_must(file, kind):
    path = folder() / file
    for command in ("inspect", "check"):
        code, findings, said = _run(command, path)
        assert ends_well(kind, command, code, findings), f"{command}: exit {code}, {said}"


def _run(command: str, path: Any) -> tuple[int, list[dict[str, Any]], str]:
    try:
        if command == "inspect":
            return 0, inspect(path)["findings"], ""
        verdict = check(path)
    except ArvizError as error:
        return error.exit_code, [], str(error)
    findings = [*verdict["findings"], *(finding for profile in verdict["profiles"] for finding in profile["findings"])]
    errors = [f"{finding['code']} {finding['where']}" for finding in findings if finding["severity"] == "error"]
    return 0 if verdict["ok"] else 1, findings, ", ".join(errors)
