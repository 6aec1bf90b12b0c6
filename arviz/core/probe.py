"""Try in a child process what could end ours: a broken driver or wheel aborts instead of raising.

A good answer is kept on disk under everything that it rests on, so that the child is paid for once; a bad one is asked
again each time, for the user may have mended it. A contained process, which may start no other, imports at once.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from arviz.core.absent import absent, libraries_hint
from arviz.core.childless import is_childless
from arviz.core.errors import BackendError, DependencyError
from arviz.core.resources import cache_folder

TIME_LIMIT_S = 120


class Answer(NamedTuple):
    """What a child printed, line by line, and its last words (or exit status) for the case that it printed nothing."""

    lines: list[str]
    trouble: str
    exit_status: int | None
    """Negative: the signal that ended it; None: it took too long."""


def child(code: str, *arguments: str, limit_s: float = TIME_LIMIT_S) -> Answer:
    """Run Python `code` in a child process, which finds `arguments` in ``sys.argv[1:]``."""
    command = [sys.executable, "-P", "-c", code, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return Answer([], f"no answer within {limit_s} s", None)
    words = done.stderr.strip().splitlines()
    return Answer(done.stdout.split("\n")[:-1], words[-1] if words else f"exit status {done.returncode}", done.returncode)


def probed(module: str, *, package: str, before: str = "", code: str = "", hint: str = "", cache: Path | None = None) -> None:
    """Make sure that importing `module` and running `code` after it does not fail and does not end the process.

    Parameters
    ----------
    module : str
        Import name; nothing is tried where this process has imported it already.
    package : str
        Distribution that brings it, for the message.
    before, code : str
        What to do before the import (set a variable), and after it: a smallest use of what may abort.
    hint : str
        What to say where the package is there and does not work; default: the libraries of the system that are missing.
    cache : Path, optional
        Folder of good answers; the user's cache by default, none where it cannot be written.

    Raises
    ------
    DependencyError
        ``E_MISSING_PACKAGE``: it is not installed, or a library that it needs is not.
    BackendError
        ``E_ABORTS``: it ends the process.
    """
    if module in sys.modules and sys.modules[module] is not None:
        return
    if not _found(module):
        raise DependencyError(
            "E_MISSING_PACKAGE", f"the package {package} is missing", expected=f"module {module}", hint=f"Run `pip install {package}`."
        )
    note = _note(module, package, before + code, cache)
    if note is not None and note.exists():
        return
    if is_childless():
        return  # one that aborts is told by the sandbox
    answer = child(f"{before}\nimport {module}\n{code}\nprint('ok')")
    if "ok" in answer.lines:
        if note is not None:
            _remember(note)
        return
    if answer.exit_status is None or answer.exit_status < 0:
        found = answer.trouble if answer.exit_status is None else f"signal {-answer.exit_status}; {answer.trouble}"
        raise BackendError(
            "E_ABORTS", f"the package {package} ends the process", found=found, hint=hint or "Run `arviz doctor`; install another version."
        )
    library = absent(ImportError(answer.trouble))
    raise DependencyError(
        "E_MISSING_PACKAGE",
        f"the package {package} cannot be used",
        found=answer.trouble,
        hint=library.hint if library else hint or libraries_hint(),
    )


def _found(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # a finder refuses, or sys.modules holds None for it
        return False


def _note(module: str, package: str, code: str, cache: Path | None) -> Path | None:
    """Return the file that stands for a good answer: its name holds what the answer rests on."""
    from importlib.metadata import PackageNotFoundError, version  # with all of Python's e-mail: 20 ms

    spec = find_spec(module)
    origin = Path(spec.origin) if spec is not None and spec.origin else None
    try:
        folder = cache_folder("probes") if cache is None else cache
        changed = origin.stat().st_mtime_ns if origin is not None else 0
    except (OSError, RuntimeError):
        return None
    try:
        installed = version(package)
    except PackageNotFoundError:
        installed = ""
    rests_on = (sys.version, platform.platform(), _processor(), module, package, installed, str(origin), str(changed), code)
    return folder / f"{module}-{hashlib.sha256(repr(rests_on).encode()).hexdigest()[:24]}"


def _processor() -> str:
    """Return what the processor can do: a wheel built for more ends in SIGILL, and home folders are shared."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")


def _remember(note: Path) -> None:
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch()
    except OSError:
        pass  # asked again next time, nothing worse
