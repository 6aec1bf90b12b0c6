"""Journey: a photo or a film in, the points of the faces, bodies and hands in it out. Nothing is kept and nothing is logged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal, get_args

from arviz.core.errors import InputError
from arviz.core.image import Image, decode
from arviz.core.landmarks import Landmarks, Matte
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding
from arviz.flows.models import open_estimator
from arviz.flows.outputs import PICTURES, picture_bytes, refuse_existing, refuse_other_formats, write_files
from arviz.flows.video.encoder import ENCODERS
from arviz.flows.video.film import SUFFIXES, Picture
from arviz.flows.video.through import through
from arviz.formats.files import Files
from arviz.vision.landmarks.draw import draw_landmarks
from arviz.vision.landmarks.estimator import Kind, LandmarkEstimator

SCHEMA = "arviz.landmarks/1"
Wanted = Literal["face", "pose", "hands", "person"]
_LEAST_PERSON = 0.002
"""A smaller share of a picture is nobody."""
_KINDS: dict[Wanted, Kind] = {"face": "face", "pose": "pose", "hands": "hand", "person": "person"}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Seen:
    """What was found in one picture of a film, or in the photo.

    `person_share` is the share of the picture that is people, `person` which pixels are: of a film that would fill the memory, and
    is None.
    """

    time_s: float
    landmarks: tuple[Landmarks, ...]
    person_share: float | None = None
    person: Matte | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form: pixels to a hundredth, centres at integers."""
        out: dict[str, Any] = {"time_s": round(self.time_s, 4), "found": [_to_json(one) for one in self.landmarks]}
        if self.person_share is not None:
            out["person_share"] = round(self.person_share, 4)
        return out


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FoundLandmarks:
    """What was found, picture by picture, and where the drawn picture or film is."""

    width_px: int
    height_px: int
    seen: tuple[Seen, ...] = field(repr=False)
    image: Image | None = None
    file: Path | None = None
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form, ``arviz.landmarks/1``."""
        return {
            "schema": SCHEMA,
            "width_px": self.width_px,
            "height_px": self.height_px,
            "frames": [one.to_json() for one in self.seen],
            "file": None if self.file is None else str(self.file),
            "findings": [finding.to_json() for finding in self.findings],
        }


def landmarks(
    source: str | PathLike[str],
    *,
    kind: Wanted | Sequence[Wanted] = "face",
    draw: str | PathLike[str] | None = None,
    backend: str = "mediapipe",
    estimator: LandmarkEstimator | None = None,
    force: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[str, float], None] = lambda step, share: None,
) -> FoundLandmarks:
    """Find the points of people in a photo or a film.

    Parameters
    ----------
    source : path
        A picture, or a film: MP4, MOV, WebM, Matroska, AVI.
    kind : "face", "pose", "hands", "person", or several
        ``person``: which pixels are people.
    draw : path, optional
        A picture (or, of a film, a film) with everything drawn over it.
    backend : str
        A name of `arviz.vision.landmarks.estimator.LANDMARK_ESTIMATORS`.
    estimator : LandmarkEstimator, optional
        An open one instead of `backend`.

    Returns
    -------
    FoundLandmarks
        Without any where nobody is seen, which is no error.

    Raises
    ------
    InputError
        The source cannot be read, or an output exists.
    DependencyError
        ``E_MODEL_MISSING``: run ``arviz models fetch``.
    """
    wanted = (kind,) if isinstance(kind, str) else tuple(kind)
    unknown = [one for one in wanted if one not in get_args(Wanted)]
    if unknown or not wanted:
        raise InputError("E_LANDMARK_KIND", "no such kind of landmarks", expected=", ".join(get_args(Wanted)), found=unknown[:1] or "none")
    path, out = Path(fspath(source)), None if draw is None else Path(fspath(draw))
    film = path.suffix.lower() in SUFFIXES
    if out is not None:
        refuse_other_formats(out, tuple(ENCODERS) if film else tuple(PICTURES))
        refuse_existing([out], force=force, source=path)
    with ExitStack() as stack:
        image = None if film else _picture(path, limits)
        opened = estimator or stack.enter_context(open_estimator(backend, kinds=[_KINDS[one] for one in wanted]))
        if image is None:
            return _film(path, opened, out, progress)
        seen = _seen(Picture(0, 0.0, image), opened, None)
    drawn = draw_landmarks(image, seen.landmarks, person=seen.person)
    if out is not None:
        write_files({out: picture_bytes(drawn, out)})
    return FoundLandmarks(
        width_px=image.width_px, height_px=image.height_px, seen=(seen,), image=drawn, file=out, findings=_nobody([seen], path)
    )


def _picture(path: Path, limits: Limits) -> Image:
    data = Files(path, name=path.name, limits=limits).read_input()
    return decode(data, where=path.name, limits=limits, oriented=True)


def _seen(picture: Picture, estimator: LandmarkEstimator, previous: Sequence[Landmarks] | None) -> Seen:
    found = estimator.estimate(picture.image, previous=previous) if estimator.kinds != {"person"} else ()
    person = estimator.matte(picture.image) if "person" in estimator.kinds else None
    share = None if person is None else float(person.alpha.mean())
    return Seen(time_s=picture.time_s, landmarks=found, person_share=share, person=person)


def _film(path: Path, estimator: LandmarkEstimator, out: Path | None, progress: Callable[[str, float], None]) -> FoundLandmarks:
    seen: list[Seen] = []
    sizes: list[tuple[int, int]] = []

    def each(picture: Picture) -> Image:
        now = _seen(picture, estimator, seen[-1].landmarks if seen else ())
        seen.append(replace(now, person=None))
        sizes.append((picture.image.width_px, picture.image.height_px))
        return picture.image if out is None else draw_landmarks(picture.image, now.landmarks, person=now.person)

    went = through(path, each, out=out, progress=progress)
    width, height = sizes[0]
    findings = (*_nobody(seen, path), *went.findings)
    return FoundLandmarks(width_px=width, height_px=height, seen=tuple(seen), file=out, findings=findings)


def _nobody(seen: Sequence[Seen], path: Path) -> tuple[Finding, ...]:
    if any(one.landmarks or (one.person_share or 0) > _LEAST_PERSON for one in seen):
        return ()
    return (
        Finding(
            code="W_NOBODY_SEEN",
            severity="warning",
            where=path.name,
            message="nothing of what was asked for was found",
            hint="Faces are found when they are at least 40 pixels wide, lit, and turned less than 60 degrees away.",
        ),
    )


def _to_json(one: Landmarks) -> dict[str, Any]:
    out: dict[str, Any] = {"kind": one.kind, "confidence": round(one.confidence, 4), "source": one.source}
    if one.side is not None:
        out["side"] = one.side
    out["points_px"] = [[round(x, 2), round(y, 2)] for x, y in one.points_px.tolist()]
    if one.visibility is not None:
        out["visibility"] = [round(value, 3) for value in one.visibility.tolist()]
    return out
