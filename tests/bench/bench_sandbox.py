"""What it costs to run a function in a contained child."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from arviz.jobs.sandbox import landlock
from arviz.jobs.sandbox.readable import readable
from arviz.jobs.sandbox.sandbox import Sandbox
from tests.bench.measure import Row
from tests.bench.processes import cpu_of_tree
from tests.jobs.sandbox import works

ROOT = Path(__file__).resolve().parents[2]
NO_OP_S = 0.050
"""What containing a call may add to it."""
LANDLOCK_S = 0.001
RUNS = 60
PLAIN = "import sys\nfor line in sys.stdin:\n    print('{}', flush=True)"


def bench_sandbox() -> list[Row]:
    """Compare a call that does nothing with what it may cost: in a contained child forked from the loaded zygote, and Landlock alone.

    Processor seconds of every process that takes part, the fork, its end and the removal of its folder included; less what the same
    call costs in a plain child that was started before and answers by a pipe. The seconds by the clock stand in the last column.
    """
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder), functions=[works.name(works.nothing)]) as sandbox:

        def contained() -> None:
            sandbox.run(works.name(works.nothing), {}, inputs={}, timeout_s=60).remove()

        ours = _each(contained)
        level = str(sandbox.level)
    with subprocess.Popen([sys.executable, "-c", PLAIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None

        def plain() -> None:
            print("{}", file=child.stdin, flush=True)
            child.stdout.readline()

        theirs = _each(plain)
        child.stdin.close()
    note = f"{ours[1] * 1000:.0f} ms by the clock (plain: {theirs[1] * 1000:.1f}); {level}"
    rows = [Row("a call that does nothing, against what containing it may add", ours[0] - theirs[0], NO_OP_S, 1.0, note)]
    if version := landlock.abi():
        rows.append(Row("Landlock, against what it may cost", _landlock(version), LANDLOCK_S, 1.0, f"ABI {version}"))
    return rows


def _each(work) -> tuple[float, float]:
    """Return the processor seconds of one call, everything that it runs in included, and its median seconds by the clock."""
    work()
    took = []
    before = cpu_of_tree(os.getpid())
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return (cpu_of_tree(os.getpid()) - before) / RUNS, median(took)


def _landlock(version: int) -> float:
    """Return the processor seconds that giving up the file system takes, each time in a process of its own."""
    allowed = [(path, landlock.READ) for path in readable([])]
    took = []
    for _ in range(RUNS):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            start = time.process_time()
            landlock.restrict(allowed, version=version)
            os.write(writing, repr(time.process_time() - start).encode())
            os._exit(0)
        os.close(writing)
        took.append(float(os.read(reading, 100)))
        os.close(reading)
        os.waitpid(child, 0)
    return median(took)
