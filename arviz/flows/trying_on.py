"""Live object: a recipe on a portrait, measured once and made up again at every change, or on a webcam's newest picture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import numpy as np

from arviz.core.camera import Frame
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.recipe import Makeup, Recipe
from arviz.flows.bordered import bordered, fitted
from arviz.flows.fitting import Fitted, Fitting, nobody_yet
from arviz.flows.frames import assumed_camera
from arviz.flows.look import Look, Tried
from arviz.flows.preview_shot import Seen
from arviz.flows.recipe import check_recipe, load_recipe
from arviz.flows.try_on import frame_of
from arviz.flows.video.film import SUFFIXES, open_film
from arviz.flows.video.newest import Arrived, Newest, paced


class TryingOn:
    """Try recipes on; owns camera and networks, closed by ``with``. No picture is kept, logged or written."""

    def __init__(self) -> None:
        self._opened: tuple[Any, ...] | None = None
        self._stack = ExitStack()
        self._fitting: Fitting | None = None
        self._frame: Frame | None = None
        self._made_up: Iterator[Fitted] | None = None
        self._makeup: tuple[Makeup, ...] = ()
        self._pictures: Iterator[Arrived] | None = None
        self._before: Fitted | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.rest()

    def rest(self) -> None:
        """Let go of camera, pictures and networks."""
        self._stack.close()
        self._opened = self._fitting = self._frame = self._made_up = self._pictures = self._before = None

    def read(self, file: Path) -> tuple[Recipe, Path]:
        """Return a recipe that can be tried on, and the folder that its files are relative to.

        Raises
        ------
        InputError
            It cannot be read, or a file that it names cannot.
        """
        check_recipe(file)
        return load_recipe(file)

    def picture(self, look: Look, *, width: int, height: int) -> Tried:
        """Return the portrait, or the newest picture of the camera as a mirror shows it, with the recipe on.

        Raises
        ------
        InputError, FormatError, BackendError
            The picture cannot be read, the webcam gives none.
        DependencyError
            ``E_MODEL_MISSING``.
        """
        live = isinstance(look.source, int) or look.source.suffix.lower() in SUFFIXES
        opened = (look.source, look.folder, None if look.recipe is None else (look.recipe.glasses, bool(look.recipe.makeup)))
        if opened != self._opened:
            self.rest()
            try:
                self._open(look, live=live)
            except BaseException:
                self.rest()
                raise
            self._opened = opened
        fitted, live = self._followed(look) if live else (self._portrayed(look), False)
        pixels = fitted.image.pixels[:, ::-1] if isinstance(look.source, int) else fitted.image.pixels
        return Tried(look, _shown(pixels, width, height), tuple(face.to_json() for face in fitted.faces), live)

    def _open(self, look: Look, *, live: bool) -> None:
        if look.recipe is not None:
            self._fitting = self._stack.enter_context(Fitting(look.recipe, folder=look.folder, live=live))
        if live:
            film = self._stack.enter_context(open_film(look.source))
            newest = isinstance(look.source, int)
            self._pictures = iter(self._stack.enter_context(Newest(film))) if newest else paced(film)
            return
        assert isinstance(look.source, Path)
        self._frame, _ = frame_of(look.source, None)
        if self._fitting is not None:
            self._made_up = self._fitting.wear_each(self._frame, iter(lambda: self._makeup, None))

    def _portrayed(self, look: Look) -> Fitted:
        assert self._frame is not None
        if not look.worn or self._made_up is None or look.recipe is None:
            return nobody_yet(self._frame)
        self._makeup = look.recipe.makeup
        return next(self._made_up)

    def _followed(self, look: Look) -> tuple[Fitted, bool]:
        """Return the newest picture, and whether another may come."""
        assert self._pictures is not None
        arrived = next(self._pictures, None)
        if arrived is None:
            assert self._before is not None  # a film has a picture
            return self._before, False
        camera = assumed_camera(arrived.image.width_px, arrived.image.height_px)
        frame = Frame(image=arrived.image, camera=camera, time_s=arrived.time_s)
        if self._fitting is None or look.recipe is None or not look.worn:
            self._before = nobody_yet(frame)
        else:
            self._fitting.recipe = look.recipe
            self._before = self._fitting.wear(frame, self._before or nobody_yet(frame))
        return self._before, True


def _shown(pixels: Array, width: int, height: int) -> Seen:
    """Return a picture of the asked size with another as large as possible in its middle."""
    rows, columns = pixels.shape[:2]
    small = fitted(Image(pixels=pixels), assumed_camera(columns, rows), width=width, height=height)
    image, _ = bordered(*small, width=width, height=height)
    return Seen(image, assumed_camera(width, height), np.eye(4), np.zeros((2, 3)))
