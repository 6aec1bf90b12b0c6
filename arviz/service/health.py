"""``/healthz``, ``/readyz``, ``/metrics``: whether the process lives, whether it can work, and how much it does."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from typing import Any

from anyio import move_on_after
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from arviz.core.errors import ArvizError, BackendError
from arviz.jobs.outside import for_outside
from arviz.service.parts import Open, Parts

router = APIRouter(tags=["health"])
_SECONDS = 10.0
_STILL_SECONDS = 60.0
"""A turn of the job thread takes half a second, and up to thirty where another process holds the table."""
_KEPT_SECONDS = 1.0
_PIECE = b"arviz readiness\n"


@router.get("/healthz", summary="The process lives")
async def alive() -> dict[str, str]:
    """Answer at once, whatever else goes on."""
    return {"status": "ok"}


@router.get("/readyz", summary="The service can work")
async def ready(request: Request) -> Response:
    """Try everything that work needs: write and read the store and the table, look at the disk, draw a cube of 16 pixels.

    It also looks whether the thread that does jobs goes on, and whether jobs wait that nobody takes. Who asks within a second of another
    gets the same answer.
    """
    readiness: Readiness = request.app.state.readiness
    told = await readiness.told()
    good = all(one["ok"] for one in told.values())
    return JSONResponse(
        {"status": "ok" if good else "not ready", "checks": told}, status_code=200 if good else 503, headers={"Cache-Control": "no-store"}
    )


class Readiness:
    """What was found when somebody asked last: anybody may ask, and looking costs a picture."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._looking: asyncio.Task[dict[str, Any]] | None = None
        self._until = 0.0

    async def told(self) -> dict[str, Any]:
        """Return name -> what came of a check, made now or less than a second ago."""
        if self._looking is None or (self._looking.done() and time.monotonic() > self._until):
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> dict[str, Any]:
        found = await _looked(self._parts)
        self._until = time.monotonic() + _KEPT_SECONDS
        return found


async def _looked(parts: Parts) -> dict[str, Any]:
    checks = {
        "table": lambda: run_sync(parts.table.counts),
        "store": lambda: run_sync(_store, parts),
        "disk": lambda: run_sync(_disk, parts),
        "drawing": parts.drawing.cube,
        "jobs": lambda: run_sync(_jobs, parts),
    }
    return {name: await _tried(check) for name, check in checks.items()}


async def _tried(check: Callable[[], Any]) -> dict[str, Any]:
    begun = time.monotonic()
    found = f"nothing within {_SECONDS:g} s"
    with move_on_after(_SECONDS):
        try:
            await check()
            return {"ok": True, "seconds": round(time.monotonic() - begun, 3)}
        except ArvizError as error:
            found = str(for_outside(error))
    return {"ok": False, "seconds": round(time.monotonic() - begun, 3), "found": found}


def _store(parts: Parts) -> None:
    blob = parts.store.put(_PIECE)
    parts.store.read(blob.id)


def _disk(parts: Parts) -> None:
    free = shutil.disk_usage(parts.settings.folder).free
    if free < parts.settings.free_bytes:
        raise BackendError(
            "E_DISK", "the disk is nearly full", expected=f"{parts.settings.free_bytes:,} bytes", found=f"{free:,}", hint="Make room."
        )


def _jobs(parts: Parts) -> None:
    silent = time.monotonic() - parts.pulse.looked_s
    if parts.settings.work and silent > _STILL_SECONDS:
        raise BackendError(
            "E_JOBS_STILL", "the thread that does jobs stands still", found=f"for {silent:.0f} s", hint="Restart the service."
        )
    waits = parts.table.waits_s()
    if waits > _STILL_SECONDS and parts.table.counts()["running"] == 0:
        raise BackendError(
            "E_JOBS_WAIT", "jobs wait and nobody does any", found=f"for {waits:.0f} s", hint="Start `arviz worker`, or look at its log."
        )


@router.get("/metrics", summary="Numbers for Prometheus", response_class=Response)
async def metrics(parts: Open) -> Response:
    """Return counters, histograms and how many jobs are in each state."""
    for state, number in (await run_sync(parts.table.counts)).items():
        parts.metrics.jobs.labels(state).set(number)
    return Response(generate_latest(parts.metrics.registry), media_type=CONTENT_TYPE_LATEST)
