"""Pictures for whoever waits: from the store if they were drawn before, else drawn once, in a warm process, however many ask."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from anyio.to_thread import run_sync

from arviz.core.errors import ArvizError
from arviz.jobs.kinds import PIPELINE
from arviz.jobs.local import LocalEngine
from arviz.jobs.picture import Cube, Picture, heat_renderer
from arviz.jobs.store import Store
from arviz.jobs.warm import Setup
from arviz.service.metrics import Metrics
from arviz.service.picture_address import PictureRequest

SECONDS = 60.0
"""A process that has not drawn a picture by then is killed."""


class Drawing:
    """A small pool of warm processes, and what they have drawn; close it by ``with``."""

    def __init__(self, store: Store, metrics: Metrics, *, processes: int = 1) -> None:
        self._store = store
        self._metrics = metrics
        self._setup = Setup()
        self._engine = LocalEngine(f"local:{processes}", heat=functools.partial(heat_renderer, self._setup))
        self._under_way: dict[str, asyncio.Future[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._engine.close()

    async def picture(self, wanted: PictureRequest, *, glb: str) -> bytes:
        """Return a picture of the asset whose GLB is the blob `glb`; who stops waiting does not stop it.

        Raises
        ------
        ArvizError
            What drawing raises; ``E_LIMIT_TIME`` and ``E_CHILD_DIED`` for what keeps or ends a process.
        """
        key = hashlib.sha256(f"{glb} {wanted.look()} {PIPELINE}".encode()).hexdigest()
        drawn = self._under_way.get(key)
        if drawn is None:
            drawn = self._under_way[key] = asyncio.get_running_loop().create_future()
            task = asyncio.create_task(self._make(key, wanted, glb, drawn))
            self._tasks.add(task)  # the loop holds tasks weakly
            task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(drawn)

    async def cube(self) -> None:
        """Draw something, to see that it can be done."""
        await self._drawn(Cube(setup=self._setup))

    async def _make(self, key: str, wanted: PictureRequest, glb: str, drawn: asyncio.Future[bytes]) -> None:
        """Give a picture to whoever waits, then keep it; one that cannot be kept is drawn again when it is next asked for."""
        try:
            known = await run_sync(self._store.document, "pictures", key)
            data = await (self._new(wanted, glb) if known is None else self._kept(known["blob"]))
            drawn.set_result(data)
            if known is None:
                with suppress(ArvizError):  # readiness tells of a store that cannot be written
                    await run_sync(self._keep, key, data)
        except Exception as error:  # a door: what it is, is told to who waits
            if drawn.done():
                raise
            drawn.set_exception(error)
            drawn.exception()  # seen here, should nobody wait any more
        finally:
            self._under_way.pop(key, None)
            drawn.cancel()

    async def _kept(self, blob: str) -> bytes:
        self._metrics.pictures.labels("store").inc()
        return await run_sync(self._store.read, blob)

    async def _new(self, wanted: PictureRequest, glb: str) -> bytes:
        begun = time.monotonic()
        asked = Picture(
            store=self._store.url, glb=glb, ending=wanted.ending, device=wanted.device, options=wanted.draw_options(), setup=self._setup
        )
        data = await self._drawn(asked)
        self._metrics.pictures.labels("drawn").inc()
        self._metrics.draw_seconds.observe(time.monotonic() - begun)
        return data

    async def _drawn(self, task: Picture | Cube) -> bytes:
        data: bytes = await asyncio.wrap_future(self._engine.submit(task, timeout_s=SECONDS))
        return data

    def _keep(self, key: str, data: bytes) -> None:
        self._store.put_document("pictures", key, {"blob": self._store.put(data).id})
