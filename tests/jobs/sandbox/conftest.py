"""A sandbox that runs the works of the tests: with bubblewrap around it and without."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from arviz.core.errors import DependencyError
from arviz.jobs.sandbox.bubblewrap import program
from arviz.jobs.sandbox.limits import ContainedLimits
from arviz.jobs.sandbox.sandbox import Sandbox
from tests.jobs.sandbox import works

FUNCTIONS = [works.name(work) for work in vars(works).values() if callable(work) and work.__module__ == works.__name__]
LIMITS = ContainedLimits(memory_bytes=2**30, cpu_s=1, threads=32, out_bytes=3 * 2**30, out_files=200, answer_bytes=2**20)
"""Small ones, soon reached."""


def _made(folder: Path, wrapped: bool, **more) -> Sandbox:
    if not sys.platform.startswith("linux"):
        pytest.skip("contained by Linux alone")
    if wrapped and program() is None:
        pytest.skip("bubblewrap is not installed")
    try:
        sandbox = Sandbox(folder, functions=FUNCTIONS, use_bubblewrap=wrapped, **more)
        sandbox.__enter__()
    except DependencyError as error:
        pytest.skip(str(error))
    return sandbox


@pytest.fixture(scope="session", params=[True, False], ids=["bubblewrap", "alone"])
def sandbox(request, tmp_path_factory):
    """A sandbox of small limits."""
    with _made(tmp_path_factory.mktemp("sandbox"), request.param, limits=LIMITS, preload=()) as made:
        if made.level.bubblewrap != request.param:
            pytest.skip("bubblewrap may not start here")
        yield made


@pytest.fixture
def run(sandbox):
    """``run(work, file=path, ..., **options)`` in the sandbox; folders are removed."""

    def run(work, /, inputs=None, timeout_s=60.0, progress=None, cancelled=None, **options):
        done = sandbox.run(works.name(work), options, inputs=inputs or {}, timeout_s=timeout_s, progress=progress, cancelled=cancelled)
        with done:
            return done.result

    return run
