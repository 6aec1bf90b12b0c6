"""The zygote: one process of one thread that has loaded what jobs need, and forks a contained child for each run.

It never touches a stranger's byte. It holds the end of each child: kills it when its time is over or when the parent lets go of
the run (a cancelled run, a parent that died), and tells how it ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from arviz.core.errors import BackendError
from arviz.jobs.sandbox import landlock, seccomp
from arviz.jobs.sandbox.child import work
from arviz.jobs.sandbox.kernel import die_with_parent, own_its_proc
from arviz.jobs.sandbox.level import SandboxLevel, Terms
from arviz.jobs.sandbox.namespaces import enter_alone, enter_nowhere

NOBODY = 65534
"""The user and group that own nothing: Linux' overflow id."""
REQUEST = struct.Struct("=d")
"""Of a run, besides its two sockets: the seconds that it may take."""


@dataclass(slots=True, eq=False)
class _Run:
    child: int
    alive: int
    """Read end of a pipe that the child alone holds: closed when it has ended, however that was."""
    watch: socket.socket
    until: float
    late: bool = False


def main(control_fd: int) -> None:
    """Serve the parent at the other end of a socket until it closes."""
    control = socket.socket(fileno=control_fd)
    with control.makefile("rwb") as lines:
        terms = Terms.from_json(json.loads(lines.readline()))
        try:
            level = _prepare(terms)
            told = {"level": asdict(level), "user": os.geteuid()}
        except Exception as error:  # a door: the parent says it
            level, told = None, {"trouble": f"{type(error).__name__}: {error}"[:500]}
        lines.write(json.dumps(told).encode() + b"\n")
    if level is not None:
        _serve(control, terms=terms, level=level)


def _prepare(terms: Terms) -> SandboxLevel:
    """Become what children are forked from, and find out by doing it what contains them here."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the parent
    linux = sys.platform.startswith("linux")
    if linux and os.geteuid() == 0:
        _become_nobody(terms.root)
    if linux:
        die_with_parent()
    apart = terms.bubblewrap
    if linux and not apart and _works(enter_nowhere):
        enter_nowhere()
        apart = True
    for name in terms.preload:
        with suppress(ImportError):
            _load(name)
    for name in terms.functions:
        importlib.import_module(name.partition(":")[0])
    if (threads := _threads()) > 1:
        raise BackendError("E_ZYGOTE_THREADS", "what the sandbox's process loads starts threads", expected="1 thread", found=threads)
    gc.collect()
    gc.freeze()  # what a child does not free, it need not copy
    version, root = landlock.abi(), Path(terms.root)
    return SandboxLevel(
        bubblewrap=terms.bubblewrap,
        landlock_abi=version if version and _works(lambda: _without_files(version)) else 0,
        seccomp=seccomp.available() and _works(_without_calls),
        network_namespace=apart,
        user_namespace=linux and _works(lambda: enter_alone(root, root / "tried", content=root)),
        root=os.geteuid() == 0,
    )


def _load(name: str) -> None:
    module, _, function = name.partition(":")
    loaded = importlib.import_module(module)
    if function:
        getattr(loaded, function)()


def _become_nobody(root: str) -> None:
    """Become a user that owns nothing, unless it cannot reach the interpreter, arviz and the sandbox's folder (a home of root's)."""
    needed = (sys.executable, sys.base_prefix, sys.prefix, Path(__file__).parent, root)

    def reach() -> None:
        os.setgroups([])  # a root without capabilities may do none of these
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        if not all(os.access(place, os.X_OK) for place in needed):
            raise PermissionError(root)

    if _works(reach):
        reach()
        own_its_proc()


def _works(step: Callable[[], object]) -> bool:
    """Return whether `step` succeeds, tried in a process of its own."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            step()
            status = 0
        except OSError:
            pass
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def _without_files(version: int) -> None:
    landlock.restrict([], version=version)
    with suppress(PermissionError):
        os.listdir("/")
        raise OSError("files are still read")


def _without_calls() -> None:
    seccomp.restrict()
    for forbidden in (socket.socket, os.fork):
        with suppress(PermissionError):
            forbidden()
            raise OSError("calls are still made")


def _threads() -> int:
    """Return how many threads this process has; a fork keeps one, and what the others held stays locked for ever."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def _serve(control: socket.socket, *, terms: Terms, level: SandboxLevel) -> None:
    selector = selectors.DefaultSelector()
    selector.register(control, selectors.EVENT_READ)
    runs: set[_Run] = set()
    while True:
        waiting = [run.until for run in runs if not run.late]
        for key, _ in selector.select(max(0.0, min(waiting) - time.monotonic()) if waiting else None):
            run: _Run | None = key.data
            if run is None:
                data, fds, _, _ = socket.recv_fds(control, REQUEST.size, 2)
                if len(fds) < 2:
                    return  # the parent has closed: children die with this process
                run = _start(*fds, seconds=REQUEST.unpack(data)[0], terms=terms, level=level)
                if run is not None:
                    runs.add(run)
                    selector.register(run.alive, selectors.EVENT_READ, run)
                    selector.register(run.watch, selectors.EVENT_READ, run)
            elif key.fileobj == run.alive:
                selector.unregister(run.alive)
                with suppress(KeyError):
                    selector.unregister(run.watch)
                runs.discard(run)
                _finish(run)
            elif run in runs:
                selector.unregister(run.watch)
                os.kill(run.child, signal.SIGKILL)  # the parent has let go
        for run in runs:
            if not run.late and run.until <= time.monotonic():
                run.late = True
                os.kill(run.child, signal.SIGKILL)


def _start(talk: int, watch: int, *, seconds: float, terms: Terms, level: SandboxLevel) -> _Run | None:
    alive, held = os.pipe()
    zygote = os.getpid()
    try:
        child = os.fork()
    except OSError:  # no memory, too many processes: the parent sees `watch` closed without a word
        child = None
    if child == 0:
        if sys.platform.startswith("linux"):
            die_with_parent()
        if os.getppid() != zygote:
            os._exit(1)
        _keep_only(talk, held)
        work(talk, terms=terms, level=level)
    for fd in (talk, held):
        os.close(fd)
    if child is None:
        os.close(alive)
        os.close(watch)
        return None
    return _Run(child=child, alive=alive, watch=socket.socket(fileno=watch), until=time.monotonic() + seconds)


def _keep_only(*fds: int) -> None:
    last = 2
    for fd in (*sorted(fds), os.sysconf("SC_OPEN_MAX")):
        os.closerange(last + 1, fd)
        last = fd


def _finish(run: _Run) -> None:
    """Tell the parent how a child ended. One that hides its end by closing the pipe is ended; to one that has ended nothing is done."""
    os.kill(run.child, signal.SIGKILL)
    _, status, usage = os.wait4(run.child, 0)
    told = {"status": os.waitstatus_to_exitcode(status), "late": run.late, "cpu_s": usage.ru_utime + usage.ru_stime}
    with suppress(OSError):
        run.watch.sendall(json.dumps(told).encode())
    run.watch.close()
    os.close(run.alive)
