"""The bad and odd files of the shared test data, and how each must end (field ``cli`` of their MANIFEST.json)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REFUSED = frozenset({3, 4})
"""Exit codes of a file that cannot be used and of one that is not safe to use."""

ALLOWED: dict[str, dict[str, frozenset[int]]] = {
    "refuse": {"inspect": REFUSED, "check": REFUSED, "convert": REFUSED},
    # 0 only with an error finding, which `ends_well` looks for.
    "refuse-or-finding": {"inspect": REFUSED | {0}, "check": REFUSED | {1}, "convert": REFUSED | {1}},
    "refuse-or-ok": {"inspect": REFUSED | {0}, "check": REFUSED | {0, 1}, "convert": REFUSED | {0, 1}},
    "check-fails": {"inspect": REFUSED | {0}, "check": REFUSED | {1}, "convert": REFUSED | {0, 1}},
    # A file without a mesh is legal and no product.
    "ok": {"inspect": frozenset({0}), "check": frozenset({0}), "convert": frozenset({0, 1})},
}
"""Class -> command -> exit codes that are right."""


def folder() -> Path:
    """Return where the hostile files lie: in ``ARVIZ_TEST_DATA``, or beside the checkout."""
    return Path(os.environ.get("ARVIZ_TEST_DATA") or ROOT.parent / "shared" / "data") / "hostile"


def entries() -> list[tuple[str, str]]:
    """Return (file, class) of every entry that is a model file; empty where the data is not at hand."""
    manifest = folder() / "MANIFEST.json"
    if not manifest.is_file():
        return []
    return [(entry["file"], entry["cli"]) for entry in json.loads(manifest.read_text("utf-8")) if entry["cli"] != "service"]


def ends_well(kind: str, command: str, code: int, findings: list[dict[str, Any]]) -> bool:
    """Return whether `command` ended as a file of class `kind` must make it end."""
    if code not in ALLOWED[kind][command]:
        return False
    names_it = any(finding["severity"] == "error" for finding in findings)
    return names_it if kind == "refuse-or-finding" and code in (0, 1) else True


def ended(command: str, path: Path, *, out: Path | None = None) -> tuple[int, list[dict[str, Any]], str]:
    """Call the flow of a command in this process; return its exit code, its findings, and what it said. `out` is for ``convert``."""
    from arviz.core.errors import ArvizError
    from arviz.flows.check import check
    from arviz.flows.convert import convert
    from arviz.flows.inspect import inspect

    try:
        if command == "inspect":
            return 0, inspect(path)["findings"], ""
        if command == "convert":
            assert out is not None
            made = convert(path, out=out, unit="m")
            ok, findings = made.ok, made.report["findings"]
        else:
            verdict = check(path)
            ok = verdict["ok"]
            findings = [*verdict["findings"], *(finding for profile in verdict["profiles"] for finding in profile["findings"])]
    except ArvizError as error:
        return error.exit_code, [], str(error)
    errors = [f"{finding['code']} {finding['where']}" for finding in findings if finding["severity"] == "error"]
    return 0 if ok else 1, findings, ", ".join(errors)
