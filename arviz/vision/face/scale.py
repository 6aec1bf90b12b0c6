"""How large a head is: what the user knows, then a bank card in the picture, then the iris, then nothing; always with a sigma."""

from __future__ import annotations

from typing import Literal

import numpy as np

from arviz.core.camera import Camera
from arviz.core.face import FaceScale, HeadPose, ScaleSource
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.core.length import Length
from arviz.vision.face.iris import landmark_eyes

IRIS = Length(0.0117, 0.00042, "population")
"""Horizontal visible diameter of adults, and its spread (Ruefer, Schroeder and Erb 2005)."""
ADULT_PD = Length(0.063, 0.0036, "population")
"""Dodgson 2004: the mean of both sexes, rounded, and its spread."""
SELF_MEASURED_M = 0.001
TURNS_AT_M = 0.0102
"""From the point that an eye turns about to its iris (Fry and Hill 1962)."""


def face_scale(
    image: Image,
    landmarks: Landmarks,
    pose: HeadPose,
    camera: Camera,
    *,
    pd_m: float | Length | None = None,
    card: Literal["find"] | Array | None = None,
    iris: Length = IRIS,
    previous: FaceScale | None = None,
) -> FaceScale:
    """Return how large a head is, from the best that is known."""
    eyes = landmark_eyes(landmarks, pose, camera)
    apart = float(np.linalg.norm(eyes.middles[0] - eyes.middles[1]))
    if pd_m is not None:
        known = pd_m if isinstance(pd_m, Length) else Length(pd_m, SELF_MEASURED_M, "pd")
        return _scale(known.value_m / apart, float(np.hypot(known.sigma_m / known.value_m, 0.01)), "pd", known)
    ratio = iris.value_m / float(eyes.diameters.mean())
    sigma = float(np.hypot(iris.sigma_m / iris.value_m, 0.03))
    pd = ratio * apart
    return _scale(ratio, sigma, "iris", Length(pd, sigma * pd, "iris"))


def _scale(ratio: float, sigma: float, source: ScaleSource, pd: Length) -> FaceScale:
    return FaceScale(ratio=ratio, sigma=sigma, source=source, pd=pd)
