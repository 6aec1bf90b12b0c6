"""What a service does beside answering: it forgets what is old."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from arviz.core.errors import ArvizError
from arviz.jobs.job import Job
from arviz.jobs.store import SWEEP_AFTER_S, Store
from arviz.jobs.table import JobTable
from arviz.service.parts import Parts
from arviz.service.upload import end_old

_HOURS_BETWEEN = 6.0
_FIRST_AFTER_SECONDS = 60.0
FORGET_AFTER_S = 30 * 86400.0
"""Jobs, what they made but for assets, and pictures go after a month: what is asked for again is made again."""
_MADE_AGAIN = ("derived", "pictures")


def keep_house(parts: Parts, stop: threading.Event) -> None:
    """Sweep every six hours until `stop` is set; what cannot be done now is tried again then."""
    wait = _FIRST_AFTER_SECONDS
    while not stop.wait(wait):
        wait = _HOURS_BETWEEN * 3600.0
        try:
            sweep(parts.store, parts.table)
            end_old(parts.settings.folder / "uploads")
        except ArvizError:
            continue


def sweep(store: Store, table: JobTable, *, older_than_s: float = SWEEP_AFTER_S) -> int:
    """Forget what ended a month ago, then blobs that neither a document nor a job names; return how many blobs.

    Blobs of jobs that have ended stay as long as the jobs, so that their results can be fetched.
    """
    table.forget(older_than_s=FORGET_AFTER_S)
    for kind in _MADE_AGAIN:
        store.expire(kind, older_than_s=FORGET_AFTER_S)
    kept = {blob for job in _jobs(table) for blob in _named(job)}
    return store.sweep(older_than_s=older_than_s, keep=kept)


def _jobs(table: JobTable) -> Iterator[Job]:
    after = None
    while page := table.list(after=after, limit=1000):
        yield from page
        after = page[-1].id


def _named(job: Job) -> Iterator[str]:
    yield from (identity for identity in job.spec["inputs"].values() if identity.startswith("sha256:"))
    if job.result is not None:
        yield from job.result.get("files", {}).values()
