"""Journey: a photo or a film of a person in, the same with a recipe on out, and a report of what was measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from arviz.core.camera import Camera, Frame
from arviz.core.image import Image
from arviz.core.length import Length
from arviz.core.recipe import Recipe
from arviz.core.report import Finding
from arviz.core.units import parse_length
from arviz.flows.fitting import Fitted, FittedFace, Fitting, nobody_yet
from arviz.flows.frames import assumed_camera, read_frames
from arviz.flows.outputs import PICTURES, picture_bytes, refuse_existing, refuse_other_formats, write_files
from arviz.flows.recipe import RecipeSource, load_recipe
from arviz.flows.video.encoder import ENCODERS
from arviz.flows.video.film import SUFFIXES, Picture
from arviz.flows.video.through import through
from arviz.vision.landmarks.estimator import LandmarkEstimator

SCHEMA = "arviz.tryon.report/1"
PD_SIGMA_M = 0.001
"""Of a pupillary distance that somebody tells."""
Source = str | PathLike[str]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TriedOn:
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
    picture: Source | Image | Frame,
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
    picture : path, Image or Frame
        A photo; or the path of a film: MP4, MOV, WebM, Matroska, AVI.
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
    known = None if pd is None else pd if isinstance(pd, Length) else Length(parse_length(pd), PD_SIGMA_M, "pd")
    options: dict[str, Any] = {"folder": folder, "pd": known, "card": card, "backend": backend, "estimator": estimator}
    if film:
        assert path is not None
        with Fitting(wanted, **options) as fitting:
            return _film(path, fitting, target, progress)
    frame, findings = frame_of(picture, camera)
    if not wanted.glasses:
        findings = ()  # they are of the camera, and make-up needs none
    with Fitting(wanted, **options) as fitting:
        fitted = fitting.wear(frame)
    if target is not None:
        write_files({target: picture_bytes(fitted.image, target)})
    return TriedOn(recipe=wanted, image=fitted.image, faces=fitted.faces, file=target, findings=(*findings, *fitted.findings))


def frame_of(picture: Source | Image | Frame, camera: Source | Camera | None) -> tuple[Frame, tuple[Finding, ...]]:
    """Return a photo with its camera, and what is to be said of that camera."""
    if isinstance(picture, Frame):
        return picture, ()
    if isinstance(picture, Image):
        known = camera if isinstance(camera, Camera) else assumed_camera(picture.width_px, picture.height_px)
        return Frame(image=picture, camera=known), ()
    read = read_frames([picture], camera=camera)
    return read.frames[0], read.findings


def _film(path: Path, fitting: Fitting, out: Path | None, progress: Callable[[str, float], None]) -> TriedOn:
    last: list[Fitted] = []

    def each(picture: Picture) -> Image:
        image = picture.image
        frame = Frame(image=image, camera=assumed_camera(image.width_px, image.height_px), time_s=picture.time_s)
        last[:] = [fitting.wear(frame, last[0] if last else nobody_yet(frame))]
        return last[0].image

    count = through(path, each, out=out, progress=progress)
    fitted = last[0]
    findings = tuple(replace(finding, where=path.name) for finding in fitted.findings)
    return TriedOn(recipe=fitting.recipe, image=fitted.image, faces=fitted.faces, pictures=count, file=out, findings=findings)
