"""Run the command line as its users do, but for starting Python each time: that takes longer than most commands."""

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest.mock import patch

from arviz.cli import main

STOPPING = (signal.SIGTERM, signal.SIGHUP)
"""Signals that the command line takes over."""


@dataclass
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


def arviz(*arguments, **options):
    """Run ``arviz`` with `arguments`; with `options`, in a process of its own. A traceback is a failure whatever the test asks for."""
    done = (_apart if options else _here)([*map(str, arguments)], **options)
    assert "Traceback" not in done.err, done.err
    return done


def _apart(arguments, **options):
    process = subprocess.run(
        [sys.executable, "-m", "arviz", *arguments], capture_output=True, text=True, timeout=300, check=False, **options
    )
    return Done(process.returncode, process.stdout, process.stderr)


def _here(arguments):
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    handlers = {number: signal.getsignal(number) for number in STOPPING}
    try:
        with redirect_stdout(out), redirect_stderr(err), patch.dict(os.environ):
            main(arguments)
    except SystemExit as ended:
        return Done(ended.code, *(stream.buffer.getvalue().decode() for stream in (out, err)))
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def environment(**changes):
    return {**os.environ, **changes}
