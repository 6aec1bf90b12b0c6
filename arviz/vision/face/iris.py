"""Both irises of a face, in units of the posed template: how far apart, how large, and whether they look at the camera."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.face import HeadPose, face_template
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.vision.face.limbus import find_limbus

MIDDLES, INNER, OUTER = (468, 473), (469, 474), (471, 476)
"""Of the person's right eye, then the left."""
CORNERS, LIDS = ((33, 133), (362, 263)), ((159, 145), (386, 374))
AHEAD_M = 0.0047
"""How far before the corners of the eye an iris lies."""
LEAST_OPEN = 0.14
"""Height of an open eye, of its width: less is a blink."""
TURNS_AT_M = 0.0102
"""From the point that an eye turns about to its iris (13.5 mm behind the cornea, which stands 3.3 mm before it; Fry and Hill 1962)."""
LOOKS_HERE = 0.75
"""How likely a person in a photo looks at the camera rather than past it, before the eyes are seen: a guess, three of four."""
VERSION_M = 0.0015
"""Standard deviation of where the middle between both irises is found, seen from the head's middle."""


class Irises(NamedTuple):
    """What one picture says of both irises, right and left, in units of the posed template."""

    apart: float
    """Between their middles."""
    diameter: float
    """Mean, horizontal, as it is seen."""
    sigma_diameter: float
    """Relative."""
    sigma_apart: float
    """Relative."""
    at_camera: float
    """0 to 1: how likely they look at the camera."""
    narrowed: float
    """What part of the diameter is seen if they look straight ahead of the head instead."""
    distance: float
    """From the camera."""


def eyes_seen(landmarks: Landmarks) -> Array:
    """Return whether the right and the left eye are open (2,)."""
    points = landmarks.points_px
    wide, high = (np.linalg.norm(np.subtract(*np.moveaxis(points[np.array(ends)], 1, 0)), axis=1) for ends in (CORNERS, LIDS))
    out: Array = high > LEAST_OPEN * wide
    return out


def eyes_apart(landmarks: Landmarks, pose: HeadPose, camera: Camera) -> Irises:
    """Return where the landmarks alone put the irises; their size is not known so."""
    depth = _places(pose)[:, 2]
    middles = camera.rays(landmarks.points_px[list(MIDDLES)]) * depth[:, None]
    turn, shift = pose.camera_from_head[:3, :3], pose.camera_from_head[:3, 3]
    here, narrowed = _gaze(middles.mean(axis=0), turn, shift)
    apart, distance = float(np.linalg.norm(middles[0] - middles[1])), float(np.linalg.norm(middles.mean(axis=0)))
    sigma = float(np.hypot(LANDMARKS_APART, _turned(turn, pose.sigma_rotation_rad)))
    return Irises(apart, np.nan, np.inf, sigma, here, narrowed, distance)


LANDMARKS_APART = 0.015
"""Relative standard deviation of the distance between the networks' irises."""
LANDMARKS_SIZE = 0.065
"""Of the diameter of the networks' irises: 24 synthetic heads, irises of 13 to 27 pixels; their mean is right to 0.3 %."""


def irises_told(landmarks: Landmarks, pose: HeadPose, camera: Camera) -> Irises | None:
    """Return the irises as the landmarks alone have them, where there is no picture; None where a lid hides one."""
    if not eyes_seen(landmarks).all():
        return None
    depth = _places(pose)[:, 2:]
    ends = [camera.rays(landmarks.points_px[list(numbers)]) * depth for numbers in (INNER, OUTER)]
    diameter = float(np.linalg.norm(ends[1] - ends[0], axis=1).mean())
    return eyes_apart(landmarks, pose, camera)._replace(diameter=diameter, sigma_diameter=LANDMARKS_SIZE)


def _places(pose: HeadPose) -> Array:
    """Return where the posed template has its irises (2, 3), in camera axes."""
    head = face_template().points_m[np.array(CORNERS)].mean(axis=1) + np.array([0, 0, AHEAD_M])
    out: Array = head @ pose.camera_from_head[:3, :3].T + pose.camera_from_head[:3, 3]
    return out


def find_irises(image: Image, landmarks: Landmarks, pose: HeadPose, camera: Camera) -> Irises | None:
    """Return the irises; None where a lid, a dark lens, a turned head or too few pixels hide them."""
    if not eyes_seen(landmarks).all():
        return None
    turn, shift = pose.camera_from_head[:3, :3], pose.camera_from_head[:3, 3]
    depth = _places(pose)[:, 2]
    points = landmarks.points_px
    radii = np.linalg.norm(points[list(INNER)] - points[list(OUTER)], axis=1) / 2
    found = find_limbus(image, points[list(MIDDLES)], radii, size_ratio=float(depth[0] / depth[1]))
    if found is None:
        return None
    middles = camera.rays(found.middles_px) * depth[:, None]
    reach = np.column_stack([found.radii_px, np.zeros(2)])
    ends = [camera.rays(found.middles_px + sign * reach) * depth[:, None] for sign in (-1, 1)]
    diameters = np.linalg.norm(ends[1] - ends[0], axis=1)
    if not np.isfinite(middles).all() or not np.isfinite(diameters).all():
        return None
    here, narrowed = _gaze(middles.mean(axis=0), turn, shift)
    mean_px = float(found.radii_px.mean())
    return Irises(
        apart=float(np.linalg.norm(middles[0] - middles[1])),
        diameter=float(diameters.mean()),
        sigma_diameter=float(np.hypot(found.sigma_px / mean_px, np.hypot(EDGE_PX / mean_px, EDGE_SHARE))),
        sigma_apart=float(
            np.hypot(0.15 / np.linalg.norm(found.middles_px[0] - found.middles_px[1]), _turned(turn, pose.sigma_rotation_rad))
        ),
        at_camera=here,
        narrowed=narrowed,
        distance=float(np.linalg.norm(middles.mean(axis=0))),
    )


EDGE_PX, EDGE_SHARE = 0.1, 0.01
"""Standard deviation of how far out edges are found: what sharpening and noise move them by, and what lids and lashes do."""


def _gaze(middle: Array, turn: Array, shift: Array) -> tuple[float, float]:
    """Return how likely eyes look at the camera, and how much narrower an iris is seen if not.

    Eyes that look at the camera from a turned head stand aside in it; those that look straight on do not.
    """
    seen = (middle - shift) @ turn
    towards = -shift @ turn - seen
    towards /= np.linalg.norm(towards)
    aside = TURNS_AT_M * towards[0]
    likely = [
        LOOKS_HERE * np.exp(-0.5 * ((seen[0] - aside) / VERSION_M) ** 2),
        (1 - LOOKS_HERE) * np.exp(-0.5 * (seen[0] / VERSION_M) ** 2),
    ]
    here = float(likely[0] / max(sum(likely), 1e-12)) if sum(likely) > 1e-12 else LOOKS_HERE
    return here, float(np.hypot(towards[1], towards[2]))  # a circle across the head's forward axis, from side to side


def _turned(turn: Array, sigma_rad: float) -> float:
    """Return the relative doubt about a length across the head from that of its yaw."""
    yaw = float(np.arctan2(abs(turn[0, 2]), abs(turn[2, 2])))
    return float(np.hypot(np.sin(yaw) * sigma_rad, 0.5 * sigma_rad**2))


def far_pd(irises: Irises, ratio: float, *, ratio_ahead: float | None = None) -> tuple[float, float]:
    """Return the distance between the pupils as the eyes look afar, in metres, and its standard deviation by the doubt about gaze.

    Eyes that look at a point turn towards each other: at 0.5 m the pupils stand 2 % nearer. Eyes that look past the camera do not.

    Parameters
    ----------
    irises : Irises
    ratio : float
        `FaceScale.ratio`.
    ratio_ahead : float, optional
        The same if the eyes look straight ahead of the head, where that makes a difference.
    """
    here = irises.at_camera
    converged = ratio * irises.apart * (1 + TURNS_AT_M / (ratio * irises.distance))
    parallel = irises.apart * (ratio if ratio_ahead is None else ratio_ahead)
    return here * converged + (1 - here) * parallel, float(np.sqrt(here * (1 - here))) * abs(converged - parallel)
