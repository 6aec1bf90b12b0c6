"""Tell a shop's server that a job has ended: signed, repeated until it is taken, and never to an address inside our network.

The message is that of standardwebhooks.com: headers ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature`` (``v1,`` and the
base64 HMAC-SHA256 of id, timestamp and body with dots between), so that ready libraries verify it. The id is the job's and its
attempt's: a message that comes twice has it twice.

Whoever may start jobs chooses the address; it must not reach what only we can reach (OWASP, "Server-side request forgery"). So the
name is looked up once, each address that it has must be a public one, the connection goes to that very address, and redirects are
not followed.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Collection
from concurrent.futures import Future
from typing import Any
from urllib.parse import SplitResult, urlsplit

from arviz.core.errors import BackendError, InputError

SECONDS = 10.0
_MOST_SECONDS = 2 * SECONDS
"""For a message and its answer, however they drip."""
ATTEMPTS = 6
_ANSWER_BYTES = 4096
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")
"""All that is global of IPv6 (RFC 4291, section 2.4; IANA has given out nothing else): neither the old site-local addresses, nor those that
stand for one of IPv4 in other ways (RFC 4291 2.5.5.1, 7915, 8215), which Python takes for global."""


def webhook_secret(owner: str, *, secret: bytes) -> str:
    """Return the secret that a key's messages are signed with, ``whsec_`` and base64, made of the service's own."""
    return "whsec_" + base64.b64encode(hmac.new(secret, f"webhook:{owner}".encode(), hashlib.sha256).digest()).decode()


def signed_headers(identity: str, body: bytes, *, whsec: str, at: int | None = None) -> dict[str, str]:
    """Return the headers of a message (Standard Webhooks 1.0.0, "Signature scheme")."""
    moment = int(time.time()) if at is None else at
    key = base64.b64decode(whsec.removeprefix("whsec_"))
    digest = hmac.new(key, b".".join((identity.encode(), str(moment).encode(), body)), hashlib.sha256).digest()
    return {"webhook-id": identity, "webhook-timestamp": str(moment), "webhook-signature": "v1," + base64.b64encode(digest).decode()}


def wait_seconds(attempt: int) -> float:
    """Return how long to wait after the `attempt`-th attempt failed: 5 s, 30 s, 3 min, 18 min, 2 h."""
    return 5.0 * 6.0 ** (attempt - 1)


def check_webhook(url: str, *, trusted: Collection[str] = ()) -> SplitResult:
    """Return an address taken apart.

    Raises
    ------
    InputError
        ``E_WEBHOOK``: not http or https, a name and password, or plain http to a host that is not among `trusted`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused(url, "not an address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None or port == 0:
        raise _refused(url, "not https://host/path")
    if parts.scheme == "http" and parts.hostname not in trusted:
        raise _refused(url, "http, which anyone on the way can read")
    return parts


def deliver(url: str, payload: object, *, identity: str, whsec: str, trusted: Collection[str] = ()) -> None:
    """Send one message.

    Parameters
    ----------
    trusted : collection of str
        Hosts that may have any address, and plain http: those of the shop's own network, named by who runs the service.

    Raises
    ------
    InputError
        ``E_WEBHOOK``: an address that we do not send to.
    BackendError
        ``E_WEBHOOK_FAILED``: it was not taken with a status from 200 to 299.
    """
    parts = check_webhook(url, trusted=trusted)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    body = json.dumps(payload, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "arviz", **signed_headers(identity, body, whsec=whsec)}
    try:
        connection = _Pinned(host, port, _address(host, port, any_address=host in trusted), secure=parts.scheme == "https")
        end = threading.Timer(_MOST_SECONDS, connection.cut)  # each byte of a slow answer begins the time-out of a socket anew
        end.start()
        try:
            connection.request("POST", parts._replace(scheme="", netloc="", path=parts.path or "/", fragment="").geturl(), body, headers)
            answer = connection.getresponse()
            answer.read(_ANSWER_BYTES)
        finally:
            end.cancel()
            connection.close()
    except (OSError, http.client.HTTPException, UnicodeError) as error:  # UnicodeError: a host or a path that no message can name
        raise _failed(host, type(error).__name__) from error
    if not 200 <= answer.status < 300:
        raise _failed(host, f"status {answer.status}")


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked at, under the name that it was looked up by."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._address = address
        self._secure = secure

    def connect(self) -> None:
        """Connect without asking for the name again: it might have another answer now."""
        self.sock = socket.create_connection((self._address, self.port), SECONDS)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End it, whoever waits for it."""
        with contextlib.suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def _address(host: str, port: int, *, any_address: bool) -> str:
    found = [entry[4][0] for entry in _looked_up(host, port)]
    if not any_address:
        for text in found:
            if not _public(ipaddress.ip_address(str(text).partition("%")[0])):
                raise _refused(host, "an address inside a network")
    return str(found[0])


def _looked_up(host: str, port: int) -> list[Any]:
    """Return what the system's resolver says within `SECONDS`; it takes no time-out from us, and is left to itself after that."""
    answer: Future[list[Any]] = Future()

    def look() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:  # whoever waits for it raises it
            answer.set_exception(error)

    threading.Thread(target=look, name="arviz webhook name", daemon=True).start()
    return answer.result(SECONDS)


def _public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether an address, and each one that it stands for (RFC 4291, 6052, 3056, 4380), is reachable by everybody."""
    ends: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            ends = [address.ipv4_mapped]
        elif address in _NAT64:
            ends = [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
        elif address.sixtofour is not None:
            ends.append(address.sixtofour)
        elif address.teredo is not None:
            ends.extend(address.teredo)
        elif address not in _UNICAST:
            return False
    return all(end.is_global and not end.is_multicast for end in ends)


def _refused(url: str, found: str) -> InputError:
    return InputError(
        "E_WEBHOOK",
        "messages are not sent to this address",
        where=url[:200],
        expected="https, to a public address",
        found=found,
        hint="Name hosts of your own network with --webhook-host.",
    )


def _failed(host: str, found: str) -> BackendError:
    return BackendError("E_WEBHOOK_FAILED", "the message was not taken", where=host, expected="a status from 200 to 299", found=found)
