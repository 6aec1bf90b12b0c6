"""Where to put the camera so that a product fills the picture, as shoppers see it in model-viewer."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np

from arviz.core.asset import Asset
from arviz.core.camera import Camera
from arviz.core.errors import InputError, MeshError
from arviz.core.frames import look_at, orbit_direction
from arviz.core.frozen import Array
from arviz.core.graph import drawn

FIELD_OF_VIEW_RAD = math.radians(30)
"""Vertical; model-viewer's default (``DEFAULT_FOV_DEG`` in ModelScene.ts)."""
RADIUS_SHARE = 1.05
"""model-viewer's default ``camera-orbit="0deg 75deg 105%"``."""

_ANGLE = r"([+-]?\d+(?:\.\d+)?)\s*(deg|rad)"
_RADIUS = r"auto|\d+(?:\.\d+)?\s*(?:%|m|cm|mm)"
_ORBIT = re.compile(rf"\s*{_ANGLE}(?:\s*,\s*|\s+){_ANGLE}(?:\s+({_RADIUS}))?\s*", re.IGNORECASE)
_BARE = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)(?:\s*,\s*|\s+)([+-]?\d+(?:\.\d+)?)\s*")


class Orbit(NamedTuple):
    """Direction from the product to the eye; see `arviz.core.frames.orbit_direction` for the angles."""

    azimuth_rad: float
    polar_rad: float


DEFAULT_ORBIT = Orbit(0.0, math.radians(75))


def parse_orbit(text: str) -> Orbit:
    """Read an orbit such as ``"30deg 75deg"``: azimuth, then polar angle from the top; model-viewer's ``auto`` may follow.

    Raises
    ------
    InputError
        Not two angles with units, or a polar angle outside 0..180 degrees.
    """
    match = _ORBIT.fullmatch(str(text))
    if not match:
        bare = _BARE.fullmatch(str(text))
        raise InputError(
            "E_ORBIT_SYNTAX",
            "not an orbit",
            expected='azimuth and polar angle with units, as in "30deg 75deg"',
            found=repr(text),
            hint=f'Write "{bare[1]}deg {bare[2]}deg".' if bare else None,
        )
    if match[5] and match[5].lower() != "auto":
        raise InputError(
            "E_ORBIT_SYNTAX",
            "the distance is no option: the product always fills the picture",
            expected='two angles, as in "30deg 75deg"',
            found=repr(text),
            hint=f"Leave out {match[5]}.",
        )
    azimuth, polar = (
        float(value) if unit.lower() == "rad" else math.radians(float(value)) for value, unit in (match.group(1, 2), match.group(3, 4))
    )
    if not 0 <= polar <= math.pi + 1e-9:
        raise InputError(
            "E_ORBIT_POLAR", "the polar angle is out of range", expected="0deg (from the top) to 180deg (from below)", found=match[0]
        )
    return Orbit(azimuth, polar)


def orbit_camera(
    subject: Asset | Array,
    *,
    azimuth_rad: float = DEFAULT_ORBIT.azimuth_rad,
    polar_rad: float = DEFAULT_ORBIT.polar_rad,
    width_px: int,
    height_px: int,
    field_of_view_rad: float = FIELD_OF_VIEW_RAD,
    radius_share: float = RADIUS_SHARE,
) -> tuple[Camera, Array]:
    """Frame a product as model-viewer does: complete from every azimuth, in the same size from each.

    The eye stands at ``radius_share`` times the distance at which the sphere around the bounding box's centre
    that holds every vertex just fits the vertical field of view; narrow pictures widen the field of view instead.
    Source: google/model-viewer, ``ModelScene.updateFraming`` and ``frameModel`` (ModelScene.ts).

    Parameters
    ----------
    subject : Asset or ndarray (N, 3)
        What to show, or its points in metres (the corners of a box, for example).
    azimuth_rad, polar_rad : float
        Direction from the product to the eye.
    field_of_view_rad : float
        Vertical field of view in a picture that is wide enough.

    Returns
    -------
    camera : Camera
    world_from_camera : ndarray (4, 4)

    Raises
    ------
    MeshError
        Nothing is drawn.
    """
    points = drawn_points(subject) if isinstance(subject, Asset) else np.asarray(subject, np.float64).reshape(-1, 3)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise MeshError("E_NOTHING_DRAWN", "there is nothing to frame", expected="at least one triangle")
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    offsets = points - centre
    radius = max(float(np.linalg.norm(offsets, axis=1).max()), 1e-9)  # a single point is seen from a nanometre away
    distance = radius / math.sin(field_of_view_rad / 2)
    tangent = math.tan(field_of_view_rad / 2)
    across = np.hypot(offsets[:, 0], offsets[:, 2]) / (distance - np.abs(offsets[:, 1]))
    ideal_aspect = float(across.max()) / tangent
    tangent *= max(1.0, ideal_aspect / (width_px / height_px))
    camera = Camera.from_fov(vertical_fov_rad=2 * math.atan(tangent), width_px=width_px, height_px=height_px)
    eye = centre + radius_share * distance * orbit_direction(azimuth_rad, polar_rad)
    return camera, look_at(eye, centre)


def drawn_points(asset: Asset) -> Array:
    """Return the (N, 3) drawn vertices that a triangle uses: what `orbit_camera` frames."""
    used = [piece.used_positions for piece in drawn(asset)]
    return np.concatenate(used) if used else np.empty((0, 3))
