"""The newest picture of a webcam: a thread takes every picture, so that none waits in a driver's queue and is shown late."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from time import perf_counter
from typing import NamedTuple, Self

from arviz.core.image import Image
from arviz.flows.video.film import Film, Picture


class Arrived(NamedTuple):
    """A picture of a film, and when it came out of the camera's driver (`time.perf_counter`)."""

    image: Image
    time_s: float


class Newest:
    """Yield the newest picture each time; closed by ``with``. What comes while nobody asks is dropped."""

    def __init__(self, film: Film) -> None:
        self._pictures = film.pictures()
        self._changed = threading.Condition()
        self._waiting: Arrived | None = None
        self._error: Exception | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._take, name="arviz-webcam", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        with self._changed:
            self._ended = True
            self._waiting = None
        self._thread.join(timeout=5)

    def __iter__(self) -> Iterator[Arrived]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting is not None or self._ended)
                arrived, self._waiting = self._waiting, None
                if arrived is None:
                    if self._error is not None:
                        raise self._error
                    return
            yield arrived

    def _take(self) -> None:
        try:
            for picture in self._pictures:
                if self._ended:
                    return
                self._arrive(picture)
        except Exception as error:  # shown where the pictures are asked for
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify()

    def _arrive(self, picture: Picture) -> None:
        with self._changed:
            self._waiting = Arrived(picture.image, perf_counter())
            self._changed.notify()


def paced(film: Film) -> Iterator[Arrived]:
    """Yield the pictures of a film when they are due; those that are due while nobody asks are left out, as a webcam does.

    The film begins to run when the second picture is asked for: networks and shaders are made ready on the first.
    """
    start: float | None = None
    for picture in film.pictures():
        if start is not None:
            late = perf_counter() - start - picture.time_s
            if late > 1 / film.rate:
                continue
            if late < 0:
                threading.Event().wait(-late)
        yield Arrived(picture.image, perf_counter())
        start = perf_counter() - picture.time_s if start is None else start
