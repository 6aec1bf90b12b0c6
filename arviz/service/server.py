"""Run the application: uvicorn with our protocol, and the first key."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Sequence

import uvicorn

from arviz.core.errors import BackendError
from arviz.service.app import create_app
from arviz.service.keys import Keys
from arviz.service.protocol import guarded_protocol
from arviz.service.settings import Settings, secret
from arviz.service.webhooks import webhook_secret

_KEEP_ALIVE_SECONDS = 30
_DRAIN_SECONDS = 20


def serve(
    settings: Settings, *, host: str, port: int, proxies: Sequence[str] = (), told: Callable[[str, tuple[str, str] | None], None]
) -> None:
    """Serve until the process is told to end (SIGINT, SIGTERM); jobs that run are given back to the table.

    Parameters
    ----------
    proxies : sequence of str
        Addresses whose ``X-Forwarded-For`` and ``-Proto`` are believed.
    told : callable
        Called once it listens: with the address, and with the first key and the secret of its webhooks where there was none.

    Raises
    ------
    BackendError
        ``E_LISTEN``: the port is taken or not ours.
    """
    listening = _listening(host, port)
    app = create_app(settings)
    keys = Keys(settings.folder)
    first = None if keys.all() else _first_key(keys, settings)
    config = uvicorn.Config(
        app,
        http=guarded_protocol(
            header_seconds=settings.header_seconds, connections_per_address=settings.connections_per_address, proxies=proxies
        ),
        headers=[("X-Content-Type-Options", "nosniff")],
        ws="none",
        log_level="warning",
        access_log=False,  # addresses of people and of their pictures are nobody's
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    shown = "127.0.0.1" if host in ("0.0.0.0", "") else f"[{host}]" if ":" in host else host
    told(settings.public_url.rstrip("/") or f"http://{shown}:{listening.getsockname()[1]}", first)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # uvicorn takes them over, drains, and raises them again: an end as asked is no failure
    uvicorn.Server(config).run(sockets=[listening])


def _first_key(keys: Keys, settings: Settings) -> tuple[str, str]:
    key, text = keys.create("first", scopes=["admin"])
    return text, webhook_secret(key.id, secret=secret(settings.folder))


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=2048)
        # asyncio sets this for sockets that it makes itself; without it each body waits 40 ms for the receipt of its headers.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        raise BackendError(
            "E_LISTEN",
            "this address cannot be listened at",
            where=f"{host}:{port}",
            found=error.strerror or str(error),
            hint="Choose another port with --port.",
        ) from error
