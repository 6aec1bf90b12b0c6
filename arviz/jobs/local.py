"""The engine ``local``: processes of this machine, each with a pipe of its own.

A worker that dies, at whatever moment, costs the task it had and nothing else, as nothing is shared: no lock that a dead one keeps, no
pipe with half of its answer. Rejected: the standard library's pool (a killed worker loses 156 to 158 of 200 tasks, and ends it) and
pebble 5.2's (one pipe and its locks for all workers: tasks whose worker was killed while it took them hold the others for a minute, or
end as late ones, and an idle worker that is killed breaks the pool).
"""

from __future__ import annotations

import functools
import math
import multiprocessing
import os
import pickle
import queue
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from arviz.core.errors import ArvizError, BackendError, InputError
from arviz.core.processors import usable_processors
from arviz.jobs.engines import Engine, Task, Told, died, done, late, nothing_told

RECYCLED_AFTER = 500
"""Tasks after which a worker is replaced: drivers and libraries leak a little."""
_TICK_S = 0.1
"""Between two looks at whether a task is cancelled or late."""
_END_S = 2.0
"""What a worker has to put its things away, before it is killed."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    task: bytes
    timeout_s: float
    told: Told
    future: Future[Any]


class LocalEngine(Engine):
    """Run tasks in processes of this machine.

    Parameters
    ----------
    address : str
        ``local`` or ``local:N``.
    heat : callable, optional
        As `engine_for` takes it.
    """

    def __init__(self, address: str = "local", *, heat: Callable[[], object] | None = None) -> None:
        self._slots = _count(address)
        self._lock = threading.Lock()
        self._closed = False
        self._queue: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._work, args=[heat], name="arviz engine", daemon=True) for _ in range(self._slots)]
        for thread in self._threads:
            thread.start()

    @property
    def slots(self) -> int:
        """How many processes there are."""
        return self._slots

    def submit(self, task: Task, *, timeout_s: float, told: Told = nothing_told) -> Future[Any]:
        """Have a task run, as `Engine` says."""
        asked = _Asked(pickle.dumps(task), timeout_s, told, Future())
        with self._lock:
            if self._closed:
                raise BackendError("E_ENGINE_CLOSED", "this engine is closed")
            self._queue.put(asked)
        return asked.future

    def cancel(self, future: Future[Any]) -> None:
        """End a task; the process that does it ends soon after."""
        future.cancel()

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            if not self._closed:
                self._closed = True
                for _ in self._threads:
                    self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self, heat: Callable[[], object] | None) -> None:
        """Do tasks, one after the other, in a process of this thread."""
        worker = _Worker(heat)
        while (asked := self._queue.get()) is not None:
            self._do(asked, worker)
        worker.end()

    def _do(self, asked: _Asked, worker: _Worker) -> None:
        future = asked.future
        try:
            result = worker.do(asked.task, asked.timeout_s, asked.told, given_up=lambda: self._closed or future.cancelled())
            settle: Callable[[], object] = functools.partial(future.set_result, result)
        except CancelledError:
            settle = future.cancel
        except ArvizError as error:
            settle = functools.partial(future.set_exception, error)
        except Exception as error:  # a door: a future that does not end would hold its job for ever
            settle = functools.partial(future.set_exception, died(type(error).__name__))
        with suppress(InvalidStateError):  # cancelled just now
            settle()
        if future.cancelled():
            future.set_running_or_notify_cancel()


class _Worker:
    """A process that does one task at a time; another one takes its place when it has died, was ended or has done many."""

    def __init__(self, heat: Callable[[], object] | None) -> None:
        self._heat = heat
        self._context = multiprocessing.get_context("spawn")  # a fork would take threads' locks with it
        self._process: multiprocessing.process.BaseProcess | None = None
        self._left = 0

    def do(self, task: bytes, timeout_s: float, told: Told, *, given_up: Callable[[], bool]) -> Any:
        """Return what a task returns, or raise what it raises; its time begins when it begins, `CancelledError` when it is given up."""
        if given_up():
            raise CancelledError
        if self._left == 0 or self._process is None or not self._process.is_alive():
            self.end()
            self._start()
        self._left -= 1
        until = math.inf
        try:
            self._pipe.send_bytes(task)
            while True:
                if given_up():
                    self.end()
                    raise CancelledError
                if time.monotonic() > until:
                    self.end()
                    raise late(timeout_s)
                if not self._pipe.poll(_TICK_S):
                    continue
                answer = self._pipe.recv()
                if answer is None:
                    until = time.monotonic() + timeout_s
                elif isinstance(answer, tuple):
                    with suppress(Exception):  # a door: what hears of progress may not end the task
                        told(*answer)
                elif isinstance(answer, ArvizError):
                    raise answer
                else:
                    return pickle.loads(answer)
        except (EOFError, OSError) as error:
            how = self.end()
            self._start()  # at once: as it warms up it removes what the dead one left, which may be photos of people
            raise died(how) from error

    def end(self) -> str:
        """End the process, if there is one, and return how it ended."""
        if self._process is None:
            return ""
        process, self._process = self._process, None
        process.terminate()
        process.join(_END_S)
        process.kill()
        process.join()
        self._pipe.close()
        code = process.exitcode or 0
        return signal.Signals(-code).name if code < 0 else f"exit status {code}"

    def _start(self) -> None:
        self._pipe, theirs = self._context.Pipe()
        with theirs:
            self._process = self._context.Process(target=_serve, args=(theirs, self._heat), name="arviz worker", daemon=True)
            self._process.start()
        self._left = RECYCLED_AFTER


def _serve(pipe: Connection, heat: Callable[[], object] | None) -> None:
    """Do tasks until whoever asks is gone, in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the engine ends its workers when it is closed
    close = None
    with suppress(Exception):  # the task that needs what does not open tells
        close = getattr(heat() if heat is not None else None, "close", None)
    if close is not None:
        signal.signal(signal.SIGTERM, functools.partial(_end, close))
    with suppress(EOFError, OSError):
        while True:
            task = pipe.recv_bytes()
            pipe.send(None)
            try:
                pipe.send(done(functools.partial(_done, task), lambda share, stage: pipe.send((float(share), stage))))
            except ArvizError as error:
                pipe.send(error)


def _done(task: bytes, told: Told) -> bytes:
    """Do a task: what cannot be unpacked or packed is a fault of the task as well."""
    return pickle.dumps(pickle.loads(task)(told))


def _end(close: Callable[[], object], number: int, frame: object) -> NoReturn:
    del frame
    try:
        close()
    finally:
        os._exit(128 + number)


def _count(address: str) -> int:
    number = address.removeprefix("local").removeprefix(":")
    if not number:
        return usable_processors()
    if not number.isdecimal() or not 1 <= int(number) <= 1024:
        raise InputError("E_ENGINE_ADDRESS", "not an address of this engine", expected="local, or local:N with 1 to 1024", found=address)
    return int(number)
