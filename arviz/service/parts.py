"""What handlers share: the store, the table of jobs, keys, the pool that draws; opened once per service."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Annotated, NamedTuple, Self

from fastapi import Depends, Request

from arviz.jobs.local import LocalEngine
from arviz.jobs.store import Store
from arviz.jobs.table import JobTable
from arviz.jobs.tryon import memory_folder
from arviz.jobs.warm import Setup, heat
from arviz.service.drawing import Drawing
from arviz.service.held import Held
from arviz.service.keys import Keys
from arviz.service.metrics import Metrics
from arviz.service.quotas import Quotas
from arviz.service.rates import Rates
from arviz.service.settings import Settings, secret


class Pulse(threading.Event):
    """The end of a loop, which notes when the loop last looked whether it has come."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_s = time.monotonic()

    def is_set(self) -> bool:
        """Return whether it has come."""
        self.looked_s = time.monotonic()
        return super().is_set()


class Trying(NamedTuple):
    """The process that puts things on people."""

    engine: LocalEngine
    setup: Setup


@dataclass(slots=True, kw_only=True, eq=False)
class Parts:
    """The open parts of a service; close them by ``with``."""

    settings: Settings
    store: Store
    table: JobTable
    keys: Keys
    rates: Rates
    quotas: Quotas
    held: Held
    secret: bytes
    drawing: Drawing
    metrics: Metrics
    pulse: Pulse
    """Of the thread that does jobs, where this process does any."""
    trying: Trying | None
    """None where photos of people are not taken."""
    _open: ExitStack

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Open everything that `settings` names.

        Raises
        ------
        BackendError, InputError, DependencyError
            Where a folder, the table or the store cannot be used.
        """
        known = secret(settings.folder)
        with ExitStack() as stack:
            table = stack.enter_context(JobTable(settings.folder / "jobs.db"))
            store = Store(settings.store_url)
            metrics = Metrics()
            return cls(
                settings=settings,
                store=store,
                table=table,
                keys=Keys(settings.folder),
                rates=Rates(settings.requests_per_minute),
                quotas=Quotas(settings),
                held=Held(),
                secret=known,
                drawing=stack.enter_context(Drawing(store, metrics)),
                metrics=metrics,
                pulse=Pulse(),
                trying=stack.enter_context(_trying(settings)) if settings.tryon else None,
                _open=stack.pop_all(),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()


@contextmanager
def _trying(settings: Settings) -> Iterator[Trying]:
    setup = Setup(scratch=memory_folder(), allow_uncontained=settings.allow_uncontained)
    with LocalEngine("local:1", heat=functools.partial(heat, setup)) as engine:
        yield Trying(engine, setup)


def parts_of(request: Request) -> Parts:
    """Return the parts of the service that a request came to."""
    parts: Parts = request.app.state.parts
    return parts


Open = Annotated[Parts, Depends(parts_of)]
"""The parameter by which a handler gets them."""
