"""``/v1/jobs``: start work, look at it, wait for it, follow it, stop it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from arviz.core.errors import BusyError, ConflictError, NotFoundError
from arviz.jobs.job import Job
from arviz.service.access import Reader, Worker
from arviz.service.blobs import ONLY_SHOWN, blob_answer
from arviz.service.changes import changed, ended
from arviz.service.job_request import JobAnswer, JobRequest, checked
from arviz.service.keys import Key
from arviz.service.parts import Open, Parts

router = APIRouter(tags=["jobs"])
MOST_WAIT_SECONDS = 60.0
_MOST_WAITING = 100
"""Streams and long polls of one key at once: each looks at the table five times a second."""
IdempotencyKey = Annotated[str | None, Header(max_length=200, description="The same key gives the same, however often it is sent.")]
_BEAT_SECONDS = 15.0
"""How often a stream of events says that it lives: proxies close what is silent for a minute."""
_WAIT = re.compile(r"(?:^|,)\s*wait=(\d{1,4})\s*(?:,|$)")


async def _waiting(parts: Open, key: Reader) -> AsyncIterator[None]:
    with parts.held.one(key.id, most=_MOST_WAITING):
        yield


@router.post("/v1/jobs", status_code=202, response_model=JobAnswer, summary="Start a job")
def start(
    asked: JobRequest,
    response: Response,
    parts: Open,
    key: Worker,
    idempotency_key: IdempotencyKey = None,
) -> Any:
    """Put a job into the queue; ``Location`` is where to look at it.

    What was made before of the same inputs and options is not made again: such a job ends at once.
    """
    (job,) = submit(parts, [asked], key=key, names=[None if idempotency_key is None else f"{key.id}:{idempotency_key}"])
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job.to_json()


def submit(
    parts: Parts, asked: Sequence[Any], *, key: Key, names: Sequence[str | None] | None = None, batch: str | None = None
) -> list[Job]:
    """Check requests and put them into the queue: all of them or none.

    Parameters
    ----------
    names : sequence of str or None, optional
        One per request: two of the same name are one job, which is put there and counted once.

    Raises
    ------
    InputError, NotFoundError
        What the kind says about inputs and options; ``E_INPUT_NOT_FOUND``.
    BusyError, AccessError
        ``E_QUEUE_FULL``, ``E_QUOTA``
    ConflictError
        ``E_KEY_REUSED``
    """
    names = names or [None] * len(asked)
    specs = [checked(parts, one, key=key) for one in asked]
    make_room(parts, sum(name is None or parts.table.known(name) is None for name in names), key=key)
    return [
        parts.table.submit(one.kind, spec, key=name, priority=one.priority, batch=batch, owner=key.id)[0]
        for one, spec, name in zip(asked, specs, names, strict=True)
    ]


def make_room(parts: Parts, jobs: int, *, key: Key) -> None:
    """See that the queue takes so many jobs more, and that the key may start them; raises as `submit`."""
    waiting = parts.table.counts()["queued"]
    if jobs and waiting + jobs > parts.settings.queued_jobs:
        raise BusyError(
            "E_QUEUE_FULL",
            "too many jobs wait",
            expected=f"at most {parts.settings.queued_jobs:,}",
            found=f"{waiting:,}",
            hint="Send it later.",
        )
    parts.quotas.take(key, "jobs", jobs)


@router.get("/v1/jobs", summary="The youngest jobs")
def every(
    parts: Open,
    key: Reader,
    state: Annotated[str | None, Query(pattern="^(queued|running|done|failed|cancelled)$")] = None,
    after: Annotated[str | None, Query(max_length=26, description="The last id of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, list[JobAnswer]]:
    """Return jobs of this key, of all keys for one with the scope ``admin``."""
    found = parts.table.list(state=state, owner=None if key.may("admin") else key.id, after=after, limit=limit)  # type: ignore[arg-type]
    return {"jobs": [JobAnswer.model_validate(job.to_json()) for job in found]}


@router.get("/v1/jobs/{job_id}", response_model=JobAnswer, summary="One job", dependencies=[Depends(_waiting)])
async def one(
    job_id: str,
    parts: Open,
    key: Reader,
    prefer: Annotated[str, Header(description="`wait=20`: answer when the job has ended, or after 20 s (RFC 7240).")] = "",
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """Return a job as it is; with ``Prefer: wait=20`` once it has ended."""
    job = await run_sync(owned, parts, job_id, key)
    wait = _WAIT.search(prefer)
    if wait:
        job = await ended(parts.table, job, seconds=min(float(wait[1]), MOST_WAIT_SECONDS))
    headers = {"ETag": f'"{job.sequence}"', "Cache-Control": "no-cache", **({"Preference-Applied": f"wait={wait[1]}"} if wait else {})}
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return JSONResponse(job.to_json(), headers=headers)


@router.post("/v1/jobs/{job_id}/cancel", response_model=JobAnswer, summary="Stop a job")
def cancel(job_id: str, parts: Open, key: Worker) -> Any:
    """Stop a job that has not ended.

    What it was doing ends within two seconds; files that were finished stay in the store until they are swept.
    """
    job = owned(parts, job_id, key)
    if not parts.table.cancel(job.id) and (job := owned(parts, job_id, key)).state != "cancelled":
        raise ConflictError("E_JOB_ENDED", "this job has ended", where=job.id, found=job.state)
    return owned(parts, job_id, key).to_json()


@router.get("/v1/jobs/{job_id}/events", summary="Follow a job", response_class=StreamingResponse, dependencies=[Depends(_waiting)])
async def events(
    job_id: str,
    request: Request,
    parts: Open,
    key: Reader,
    last_event_id: Annotated[str, Header(description="The last number that was seen; sent by browsers that connect again.")] = "",
) -> StreamingResponse:
    """Stream the job each time that it changes, as server-sent events, until it has ended.

    Each event is named ``job``, its ``id`` is the job's ``sequence``, its ``data`` what ``GET /v1/jobs/{id}`` returns.
    """
    job = await run_sync(owned, parts, job_id, key)
    seen = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 19 else -1
    return StreamingResponse(
        _told(request, parts, job, seen), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


@router.get("/v1/jobs/{job_id}/files/{name}", summary="A file that a job made")
async def file(job_id: str, name: str, request: Request, parts: Open, key: Reader) -> Response:
    """Return one of the files of a job's ``result``: ``picture``, ``clip``, ``plan``, ``mesh``, ``glb``, ..."""
    job = await run_sync(owned, parts, job_id, key)
    files = {} if job.result is None else job.result.get("files", {})
    if name not in files:
        if job.state != "done":
            hint = f"Wait for it: GET /v1/jobs/{job.id} with Prefer: wait=20." if not job.ended else "Its `error` says why."
            raise NotFoundError("E_NOT_FOUND", "this job has made no files", where=job.id, expected="done", found=job.state, hint=hint)
        raise NotFoundError("E_NOT_FOUND", "this job has no such file", where=job.id, expected=", ".join(files) or "none", found=name[:60])
    return await blob_answer(request, parts.store, files[name], headers={"Cache-Control": "private, max-age=86400", **ONLY_SHOWN})


async def _told(request: Request, parts: Parts, job: Job, seen: int) -> AsyncIterator[str]:
    if job.sequence > seen:
        yield _event(job)
    while not job.ended and not await request.is_disconnected():
        now = await changed(parts.table, job, seconds=_BEAT_SECONDS)
        if now is None:
            yield ": still there\n\n"
            continue
        job = now
        yield _event(job)


def _event(job: Job) -> str:
    return f"id: {job.sequence}\nevent: job\ndata: {json.dumps(job.to_json(), ensure_ascii=False)}\n\n"


def owned(parts: Parts, job_id: str, key: Key) -> Job:
    """Return a job that `key` may see.

    Raises
    ------
    NotFoundError
        ``E_JOB_NOT_FOUND``: not there, or of somebody else.
    """
    job = parts.table.get(job_id)
    if job is None or not (job.owner == key.id or key.may("admin")):
        raise NotFoundError("E_JOB_NOT_FOUND", "there is no such job", found=job_id[:64])
    return job
