"""Errors as answers: the error tree in the form of RFC 9457, ``application/problem+json``."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from arviz.core.errors import ArvizError, BackendError, BusyError, CredentialsError, InputError
from arviz.jobs.outside import fault, for_outside
from arviz.service.misunderstood import misunderstood

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
_log = logging.getLogger(__name__)


def problem(error: ArvizError, *, status: int | None = None) -> JSONResponse:
    """Return the answer that tells an error.

    ``type`` is ``urn:arviz:error:CODE``, ``title`` the sentence, ``status`` of the error tree, ``detail`` the whole message;
    beside them ``code``, ``where``, ``expected``, ``found`` and ``hint`` as ``--json`` has them, but for what `for_outside` leaves out.
    """
    error = for_outside(error)
    told = error.to_json()
    message = told.pop("message")
    status = status or error.http_status
    body = {"type": f"urn:arviz:error:{error.code}", "title": error.what, "status": status, "detail": message, **told}
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, CredentialsError):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, BusyError):
        headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)


def tell_problems(app: FastAPI) -> None:
    """Make every error of an app a problem; what is no error of ours is told without its text, which may hold a user's data."""

    async def ours(_: Request, error: Exception) -> Response:
        assert isinstance(error, ArvizError)
        return problem(error)

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return problem(misunderstood(error.errors()))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if isinstance(error.__cause__, ArvizError):  # of a body that FastAPI was reading: see bodies.py
            return problem(error.__cause__)
        known = {404: "E_NOT_FOUND", 405: "E_METHOD"}
        methods = _methods(request) if error.status_code == 405 else None
        told = InputError(
            known.get(error.status_code, "E_REQUEST"),
            _sentence(error),
            expected=methods,
            found=request.method if methods else None,
            hint="See /openapi.json.",
        )
        # What is no text at all is as little understood as text that is no JSON.
        answer = problem(told, status=422 if error.status_code == 400 else error.status_code)
        answer.headers.update(error.headers or {})
        if methods:
            answer.headers["Allow"] = methods
        return answer

    async def gone(_: Request, error: Exception) -> Response:
        return Response(status_code=400)  # nobody hears it; unhandled, each cut upload would be a traceback in the log

    handlers: dict[Any, Any] = {
        ArvizError: ours,
        RequestValidationError: invalid,
        HTTPException: http,
        ClientDisconnect: gone,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


class TellFaults:
    """ASGI middleware that answers faults of ours, and logs where they are: uvicorn would log their text, which may hold a user's data."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noting(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:  # a door: whatever it is, who asked hears that it is ours
            _log.error("a request: %s", fault(error))
            if not begun:  # an answer that has begun is cut, as the server sees that it does not end
                bug = BackendError("E_BUG", "the service met a fault of its own", found=type(error).__name__, hint="Please report it.")
                await problem(bug)(scope, receive, send)


def _methods(request: Request) -> str:
    """Return all methods of a path; the error knows those of the first handler alone."""
    found = (route.methods for route in _routes(request.app.routes) if route.matches(request.scope)[0] is not Match.NONE)
    return ", ".join(sorted(set().union(*found)))


def _routes(routes: Iterable[Any]) -> Iterator[Any]:
    """Yield routes, and those of the routers among them."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from _routes(route.original_router.routes)
        elif hasattr(route, "methods"):
            yield route


def _sentence(error: HTTPException) -> str:
    return {404: "nothing is here", 405: "this method is not known here"}.get(error.status_code, str(error.detail))
