"""How a comparison is measured: both sides in turn, processor time, the median."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

COMPILED = Path(__file__).resolve().parents[2] / ".cache" / "pycache"


class Row(NamedTuple):
    """One comparison. `bar` is the largest ratio ours / reference that is good enough, None where there is none.

    `note` says what else was measured, `unit` what `ours` and `reference` count: processor seconds, megabytes ...
    """

    name: str
    ours: float
    reference: float
    bar: float | None = None
    note: str = ""
    unit: str = "s"


def in_turn(ours: Callable[[], float], reference: Callable[[], float], *, rounds: int) -> tuple[float, float]:
    """Call both `rounds` times in turn, so that a busy moment hits both; return the medians of what they return."""
    ours_s, reference_s = [], []
    for _ in range(rounds):
        ours_s.append(ours())
        reference_s.append(reference())
    return median(ours_s), median(reference_s)


def cpu_of(work: Callable[[], object]) -> Callable[[], float]:
    """Return a function that does `work` and returns the processor seconds of this process, all threads."""

    def measured() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return measured


class Cost(NamedTuple):
    """What a process took: processor seconds of all its threads, and the most memory it held."""

    cpu_s: float
    peak_mb: float


def cost_of_command(command: Sequence[str]) -> Cost:
    """Run a command and return what its process (not its children) took.

    A small process starts it: Linux counts what the starting one holds as the least peak of the started one (`exec` keeps it).
    Python finds its modules compiled, as in every installation; in a folder of ours, for a machine may forbid to write them.
    """
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(COMPILED)}
    launcher = (
        "import json, os, sys\n"
        "pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)\n"
        "_, status, usage = os.wait4(pid, 0)\n"
        "print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", launcher, *command],
        check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=os.environ | compiled,
    )  # fmt: skip
    code, cpu_s, peak_mb = json.loads(done.stderr.splitlines()[-1])
    if code:
        raise subprocess.CalledProcessError(code, command, stderr=done.stderr)
    return Cost(cpu_s, peak_mb)


def cpu_of_command(command: Sequence[str]) -> Callable[[], float]:
    """Return a function that runs a command and returns the processor seconds of the whole process."""
    from resource import RUSAGE_CHILDREN, getrusage

    def measured() -> float:
        before = getrusage(RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        after = getrusage(RUSAGE_CHILDREN)
        return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)

    return measured
