"""The threads behind the doors: they do jobs, tell webhooks, and forget what is old."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from arviz.jobs.engines import engine_for
from arviz.jobs.outside import fault
from arviz.jobs.runner import Runner
from arviz.jobs.warm import Setup, heat
from arviz.service.deliveries import Deliveries
from arviz.service.housekeeping import keep_house
from arviz.service.parts import Parts

_END_SECONDS = 15.0
_AGAIN_SECONDS = 1.0
_log = logging.getLogger(__name__)


@contextmanager
def working(parts: Parts) -> Iterator[None]:
    """Keep the threads of a service running."""
    deliveries = Deliveries(parts.settings.folder / "webhooks.db", parts.table, secret=parts.secret, trusted=parts.settings.webhook_hosts)
    stop = threading.Event()
    loops: list[tuple[str, Callable[[threading.Event], object], threading.Event]] = [
        ("webhooks", deliveries.run, stop),
        ("housekeeping", lambda stop: keep_house(parts, stop), stop),
    ]
    with ExitStack() as stack:
        if parts.settings.work:
            setup = Setup(allow_uncontained=parts.settings.allow_uncontained)
            engine = stack.enter_context(engine_for(parts.settings.engine, heat=functools.partial(heat, setup)))
            loops.append(
                ("jobs", Runner(parts.table, parts.store, engine, setup=setup, lease_s=parts.settings.lease_seconds).run, parts.pulse)
            )
        for name, *its in loops:
            thread = threading.Thread(target=_kept_up, args=[name, *its], name=name, daemon=True)
            thread.start()
            stack.callback(thread.join, _END_SECONDS)
        for end in (stop, parts.pulse):
            stack.callback(end.set)
        yield


def _kept_up(name: str, loop: Callable[[threading.Event], object], stop: threading.Event) -> None:
    """Run a loop until `stop` is set, again after a fault: a service whose jobs nobody does looks well from outside.

    The text of the error, which may hold a user's data, is not told.
    """
    while not stop.is_set():
        try:
            loop(stop)
        except Exception as error:  # a door: whatever it is, the next job may go well
            _log.error("%s: %s; it goes on", name, fault(error))
            stop.wait(_AGAIN_SECONDS)
