"""A recipe on picture after picture: `Fitting` owns the networks; what was seen before is handed in, not remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from arviz.core.camera import Frame
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.core.recipe import Makeup, Recipe
from arviz.core.report import Finding
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

    def to_json(self) -> dict[str, Any]:
        """Return the part of ``arviz.tryon.report/1`` that tells of one face."""
        return {
            "confidence": round(self.landmarks.confidence, 4),
            "makeup": [{"kind": worn.makeup.kind, "name": worn.makeup.name} for worn in self.makeup],
            "not_shown": [layer.name or layer.kind for layer in self.unseen],
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fitted:
    """A picture with the recipe on each face, and what the next picture of a film needs."""

    image: Image
    faces: tuple[FittedFace, ...]
    time_s: float
    findings: tuple[Finding, ...] = ()


class Fitting:
    """Put a recipe on faces.

    Parameters
    ----------
    recipe : Recipe
    folder : path, optional
        What the files that the recipe names are relative to.
    live : bool
        Faster and simpler: for mirrors.
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
        backend: str = "mediapipe",
        estimator: LandmarkEstimator | None = None,
    ) -> None:
        self.recipe = recipe
        self._folder, self._live = folder or Path(), live
        self._mine = estimator is None
        self._estimator = estimator or open_estimator(backend, kinds=["face"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Free what this object opened."""
        if self._mine:
            self._estimator.close()

    def wear(self, frame: Frame, previous: Fitted | None = None) -> Fitted:
        """Return a picture with the recipe on each face in it.

        Parameters
        ----------
        frame : Frame
        previous : Fitted, optional
            Of the picture before in a film: faces keep their order.
        """
        before = () if previous is None else previous.faces
        found = self._estimator.estimate(frame.image, previous=[face.landmarks for face in before])
        pixels = rgb8(frame.image)
        faces = []
        for index, landmarks in enumerate(one for one in found if one.kind == "face"):
            pixels, face = self._on_face(pixels, landmarks, before[index] if index < len(before) else None, frame.time_s)
            faces.append(face)
        return Fitted(image=Image(pixels=pixels), faces=tuple(faces), time_s=frame.time_s, findings=_findings(faces))

    def _on_face(self, pixels: Array, landmarks: Landmarks, before: FittedFace | None, time_s: float) -> tuple[Array, FittedFace]:
        if not self.recipe.makeup:
            return pixels, FittedFace(landmarks=landmarks)
        light = None if before is None or time_s - before.light_since_s >= _LIGHT_FOR_S else before.light
        since = time_s if before is None or light is None else before.light_since_s
        light = light or face_light(pixels, landmarks)
        made = put_on(pixels, landmarks, self.recipe.makeup, light=light)
        return made.pixels, FittedFace(landmarks=landmarks, light=light, light_since_s=since, makeup=made.worn, unseen=made.unseen)


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
