"""Connections that waste our time are closed below the application, where uvicorn has no limits of its own.

Servers as shipped hold a connection with half a request line for ever: the application never hears of it ("slow loris", RSnake 2009).
Here a connection has `header_seconds` from its first byte, or its opening, to the end of its headers, however slowly they drip; one
address holds a bounded number of connections; headers have a bounded size, also those that come while an answer is still under way, and
those after a body ("trailers").
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEADER_BYTES = 64 * 1024
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_MANY = b"HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\nretry-after: 5\r\ncontent-length: 0\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def guarded_protocol(*, header_seconds: float, connections_per_address: int, proxies: Collection[str] = ()) -> type[asyncio.Protocol]:
    """Return the protocol class that a server is given as ``http=``; connections are counted per returned class.

    Parameters
    ----------
    proxies : collection of str
        Addresses that hold as many connections as they like: everybody's come from there.
    """
    held: Counter[str] = Counter()

    class GuardedProtocol(HttpToolsProtocol):
        """HTTP/1.1 with a time-out for headers, a bound for their size, and a bound of connections per address."""

        def __init__(self, config: Config, server_state: Any, app_state: dict[str, Any], _loop: Any = None) -> None:
            super().__init__(config, server_state, app_state, _loop)
            self._waiting: asyncio.TimerHandle | None = None
            self._unused_bytes = 0  # since the last piece of a body, or the end of headers or of a message
            self._address = ""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._address = self.client[0] if self.client else ""
            held[self._address] += 1
            if self._address and self._address not in proxies and held[self._address] > connections_per_address:
                self._close(_TOO_MANY)
                return
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            held[self._address] -= 1
            if held[self._address] <= 0:
                del held[self._address]
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self.transport.is_closing():
                return
            if self._waiting is None and self._between_requests():
                self._wait()  # the next request of a connection that was kept alive
            self._unused_bytes += len(data)
            super().data_received(data)
            if self._unused_bytes > _HEADER_BYTES:
                self._close(_TOO_LARGE if self._between_requests() else b"")

        def on_headers_complete(self) -> None:
            self._unused_bytes = 0
            self._stop_waiting()
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self._unused_bytes = 0
            super().on_body(body)

        def on_message_complete(self) -> None:
            self._unused_bytes = 0
            super().on_message_complete()

        def _between_requests(self) -> bool:
            return self.cycle is None or (self.cycle.response_complete and not self.cycle.more_body)

        def _wait(self) -> None:
            self._waiting = self.loop.call_later(header_seconds, self._close, _TOO_SLOW)

        def _stop_waiting(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None

        def _close(self, answer: bytes) -> None:
            self._stop_waiting()
            if not self.transport.is_closing():
                self.transport.write(answer)
                self.transport.close()

    return GuardedProtocol
