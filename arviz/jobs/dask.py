"""The engine ``tcp://scheduler:8786``: workers of a Dask cluster, which need arviz installed and one thread each.

Start them with ``dask scheduler`` and ``dask worker ADDRESS --nthreads 1 --nworkers 4`` (one warm renderer and one sandbox per
process; the nanny, which is on by default, is what ends a task that hangs). No scheduler asks who calls: keep it in a private
network, or use ``tls://`` with the certificates that Dask's own configuration names.

A worker that dies has its tasks done by others, three times at most; a task costs about 5 ms on the way.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from distributed import Client, WorkerPlugin, get_worker
from distributed.scheduler import KilledWorker
from distributed.security import Security

from arviz.core.errors import ArvizError, BackendError
from arviz.jobs.engines import Engine, Task, Told, died, done, late, nothing_told

_CONNECT_S = 10.0
_ASK_S = 2.0
"""How long the number of workers is believed, and how long it may take to hear it."""
_AHEAD = 2
"""Tasks per worker: the next one waits where it will run, which hides the way."""
_RESTART_S = 60.0
_BEGUN = "begun"


@dataclass(slots=True, eq=False)
class _Sent:
    outer: Future[Any]
    inner: Any
    timeout_s: float
    told: Told
    worker: str = ""
    """Address of who does it."""
    timer: threading.Timer | None = None


class DaskEngine(Engine):
    """Run tasks on a Dask cluster.

    Parameters
    ----------
    address : str
        Of the scheduler.
    heat : callable, optional
        As `arviz.jobs.engines.engine_for` takes it.
    """

    def __init__(self, address: str, *, heat: Callable[[], object] | None = None) -> None:
        self._address = address
        self._heat = heat
        self._topic = f"arviz-{uuid.uuid4().hex}"
        self._lock = threading.Lock()
        self._sent: dict[str, _Sent] = {}
        self._slots, self._asked = 0, 0.0
        self._closed = False
        self._client = self._connected()

    @property
    def slots(self) -> int:
        """Twice as many as the cluster has threads; 0 while there is no scheduler."""
        if time.monotonic() - self._asked > _ASK_S:
            try:
                self._slots = _AHEAD * sum(self._usable().nthreads().values())  # type: ignore[no-untyped-call]
            except Exception:  # whatever it is: nobody works there now
                self._slots = 0
            self._asked = time.monotonic()
        return self._slots

    def submit(self, task: Task, *, timeout_s: float, told: Told = nothing_told) -> Future[Any]:
        """Have a task run, as `Engine` says."""
        key = f"arviz-{uuid.uuid4().hex}"
        sent = self._sent[key] = _Sent(outer=Future(), inner=None, timeout_s=timeout_s, told=told)
        try:
            sent.inner = self._usable().submit(_run, key, self._topic, task, key=key, pure=False)
        except ArvizError:
            del self._sent[key]
            raise
        sent.inner.add_done_callback(functools.partial(self._settle, key))
        return sent.outer

    def cancel(self, future: Future[Any]) -> None:
        """Take a task back; the nanny ends the process of a worker that does it."""
        key = next((key for key, sent in list(self._sent.items()) if sent.outer is future), None)
        if key is not None:
            self._end(key, None)

    def close(self) -> None:
        """Take all tasks back and leave the cluster to others."""
        self._closed = True
        for key in list(self._sent):
            self._end(key, None)
        with suppress(Exception):
            self._client.close(timeout=_ASK_S)  # type: ignore[no-untyped-call]

    def _connected(self) -> Client:
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # says what callers hear as errors
        if self._address.startswith("tls") and Security().get_connection_args("client")["ssl_context"] is None:  # type: ignore[no-untyped-call]
            raise BackendError(
                "E_ENGINE_CERTIFICATES",
                "there are no certificates to call the cluster with",
                where=self._address,
                hint="Set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, and __CLIENT__CERT and __CLIENT__KEY below DASK_DISTRIBUTED__COMM__TLS.",
            )
        try:
            client = Client(self._address, timeout=_CONNECT_S, set_as_default=False, name="arviz")  # type: ignore[no-untyped-call]
            client.subscribe_topic(self._topic, self._hear)  # type: ignore[no-untyped-call]
            if self._heat is not None:
                client.register_plugin(_Heat(self._heat), name="arviz")
        except (OSError, ValueError, TimeoutError) as error:
            raise BackendError(
                "E_ENGINE",
                "the cluster does not answer",
                where=self._address,
                found=type(error).__name__,
                hint="Start `dask scheduler`, and check the address and the network.",
            ) from error
        return client

    def _usable(self) -> Client:
        with self._lock:
            if self._closed:
                raise BackendError("E_ENGINE_CLOSED", "this engine is closed")
            if self._client.status in ("closed", "closing"):
                self._client = self._connected()
            return self._client

    def _hear(self, event: tuple[float, Any]) -> None:
        key, share, stage = event[1]
        sent = self._sent.get(key)
        if sent is None:
            return
        if share == _BEGUN:
            sent.worker = stage
            if sent.timer is not None:
                sent.timer.cancel()  # a worker died, another begins again
            sent.timer = threading.Timer(sent.timeout_s, self._end, (key, late(sent.timeout_s)))
            sent.timer.daemon = True
            sent.timer.start()
            return
        with suppress(Exception):  # a door: what hears of progress may not end the client's loop
            sent.told(share, stage)

    def _end(self, key: str, error: ArvizError | None) -> None:
        """Take a task back for a reason, None if it was cancelled, and free its worker."""
        sent = self._sent.pop(key, None)
        if sent is None:
            return
        if sent.timer is not None:
            sent.timer.cancel()
        with suppress(Exception):  # the scheduler may be gone: then there is nothing to take back
            sent.inner.cancel()
        if sent.worker:  # seconds pass until a new one is there
            threading.Thread(target=self._restart, args=[sent.worker], name="arviz restart", daemon=True).start()
        _settle(sent.outer, error)

    def _restart(self, worker: str) -> None:
        with suppress(Exception):  # it has no nanny, or has gone by itself
            self._client.restart_workers([worker], timeout=_RESTART_S, raise_for_error=False)

    def _settle(self, key: str, inner: Any) -> None:
        sent = self._sent.pop(key, None)
        if sent is None:
            return
        if sent.timer is not None:
            sent.timer.cancel()
        try:
            if inner.status == "finished":
                sent.outer.set_result(inner.result())
            elif inner.status == "error":
                _settle(sent.outer, _told_as(inner.exception()))
            else:
                _settle(sent.outer, None)  # the scheduler is gone, or has forgotten it
        except InvalidStateError:  # cancelled just now
            pass
        except Exception as error:  # a door: the answer does not come, and a future that does not end would hold its job for ever
            _settle(sent.outer, _told_as(error))


class _Heat(WorkerPlugin):
    """Warm each worker, in the thread that does its tasks."""

    def __init__(self, heat: Callable[[], object]) -> None:
        self._heat = heat

    def setup(self, worker: Any) -> None:
        """Warm a worker that has just begun, or that is there already."""
        worker.executors["default"].submit(self._heat)


def _run(key: str, topic: str, task: Task) -> Any:
    worker = get_worker()
    worker.log_event(topic, (key, _BEGUN, worker.address))
    return done(task, lambda share, stage: worker.log_event(topic, (key, float(share), stage)))


def _settle(outer: Future[Any], error: ArvizError | None) -> None:
    with suppress(InvalidStateError):
        if error is None:
            outer.cancel()
            outer.set_running_or_notify_cancel()
        else:
            outer.set_exception(error)


def _told_as(error: BaseException) -> ArvizError:
    if isinstance(error, ArvizError):
        return error
    if isinstance(error, KilledWorker):
        return BackendError("E_TASK_KILLS", "every worker that took this task died", hint="Look at the workers' logs.")
    return died(type(error).__name__)
