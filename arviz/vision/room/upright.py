"""Which way is up for a camera of unknown pose, and the room's world made from that.

Without gravity the prior is how people hold cameras: upright, looking a little down, up to about 50 degrees. Each plane
proposes directions (its own normal, its opposite, the intersection with another), and the one wins that makes most of the
picture level or upright under that prior.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.vision.planes.field import SeenPlane

_PITCH_RAD = (np.radians(-12.0), np.radians(25.0))
"""How cameras are held: middle and standard deviation of the pitch, positive upwards."""
_ROLL_RAD = np.radians(12.0)
_TILT_RAD = np.radians(55.0)
"""The farthest that a proposed up may be from the picture's own."""
_ALIGNED_RAD = np.radians(4.0)
GRAVITY_GATE_RAD = np.radians(8.0)
"""A level plane this near to what the sensor of gravity says corrects it: phones are 0.5 to 3 degrees off."""
_PICTURE_UP = np.array([0.0, -1.0, 0.0])


def up_of(planes: Sequence[SeenPlane], *, gravity: Array | None) -> tuple[Array, tuple[Finding, ...]]:
    """Return the unit vector to the sky in the camera's axes.

    Parameters
    ----------
    planes : sequence of SeenPlane
        Of the frame.
    gravity : (3,) or None
        Where things fall, in the camera's axes.

    Raises
    ------
    InputError
        ``E_GRAVITY``: not a direction, or it points to the sky.
    """
    if gravity is None:
        return _proposed(planes), ()
    up = -direction(gravity)
    findings = _upside_down(planes, up)
    level = [plane for plane in planes if abs(plane.normal @ up) > np.cos(GRAVITY_GATE_RAD) and plane.confidence > 0.5]
    if level:
        best = max(level, key=lambda plane: plane.pixels)
        up = best.normal * np.sign(best.normal @ up)
    return up, findings


def direction(gravity: Array) -> Array:
    """Return gravity as a unit vector.

    Raises
    ------
    InputError
        ``E_GRAVITY``: not three finite numbers, or all zero.
    """
    found = np.asarray(gravity, np.float64).reshape(-1)
    if found.shape != (3,) or not np.isfinite(found).all() or np.linalg.norm(found) < 1e-9:
        raise InputError(
            "E_GRAVITY",
            "gravity is no direction",
            expected="three finite numbers: where things fall, in the camera's axes (x right, y down, z forward)",
            found=found.tolist(),
            hint="Give what the phone says of gravity in the camera's axes: 0,1,0 for a camera that is held level.",
        )
    out: Array = found / np.linalg.norm(found)
    return out


def _upside_down(planes: Sequence[SeenPlane], up: Array) -> tuple[Finding, ...]:
    """Tell gravity with the wrong sign from a camera held on its head.

    An upright picture under inverted gravity shows its floor as a ceiling. Where the picture stands on its head, what level
    surfaces face decides: rooms show more floor and table tops than ceiling.
    """
    if up @ _PICTURE_UP > np.cos(np.radians(120)):
        return ()
    level = [plane for plane in planes if abs(plane.normal @ up) > np.cos(np.radians(15))]
    upwards = sum(plane.pixels for plane in level if plane.normal @ up > 0)
    downwards = sum(plane.pixels for plane in level if plane.normal @ up < 0)
    if downwards > upwards:
        raise InputError(
            "E_GRAVITY",
            "gravity points to the sky: the level surfaces of this frame would all hang from above",
            expected="where things fall, in the camera's axes (x right, y down, z forward)",
            found=(-up).round(3).tolist(),
            hint="Turn its sign: accelerometers at rest report the opposite of gravity.",
        )
    return (
        Finding(
            code="W_UPSIDE_DOWN",
            severity="warning",
            message="by its gravity the camera was held upside down",
            hint="If it was not, turn the sign of gravity.",
        ),
    )


def _proposed(planes: Sequence[SeenPlane]) -> Array:
    good = sorted(planes, key=lambda plane: -plane.pixels)[:10]
    proposals = [sign * plane.normal for plane in good for sign in (1, -1)]
    for index, first in enumerate(good):
        for second in good[index + 1 :]:
            cross = np.cross(first.normal, second.normal)
            if np.linalg.norm(cross) > 0.5:
                proposals += [cross / np.linalg.norm(cross), -cross / np.linalg.norm(cross)]
    proposals = [up for up in proposals if up @ _PICTURE_UP > np.cos(_TILT_RAD)]
    if not proposals:
        return _PICTURE_UP.copy()
    return max(proposals, key=lambda up: _score(good, up))


def _score(planes: Sequence[SeenPlane], up: Array) -> float:
    """Return the logarithm of how well `up` explains the planes: their share in the picture, and the prior."""
    explained = 0.0
    for plane in planes:
        along = abs(float(plane.normal @ up))
        level = np.exp(-0.5 * (np.arccos(min(along, 1.0)) / _ALIGNED_RAD) ** 2)
        upright = np.exp(-0.5 * (np.arcsin(min(along, 1.0)) / _ALIGNED_RAD) ** 2)
        # Walls at any azimuth are upright under many ups: they say half as much as a level surface.
        explained += plane.share * max(level, 0.5 * upright)
    pitch, roll = np.arcsin(np.clip(up[2], -1, 1)), np.arctan2(up[0], -up[1])
    prior = -0.5 * ((pitch - _PITCH_RAD[0]) / _PITCH_RAD[1]) ** 2 - 0.5 * (roll / _ROLL_RAD) ** 2
    return float(6.0 * explained + prior)


def world_of(up: Array, *, height_m: float, forward: Array | None = None) -> Array:
    """Return world_from_camera (4, 4): the camera `height_m` above the origin.

    Parameters
    ----------
    up : (3,)
        To the sky, in the camera's axes.
    forward : (3,) or None
        What becomes -Z, in the camera's axes; None for where the camera looks.
    """
    ahead = np.array([0.0, 0.0, 1.0]) if forward is None else forward
    back = -(ahead - up * (ahead @ up))
    if np.linalg.norm(back) < 1e-3:  # looking straight down: the picture's top is ahead
        back = -(_PICTURE_UP - up * (_PICTURE_UP @ up))
    back = back / np.linalg.norm(back)
    out = np.eye(4)
    out[:3, :3] = np.stack([np.cross(up, back), up, back])
    out[1, 3] = height_m
    return out


def wall_ahead(planes: Sequence[SeenPlane], up: Array) -> Array | None:
    """Return the level direction, of the room's upright axes the nearest to where the camera looks; None without walls.

    Of all walls that direction is taken which most of the picture is in line or at right angles with.
    """
    walls = [plane for plane in planes if abs(plane.normal @ up) < np.sin(_ALIGNED_RAD) and plane.confidence > 0.3]
    if not walls:
        return None
    across = np.cross(up, np.eye(3)[np.abs(up).argmin()])
    across = across / np.linalg.norm(across)
    basis = np.stack([np.cross(across, up), across])
    angle = np.array([np.arctan2(*(basis @ plane.normal)[::-1]) for plane in walls])
    weight = np.array([plane.pixels for plane in walls], np.float64)
    near = np.abs((angle[:, None] - angle + np.pi / 4) % (np.pi / 2) - np.pi / 4) < _ALIGNED_RAD
    votes = (near * weight).sum(axis=1)
    best = int(votes.argmax())
    # Mean over the agreeing walls, modulo a quarter turn, the surest first.
    off = (angle - angle[best] + np.pi / 4) % (np.pi / 2) - np.pi / 4
    trust = near[best] / np.array([max(plane.sigma_normal_rad, 1e-5) ** 2 for plane in walls])
    mean = angle[best] + float((off * trust).sum() / trust.sum())
    candidates = [np.array([np.cos(mean + k * np.pi / 2), np.sin(mean + k * np.pi / 2)]) @ basis for k in range(4)]
    ahead: Array = max(candidates, key=lambda axis: float(axis[2]))
    return ahead
