"""A recipe on picture after picture: `Fitting` owns the networks; what was seen before is handed in, not remembered."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from arviz.core.camera import Frame
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.core.length import Length
from arviz.core.recipe import Makeup, Recipe
from arviz.core.report import Finding
from arviz.flows.glasses import GlassesFitting, Measured, WornGlasses, measure
from arviz.flows.models import open_estimator
from arviz.tryon.makeup.light import FaceLight, face_light
from arviz.tryon.makeup.put_on import Worn, put_on
from arviz.vision.landmarks.estimator import LandmarkEstimator
from arviz.vision.landmarks.picture import rgb8

_LIGHT_FOR_S = 0.3
"""How long the light that was found on a face is used again in a film."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FittedFace:
    """One face and what it wears."""

    landmarks: Landmarks = field(repr=False)
    light: FaceLight | None = None
    light_since_s: float = 0.0
    makeup: tuple[Worn, ...] = field(default=(), repr=False)
    unseen: tuple[Makeup, ...] = ()
    measured: Measured | None = None
    glasses: tuple[WornGlasses, ...] = ()
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the part of ``arviz.tryon.report/1`` that tells of one face."""
        return {
            "confidence": round(self.landmarks.confidence, 4),
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
        self._live, self._pd, self._card = live, pd, card
        with ExitStack() as stack:
            self._glasses = [stack.enter_context(GlassesFitting(item, folder=folder or Path())) for item in recipe.glasses]
            if estimator is None:
                estimator = stack.enter_context(open_estimator(backend, kinds=["face"] if live or not recipe.makeup else ["face", "hand"]))
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
        before = () if previous is None else previous.faces
        # Without a picture before, faces are looked for with care: ten times the work that a film can give.
        found = self._estimator.estimate(frame.image, previous=None if previous is None else [face.landmarks for face in before])
        hands = [one for one in found if one.kind == "hand"]
        picture = replace(frame, image=Image(pixels=rgb8(frame.image)))
        faces = []
        for index, landmarks in enumerate(one for one in found if one.kind == "face"):
            face, image = self._on_face(picture, landmarks, hands, before[index] if index < len(before) else None)
            picture = replace(picture, image=image)
            faces.append(face)
        return Fitted(image=picture.image, faces=tuple(faces), time_s=frame.time_s, findings=_findings(faces))

    def _on_face(
        self, frame: Frame, landmarks: Landmarks, hands: Sequence[Landmarks], before: FittedFace | None
    ) -> tuple[FittedFace, Image]:
        face, image = FittedFace(landmarks=landmarks), frame.image
        if self._glasses:  # the head is measured before anything is painted on it
            measured = measure(frame, landmarks, pd=self._pd, card=self._card, previous=None if before is None else before.measured)
            face = replace(face, measured=measured)
        if self.recipe.makeup:
            face, image = self._made_up(face, frame, hands, before)
        if face.measured is None:
            return face, image
        for glasses in self._glasses:
            image, worn = glasses.put_on(replace(frame, image=image), face.measured)
            face = replace(face, glasses=(*face.glasses, worn), findings=(*face.findings, *glasses.findings))
        return face, image

    def _made_up(self, face: FittedFace, frame: Frame, hands: Sequence[Landmarks], before: FittedFace | None) -> tuple[FittedFace, Image]:
        light = None if before is None or frame.time_s - before.light_since_s >= _LIGHT_FOR_S else before.light
        since = frame.time_s if before is None or light is None else before.light_since_s
        light = light or face_light(frame.image.pixels, face.landmarks)
        made = put_on(frame.image.pixels, face.landmarks, self.recipe.makeup, light=light, hands=hands)
        made_up = replace(
            face, light=light, light_since_s=since, makeup=made.worn, unseen=made.unseen, findings=(*face.findings, *made.findings)
        )
        return made_up, Image(pixels=made.pixels)


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
