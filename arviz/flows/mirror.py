"""Journey: a webcam or a film, and a recipe, become a mirror: the newest picture with the recipe on, turned as a mirror does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from time import perf_counter
from typing import NamedTuple, Self

import numpy as np

from arviz.core.camera import Frame
from arviz.core.image import Image
from arviz.flows.fitting import Fitted, Fitting, nobody_yet
from arviz.flows.frames import assumed_camera
from arviz.flows.recipe import RecipeSource, load_recipe
from arviz.flows.video.film import FilmSource, open_film
from arviz.flows.video.newest import Arrived, Newest, paced

IDLE_S = 10.0
"""Without a face for so long, a kiosk forgets everything that it has seen."""
_SMOOTH = 0.1


class Reflection(NamedTuple):
    """What a mirror shows now.

    `image` is turned left to right; `faces` counts; `per_s` pictures in a second and `latency_s` from the camera's driver to the
    finished picture, both smoothed; `idle`: nobody has been there for `IDLE_S`, the picture is blank and nothing is remembered.
    """

    image: Image
    faces: int
    per_s: float
    latency_s: float
    idle: bool


class Mirror:
    """A live mirror; owns camera and networks, closed by ``with``. No picture of it is kept, logged or written.

    Parameters
    ----------
    recipe : path, Recipe or mapping
    source : path or int
        A film, or the number of a webcam.
    backend : str
        A name of `arviz.vision.landmarks.estimator.LANDMARK_ESTIMATORS`.
    idle_s : float or None
        Wipe after so many seconds without a face; None: never.

    Raises
    ------
    InputError, BackendError, FormatError
        The recipe cannot be read, the webcam gives no picture, the film cannot be played.
    """

    def __init__(self, recipe: RecipeSource, *, source: FilmSource = 0, backend: str = "mediapipe", idle_s: float | None = None) -> None:
        wanted, folder = load_recipe(recipe)
        self._idle_s = idle_s
        with ExitStack() as stack:
            self._film = stack.enter_context(open_film(source))
            self._fitting = stack.enter_context(Fitting(wanted, folder=folder, backend=backend, live=True))
            self._live = isinstance(source, int)
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the camera and the networks."""
        self._stack.close()

    def reflections(self) -> Iterator[Reflection]:
        """Yield what the mirror shows, until the film ends or the camera goes away; ask again as soon as one was shown."""
        if not self._live:
            yield from self._reflected(paced(self._film))
            return
        with Newest(self._film) as newest:
            yield from self._reflected(iter(newest))

    def _reflected(self, pictures: Iterator[Arrived]) -> Iterator[Reflection]:
        before: Fitted | None = None
        seen = shown = perf_counter()
        between, latency = 0.0, 0.0
        for number, arrived in enumerate(pictures):
            camera = assumed_camera(arrived.image.width_px, arrived.image.height_px)
            frame = Frame(image=arrived.image, camera=camera, time_s=arrived.time_s)
            fitted = self._fitting.wear(frame, before or nobody_yet(frame))
            now = perf_counter()
            seen = now if fitted.faces else seen
            idle = self._idle_s is not None and now - seen > self._idle_s
            before = None if idle else fitted
            share = 1.0 if number < 2 else _SMOOTH  # the first picture waits for networks and shaders: it is soon forgotten
            between += share * (now - shown - between)
            latency += share * (now - arrived.time_s - latency)
            shown = now
            pixels = np.zeros_like(fitted.image.pixels) if idle else np.ascontiguousarray(fitted.image.pixels[:, ::-1])
            yield Reflection(Image(pixels=pixels), len(fitted.faces), 1 / max(between, 1e-6), latency, idle)
