"""A recipe on picture after picture: `Fitting` owns the networks; what was seen before is handed in, not remembered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

from arviz.core.camera import Frame
from arviz.core.face import face_template
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks, Matte
from arviz.core.length import Length
from arviz.core.recipe import Makeup, Recipe
from arviz.core.report import Finding
from arviz.flows.glasses import GlassesFitting, Measured, WornGlasses, measure
from arviz.flows.models import open_estimator
from arviz.tryon.glasses.seat import Seat
from arviz.tryon.makeup.light import FaceLight, face_light
from arviz.tryon.makeup.lip_edges import lips_in_picture
from arviz.tryon.makeup.put_on import Worn, put_on
from arviz.vision.landmarks.continuity import is_another, sight
from arviz.vision.landmarks.estimator import Kind, LandmarkEstimator
from arviz.vision.landmarks.picture import rgb8
from arviz.vision.landmarks.steady import Steady, steady

_LIGHT_FOR_S = 0.3
"""How long the light that was found on a face is used again in a film."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FittedFace:
    """One face and what it wears."""

    landmarks: Landmarks = field(repr=False)
    sight: Array = field(repr=False)
    steady: Steady | None = field(default=None, repr=False)
    light: FaceLight | None = None
    light_since_s: float = 0.0
    makeup: tuple[Worn, ...] = field(default=(), repr=False)
    unseen: tuple[Makeup, ...] = ()
    measured: Measured | None = None
    seats: tuple[Seat, ...] = field(default=(), repr=False)
    """Of a photo: how each pair of glasses sits."""
    glasses: tuple[WornGlasses, ...] = ()
    findings: tuple[Finding, ...] = ()

    def words(self) -> Iterator[str]:
        """Yield what was measured, as people read it; names come from the recipe."""
        if self.measured is not None:
            yield f"pupillary distance {self.measured.scale.pd} (by {self.measured.scale.source})"
        for worn in self.glasses:
            fit = worn.fit
            yield f"{worn.item.name or worn.item.uri}: {fit.verdict}; frame {fit.frame_width}, head {fit.head_width}"
            if worn.approximate:
                yield f"  approximate: {', '.join(worn.approximate)}"
        for painted in self.makeup:
            shade = f"{painted.shade.delta_e:.1f} +- {painted.shade.sigma:.1f} dE00"
            yield f"{painted.makeup.name or painted.makeup.kind}: shade off by {shade}"
        for layer in self.unseen:
            yield f"{layer.name or layer.kind}: not shown, this picture does not show enough of the face"

    def __repr__(self) -> str:
        return f"FittedFace({'; '.join(line.strip() for line in self.words())})"

    def to_json(self) -> dict[str, Any]:
        """Return the part of ``arviz.tryon.report/1`` that tells of one face."""
        points = self.landmarks.points_px
        return {
            "confidence": round(self.landmarks.confidence, 4),
            "box_px": [round(float(edge), 1) for edge in (*points.min(axis=0), *points.max(axis=0))],
            **({} if self.measured is None else self.measured.to_json()),
            "makeup": [worn_to_json(worn) for worn in self.makeup],
            "glasses": [worn.to_json() for worn in self.glasses],
            "not_shown": [layer.name or layer.kind for layer in self.unseen],
            "findings": [finding.to_json() for finding in self.findings],
        }


def worn_to_json(worn: Worn) -> dict[str, Any]:
    """Return the part of ``arviz.tryon.report/1`` that tells of one layer of make-up."""
    return {
        "kind": worn.makeup.kind,
        "name": worn.makeup.name,
        "shade": {"delta_e_2000": round(worn.shade.delta_e, 2), "sigma": round(worn.shade.sigma, 2)},
    }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fitted:
    """A picture with the recipe on each face, and what the next picture of a film needs."""

    image: Image
    faces: tuple[FittedFace, ...]
    time_s: float
    findings: tuple[Finding, ...] = ()


def nobody_yet(frame: Frame) -> Fitted:
    """Return what is before the first picture of a film: nobody."""
    return Fitted(image=frame.image, faces=(), time_s=frame.time_s)


class _Seen(NamedTuple):
    """Who is in a picture."""

    picture: Frame
    faces: list[FittedFace]
    hands: list[Landmarks]
    film: bool


class Fitting:
    """Put a recipe on faces.

    Parameters
    ----------
    recipe : Recipe
    folder : path, optional
        What the files that the recipe names are relative to.
    live : bool
        Faster and simpler: for mirrors.
    pd : Length, optional
        Pupillary distance of the person, where it is known.
    card : bool
        Look for a bank card beside the face, for scale.
    backend : str
        A name of `arviz.vision.landmarks.estimator.LANDMARK_ESTIMATORS`.
    estimator : LandmarkEstimator, optional
        An open one instead of `backend`; it stays open.
    """

    def __init__(
        self,
        recipe: Recipe,
        *,
        folder: Path | None = None,
        live: bool = False,
        pd: Length | None = None,
        card: bool = False,
        backend: str = "mediapipe",
        estimator: LandmarkEstimator | None = None,
    ) -> None:
        self.recipe = recipe
        self._pd, self._card = pd, card
        with ExitStack() as stack:
            self._glasses = [stack.enter_context(GlassesFitting(item, folder=folder or Path())) for item in recipe.glasses]
            if estimator is None:
                wanted: dict[Kind, bool] = {
                    "face": True,
                    "hand": not live and bool(recipe.makeup),
                    "person": not live and bool(recipe.glasses),
                }
                kinds = [kind for kind, needed in wanted.items() if needed]
                estimator = stack.enter_context(open_estimator(backend, kinds=kinds))
            self._estimator = estimator
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Free what this object opened."""
        self._stack.close()

    def wear(self, frame: Frame, previous: Fitted | None = None) -> Fitted:
        """Return a picture with the recipe on each face in it.

        Parameters
        ----------
        frame : Frame
        previous : Fitted, optional
            Of the picture before in a film: faces keep their order.
        """
        return self._dressed(self._seen(frame, previous), self.recipe.makeup)

    def wear_each(self, photo: Frame, makeups: Iterable[Sequence[Makeup]]) -> Iterator[Fitted]:
        """Return a photo once for each of several lists of make-up, worn instead of the recipe's, with the recipe's glasses.

        Faces are looked for and measured once.
        """
        seen = self._seen(photo, None)
        return (self._dressed(seen, makeup) for makeup in makeups)

    def _seen(self, frame: Frame, previous: Fitted | None) -> _Seen:
        """Return who is in a picture, before anything is put on."""
        before = () if previous is None else previous.faces
        film = previous is not None
        # Without a picture before, faces are looked for with care: ten times the work that a film can give.
        found = self._estimator.estimate(frame.image, previous=[face.landmarks for face in before] if film else None)
        picture = replace(frame, image=Image(pixels=rgb8(frame.image)))
        person = self._estimator.matte(picture) if self._glasses and not film and "person" in self._estimator.kinds else None
        faces = []
        for index, landmarks in enumerate(one for one in found if one.kind == "face"):
            last, seen = before[index] if index < len(before) else None, sight(picture.image.pixels, landmarks.points_px)
            if last is not None and is_another(seen, last.sight):
                self._forget(index)
                last = None
            faces.append(self._looked_at(picture, landmarks, last, seen=seen, person=person, film=film))
        for gone in range(len(faces), len(before)):
            self._forget(gone)
        return _Seen(picture, faces, [one for one in found if one.kind == "hand"], film)

    def _forget(self, index: int) -> None:
        for glasses in self._glasses:
            glasses.forget(index)

    def _looked_at(
        self, frame: Frame, landmarks: Landmarks, before: FittedFace | None, *, seen: Array, person: Matte | None, film: bool
    ) -> FittedFace:
        """Return a face with all that is measured on it, before anything is painted there."""
        still, found = None, landmarks
        if self.recipe.makeup:
            landmarks = lips_in_picture(frame.image.pixels, landmarks)
        if film:
            carriers = face_template().upper
            still = steady(landmarks.points_px, frame.time_s, None if before is None else before.steady, carriers=carriers)
            landmarks = replace(landmarks, points_px=still.points_px)
        light = None if before is None or frame.time_s - before.light_since_s >= _LIGHT_FOR_S else before.light
        since = frame.time_s if before is None or light is None else before.light_since_s
        light = light or face_light(frame.image.pixels, landmarks)
        measured = None
        if self._glasses:
            white = None if light is None else light.white
            last = None if before is None else before.measured
            measured = measure(frame, landmarks, found=found, white=white, pd=self._pd, card=self._card, person=person, previous=last)
        told = () if measured is None else measured.findings
        seats = () if measured is None or film else tuple(glasses.seat(measured) for glasses in self._glasses)
        return FittedFace(
            landmarks=landmarks,
            sight=seen,
            steady=still,
            light=light,
            light_since_s=since,
            measured=measured,
            seats=seats,
            findings=told,
        )

    def _dressed(self, seen: _Seen, makeup: Sequence[Makeup]) -> Fitted:
        """Return a picture with make-up and the glasses on each face."""
        picture, faces = seen.picture, []
        for index, bare in enumerate(seen.faces):
            face, image = bare, picture.image
            if makeup:
                made = put_on(image.pixels, face.landmarks, makeup, light=face.light, hands=seen.hands)
                image = Image(pixels=made.pixels)
                face = replace(face, makeup=made.worn, unseen=made.unseen, findings=(*face.findings, *made.findings))
            if face.measured is not None:
                for number, glasses in enumerate(self._glasses):
                    now = replace(picture, image=image)
                    if seen.film:
                        image, worn = glasses.follow(now, face.measured, index=index)
                    else:
                        image, worn = glasses.put_on(now, face.measured, face.seats[number])
                    face = replace(face, glasses=(*face.glasses, worn), findings=(*face.findings, *glasses.findings))
            picture = replace(picture, image=image)
            faces.append(face)
        return Fitted(image=picture.image, faces=tuple(faces), time_s=picture.time_s, findings=_findings(faces))


def _findings(faces: Sequence[FittedFace]) -> tuple[Finding, ...]:
    if faces:
        return ()
    return (
        Finding(
            code="W_NO_FACE",
            severity="warning",
            message="no face was found: the picture is as it was",
            hint="A face is found when it is at least 40 pixels wide, lit, and turned less than 60 degrees away.",
        ),
    )
