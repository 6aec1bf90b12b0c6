"""`measured_pair`: how two frames lie to each other, and whether that is sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.registration.bend import BENDS, Bent
from arviz.vision.registration.marks import Marks
from arviz.vision.registration.motion import GATE, common_motion, squared
from arviz.vision.registration.overlap import Overlap, overlap
from arviz.vision.registration.solve import Level, Solved, solved, straightened
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


class Shown(NamedTuple):
    """What one frame shows."""

    sight: Sight
    marks: Marks
    bent: Bent


class Pair(NamedTuple):
    """Two frames of which one knows how they lie to each other."""

    first: int
    second: int
    solved: Solved
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
        covariance = self.solved.covariance
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


def measured_pair(first: int, second: int, shown: Sequence[Shown]) -> Pair | None:
    """Return how two frames lie to each other, sure or not; None where nothing tells."""
    a, b = shown[first], shown[second]
    matches = mutual(a.marks.descriptors, b.marks.descriptors)
    one, two = _taken(a.marks, matches[:, 0]), _taken(b.marks, matches[:, 1])
    points = one.points_m, two.points_m, one.covariance, two.covariance
    rng = np.random.default_rng(0)  # the same frames give the same answer
    pose, agreeing = common_motion(*points, rng=rng)
    if agreeing.sum() < LEAST_POINTS:
        return None
    _, rivals = common_motion(*(p[~agreeing] for p in points), rng=rng)
    told = np.sum([one.bent.told for one in shown], axis=0)  # one sensor took them all
    planes: list[tuple[Level, Level]] = []
    bend = np.zeros(BENDS)
    for _ in range(_ROUNDS):
        pose, bend, *_ = solved(_taken(one, agreeing), _taken(two, agreeing), planes, start=pose, bend=bend, told=told)
        planes = _planes(a, b, pose)
        agreeing = squared(pose, *straightened(one, two, pose, bend), *points[2:]) < GATE
        if agreeing.sum() < LEAST_POINTS:
            return None
    found = solved(_taken(one, agreeing), _taken(two, agreeing), planes, start=pose, bend=bend, told=told)
    return Pair(
        first=first,
        second=second,
        solved=found,
        points=int(agreeing.sum()),
        rival=int(rivals.sum()),
        matches=len(matches),
        planes=len(planes),
        overlap=overlap(a.sight, b.sight, found.pose),
    )


def _taken(marks: Marks, rows: Array) -> Marks:
    return Marks(*(values[rows] for values in marks))


def _planes(first: Shown, second: Shown, pose: Array) -> list[tuple[Level, Level]]:
    """Return the planes of two frames whose pixels fall on each other, in their cameras' axes."""
    return [(_level(first, i), _level(second, j)) for i, j in same_planes(first.sight, second.sight, pose)]


def _level(shown: Shown, index: int) -> Level:
    surface = Surface.of(shown.sight.field.planes[index], world_from_camera=np.eye(4), member=(0, index + 1))
    return Level(surface, shown.bent.planes[index])
