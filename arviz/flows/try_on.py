"""Journey: a photo or a film of a person in, the same with a recipe on out, and a report of what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from arviz.core.above import InNotebook
from arviz.core.camera import Camera, Frame
from arviz.core.errors import InputError
from arviz.core.image import Image, Pixels
from arviz.core.length import Length
from arviz.core.recipe import Recipe
from arviz.core.report import Finding
from arviz.core.units import parse_length
from arviz.flows.fitting import Fitted, FittedFace, Fitting, nobody_yet
from arviz.flows.frames import film_camera, given_camera, read_frames
from arviz.flows.outputs import PICTURES, picture_bytes, refuse_existing, refuse_other_formats, write_files
from arviz.flows.recipe import RecipeSource, load_recipe
from arviz.flows.video.encoder import ENCODERS
from arviz.flows.video.film import SUFFIXES, Picture
from arviz.flows.video.through import through
from arviz.vision.landmarks.estimator import LandmarkEstimator

SCHEMA = "arviz.tryon.report/1"
PD_SIGMA_M = 0.001
"""Of a pupillary distance that somebody tells."""
PD_M = 0.035, 0.085
"""Of small children and of large men, and some millimetres more (Dodgson 2004 found 45 to 80 mm)."""
Source = str | PathLike[str]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TriedOn(InNotebook):
    """The picture with the recipe on (of a film: its last one), what was measured, and where the file is."""

    recipe: Recipe
    image: Image
    faces: tuple[FittedFace, ...]
    pictures: int = 1
    file: Path | None = None
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form, ``arviz.tryon.report/1``."""
        return {
            "schema": SCHEMA,
            "recipe": self.recipe.id,
            "faces": [face.to_json() for face in self.faces],
            "pictures": self.pictures,
            "file": None if self.file is None else str(self.file),
            "findings": [finding.to_json() for finding in self.findings],
        }


def try_on(
    picture: Source | Image | Frame | Pixels,
    recipe: RecipeSource,
    *,
    out: Source | None = None,
    camera: Source | Camera | None = None,
    pd: str | Length | None = None,
    card: bool = False,
    backend: str = "mediapipe",
    estimator: LandmarkEstimator | None = None,
    force: bool = False,
    progress: Callable[[str, float], None] = lambda step, share: None,
) -> TriedOn:
    """Put a recipe on the people in a photo or a film.

    Parameters
    ----------
    picture : path, Image, Frame, Pillow picture or array
        A photo; or the path of a film: MP4, MOV, WebM, Matroska, AVI. A path is best: the file says what lens took it.
    recipe : path, Recipe or mapping
        What to try on, ``arviz.tryon/1``.
    out : path, optional
        The picture (of a film: the film) with it on.
    camera : path or Camera, optional
        What took the picture. Default: what the photo says of its lens (EXIF), else an assumption.
    pd : str or Length, optional
        Pupillary distance where the person knows it, ``"63mm"``: the surest scale.
    card : bool
        A bank card is held beside the face, as scale.
    backend, estimator
        As `Fitting`.
    force : bool
        Replace `out` if it exists.
    progress : callable
        Of a film: told a step and how far it is, 0 to 1; ``print`` will do.

    Returns
    -------
    TriedOn
        Unchanged, with the finding ``W_NO_FACE``, where there is no face.

    Raises
    ------
    InputError
        The picture or the recipe cannot be read, or `out` exists.
    DependencyError
        ``E_MODEL_MISSING``: run ``arviz models fetch``.
    """
    wanted, folder = load_recipe(recipe)
    target = None if out is None else Path(fspath(out))
    path = Path(fspath(picture)) if isinstance(picture, str | PathLike) else None
    film = path is not None and path.suffix.lower() in SUFFIXES
    if target is not None:
        refuse_other_formats(target, tuple(ENCODERS) if film else tuple(PICTURES))
        refuse_existing([target], force=force, source=path)
    options: dict[str, Any] = {"folder": folder, "pd": known_pd(pd), "card": card, "backend": backend, "estimator": estimator}
    if film:
        assert path is not None
        with Fitting(wanted, **options) as fitting:
            return _film(path, fitting, given_camera(camera), target, progress)
    frame, findings = frame_of(picture, camera)
    with Fitting(wanted, **options) as fitting:
        fitted = fitting.wear(frame)
    if target is not None:
        write_files({target: picture_bytes(fitted.image, target)})
    told = (*_of_camera(wanted, findings), *fitted.findings)
    return TriedOn(recipe=wanted, image=fitted.image, faces=fitted.faces, file=target, findings=told)


def known_pd(pd: str | Length | None) -> Length | None:
    """Return the pupillary distance that somebody tells.

    Raises
    ------
    InputError
        ``E_LENGTH_SYNTAX``, ``E_UNIT_UNKNOWN``; ``E_PD``: nobody has such a one.
    """
    known = Length(parse_length(pd), PD_SIGMA_M, "pd") if isinstance(pd, str) else pd
    if known is not None and not PD_M[0] <= known.value_m <= PD_M[1]:
        raise InputError(
            "E_PD",
            "nobody's pupils are so far apart",
            expected=f"{PD_M[0] * 1000:.0f} to {PD_M[1] * 1000:.0f} mm",
            found=f"{known.value_m:g} m",
        )
    return known


def frame_of(picture: Source | Image | Frame | Pixels, camera: Source | Camera | None) -> tuple[Frame, tuple[Finding, ...]]:
    """Return a photo with its camera, and what is to be said of that camera."""
    if isinstance(picture, Frame):
        return picture, ()
    if not isinstance(picture, str | PathLike):
        picture = Image.of(picture)
        known, told = film_camera(given_camera(camera), picture.width_px, picture.height_px, where="")  # no more than a film's says it
        return Frame(image=picture, camera=known), tuple(told)
    read = read_frames([picture], camera=camera)
    return read.frames[0], read.findings


def _of_camera(recipe: Recipe, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(findings) if recipe.glasses else ()  # make-up needs no camera


def _film(path: Path, fitting: Fitting, known: Camera | None, out: Path | None, progress: Callable[[str, float], None]) -> TriedOn:
    last: list[Fitted] = []
    cameras: list[tuple[Camera, list[Finding]]] = []

    def each(picture: Picture) -> Image:
        image = picture.image
        if not cameras:
            cameras.append(film_camera(known, image.width_px, image.height_px, where=path.name))
        frame = Frame(image=image, camera=cameras[0][0], time_s=picture.time_s)
        last[:] = [fitting.wear(frame, last[0] if last else nobody_yet(frame))]
        return last[0].image

    went = through(path, each, out=out, progress=progress)
    fitted = last[0]
    of_film = (replace(finding, where=path.name) for finding in fitted.findings)
    findings = (*_of_camera(fitting.recipe, cameras[0][1]), *of_film, *went.findings)
    return TriedOn(recipe=fitting.recipe, image=fitted.image, faces=fitted.faces, pictures=went.pictures, file=out, findings=findings)
