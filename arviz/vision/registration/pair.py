"""`measured_pair`: how two frames lie to each other, and whether that is sure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.registration.marks import Marks
from arviz.vision.registration.motion import GATE, common_motion, squared
from arviz.vision.registration.overlap import Overlap, overlap
from arviz.vision.registration.solve import solved
from arviz.vision.room.fusion import same_planes
from arviz.vision.room.sight import Sight
from arviz.vision.room.surface import Surface
from arviz.vision.sequence.features import mutual

_ROUNDS = 3
LEAST_POINTS = 12
"""Of 270 pairs from different rooms none has so many, most of them less than 8."""
_RIVAL = 2
"""How many times as many points speak for a pose as for the next: patterns repeat, and frames show them shifted."""
_LEAST_SHARE = 0.25
"""Of the points that look alike: true poses explain 0.4 to 0.99 of them, shifted patterns less than 0.16."""
_LEAST_SAME, _LEAST_AGREE = 0.1, 0.9
"""`Overlap` of a sure pair."""
MOST_ROTATION_RAD, MOST_POSITION_M = np.radians(0.5), 0.03
"""Sigmas of a sure pair: along a direction in which nothing holds it, its place slides and is not known."""


class Pair(NamedTuple):
    """Two frames of which one knows how they lie to each other."""

    first: int
    second: int
    first_from_second: Array
    information: Array
    """(6, 6): of turns about the second's place and of that place, in the first's axes."""
    points: int
    """How many points of the photos say so."""
    rival: int
    """How many say the next best."""
    matches: int
    planes: int
    overlap: Overlap

    @property
    def sigmas(self) -> tuple[float, float]:
        """Standard deviations of the turn (rad) and of the place (m), each about or along the worst axis."""
        if np.linalg.eigvalsh(self.information)[0] <= 0:
            return np.inf, np.inf
        covariance = np.linalg.inv(self.information)
        turn, place = (float(np.sqrt(np.linalg.eigvalsh(part)[-1])) for part in (covariance[:3, :3], covariance[3:, 3:]))
        return turn, place

    @property
    def sure(self) -> bool:
        """Whether rooms may be measured by it."""
        turn, place = self.sigmas
        return bool(
            self.points >= max(LEAST_POINTS, _RIVAL * self.rival, _LEAST_SHARE * self.matches)
            and self.overlap.same >= _LEAST_SAME
            and self.overlap.agree >= _LEAST_AGREE
            and turn < MOST_ROTATION_RAD
            and place < MOST_POSITION_M
        )


def measured_pair(first: int, second: int, marks: list[Marks], sights: list[Sight]) -> Pair | None:
    """Return how two frames lie to each other, sure or not; None where nothing tells."""
    a, b = marks[first], marks[second]
    matches = mutual(a.descriptors, b.descriptors)
    one, two = _taken(a, matches[:, 0]), _taken(b, matches[:, 1])
    points = one.points_m, two.points_m, one.covariance, two.covariance
    rng = np.random.default_rng(0)  # the same frames give the same answer
    pose, agreeing = common_motion(*points, rng=rng)
    if agreeing.sum() < LEAST_POINTS:
        return None
    _, rivals = common_motion(*(p[~agreeing] for p in points), rng=rng)
    planes: list[tuple[Surface, Surface]] = []
    information = np.eye(6)
    for _ in range(_ROUNDS):
        pose, information = solved(_taken(one, agreeing), _taken(two, agreeing), planes, start=pose)
        planes = _planes(sights[first], sights[second], pose)
        agreeing = squared(pose, *points) < GATE
        if agreeing.sum() < LEAST_POINTS:
            return None
    pose, information = solved(_taken(one, agreeing), _taken(two, agreeing), planes, start=pose)
    return Pair(
        first=first,
        second=second,
        first_from_second=pose,
        information=information,
        points=int(agreeing.sum()),
        rival=int(rivals.sum()),
        matches=len(matches),
        planes=len(planes),
        overlap=overlap(sights[first], sights[second], pose),
    )


def _taken(marks: Marks, rows: Array) -> Marks:
    return Marks(*(values[rows] for values in marks))


def _planes(first: Sight, second: Sight, pose: Array) -> list[tuple[Surface, Surface]]:
    """Return the planes of two frames whose pixels fall on each other, in their cameras' axes."""
    found = same_planes(first, second, pose)
    return [
        (
            Surface.of(first.field.planes[i], world_from_camera=np.eye(4), member=(0, i + 1)),
            Surface.of(second.field.planes[j], world_from_camera=np.eye(4), member=(1, j + 1)),
        )
        for i, j in found
    ]
