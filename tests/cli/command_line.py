"""Run the real command line in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass


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
    """Run ``arviz`` with `arguments`; a traceback is a failure whatever the test asks for."""
    process = subprocess.run(
        [sys.executable, "-m", "arviz", *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False, **options
    )
    assert "Traceback" not in process.stderr, process.stderr
    return Done(process.returncode, process.stdout, process.stderr)


def environment(**changes):
    return {**os.environ, **changes}
