"""A live object in a process of its own: the window asks, never waits, and lives on whatever happens there.

Drawing holds Python's interpreter lock while OpenGL works, for as long as a picture takes: a thread beside the window would stop
the window as well. A process does not, and a driver or a parser that ends it leaves the window standing.
"""

from __future__ import annotations

import atexit
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Any, NamedTuple

from arviz.core.absent import absent
from arviz.core.errors import ArvizError, BackendError

_PATIENCE_S = 1.0
"""How long a child may take to end by itself."""
_M_MMAP_THRESHOLD, _LARGE_BYTES = -3, 256 * 1024


class Reply(NamedTuple):
    """What became of a request."""

    ticket: int
    name: str
    value: Any
    """What the method returned; None where it failed."""
    error: ArvizError | None
    took_s: float
    """How long the child worked on it, the way there and back included; what it waited for others is not."""


class _Asked(NamedTuple):
    ticket: int
    name: str
    arguments: dict[str, Any]


class Remote:
    """Methods of a live object, called in a child process one after the other.

    Parameters
    ----------
    factory : callable
        Makes the object (with ``with``) in the child; a module-level name, so that it can be sent there.
    answered : callable, optional
        Told each `Reply`, in a thread of its own; set it before anything is asked.

    The child is started at once. Where it has died, what it was asked is answered with ``E_CHILD_DIED``, and it is started anew for
    what is asked next.
    """

    def __init__(self, factory: Callable[[], AbstractContextManager[Any]], answered: Callable[[Reply], None] = lambda _: None) -> None:
        self._factory, self.answered = factory, answered
        self._lock = threading.Lock()
        self._waiting: list[_Asked] = []
        self._running: tuple[_Asked, float] | None = None
        self._tickets = 0
        self._closed = False
        with self._lock:
            self._start()
        atexit.register(self.close)  # before multiprocessing ends its children: that one's end would look like a death

    def call(self, name: str, *, newest: bool = False, **arguments: Any) -> int:
        """Ask for a method of the object; return the ticket that its reply will bear.

        `newest`: what waits of this method is forgotten, unanswered, and this is asked instead, before all else that waits.
        """
        with self._lock:
            self._tickets += 1
            asked = _Asked(self._tickets, name, arguments)
            if newest:
                self._waiting = [asked, *(one for one in self._waiting if one.name != name)]
            else:
                self._waiting.append(asked)
            self._send()
        return asked.ticket

    @property
    def busy(self) -> bool:
        """Whether something is asked and not answered yet."""
        with self._lock:
            return bool(self._waiting) or self._running is not None

    @property
    def pid(self) -> int | None:
        """The child's number."""
        return self._child.pid

    def close(self) -> None:
        """End the child; nothing more is answered. Closing twice does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._waiting.clear()
        atexit.unregister(self.close)
        with suppress(OSError):
            self._ours.send(None)
        self._child.join(timeout=_PATIENCE_S)
        if self._child.is_alive():
            self._child.kill()
            self._child.join()
        self._listener.join(timeout=_PATIENCE_S)
        self._ours.close()

    def _start(self) -> None:
        """Start a child (the lock is held)."""
        context = multiprocessing.get_context("spawn")  # a fork would copy the window's threads and its connection to the display
        self._ours, theirs = context.Pipe()
        self._child = context.Process(target=_serve, args=(self._factory, theirs), daemon=True)
        with _uninterrupted():
            self._child.start()
        theirs.close()
        self._dead = False
        self._listener = threading.Thread(target=self._listen, args=(self._child, self._ours), daemon=True)
        self._listener.start()

    def _send(self) -> None:
        """Ask the next thing, where the child is free (the lock is held)."""
        if self._running is not None or not self._waiting or self._closed:
            return
        if self._dead:
            self._start()
        asked = self._waiting.pop(0)
        self._running = asked, perf_counter()
        with suppress(OSError):  # a dead child is noticed where it is listened to
            self._ours.send((asked.name, asked.arguments))

    def _listen(self, child: Any, connection: Connection) -> None:
        while True:
            try:
                value, error = connection.recv()
            except (EOFError, OSError):
                break
            self._answer(value, error)
        child.join()
        if self._closed:
            return
        with self._lock:
            self._dead = True
        connection.close()
        self._answer(None, _died(child.exitcode))

    def _answer(self, value: Any, error: ArvizError | None) -> None:
        with self._lock:
            running, self._running = self._running, None
            self._send()
        if running is not None and not self._closed:
            asked, since = running
            self.answered(Reply(asked.ticket, asked.name, value, error, perf_counter() - since))


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Start a process that Ctrl-C does not end: it ends the window, which ends the process."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows: `_serve` ignores it as soon as it runs
        yield
        return
    resource_tracker.ensure_running()  # its start would let the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _died(code: int | None) -> BackendError:
    return BackendError(
        "E_CHILD_DIED",
        "the process that works for the window has ended; it is started anew",
        found=f"exit code {code}",
        hint="Try again; if the same file ends it again, `arviz check` may say what is wrong with it.",
    )


def _serve(factory: Callable[[], AbstractContextManager[Any]], connection: Connection) -> None:
    """Do what is asked, in the child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _return_memory()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with ExitStack() as stack, suppress(EOFError, OSError):
        served, failure = _made(stack, factory)
        while (asked := connection.recv()) is not None:
            name, arguments = asked
            connection.send((None, failure) if failure is not None else _done(served, name, arguments))


def _return_memory() -> None:
    """Have large arrays given back to the system when they are freed.

    glibc keeps ever larger ones for later by itself, between which others come to lie: after a hundred products the process held
    half as much again as after twenty.
    """
    if sys.platform.startswith("linux") and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


def _made(stack: ExitStack, factory: Callable[[], AbstractContextManager[Any]]) -> tuple[Any, ArvizError | None]:
    """Make the object; where it cannot be made, why is the answer to whatever is asked."""
    try:
        return stack.enter_context(factory()), None
    except Exception as error:  # a door: the window must live on
        return None, _told(error)


def _done(served: Any, name: str, arguments: dict[str, Any]) -> tuple[Any, ArvizError | None]:
    try:
        return getattr(served, name)(**arguments), None
    except Exception as error:  # a door
        return None, _told(error)


def _told(error: Exception) -> ArvizError:
    if isinstance(error, ArvizError):
        return error
    return absent(error) or ArvizError("E_BUG", "something went wrong that should not", found=f"{type(error).__name__}: {error}")


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
