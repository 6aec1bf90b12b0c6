"""`Sandbox`: run a function on files of strangers in a contained child, and look at what comes back before it is believed."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from arviz.core.errors import BackendError
from arviz.jobs.sandbox.answer import Answer
from arviz.jobs.sandbox.ending import trouble
from arviz.jobs.sandbox.folder import make, remove, results, within
from arviz.jobs.sandbox.keeper import Zygote, start
from arviz.jobs.sandbox.level import SandboxLevel, Terms
from arviz.jobs.sandbox.limits import CONTAINED_LIMITS, ContainedLimits
from arviz.jobs.sandbox.preload import PRELOAD
from arviz.jobs.sandbox.readable import readable
from arviz.jobs.sandbox.zygote import REQUEST

_GRACE_S = 10.0
"""After its time the zygote ends a child; after so much more it is not waited for."""
_LOOK_S = 0.25
"""Between two looks at how much a child has written."""


class Cancelled(Protocol):
    """What says that a run is no longer wanted: a `threading.Event`."""

    def is_set(self) -> bool:
        """Return True from then on."""
        ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Contained:
    """What a contained run handed back; `with` removes its folder at the end.

    Parameters
    ----------
    result : dict
        JSON, within bounds; its content is the child's word.
    files : dict of str to path
        Regular files by their path relative to the child's ``out``. Their bytes are the child's: look at their magic.
    folder : path
        Where they lie.
    """

    result: dict[str, Any]
    files: dict[str, Path]
    folder: Path

    def remove(self) -> None:
        """Remove the files."""
        remove(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.remove()


class Sandbox:
    """Own a process that forks a contained child for each run; open it by ``with``. Threads may call `run` at once.

    Parameters
    ----------
    root : path
        Folder for the folders of runs, and for nothing else; made if missing.
    functions : iterable of str
        ``module:attribute`` of each function that may be run. It is called as ``function(inputs, options, out, progress)`` with the
        paths of the inputs by name, the options, the folder for results and ``progress(fraction, stage)``, and returns a dict of JSON.
    limits : ContainedLimits
        Of each run.
    preload : iterable of str
        Modules that children find loaded, and functions of modules (``module:attribute``) that the zygote calls once.
    use_bubblewrap : bool
        False: not even where it is installed.
    allow_uncontained : bool
        Run also where nothing contains a child: for files of one's own.

    Raises
    ------
    DependencyError
        On entering, ``E_NOT_CONTAINED``: this machine has nothing that contains a child.
    BackendError
        On entering, ``E_SANDBOX_START``.
    """

    def __init__(
        self,
        root: Path,
        *,
        functions: Iterable[str],
        limits: ContainedLimits = CONTAINED_LIMITS,
        preload: Iterable[str] = PRELOAD,
        use_bubblewrap: bool = True,
        allow_uncontained: bool = False,
    ) -> None:
        self.root = root.resolve()
        self.limits = limits
        self._functions = tuple(functions)
        self._preload = tuple(preload)
        self._use_bubblewrap = use_bubblewrap
        self._allow_uncontained = allow_uncontained
        self._lock = threading.Lock()
        self._zygote: Zygote | None = None
        self._open = False

    def __enter__(self) -> Self:
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o711)  # children may be of another user; nobody else learns the names of runs, whose inputs can be read
        self._open = True
        self._running()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the zygote and every child."""
        with self._lock:
            self._open = False
            if self._zygote is not None:
                self._zygote.end()
                self._zygote = None

    @property
    def level(self) -> SandboxLevel:
        """What contains a child here, found out by doing it."""
        return self._running().level

    def run(
        self,
        function: str,
        options: Mapping[str, Any],
        *,
        inputs: Mapping[str, Path],
        timeout_s: float,
        progress: Callable[[float, str], object] | None = None,
        cancelled: Cancelled | None = None,
    ) -> Contained:
        """Run one function in a contained child.

        Parameters
        ----------
        function : str
            One of the sandbox's.
        options : dict
            Plain JSON values.
        inputs : mapping of str to path
            Relative path that the child sees it by (``"sofa.obj"``, ``"textures/oak.png"``) -> file, which is copied.
        timeout_s : float
            Wall time from the fork.
        progress : callable, optional
            Called in this thread with a fraction and a stage's name; what it raises ends the run.
        cancelled : Event, optional
            Ends the run within a second once it is set.

        Raises
        ------
        LimitError
            ``E_LIMIT_TIME``, ``E_LIMIT_CPU``, ``E_LIMIT_MEMORY``, ``E_LIMIT_OUT_BYTES``, ``E_LIMIT_OUT_FILES``,
            ``E_LIMIT_OUT_DEPTH``, ``E_LIMIT_ANSWER_BYTES``.
        BackendError
            ``E_CHILD_DIED`` by a signal, ``E_CHILD_FAILED`` by an exception that is none of arviz', ``E_CHILD_ANSWER`` no proper
            answer, ``E_CHILD_FILE`` a link or worse among the results, ``E_SANDBOX_DIED`` the zygote was killed,
            ``E_SANDBOX_FOLDER`` no space for the inputs, ``E_CANCELLED``.
        ArvizError
            What the function raised.
        """
        zygote = self._running()
        folder = make(self.root, inputs, user=zygote.user)
        asked = {"function": function, "folder": str(folder), "inputs": list(inputs), "options": dict(options)}
        try:
            answer = Answer(limits=self.limits, progress=progress)
            ended = self._exchange(json.dumps(asked, allow_nan=False).encode(), answer, folder, timeout_s=timeout_s, cancelled=cancelled)
            if error := trouble(ended, answer, folder, self.limits):
                raise error
            assert answer.result is not None
            return Contained(result=answer.result, files=results(folder, self.limits), folder=folder)
        except BaseException:
            remove(folder)
            raise

    def _exchange(
        self, asked: bytes, answer: Answer, folder: Path, *, timeout_s: float, cancelled: Cancelled | None
    ) -> dict[str, Any] | None:
        """Have a child forked, give it its work, listen until it has ended; return how, None if the zygote cannot tell."""
        (talk, childs), (watch, zygotes) = socket.socketpair(), socket.socketpair()
        with talk, watch:
            with childs, zygotes:
                self._send(REQUEST.pack(timeout_s), [childs.fileno(), zygotes.fileno()])
            try:
                self._listen(talk, asked, answer, folder, until=time.monotonic() + timeout_s + _GRACE_S, cancelled=cancelled)
            finally:
                ended = _how_it_ended(watch)
        return ended

    def _listen(
        self, talk: socket.socket, asked: bytes, answer: Answer, folder: Path, *, until: float, cancelled: Cancelled | None
    ) -> None:
        talk.settimeout(_GRACE_S)
        with suppress(OSError):  # it has died: what the zygote says is better
            talk.sendall(asked)
            talk.shutdown(socket.SHUT_WR)
        poll = select.poll()
        poll.register(talk, select.POLLIN)
        looked = time.monotonic()
        while True:
            if poll.poll(_LOOK_S * 1000 / 2):
                try:
                    data = talk.recv(1 << 18)
                except ConnectionResetError:
                    return
                if not data:
                    return
                answer.feed(data)
            if cancelled is not None and cancelled.is_set():
                raise BackendError("E_CANCELLED", "the job was cancelled")
            now = time.monotonic()
            if now > until:
                return  # the zygote should have ended it: what it says counts
            if now - looked > _LOOK_S:
                within(folder, self.limits)
                looked = time.monotonic()

    def _running(self) -> Zygote:
        """Return the zygote, a new one if there is none or it has died."""
        with self._lock:
            if not self._open:
                raise BackendError("E_SANDBOX_CLOSED", "the sandbox is not open", hint="Open it by `with`.")
            if self._zygote is not None and not self._zygote.alive:
                self._zygote.end()
                self._zygote = None
            if self._zygote is None:
                self._zygote = start(self._terms(), allow_uncontained=self._allow_uncontained)
            return self._zygote

    def _send(self, request: bytes, fds: list[int]) -> None:
        for last in (False, True):
            zygote = self._running()
            try:
                with self._lock:
                    socket.send_fds(zygote.control, [request], fds)
                return
            except OSError as error:
                if last:
                    raise BackendError("E_SANDBOX_DIED", "the sandbox's process was ended", hint="Try again.") from error
                zygote.end()  # it has died just now: nothing was begun

    def _terms(self) -> Terms:
        return Terms(
            root=str(self.root),
            functions=self._functions,
            preload=self._preload,
            readable=tuple(map(str, readable(self._functions))),
            limits=self.limits,
            bubblewrap=self._use_bubblewrap,
        )


def _how_it_ended(watch: socket.socket) -> dict[str, Any] | None:
    """Let go of a child, which ends it if it has not ended, and return what the zygote says."""
    watch.settimeout(_GRACE_S)
    parts = []
    with suppress(OSError):
        watch.shutdown(socket.SHUT_WR)
        while part := watch.recv(4096):
            parts.append(part)
    told: dict[str, Any] | None = json.loads(b"".join(parts)) if parts else None
    return told
