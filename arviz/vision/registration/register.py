"""`register`: frames with depth and without poses get their poses in one world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from arviz.core.camera import Frame
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.vision.registration.bend import bent_of
from arviz.vision.registration.graph import joined, located
from arviz.vision.registration.marks import marks_of
from arviz.vision.registration.pair import Pair, Shown, measured_pair
from arviz.vision.room.own_world import own_world
from arviz.vision.room.sight import Sight, look
from arviz.vision.room.upright import direction, up_of
from arviz.vision.sequence.features import mutual

_SAME_UP = np.cos(np.radians(8.0))
PARTNERS = 6
"""With how many others each frame is tried first."""
_HINT = "Take frames that overlap by half, with things or patterns in both; or measure this frame by itself."


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Registered:
    """Where frames were taken, as far as that is sure.

    Parameters
    ----------
    poses : tuple of ndarray (4, 4) or None
        world_from_camera of each frame, +Y up, the floor at y = 0, the origin below the first camera; None where it is not sure.
        All None where no frame hangs together with the first.
    sigma_rotation_rad, sigma_position_m : float
        Standard deviations about and along each axis, against the first frame, of the frame that is known least.
    findings : tuple of Finding
        One for each frame that was left out.
    """

    poses: tuple[Array | None, ...]
    sigma_rotation_rad: float
    sigma_position_m: float
    findings: tuple[Finding, ...]


def register(frames: Sequence[Frame], *, gravity: Sequence[float] | None = None, names: Sequence[str] = ()) -> Registered:
    """Find the poses of frames with depth that were taken in one room.

    Each pair of frames is tried by itself: points of the photos that look alike and lie in both depths as one rigid body does,
    then planes that fall on each other. A pair is sure if enough points say so, no other motion has half as many, the rest of
    both depths agrees, and its pose is known to `MOST_ROTATION_RAD` and `MOST_POSITION_M`.

    Parameters
    ----------
    frames : sequence of Frame
        Each with `depth_m`; their poses, if any, are not looked at.
    gravity : (3,) floats, optional
        Where things fall, in the first frame's camera axes (x right, y down, z forward).
    names : sequence of str, optional
        Of the frames, for the findings.

    Raises
    ------
    InputError
        ``E_NO_DEPTH``, ``E_DEPTH_UNIT``, ``E_CAMERA_SIZE``, ``E_GRAVITY``.
    """
    called = list(names) or [f"frame {index}" for index in range(len(frames))]
    sights = look(frames, noise=None)
    repeated = _repeated(frames, sights)
    kept = [index for index in range(len(frames)) if index not in repeated]
    sights = [sights[index] for index in kept]
    shown = [Shown(sight, marks_of(frames[index], sight), bent_of(sight)) for index, sight in zip(kept, sights, strict=True)]
    found = located(_sure_pairs(shown))
    together = sorted(found.poses)
    out: list[Array | None] = [None] * len(frames)
    if len(together) > 1:
        seen, relative = [sights[index] for index in together], [found.poses[index] for index in together]
        up = _up(seen, relative, gravity=gravity)
        for index, pose in zip(together, own_world(seen, relative, up=up)[1], strict=True):
            out[kept[index]] = pose
    findings = [_of_repeated(called[index], called[first]) for index, first in repeated.items()]
    findings += [_of_unknown(called[index], called[0]) for place, index in enumerate(kept) if place not in found.poses]
    return Registered(
        poses=tuple(out),
        sigma_rotation_rad=found.sigma_rotation_rad,
        sigma_position_m=found.sigma_position_m,
        findings=tuple(findings),
    )


def _repeated(frames: Sequence[Frame], sights: Sequence[Sight]) -> dict[int, int]:
    """Return the frames that are copies of an earlier one, and of which."""
    out: dict[int, int] = {}
    for first, second in combinations(range(len(frames)), 2):
        pixels, depths = ((frames[index].image.pixels, sights[index].depth_m) for index in (first, second))
        if second not in out and all(np.array_equal(a, b) for a, b in zip(pixels, depths, strict=True)):
            out[second] = first
    return out


def _sure_pairs(shown: Sequence[Shown]) -> list[Pair]:
    """Return the pairs of frames that are sure, each frame tried with those that look most alike.

    A frame that hangs together with the first by none of them is tried with all others.
    """
    everything = list(combinations(range(len(shown)), 2))
    alike = np.zeros((len(shown), len(shown)), np.int64)
    for first, second in everything:
        alike[first, second] = alike[second, first] = len(mutual(shown[first].marks.descriptors, shown[second].marks.descriptors))
    likely = likely_pairs(alike)
    sure = _sure(likely, shown)
    found = {0} | {index for pair in joined(sure) for index in (pair.first, pair.second)}
    return sure + _sure([pair for pair in everything if pair not in likely and not found.issuperset(pair)], shown)


def likely_pairs(alike: Array) -> list[tuple[int, int]]:
    """Return the pairs of frames in which one is among the `PARTNERS` most like the other.

    Parameters
    ----------
    alike : ndarray (F, F) int
        How many points two frames seem to share, symmetric.
    """
    out: set[tuple[int, int]] = set()
    for frame, row in enumerate(alike):
        others = [int(other) for other in np.argsort(-row, kind="stable") if other != frame]
        out |= {(min(frame, other), max(frame, other)) for other in others[:PARTNERS]}
    return sorted(out)


def _sure(pairs: Sequence[tuple[int, int]], shown: Sequence[Shown]) -> list[Pair]:
    found = (measured_pair(first, second, shown) for first, second in pairs)
    return [pair for pair in found if pair is not None and pair.sure]


def _up(sights: Sequence[Sight], first_from_frame: Sequence[Array], *, gravity: Sequence[float] | None) -> Array:
    """Return the unit vector to the sky in the first camera's axes: what gravity says, or the most frames, the first of them."""
    if gravity is not None:
        return up_of(sights[0].field.planes, gravity=direction(np.asarray(gravity)))[0]
    ups = np.stack(
        [pose[:3, :3] @ up_of(sight.field.planes, gravity=None)[0] for sight, pose in zip(sights, first_from_frame, strict=True)]
    )
    out: Array = ups[int((ups @ ups.T > _SAME_UP).sum(axis=1).argmax())]
    return out


def _of_repeated(name: str, first: str) -> Finding:
    return Finding(
        code="W_FRAME_REPEATED",
        severity="warning",
        where=name,
        message=f"the same picture and depth as {first}: it shows nothing new and was left out",
        hint="Give each frame once.",
    )


def _of_unknown(name: str, first: str) -> Finding:
    return Finding(
        code="W_FRAME_NOT_REGISTERED",
        severity="warning",
        where=name,
        message=f"it is not sure where it was taken from, as seen from {first}: it was left out",
        hint=_HINT,
    )
