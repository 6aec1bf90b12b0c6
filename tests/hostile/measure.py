"""Run the real command line over every bad or odd file, each in a process of its own, and print what it took.

``python -m tests.hostile.measure [inspect check convert]``: one table row per class and command, the slowest and the
largest three; ends with 1 if a file ended otherwise than its class says, showed a traceback, or broke a limit.
Processes are forked from one that has loaded the program, so that what is measured is the file and not the start.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from tests.hostile.manifest import ends_well, entries, folder

CPU_S = 10.0
RESIDENT_BYTES = 2**30
COMMANDS = ("inspect", "check", "convert")


@dataclass(frozen=True, kw_only=True)
class Run:
    """How one command ended on one file."""

    command: str
    file: str
    kind: str
    code: int
    cpu_s: float
    resident_bytes: int
    well: bool
    said: str


def measure(command: str, file: str, kind: str, place: Path) -> Run:
    """Run one command on one file in a forked process."""
    out, err = place / "out", place / "err"
    options = {"inspect": ["--json"], "check": ["--json"], "convert": ["--unit", "m", "-o", str(place / "made"), "--force"]}
    child = os.fork()
    if child == 0:
        _become([command, str(folder() / file), *options[command]], out, err)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    said = err.read_text("utf-8", errors="replace")
    findings = _findings(command, out, place)
    well = ends_well(kind, command, code, findings) and "Traceback" not in said
    cpu_s = usage.ru_utime + usage.ru_stime
    return Run(command=command, file=file, kind=kind, code=code, cpu_s=cpu_s, resident_bytes=usage.ru_maxrss * 1024, well=well, said=said)


def _become(arguments: list[str], out: Path, err: Path) -> NoReturn:
    from arviz.cli import main

    resource.setrlimit(resource.RLIMIT_CPU, (int(3 * CPU_S), int(3 * CPU_S)))
    for stream, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    code = 70
    try:
        main(arguments)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _findings(command: str, out: Path, place: Path) -> list[dict[str, Any]]:
    """Return the findings that the command told: on stdout, or in report.json."""
    reports = [out] if command != "convert" else sorted((place / "made").rglob("report.json"))
    found: list[dict[str, Any]] = []
    for report in reports:
        with contextlib.suppress(ValueError):
            document = json.loads(report.read_text("utf-8"))
            for part in (document, *document.get("profiles", ())):
                found += part.get("findings", ())
    return found


def main(commands: list[str]) -> int:
    """Measure and print; return the exit code."""
    # Loaded before the forks; none of these opens a window or a device.
    import arviz.flows.check
    import arviz.flows.convert
    import arviz.flows.inspect  # noqa: F401

    runs = []
    with tempfile.TemporaryDirectory() as name:
        for command in commands:
            for number, (file, kind) in enumerate(entries()):
                place = Path(name) / f"{command}-{number}"
                place.mkdir()
                runs.append(measure(command, file, kind, place))
    _print(runs)
    return 0 if all(run.well and run.cpu_s <= CPU_S and run.resident_bytes <= RESIDENT_BYTES for run in runs) else 1


def _print(runs: list[Run]) -> None:
    total, well = Counter((run.kind, run.command) for run in runs), Counter((run.kind, run.command) for run in runs if run.well)
    kinds, commands = list(dict.fromkeys(run.kind for run in runs)), list(dict.fromkeys(run.command for run in runs))
    print("| class | " + " | ".join(commands) + " |\n|---|" + "---|" * len(commands))
    for kind in kinds:
        print(f"| {kind} | " + " | ".join(f"{well[kind, command]} / {total[kind, command]}" for command in commands) + " |")
    for run in runs:
        if not run.well:
            print(f"WRONG {run.command} {run.file} ({run.kind}): exit {run.code}: {run.said.strip()[:200]}")
    for title, key in (("slowest", lambda run: run.cpu_s), ("largest", lambda run: run.resident_bytes)):
        print(f"\n{title}:")
        for run in sorted(runs, key=key, reverse=True)[:3]:
            print(f"  {run.command} {run.file}: {run.cpu_s:.2f} s CPU, {run.resident_bytes / 2**20:.0f} MiB, exit {run.code}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:] or list(COMMANDS)))
