"""Wait for a job to change."""

from __future__ import annotations

import time

import anyio
from anyio.to_thread import run_sync

from arviz.jobs.job import Job
from arviz.jobs.table import JobTable

_LOOK_SECONDS = 0.2
"""Between two looks at the table; one look is 60 us, a person takes a fifth of a second for at once."""


async def changed(table: JobTable, job: Job, *, seconds: float) -> Job | None:
    """Return the job as it is once it has changed, None if it does not within `seconds`."""
    end = time.monotonic() + seconds
    while True:
        now = await run_sync(table.get, job.id)
        if now is not None and now.sequence > job.sequence:
            return now
        left = end - time.monotonic()
        if left <= 0:
            return None
        await anyio.sleep(min(_LOOK_SECONDS, left))


async def ended(table: JobTable, job: Job, *, seconds: float) -> Job:
    """Return the job once it has ended, or as it is after `seconds`."""
    end = time.monotonic() + seconds
    while not job.ended and (left := end - time.monotonic()) > 0:
        job = await changed(table, job, seconds=left) or job
    return job
