"""A Dask cluster as users start it: a scheduler and workers from the command line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.architecture.checkout import ROOT


class Cluster(NamedTuple):
    """The scheduler's address, and what was started."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def cluster(folder: Path, *, workers: int = 2) -> Iterator[Cluster]:
    """Start a scheduler and `workers` times ``dask worker`` on loopback, yield them, end all."""
    scheduler = _started(folder / "scheduler.log", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    running = [scheduler]
    try:
        address = _address(folder / "scheduler.log", scheduler)
        options = ["--nthreads", "1", "--no-dashboard", "--local-directory", str(folder), "--host", "127.0.0.1"]
        running += [_started(folder / f"worker-{number}.log", "worker", address, *options) for number in range(workers)]
        yield Cluster(address, running[1:])
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _started(said: Path, role: str, *arguments: str) -> subprocess.Popen[bytes]:
    with open(said, "wb") as log:
        command = [str(Path(sys.executable).with_name("dask")), role, *arguments]
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=said.parent, env={**os.environ, "PYTHONPATH": str(ROOT)})


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 60
    while (found := re.search(r"Scheduler at:\s*(tcp://\S+)", log.read_text())) is None:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)
    return found[1]
