"""Bodies of requests: bounded in size, in silence and in slowness, before a handler reads them.

Where the sender breaks a bound, whoever reads the body gets an error of the tree out of ``receive``; the answer is a problem, and the
connection ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from arviz.core.errors import ArvizError, InputError, LimitError
from arviz.service.problems import App, Receive, Scope, Send, problem

_SLOWEST = 1024.0
"""Bytes a second over the time since the body began, after the first `_GRACE` seconds; a phone on the edge of 2G sends 2,000."""
_GRACE = 20.0
JSON_BYTES = 2**20
"""Of a body that holds JSON, where nothing larger is expected."""
_PIECE = 2**20


class GuardBodies:
    """ASGI middleware: at most `silent_seconds` between two pieces, at least `_SLOWEST` bytes a second, at most `limit(path)` bytes.

    Parameters
    ----------
    app
        What is guarded.
    silent_seconds : float
        Longest silence within a body.
    limit : callable
        Path, headers -> most bytes; for paths that take no large body `JSON_BYTES` will do.
    """

    def __init__(self, app: App, *, silent_seconds: float, limit: Callable[[str, Mapping[bytes, bytes]], int]) -> None:
        self._app = app
        self._silent = silent_seconds
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        most = self._limit(scope["path"], headers)
        refused = _refused(headers, most)
        if refused is not None:
            answer = problem(refused, status=415 if refused.code == "E_BODY_ENCODED" else None)
            answer.headers["Connection"] = "close"
            await answer(scope, receive, send)
            return
        body = _Body(receive, silent_seconds=self._silent, most=most)

        async def closing(message: MutableMapping[str, Any]) -> None:
            if body.broken and message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await self._app(scope, body.receive, closing)


class _Body:
    """A body on its way; `broken` once it was refused: what still comes of it is not to be taken for the next request."""

    def __init__(self, receive: Receive, *, silent_seconds: float, most: int) -> None:
        self.broken = False
        self._receive = receive
        self._silent = silent_seconds
        self._most = most
        self._began, self._got, self._whole = time.monotonic(), 0, False

    async def receive(self) -> MutableMapping[str, Any]:
        """Return the next piece."""
        if self._whole:
            return await self._receive()  # waits for the reader to go away, as long as that takes
        try:
            message = await asyncio.wait_for(self._receive(), self._silent)
        except TimeoutError:
            raise self._break(_slow(f"nothing for {self._silent:g} s")) from None
        self._got += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        passed = time.monotonic() - self._began
        if self._got > self._most:
            raise self._break(_large(self._most, f"{self._got:,} and more"))
        if not self._whole and passed > _GRACE and self._got / passed < _SLOWEST:
            raise self._break(_slow(f"{self._got / passed:.0f} bytes/s"))
        return message

    def _break(self, error: ArvizError) -> ArvizError:
        self.broken = True
        return error


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield a body in pieces that are worth a thread's while: a hop costs as much as hashing 50 kB. What came before a cut comes too."""
    piece = bytearray()
    try:
        async for chunk in request.stream():
            piece += chunk
            if len(piece) >= _PIECE:
                yield bytes(piece)
                piece.clear()
    except (ArvizError, ClientDisconnect):
        yield bytes(piece)
        raise
    yield bytes(piece)


def _refused(headers: dict[bytes, bytes], most: int) -> ArvizError | None:
    """Return what is wrong by the headers alone."""
    if headers.get(b"content-encoding", b"identity") != b"identity":
        return InputError(
            "E_BODY_ENCODED",
            "compressed bodies are not accepted",
            found=headers[b"content-encoding"].decode("latin-1"),
            hint="Send it as it is.",
        )
    if headers.get(b"content-type", b"").lower().startswith(b"multipart/"):  # a file kept with its wrapping would be no file
        return InputError(
            "E_BODY_ENCODED",
            "forms are not taken",
            expected="the bytes of a file, or JSON",
            found="multipart",
            hint="Send a file alone: curl --data-binary @FILE, or fetch(..., { body: file }).",
        )
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length[:20]) > most:
        return _large(most, f"{int(length[:20]):,}")
    return None


def _large(most: int, found: str) -> LimitError:
    return LimitError(
        "E_LIMIT_BODY",
        "the body is too large",
        expected=f"at most {most:,} bytes",
        found=found,
        hint="Large sources go through /v1/uploads.",
    )


def _slow(found: str) -> LimitError:
    return LimitError(
        "E_BODY_SLOW", "the body comes too slowly", expected=f"{_SLOWEST:.0f} bytes/s", found=found, hint="Upload in parts: /v1/uploads."
    )
