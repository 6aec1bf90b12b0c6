"""HTTP to one service: one connection that is kept, errors as errors of the tree, repetition where that does no harm."""

from __future__ import annotations

import json
import random
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from arviz.client.told import answer_error
from arviz.core.errors import ArvizError, BackendError, InputError, LimitError

MOST_CUTS = 6
"""How often in a row the same is tried again: 0.25 s, then twice as long each time, together 16 s."""
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 60.0
_MOST_DRAWINGS = 200
"""How often a picture may be said to be on its way: each time means two seconds."""
_STALE_S = 5.0
"""A connection that was silent for longer may have been closed at the other end: what must not be sent twice takes a new one."""


class Place(NamedTuple):
    """Where a service is."""

    scheme: str
    host: str
    port: int | None
    prefix: str
    """What stands before all paths, without a slash at its end."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What came back."""

    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the object in it.

        Raises
        ------
        BackendError
            ``E_SERVICE_ANSWER``
        """
        try:
            told = json.loads(self.body)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise BackendError("E_SERVICE_ANSWER", "this is no answer of a render service", expected="a JSON object")
        return told


class Connection:
    """Requests to one place. For one thread.

    Parameters
    ----------
    place : Place
    headers : mapping
        Sent with each request.
    timeout_s : float
        Longest silence.
    """

    def __init__(self, place: Place, *, headers: Mapping[str, str], timeout_s: float) -> None:
        kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
        self._http = kind(place.host, place.port, timeout=timeout_s)
        self._place = place
        self._headers = dict(headers)
        self._met = False
        self._used_s = 0.0

    def close(self) -> None:
        """End the connection; the next request opens another."""
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | Callable[[], Iterable[bytes]] = b"",
        headers: Mapping[str, str] | None = None,
        repeat: bool = True,
    ) -> Answer:
        """Return the answer to a request.

        It is asked again, with growing pauses, where the service says that it is busy (202 with Retry-After, 429, 503, but not where
        that is for more than a minute), and where the connection is cut; an address where nobody was ever met is not waited for.

        Parameters
        ----------
        body : bytes or callable
            A callable gives the pieces, anew each time; then ``Content-Length`` stands in `headers`.
        repeat : bool
            False: what was cut is not asked again, as nobody knows whether it was done.

        Raises
        ------
        BackendError
            ``E_SERVICE_UNREACHABLE``, ``E_SERVICE_CUT``
        ArvizError
            What the service says.
        """
        if not repeat and time.monotonic() - self._used_s > _STALE_S:
            self.close()
        tries = drawings = 0
        while True:
            try:
                status, answer = self._once(method, path, body, {**self._headers, **(headers or {})})
            except (OSError, HTTPException) as error:
                self.close()
                told, wait_s = self._lost(error), None
                if not (repeat and self._met) or isinstance(error, ssl.SSLCertVerificationError):
                    raise told from error
            except BaseException:
                self.close()  # half a request is no beginning of another
                raise
            else:
                wait_s = _seconds(answer.headers.get("retry-after"))
                if status < 300 and not (status == 202 and method == "GET"):
                    return answer
                if status == 202:
                    drawings += 1
                    if drawings == _MOST_DRAWINGS:
                        raise LimitError("E_WAIT", "the picture was not drawn in time", hint="Ask again later.")
                    pause(1, wait_s)
                    continue
                told = answer_error(status, answer.body)
                if status not in (429, 503) or (wait_s or 0.0) > _LONGEST_PAUSE_S:
                    raise told
            tries += 1
            if tries > MOST_CUTS:
                raise told
            pause(tries, wait_s)

    def _once(self, method: str, path: str, body: bytes | Callable[[], Iterable[bytes]], headers: Mapping[str, str]) -> tuple[int, Answer]:
        if self._http.sock is None:
            self._http.connect()
            self._met = True
        pieces = body if isinstance(body, bytes) else body()
        try:
            self._http.request(method, self._place.prefix + path, body=pieces or None, headers=dict(headers))
        except (BrokenPipeError, ConnectionResetError):
            # It may have been refused before it was whole: then the answer says why.
            response = self._http.getresponse()
        else:
            response = self._http.getresponse()
        found = Answer({name.lower(): value for name, value in response.getheaders()}, response.read())
        _check_whole(method, response, found)
        self._used_s = time.monotonic()
        return response.status, found

    def _lost(self, error: Exception) -> ArvizError:
        found = getattr(error, "strerror", None) or str(error) or type(error).__name__
        where = f"{self._place.scheme}://{self._http.host}:{self._http.port}"
        if self._met:
            return BackendError("E_SERVICE_CUT", "the connection to the service was cut", where=where, found=found, hint="Ask again later.")
        return BackendError(
            "E_SERVICE_UNREACHABLE",
            "the service cannot be reached",
            where=where,
            found=found,
            hint="Check the address, and that `arviz serve` runs there.",
        )


def place_of(url: str) -> Place:
    """Return the place that a URL names.

    Raises
    ------
    InputError
        ``E_SERVICE_URL``
    """
    try:
        parts = urlsplit(url)
        place = Place(parts.scheme, parts.hostname or "", parts.port, parts.path.rstrip("/"))
    except ValueError:
        place = Place("", "", None, "")
    odd = not url.isascii() or not url.isprintable() or " " in url
    if odd or place.scheme not in ("http", "https") or not place.host or parts.query or parts.fragment or parts.username is not None:
        raise InputError("E_SERVICE_URL", "this is no address of a service", expected="https://host, or http://host:8080", found=url[:100])
    return place


def pause(tries: int, seconds: float | None = None) -> None:
    """Wait as long as the service asked for, else twice as long each time; a little at random, so that many do not come back as one."""
    wait_s = _FIRST_PAUSE_S * 2 ** (tries - 1) if seconds is None else seconds
    time.sleep(min(wait_s, _LONGEST_PAUSE_S) * random.uniform(1.0, 1.2))


def _seconds(header: str | None) -> float | None:
    """Return what ``Retry-After`` says in seconds; as a date, as proxies may say it, it counts for nothing."""
    return float(header) if header is not None and header.isascii() and header.isdigit() else None


def _check_whole(method: str, response: HTTPResponse, answer: Answer) -> None:
    length = answer.headers.get("content-length", "")
    if method != "HEAD" and response.status not in (204, 304) and length.isdigit() and int(length) != len(answer.body):
        raise ConnectionError("the answer was cut")
