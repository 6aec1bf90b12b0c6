"""``/v1/batches``: many jobs at once, their counts, and a manifest of what came of each."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from arviz.core.errors import ConflictError, NotFoundError
from arviz.jobs.job import Job
from arviz.service.access import Reader, Worker
from arviz.service.job_request import JobRequest
from arviz.service.jobs import IdempotencyKey, make_room, submit
from arviz.service.keys import Key
from arviz.service.parts import Open, Parts

router = APIRouter(tags=["batches"])
MOST_JOBS = 1000
_PAGE = 500


class BatchRequest(BaseModel):
    """Jobs that belong together."""

    model_config = ConfigDict(extra="forbid")
    jobs: list[JobRequest] = Field(min_length=1, max_length=MOST_JOBS)


class Batch(BaseModel):
    """How far a batch is."""

    id: str
    jobs: int
    counts: dict[str, int] = Field(description="State -> how many jobs.")
    ended: bool = Field(description="True when no job is queued or running.")


@router.post("/v1/batches", status_code=202, response_model=Batch, summary="Start many jobs")
def start(asked: BatchRequest, response: Response, parts: Open, key: Worker, idempotency_key: IdempotencyKey = None) -> Batch:
    """Put all jobs into the queue; one that is not understood refuses the whole batch.

    Each counts for the limits of the key, as a job of its own does.
    """
    batch, names = f"b{secrets.token_hex(12)}", None
    if idempotency_key is not None:
        own = f"{key.id}:{idempotency_key}\n"  # no header has a line break: it is no name of a single job
        batch = f"b{hashlib.sha256(own.encode()).hexdigest()[:24]}"
        names = [f"{own}{index} of {len(asked.jobs)}" for index in range(len(asked.jobs))]
        begun = parts.table.list(batch=batch, limit=1)
        if begun and begun[0].key not in names:
            raise ConflictError("E_KEY_REUSED", "this key belongs to a batch of another length", found=batch)
    submit(parts, asked.jobs, key=key, names=names, batch=batch)
    response.headers["Location"] = f"/v1/batches/{batch}"
    return _counted(parts, batch)


@router.get("/v1/batches/{batch}", response_model=Batch, summary="How far a batch is")
def one(batch: str, parts: Open, key: Reader) -> Batch:
    """Return how many jobs are in each state."""
    _owned(parts, batch, key)
    return _counted(parts, batch)


@router.get("/v1/batches/{batch}/manifest.jsonl", summary="What came of each job", response_class=StreamingResponse)
def manifest(batch: str, parts: Open, key: Reader) -> StreamingResponse:
    """Return one line of JSON per job, sorted by what they asked for, so that two runs of the same batch compare line by line."""
    _owned(parts, batch, key)
    lines = sorted(_line(job) for job in _jobs(parts, batch))
    return StreamingResponse(iter(lines), media_type="application/jsonl")


@router.post("/v1/batches/{batch}/retry", response_model=Batch, summary="Try failed jobs again")
def retry(batch: str, parts: Open, key: Worker) -> Batch:
    """Put jobs that failed or were cancelled into the queue again."""
    _owned(parts, batch, key)
    ended = [job.id for job in _jobs(parts, batch) if job.state in ("failed", "cancelled")]
    make_room(parts, len(ended), key=key)
    for job_id in ended:
        parts.table.retry(job_id)
    return _counted(parts, batch)


@router.post("/v1/batches/{batch}/cancel", response_model=Batch, summary="Stop a batch")
def cancel(batch: str, parts: Open, key: Worker) -> Batch:
    """Stop all jobs that have not ended."""
    _owned(parts, batch, key)
    for job in _jobs(parts, batch):
        if not job.ended:
            parts.table.cancel(job.id)
    return _counted(parts, batch)


def _line(job: Job) -> str:
    told: dict[str, Any] = {"kind": job.kind, "inputs": job.spec["inputs"], "options": job.spec["options"], "state": job.state}
    told |= {"result": job.result, "error": job.error}
    return json.dumps(told, sort_keys=True, ensure_ascii=False) + "\n"


def _jobs(parts: Parts, batch: str) -> Iterator[Job]:
    after = None
    while page := parts.table.list(batch=batch, after=after, limit=_PAGE):
        yield from page
        after = page[-1].id


def _owned(parts: Parts, batch: str, key: Key) -> None:
    found = parts.table.list(batch=batch, limit=1)
    if not found or not (found[0].owner == key.id or key.may("admin")):
        raise NotFoundError("E_BATCH_NOT_FOUND", "there is no such batch", found=batch[:64])


def _counted(parts: Parts, batch: str) -> Batch:
    counts = parts.table.counts(batch)
    return Batch(id=batch, jobs=sum(counts.values()), counts={**counts}, ended=counts["queued"] + counts["running"] == 0)
