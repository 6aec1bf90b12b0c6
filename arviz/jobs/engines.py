"""Engines: who runs tasks. Processes of this machine (``local``, ``local:4``) or a Dask cluster (``tcp://host:8786``)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

from arviz.core.absent import absent
from arviz.core.errors import ArvizError, BackendError, LimitError
from arviz.core.registry import Registry
from arviz.jobs.outside import fault

Told = Callable[[float, str], object]
"""Takes how far a task is, 0 to 1, and what it does."""


Task = Callable[[Told], Any]
"""What an engine runs: it crosses to another process, so it is a function of a module or an object of plain values with ``__call__``."""


@runtime_checkable
class Engine(Protocol):
    """Run tasks somewhere else. The plugin kind ``engine``: made with an address and ``heat``, closed by ``with`` (inherited from here).

    A worker that dies while it runs a task costs that task an error, and nothing else: others go on, and there are as many
    workers as before. Tasks may run twice where an engine tries again by itself.
    """

    @property
    def slots(self) -> int:
        """How many tasks it is worth to submit at once."""
        ...

    def submit(self, task: Task, *, timeout_s: float, told: Told = ...) -> Future[Any]:
        """Have a task run; return the future of what it returns.

        The future raises what the task raised if that is one of our errors, else `BackendError`: ``E_TASK_FAILED`` for any other
        exception, ``E_CHILD_DIED`` if its process died (``E_TASK_KILLS`` where the engine has tried again in vain), and
        `LimitError` ``E_LIMIT_TIME`` after `timeout_s` of running. `told` is called in some thread of this process.
        """
        ...

    def cancel(self, future: Future[Any]) -> None:
        """End a task; its future is then cancelled, unless it has just ended."""
        ...

    def close(self) -> None:
        """End all tasks and workers of this engine; closing twice is fine."""
        ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


ENGINES = Registry(
    "engine",
    {
        "local": "arviz.jobs.local:LocalEngine",
        "tcp": "arviz.jobs.dask:DaskEngine",
        "tls": "arviz.jobs.dask:DaskEngine",
    },
)


def nothing_told(share: float, stage: str) -> None:
    """Take progress that nobody wants to know."""


def done(task: Task, told: Told) -> Any:
    """Do a task in a worker: it raises errors of ours alone, as others may not cross, and may hold what they read."""
    try:
        return task(told)
    except Exception as error:
        raise as_ours(error) from None


def as_ours(error: BaseException) -> ArvizError:
    """Return an error as one of ours: any other says where it was raised, not its words."""
    if isinstance(error, ArvizError):
        return error
    if isinstance(error, MemoryError):
        return LimitError("E_LIMIT_MEMORY", "there is not enough memory for this task")
    bug = BackendError("E_TASK_FAILED", "a task failed by a fault of ours", found=fault(error), hint="Please report it.")
    return absent(error) or bug


def late(timeout_s: float) -> LimitError:
    """Return what a task that takes too long is told as."""
    return LimitError("E_LIMIT_TIME", "this takes longer than a task may", expected=f"at most {timeout_s:g} s", hint="Ask for less.")


def died(found: str) -> BackendError:
    """Return what a task whose process has died is told as."""
    return BackendError("E_CHILD_DIED", "the process that did this task died", found=found)


def engine_for(address: str, *, heat: Callable[[], object] | None = None) -> Engine:
    """Return the open engine of an address.

    Parameters
    ----------
    address : str
        ``local`` (one process per processor), ``local:N``, ``tcp://scheduler:8786`` or ``tls://...``; what stands before the first
        colon is the engine's name.
    heat : callable, optional
        Called once in each worker before its first task, to open what tasks need; it crosses to another process. What it returns
        is closed when the worker ends, if it has a ``close``.

    Raises
    ------
    InputError
        ``E_UNKNOWN_NAME``, ``E_ENGINE_ADDRESS``
    DependencyError
        ``E_MISSING_PACKAGE``: the extra ``[service]`` or ``[cluster]`` is not installed.
    BackendError
        ``E_ENGINE``: nobody answers there.
    """
    engine: Engine = ENGINES.get(address.partition(":")[0])(address, heat=heat)
    return engine
