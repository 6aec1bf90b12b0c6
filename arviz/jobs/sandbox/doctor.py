"""The line of ``arviz doctor`` about the sandbox."""

from __future__ import annotations

import tempfile
from pathlib import Path

from arviz.core.errors import ArvizError
from arviz.flows.doctor import Check
from arviz.jobs.sandbox.bubblewrap import program
from arviz.jobs.sandbox.sandbox import Sandbox


def sandbox_check() -> Check:
    """Start a sandbox and say what contains a child in it; only the service and batches of strangers' files need one."""
    try:
        with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder), functions=(), preload=(), allow_uncontained=True) as sandbox:
            level = sandbox.level
    except ArvizError as error:
        return Check(name="sandbox", ok=False, needed=False, found=error.found or str(error), hint=error.hint or "")
    hint = (
        "" if level.contained else "`sudo apt-get install bubblewrap`, on Linux with Landlock (5.13) and seccomp; `arviz serve` needs it."
    )
    found = str(level) if program() is None or level.bubblewrap else f"{level}; bubblewrap is installed and may not start here"
    return Check(name="sandbox", ok=level.contained, needed=False, found=found, hint=hint)
