"""The application: doors, guards and the threads behind them."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.routing import Route

from arviz.core.errors import CredentialsError
from arviz.service import assets, batches, embed, health, jobs, sources, tryon, uploads
from arviz.service.bodies import JSON_BYTES, GuardBodies
from arviz.service.metrics import CountRequests
from arviz.service.openapi import describe
from arviz.service.parts import Parts
from arviz.service.pictures import Pictures
from arviz.service.problems import TellFaults, tell_problems
from arviz.service.settings import Settings
from arviz.service.work import working

_ABOUT = """Turn product files into AR-ready assets, and show them: in a page, in a room.

1. `PUT /v1/sources?name=sofa.obj` keeps a file and returns its `source`.
2. `POST /v1/jobs` with `{"kind": "convert", "inputs": {"source": "sha256:..."}}` makes an asset of it.
3. `GET /v1/assets/{id}` has signed addresses of its pictures, GLB and USDZ, and `GET /embed/{id}` a page with all of them.

Errors are problems (RFC 9457) with the codes of the command line."""


_LARGE_JSON = {"/v1/batches": ("jobs", 8 * 2**20), "/v1/tryon": ("tryon", tryon.PHOTO_BYTES * 4 // 3 + JSON_BYTES)}
"""Path -> the scope of the keys that may send it, and most bytes."""


def create_app(settings: Settings) -> FastAPI:
    """Return the ASGI application of a service.

    Everything is opened here, so that what cannot be opened is told before a port is; it is closed when the application ends.

    Raises
    ------
    BackendError, InputError, DependencyError
        As `Parts.of`.
    """
    parts = Parts.of(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with parts, working(parts):
            yield

    app = FastAPI(
        title="arviz",
        version=version("arviz3d"),
        description=_ABOUT,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # to where the Host of a request says
    )
    app.state.parts = parts
    app.state.readiness = health.Readiness(parts)
    app.state.pictures = Pictures(parts)
    tell_problems(app)
    describe(app)
    app.router.routes.insert(0, Route("/r/{signature}/{options}/{name}", app.state.pictures.answer, methods=["GET", "HEAD"]))
    for module in (sources, uploads, assets, jobs, batches, embed, tryon, health):
        app.include_router(module.router)
    app.add_middleware(GuardBodies, silent_seconds=settings.header_seconds, limit=functools.partial(_most, parts))
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "PUT", "POST", "PATCH", "HEAD", "DELETE"],
            allow_headers=["*"],
            expose_headers=[
                "Location",
                "ETag",
                "Upload-Offset",
                "Upload-Length",
                "Tus-Resumable",
                "Arviz-Source",
                "RateLimit-Remaining",
                "Retry-After",
            ],
        )
    app.add_middleware(TellFaults)
    app.add_middleware(CountRequests, metrics=parts.metrics)
    return app


def _most(parts: Parts, path: str, headers: Mapping[bytes, bytes]) -> int:
    """Return the largest body of a path. JSON is in memory before anybody asks for a key: large JSON is that of one that may send it."""
    if path == "/v1/sources":
        return parts.settings.put_bytes
    if path.startswith("/v1/uploads"):
        return parts.settings.upload_bytes
    scope, large = _LARGE_JSON.get(path, ("", JSON_BYTES))
    return large if scope and _has_key(parts, headers, scope) else JSON_BYTES


def _has_key(parts: Parts, headers: Mapping[bytes, bytes], scope: str) -> bool:
    try:
        return parts.keys.find(headers.get(b"authorization", b"").decode("latin-1").partition(" ")[2].strip()).may(scope)
    except CredentialsError:
        return False
