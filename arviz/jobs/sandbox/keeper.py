"""Starts a sandbox's zygote, in bubblewrap where that works, and holds it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from arviz.core.errors import BackendError, DependencyError
from arviz.jobs.sandbox import bubblewrap
from arviz.jobs.sandbox.level import SandboxLevel, Terms
from arviz.jobs.sandbox.readable import cache, passed_on

_START_S = 60.0
_END_S = 2.0
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    # One thread: a fork keeps no other.
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    # Each arena of the C library sets 64 MiB of addresses aside, which are bounded.
    "MALLOC_ARENA_MAX": "2",
    # A driver's door into the kernel is not for strangers: pictures are drawn by the processor.
    "LIBGL_ALWAYS_SOFTWARE": "1", "EGL_PLATFORM": "surfaceless", "MESA_SHADER_CACHE_DISABLE": "true",
    "ARVIZ_OFFLINE": "1",
}  # fmt: skip
_PROGRAM = "import sys; sys.path += sys.argv[2:]; from arviz.jobs.sandbox.zygote import main; main(int(sys.argv[1]))"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Zygote:
    """A running zygote: its process or bubblewrap's around it, the socket it listens to, what contains its children, their user."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    level: SandboxLevel
    user: int

    @property
    def alive(self) -> bool:
        """False once it has ended."""
        return self.process.poll() is None

    def end(self) -> None:
        """End it and every child."""
        self.control.close()
        try:
            self.process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(terms: Terms, *, allow_uncontained: bool) -> Zygote:
    """Start a zygote; ``terms.bubblewrap`` says whether to try that.

    Raises
    ------
    DependencyError
        ``E_NOT_CONTAINED``
    BackendError
        ``E_SANDBOX_START``
    """
    if os.name != "posix":
        raise _uncontained(sys.platform, hint="Run it on Linux; on Windows that may be WSL 2.")
    found: Zygote | str = ""
    for bwrap in dict.fromkeys((bubblewrap.program() if terms.bubblewrap else None, None)):
        found, began = _try_start(replace(terms, bubblewrap=bwrap is not None), bwrap)
        if began:
            break
        # bubblewrap is installed and may not do its work here (no user namespaces): the others remain.
    if isinstance(found, str):
        raise BackendError("E_SANDBOX_START", "the sandbox's process does not start", found=found[-300:], hint="Run `arviz doctor`.")
    if not found.level.contained and not allow_uncontained:
        found.end()
        raise _uncontained(str(found.level), hint="`sudo apt-get install bubblewrap`; for files of your own, add --allow-uncontained.")
    return found


def _uncontained(found: str, *, hint: str) -> DependencyError:
    return DependencyError(
        "E_NOT_CONTAINED",
        "nothing on this machine contains a process that reads files of strangers",
        expected="Linux with seccomp, and Landlock (5.13 or newer) or bubblewrap",
        found=found,
        hint=hint,
    )


def _try_start(terms: Terms, bwrap: str | None) -> tuple[Zygote | str, bool]:
    """Return the zygote or what kept it from starting, and whether it came so far as to say something."""
    control, its_end = socket.socketpair()
    command = [sys.executable, "-I", "-B", "-c", _PROGRAM, str(its_end.fileno()), *(path for path in sys.path if path)]
    if bwrap is not None:
        command = bubblewrap.wrapped(command, bwrap=bwrap, root=Path(terms.root), readable=map(Path, terms.readable))
    with tempfile.TemporaryFile() as words:
        with its_end:
            try:
                process = _kept(command, fd=its_end.fileno(), words=words)
            except OSError as error:
                control.close()
                return str(error), False
        told = _introduced(control, terms)
        if "level" in told:
            return Zygote(process=process, control=control, level=SandboxLevel(**told["level"]), user=told["user"]), True
        control.close()
        process.kill()
        process.wait()
        words.seek(0)
        return told.get("trouble") or words.read().decode(errors="replace").strip() or f"exit status {process.returncode}", bool(told)


def _introduced(control: socket.socket, terms: Terms) -> dict[str, Any]:
    """Tell a zygote its terms; return what it says of itself, nothing if it says nothing."""
    control.settimeout(_START_S)
    told: dict[str, Any] = {}
    with suppress(OSError), control.makefile("rwb") as lines:
        lines.write(json.dumps(terms.to_json()).encode() + b"\n")
        lines.flush()
        told = json.loads(lines.readline() or b"{}")
    control.settimeout(None)
    return told


def _environment() -> dict[str, str]:
    return {**_ENVIRONMENT, **passed_on(), "XDG_CACHE_HOME": str(cache())}


def _kept(command: list[str], *, fd: int, words: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the zygote from a thread that lives as long as it.

    "Die with the parent" means with the *thread* that started it (prctl(2), PR_SET_PDEATHSIG): a worker's would be too short.
    """
    started: Future[subprocess.Popen[bytes]] = Future()

    def keep() -> None:
        try:
            process = subprocess.Popen(
                command, env=_environment(), pass_fds=[fd], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=words,
                start_new_session=True, cwd="/",
            )  # fmt: skip
        except BaseException as error:
            started.set_exception(error)
            return
        started.set_result(process)
        process.wait()

    threading.Thread(target=keep, name="arviz sandbox", daemon=True).start()
    return started.result()
