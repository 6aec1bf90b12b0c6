"""A live object in a process of its own: the window asks, never waits, and lives on whatever happens there.

Drawing holds Python's interpreter lock while OpenGL works, for as long as a picture takes: a thread beside the window would stop
the window as well. A process does not, and a driver or a parser that ends it leaves the window standing.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from arviz.core.errors import ArvizError, BackendError


class Reply(NamedTuple):
    """What became of a request."""

    ticket: int
    name: str
    value: Any
    """What the method returned; None where it failed."""
    error: ArvizError | None


class Remote:
    """Methods of a live object, called in a child process one after the other.

    Parameters
    ----------
    factory : callable
        Makes the object (with ``with``) in the child; a module-level name, so that it can be sent there.
    answered : callable
        Told each `Reply`, in a thread of its own.

    The child is started at once and made anew when it has died; what it was asked then is answered with ``E_CHILD_DIED``.
    """

    def __init__(self, factory: Callable[[], AbstractContextManager[Any]], answered: Callable[[Reply], None]) -> None:
        self._factory, self._answered = factory, answered
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, str, dict[str, Any]]] = []
        self._running: tuple[int, str] | None = None
        self._tickets = 0
        self._closed = False
        self._start()

    def call(self, name: str, *, newest: bool = False, **arguments: Any) -> int:
        """Ask for a method of the object; return the ticket that its reply will bear.

        `newest`: what waits of this method is forgotten, unanswered, and this is asked instead.
        """
        with self._lock:
            self._tickets += 1
            if newest:
                self._waiting = [one for one in self._waiting if one[1] != name]
            self._waiting.append((self._tickets, name, arguments))
            ticket = self._tickets
            self._send()
        return ticket

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
        """End the child; nothing more is answered."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
        with suppress(OSError):
            self._ours.send(None)
        self._child.join(timeout=1.0)
        if self._child.is_alive():
            self._child.kill()
            self._child.join()
        self._ours.close()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy the window's threads and its connection to the display
        self._ours, theirs = context.Pipe()
        self._child = context.Process(target=_serve, args=(self._factory, theirs), daemon=True)
        self._child.start()
        theirs.close()
        threading.Thread(target=self._listen, args=(self._ours,), daemon=True).start()

    def _send(self) -> None:
        """Ask the next thing, where the child is free (the lock is held)."""
        if self._running is not None or not self._waiting or self._closed:
            return
        ticket, name, arguments = self._waiting.pop(0)
        self._running = ticket, name
        with suppress(OSError):  # a dead child is noticed where it is listened to
            self._ours.send((name, arguments))

    def _listen(self, connection: Connection) -> None:
        while True:
            try:
                value, error = connection.recv()
            except (EOFError, OSError):
                break
            self._answer(value, error)
        if self._closed:
            return
        self._child.join()
        with self._lock:
            self._start()
        self._answer(None, _died(self._child.exitcode))

    def _answer(self, value: Any, error: ArvizError | None) -> None:
        with self._lock:
            asked, self._running = self._running, None
            self._send()
        if asked is not None and not self._closed:
            self._answered(Reply(*asked, value, error))


def _died(code: int | None) -> BackendError:
    return BackendError(
        "E_CHILD_DIED",
        "the process that draws has ended and was started anew",
        found=f"exit code {code}",
        hint="Try again; if the same file ends it again, `arviz check` may say what is wrong with it.",
    )


def _serve(factory: Callable[[], AbstractContextManager[Any]], connection: Connection) -> None:
    """Do what is asked, in the child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the window, which ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with factory() as served:
            while (asked := connection.recv()) is not None:
                name, arguments = asked
                connection.send(_done(served, name, arguments))
    except (EOFError, OSError):
        return
    except ArvizError as error:  # the object cannot be made: whatever is asked, that is the answer
        with suppress(EOFError, OSError):
            while connection.recv() is not None:
                connection.send((None, error))


def _done(served: Any, name: str, arguments: dict[str, Any]) -> tuple[Any, ArvizError | None]:
    try:
        return getattr(served, name)(**arguments), None
    except ArvizError as error:
        return None, error
    except Exception as error:  # a door: the window must live on
        return None, ArvizError("E_BUG", "something went wrong that should not", found=f"{type(error).__name__}: {error}")


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
