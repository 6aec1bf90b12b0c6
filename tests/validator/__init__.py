"""The Khronos glTF validator for tests: one node process that checks many files."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = ROOT / ".cache" / "node"


def why_absent() -> str | None:
    """Return why the validator cannot run here, or None if it can."""
    if shutil.which("node") is None:
        return "node is not installed: run scripts/setup validator"
    if not (INSTALLED / "node_modules" / "gltf-validator").is_dir():
        return "the Khronos validator is not installed: run scripts/setup validator"
    return None


class Validator:
    """A running validator process; close it by ``with``."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("validate.cjs")
        self._process = subprocess.Popen(["node", str(script), str(INSTALLED)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def report(self, data: bytes) -> dict[str, Any]:
        """Return the validator's whole report on a GLB (or a glTF file without outside resources)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(struct.pack("<I", len(data)))
        self._process.stdin.write(data)
        self._process.stdin.flush()
        report: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "failed" in report:
            raise RuntimeError(f"the validator gave up: {report['failed']}")
        return report

    def issues(self, data: bytes) -> list[dict[str, Any]]:
        """Return the messages of severity error and warning, most severe first."""
        messages: list[dict[str, Any]] = self.report(data)["issues"]["messages"]
        return sorted((m for m in messages if m["severity"] <= 1), key=lambda m: int(m["severity"]))

    def errors(self, data: bytes) -> list[str]:
        """Return the errors alone, one line each: code, place, message."""
        return [f"{m['code']} {m.get('pointer', '')}: {m['message']}" for m in self.issues(data) if m["severity"] == 0]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
