"""Connections that waste time, against a real server on a real port: half a request, silence in a body, too many at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time

import pytest
import uvicorn
from fastapi import FastAPI, Request

from arviz.service.bodies import JSON_BYTES, GuardBodies
from arviz.service.problems import tell_problems
from arviz.service.protocol import guarded_protocol

SECONDS = 0.5


@contextlib.contextmanager
def served(**bounds):
    app = FastAPI()
    tell_problems(app)

    @app.get("/healthz")
    async def health():
        return {"status": "ok"}

    @app.get("/slow")
    async def slow():
        await asyncio.sleep(2.0)
        return {"status": "late"}

    @app.put("/body")
    async def body(request: Request):
        return {"bytes": len(await request.body())}

    app.add_middleware(GuardBodies, silent_seconds=SECONDS, limit=lambda _path, _headers: JSON_BYTES)
    protocol = guarded_protocol(**{"header_seconds": SECONDS, "connections_per_address": 100, **bounds})
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=protocol, log_level="critical", timeout_keep_alive=30))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(60)


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def answer(connection):
    """Return everything until the server closes."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            data += piece
    return data


def asked(port):
    """Ask for the health over a connection of its own; return the answer."""
    with connect(port) as connection:
        with contextlib.suppress(OSError):  # it may be refused before
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return answer(connection)


@pytest.mark.parametrize("sent", [b"", b"GET /heal", b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: "])
def test_half_a_request_is_closed(sent):
    with served() as port, connect(port) as connection:
        connection.sendall(sent)
        assert answer(connection).startswith(b"HTTP/1.1 408")


def test_headers_that_drip_do_not_start_the_clock_again():
    with served() as port, connect(port) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        end = time.monotonic() + 20
        with contextlib.suppress(OSError):
            while time.monotonic() < end:
                connection.sendall(b"X: y\r\n")
                time.sleep(SECONDS / 5)
        assert time.monotonic() < end


def test_a_kept_connection_has_the_same_clock_for_its_next_request():
    with served() as port, connect(port) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"200 OK" in connection.recv(65536)
        time.sleep(2 * SECONDS)  # silence between requests is the server's own time-out
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n")
        assert b"408" in answer(connection)


def test_a_silent_body_is_a_problem():
    with served() as port, connect(port) as connection:
        connection.sendall(b"PUT /body HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
        told = answer(connection)
        assert b"E_BODY_SLOW" in told
        assert told.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        (b"Content-Length: 99999999", b"", b"E_LIMIT_BODY"),
        (b"Transfer-Encoding: chunked", b"200000\r\n" + bytes(0x200000) + b"\r\n", b"E_LIMIT_BODY"),
        (b"Content-Encoding: gzip\r\nContent-Length: 3", b"abc", b"E_BODY_ENCODED"),
    ],
)
def test_bodies_are_bounded_whatever_they_say_of_themselves(headers, body, code):
    with served() as port, connect(port) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(b"PUT /body HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n\r\n" + body)
        assert code in answer(connection)


def test_large_headers_are_refused():
    with served() as port, connect(port) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nX: " + b"y" * 200_000)
        assert answer(connection)[:12] in (b"HTTP/1.1 431", b"HTTP/1.1 400", b"")


@pytest.mark.parametrize(
    ("begun", "late"),
    [
        (b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nX: ", b"late"),
        (b"PUT /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: ", b"E_BODY_SLOW"),
    ],
)
def test_headers_during_an_answer_and_after_a_body_are_bounded_too(begun, late):
    with served() as port, connect(port) as connection:
        connection.sendall(begun)
        with contextlib.suppress(OSError):
            for _ in range(16):
                connection.sendall(b"y" * 65536)
        assert late not in answer(connection)


def test_one_address_holds_a_bounded_number_and_gets_room_again():
    with served(connections_per_address=5, header_seconds=30.0) as port:
        with contextlib.ExitStack() as held:
            for _ in range(5):
                held.enter_context(connect(port))
            assert asked(port).startswith(b"HTTP/1.1 429")
        end = time.monotonic() + 60  # the server hears of closed connections when it comes to them
        while b"200 OK" not in asked(port):
            assert time.monotonic() < end


def test_a_proxy_brings_everybody():
    with served(connections_per_address=1, header_seconds=30.0, proxies=["127.0.0.1"]) as port, contextlib.ExitStack() as held:
        for _ in range(5):
            held.enter_context(connect(port))
        assert b"200 OK" in asked(port)


def test_500_slow_connections_are_closed_while_health_answers():
    # Time enough for a busy machine to open 500: what is sent after the server's answer would take that answer away.
    with served(connections_per_address=1000, header_seconds=3.0) as port, contextlib.ExitStack() as held:
        slow = [held.enter_context(connect(port)) for _ in range(500)]
        for connection in slow:
            connection.sendall(b"GET / HTTP/1.1\r\nX")
        assert b"200 OK" in asked(port)
        assert all(answer(connection).startswith(b"HTTP/1.1 408") for connection in slow)
