"""The runner: takes jobs from the table, has an engine do them, and says what came of them.

A job that ends a process is tried again, as is one that meets trouble of the machine (`BackendError`); what is wrong with the
input is said at once. Nothing is lost with a runner that dies: its leases end, and another takes the jobs.
"""

from __future__ import annotations

import functools
import os
import queue
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from arviz.core.errors import ArvizError, BackendError
from arviz.jobs.engines import Engine, as_ours
from arviz.jobs.job import Job
from arviz.jobs.outside import for_outside
from arviz.jobs.perform import Call
from arviz.jobs.store import Store
from arviz.jobs.table import LEASE_S, JobTable
from arviz.jobs.warm import Setup

POLL_S = 0.2
"""Between two looks at a queue that was empty."""
HELD_S = 0.5
"""Between two looks at what was cancelled, and two notes of how far jobs are."""
REAP_S = 5.0
NOT_AGAIN = frozenset({"E_TASK_FAILED", "E_TASK_KILLS", "E_CHILD_FAILED", "E_OUTPUT_KIND"})
"""Faults that come again: bugs, and tasks that the engine has tried often enough."""


@dataclass(slots=True, eq=False)
class _Running:
    job: Job
    future: Future[Any]
    told: tuple[float, str] | None = None
    noted: tuple[float, str] | None = None


class Runner:
    """Work off a table of jobs until told to stop.

    Parameters
    ----------
    table, store, engine
        Open; they stay open.
    name : str, optional
        What the table calls this worker; no two at once may have the same.
    kinds : sequence of str, optional
        Only these jobs.
    setup : Setup
        Of the engine's workers.
    lease_s, beat_s : float
        How long a job is held without a sign of life, and how often one is given; default: three may be missed.
    call_of : callable
        Makes the engine's task of a job, and says how many seconds it may take.
    """

    def __init__(
        self,
        table: JobTable,
        store: Store,
        engine: Engine,
        *,
        name: str | None = None,
        kinds: Sequence[str] | None = None,
        setup: Setup | None = None,
        lease_s: float = LEASE_S,
        beat_s: float | None = None,
        call_of: Callable[[Job], Any] | None = None,
    ) -> None:
        self.name = name or f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._table = table
        self._engine = engine
        self._kinds = kinds
        self._lease_s = lease_s
        self._call_of = call_of or functools.partial(_call, store=store.url, setup=setup or Setup())
        self._running: dict[str, _Running] = {}
        self._ended: queue.SimpleQueue[tuple[str, Future[Any]] | None] = queue.SimpleQueue()
        self._due = {self._take_back_lost: HELD_S, self._beat: lease_s / 3 if beat_s is None else beat_s, table.reap: REAP_S}
        self._next = dict.fromkeys(self._due, 0.0)

    def wake(self) -> None:
        """Look at the table now: a job was put into it."""
        self._ended.put(None)

    def run(self, stop: threading.Event, *, grace_s: float = 10.0) -> None:
        """Work until `stop` is set; then finish what ends within `grace_s`, and give the rest back.

        Trouble with the table is waited out: leases end meanwhile, and others may take the jobs.
        """
        while not stop.is_set():
            self._turn(claiming=True)
        until = time.monotonic() + grace_s
        while self._running and time.monotonic() < until:
            self._turn(claiming=False)
        for running in list(self._running.values()):
            self._engine.cancel(running.future)
            self._table.release(running.job.id, self.name)
        self._running.clear()

    def _turn(self, *, claiming: bool) -> None:
        try:
            while claiming and len(self._running) < self._engine.slots:
                job = self._table.claim(self.name, kinds=self._kinds, lease_s=self._lease_s)
                if job is None:
                    break
                self._start(job)
            self._look_after()
            self._end_those_that_ended()
        except BackendError as error:
            if error.code != "E_JOB_TABLE":
                raise
            time.sleep(POLL_S)

    def _start(self, job: Job) -> None:
        try:
            task = self._call_of(job)
            future = self._engine.submit(task, timeout_s=task.limit_s, told=functools.partial(self._tell, job.id))
        except Exception as error:  # a door: what is raised for one job may not end the runner of all
            self._fail(job.id, error)
            return
        self._running[job.id] = _Running(job, future)
        future.add_done_callback(lambda ended: self._ended.put((job.id, ended)))

    def _tell(self, job_id: str, share: float, stage: str) -> None:
        running = self._running.get(job_id)
        if running is not None:
            running.told = (min(max(share, 0.0), 1.0), stage)

    def _look_after(self) -> None:
        now = time.monotonic()
        for duty, every in self._due.items():
            if now >= self._next[duty]:
                self._next[duty] = now + every
                duty()

    def _take_back_lost(self) -> None:
        """End what was cancelled, and what another worker has because our lease was over; note how far the rest is."""
        if not self._running:
            return
        held = self._table.held(self.name)
        for job_id, running in list(self._running.items()):
            if job_id not in held:
                self._engine.cancel(running.future)
                self._running.pop(job_id)
            elif running.told is not None and running.told != running.noted:
                running.noted = running.told
                share, stage = running.told
                self._table.beat(job_id, self.name, progress=share, stage=stage, lease_s=self._lease_s)

    def _beat(self) -> None:
        for job_id in self._running:
            self._table.beat(job_id, self.name, lease_s=self._lease_s)

    def _end_those_that_ended(self) -> None:
        """Wait a moment for something to happen, and say in the table what came of the jobs that have ended."""
        try:
            ended = self._ended.get(timeout=POLL_S)
        except queue.Empty:
            return
        if ended is None:
            return
        job_id, future = ended
        running = self._running.get(job_id)
        if running is None or running.future is not future:  # cancelled or lost; perhaps taken again since
            return
        try:
            self._end(running)
        except BackendError:
            self._ended.put(ended)  # the table has trouble: it is to be told later
            raise
        self._running.pop(job_id)

    def _end(self, running: _Running) -> None:
        job_id, future = running.job.id, running.future
        if future.cancelled():
            self._table.release(job_id, self.name)  # by whoever closed the engine: nobody's fault
        elif (error := future.exception()) is not None:
            self._fail(job_id, error)
        else:
            try:
                self._table.finish(job_id, self.name, future.result())
            except (TypeError, ValueError) as fault:  # a result that is no JSON
                self._fail(job_id, fault)

    def _fail(self, job_id: str, error: BaseException) -> None:
        told = for_outside(as_ours(error))
        self._table.fail(job_id, self.name, told, retry=_again(told))


def _again(error: ArvizError) -> bool:
    """Return whether another attempt may end better."""
    return isinstance(error, BackendError) and error.code not in NOT_AGAIN


def _call(job: Job, *, store: str, setup: Setup) -> Call:
    return Call(kind=job.kind, inputs=job.spec.get("inputs", {}), options=job.spec.get("options", {}), store=store, setup=setup)
