"""How large a head is: what the user knows, then a bank card in the picture, then the iris, then nothing; always with a sigma."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.face import FaceScale, HeadPose
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.core.length import Length
from arviz.core.report import Finding
from arviz.vision.face.card import card_scale
from arviz.vision.face.iris import Irises, eyes_apart, far_pd, find_irises, irises_told

IRIS = Length(0.0117, 0.00042, "population")
"""Horizontal visible diameter of adults, and its spread (Ruefer, Schroeder and Erb 2005)."""
ADULT_PD = Length(0.063, 0.0036, "population")
"""Dodgson 2004: the mean of both sexes, rounded, and its spread. Irises tell a distance to about 4 %, so what is known of all adults is
worth a third of the answer."""
SELF_MEASURED_M = 0.001
GATE_RAD = np.radians(10)
"""Beyond it the sides of the far eye are hidden or foreshortened: the notes found 62.9 mm for 57.65 at 30 degrees."""
BEYOND = 0.04
"""Relative sigma that an iris gains with each further 10 degrees."""
MOST_KEPT = 31
SHARED = 0.5
"""Of the variance of one picture's iris, what all pictures of a film have: lids, lashes, the camera's sharpening."""


class Glance(NamedTuple):
    """What one picture said by its irises."""

    ratio: float
    pd_m: float
    sigma_ratio: float
    """Relative, without that of the iris's own size."""
    sigma_pd: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MeasuredScale(FaceScale):
    """A `FaceScale`, and what the next picture of a film needs to know.

    Parameters
    ----------
    glances : tuple of Glance
        The last pictures that showed irises.
    findings : tuple of Finding
        Why a better source did not speak, or not better: ``W_FACE_IRIS_HIDDEN``, ``W_FACE_TURNED``, ``W_FACE_LOOKS_AWAY``,
        ``W_FACE_CARD_NOT_FOUND``.
    """

    glances: tuple[Glance, ...] = ()
    findings: tuple[Finding, ...] = ()


def face_scale(
    image: Image | None,
    landmarks: Landmarks,
    pose: HeadPose,
    camera: Camera,
    *,
    pd_m: float | Length | None = None,
    card: Literal["find"] | Array | None = None,
    iris: Length = IRIS,
    previous: MeasuredScale | None = None,
) -> MeasuredScale:
    """Return how large a head is, from the best that is known.

    Parameters
    ----------
    image : Image or None
        None where there are landmarks alone: their irises count, more doubtfully, and no card is found.
    landmarks : Landmarks
        Of the face.
    pose : HeadPose
        What `head_pose` found for these landmarks.
    camera : Camera
    pd_m : float or Length, optional
        Pupillary distance for afar that the user knows; without a sigma of its own it is taken as self-measured, +- 1 mm.
    card : "find" or ndarray (4, 2), optional
        Look for a bank card at the face, or its corners in turn, to some pixels.
    iris : Length
        The person's horizontal iris diameter, if it is known better than that of all adults.
    previous : MeasuredScale, optional
        Of the frame before: the median of up to 31 pictures is taken, and a card that was seen counts on.
    """
    findings: list[Finding] = []
    seen = irises_told(landmarks, pose, camera) if image is None else find_irises(image, landmarks, pose, camera)
    glances = () if previous is None else previous.glances
    if seen is not None:
        glances = (*glances, _glance(seen, iris, pose))[-MOST_KEPT:]
    apart = eyes_apart(landmarks, pose, camera) if seen is None else seen
    if pd_m is not None:
        known = pd_m if isinstance(pd_m, Length) else Length(pd_m, SELF_MEASURED_M, "pd")
        near, doubt = far_pd(apart, known.value_m / apart.apart)
        ratio = known.value_m / near * known.value_m / apart.apart
        sigma = float(np.hypot(np.hypot(known.sigma_m, doubt) / known.value_m, apart.sigma_apart))
        return MeasuredScale(ratio=ratio, sigma=sigma, source="pd", pd=known._replace(source="pd"), glances=glances)
    if card is not None and image is not None:
        by_iris = _of_glances(glances, iris, ()) if glances else None
        known_ratio = None if by_iris is None else (by_iris.ratio, by_iris.sigma)
        given = None if isinstance(card, str) else card
        measured = card_scale(image, landmarks, pose, camera, corners_px=given, known=known_ratio)
        if measured is not None:
            ratio, sigma = measured
            pd, doubt = far_pd(apart, ratio)
            length = Length(pd, float(np.hypot(pd * np.hypot(sigma, apart.sigma_apart), doubt)), "card")
            return MeasuredScale(ratio=ratio, sigma=sigma, source="card", pd=length, glances=glances)
        if previous is not None and previous.source == "card":
            return previous
        findings.append(Finding(code="W_FACE_CARD_NOT_FOUND", severity="warning", message="no bank card is seen at the face", hint=_HOLD))
    if glances:
        return _of_glances(glances, iris, (*findings, *_turned(pose), *_looking_away(seen)))
    message = "no iris is seen: an eye is shut, turned away, behind a dark lens or too small"
    findings.append(
        Finding(
            code="W_FACE_IRIS_HIDDEN",
            severity="warning",
            message=message,
            hint="An adult of mean size is taken; give the pupillary distance.",
        )
    )
    sigma = ADULT_PD.sigma_m / ADULT_PD.value_m
    return MeasuredScale(ratio=1.0, sigma=sigma, source="template", pd=ADULT_PD._replace(source="template"), findings=tuple(findings))


def _glance(seen: Irises, iris: Length, pose: HeadPose) -> Glance:
    here, ahead = iris.value_m / seen.diameter, iris.value_m / seen.diameter * seen.narrowed
    pd, doubt = far_pd(seen, here, ratio_ahead=ahead)
    ratio = seen.at_camera * here + (1 - seen.at_camera) * ahead
    gaze = np.sqrt(seen.at_camera * (1 - seen.at_camera)) * (1 - seen.narrowed)
    beyond = BEYOND * max(abs(pose.yaw_rad) / GATE_RAD - 1, 0.0)
    sigma = float(np.hypot(seen.sigma_diameter, beyond))
    return Glance(ratio, pd, float(np.hypot(sigma, gaze)), float(np.hypot(np.hypot(sigma, seen.sigma_apart), doubt / pd)))


def _of_glances(glances: tuple[Glance, ...], iris: Length, findings: tuple[Finding, ...]) -> MeasuredScale:
    """Return the median of what pictures said: the shared part of their doubt stays, the other shrinks with their number."""
    table = np.array(glances)
    trusted = table[table[:, 2] <= 2 * table[:, 2].min()]
    middle = np.median(trusted, axis=0)
    # The variance of a median is pi / 2 of that of a mean.
    share = np.sqrt(SHARED + (1 - SHARED) * min(np.pi / 2 / len(trusted), 1.0))
    own = iris.sigma_m / iris.value_m
    sigma, sigma_pd = (float(np.hypot(own, share * one)) for one in middle[2:])
    measured = Length(float(middle[1]), sigma_pd * float(middle[1]), "iris")
    pd, weight = among_people(measured)
    # What people's distances say of this one, they say of the head's size as well.
    ratio = float(middle[0]) * pd.value_m / measured.value_m
    own_ratio = float(np.hypot(weight * sigma, (1 - weight) * ADULT_PD.sigma_m / ADULT_PD.value_m))
    return MeasuredScale(ratio=ratio, sigma=own_ratio, source="iris", pd=pd, glances=glances, findings=findings)


def among_people(measured: Length) -> tuple[Length, float]:
    """Return the most probable distance between pupils, given how they spread among adults, and how much of it is measured."""
    weight = ADULT_PD.sigma_m**2 / (ADULT_PD.sigma_m**2 + measured.sigma_m**2)
    value = weight * measured.value_m + (1 - weight) * ADULT_PD.value_m
    return Length(value, float(np.sqrt(weight)) * measured.sigma_m, measured.source), weight


def _turned(pose: HeadPose) -> tuple[Finding, ...]:
    if abs(pose.yaw_rad) <= GATE_RAD:
        return ()
    message = f"the head is turned by {np.degrees(abs(pose.yaw_rad)):.0f} degrees"
    return (
        Finding(
            code="W_FACE_TURNED",
            severity="warning",
            message=message,
            hint="Look straight at the camera: the eyes measure best within 10 degrees.",
        ),
    )


def _looking_away(seen: Irises | None) -> tuple[Finding, ...]:
    if seen is None or seen.at_camera >= 0.5:
        return ()
    return (
        Finding(
            code="W_FACE_LOOKS_AWAY",
            severity="warning",
            message="the eyes look past the camera: how far they turn towards each other is not known",
            hint="Look into the camera.",
        ),
    )


_HOLD = "Hold it flat to the forehead, under the nose or beside the face, all four corners free."
