"""Surfaces that are not what they seem: facets of something round, and what is seen through a wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.vision.room.outlines import Outline
from arviz.vision.room.reach import Reach, reach_of
from arviz.vision.room.semantics import Named
from arviz.vision.room.sight import Sight
from arviz.vision.room.surface import Surface

_CONFIDENCE = 0.3
_BEND_RAD = (np.radians(4.0), np.radians(40.0))
_TOUCH_PX = 6
_ROUND_RAD = np.radians(12.0)
"""Three facets in a row, each turned further, are round if together they turn by more than noise does."""
_ALONE = 0.5
_BEHIND_M = 0.03
_THROUGH = 0.7
_HUNG_M = 0.08
_PARALLEL_RAD = np.radians(3.0)
_PART_OF = 0.7
"""Of the larger wall's length, at most."""


def doubted(
    named: Sequence[Named], outlines: Sequence[Outline], *, sights: Sequence[Sight], poses: Sequence[Array]
) -> tuple[list[Named], tuple[Finding, ...]]:
    """Return the surfaces with less confidence in those that are doubtful, and why."""
    round_ = _facets(named, sights)
    through = _through_walls(named, outlines, sights, poses)
    hung = _on_walls(named, outlines)
    out, findings = [], []
    for index, one in enumerate(named):
        surface, kind = one.surface, one.kind
        if index in round_:
            surface = replace(surface, confidence=min(surface.confidence, _CONFIDENCE))
        if index in through:
            surface = replace(surface, confidence=min(surface.confidence, _CONFIDENCE))
            kind = "floor" if kind == "floor" else "other"
        if index in hung:
            kind = "other"
        if len(named) == 1:
            surface = replace(surface, confidence=min(surface.confidence, _ALONE))
        out.append(Named(kind, surface))
    if round_:
        findings.append(
            Finding(
                code="W_CURVED",
                severity="warning",
                message=f"{len(round_)} surfaces that touch turn little by little: a curved wall, not planes",
                hint="Do not measure from them.",
            )
        )
    return out, tuple(findings)


def _facets(named: Sequence[Named], sights: Sequence[Sight]) -> set[int]:
    """Return the surfaces that are parts of something round: they touch, and turn by small angles about one axis."""
    touching: dict[int, set[int]] = {index: set() for index in range(len(named))}
    for number, sight in enumerate(sights):
        owner = np.full(256, -1)
        for index, one in enumerate(named):
            owner[[label for member, label in one.surface.members if member == number]] = index
        surface = owner[sight.field.labels]
        for axis in (0, 1):
            first = np.moveaxis(surface, axis, 0)[:-_TOUCH_PX].ravel()
            second = np.moveaxis(surface, axis, 0)[_TOUCH_PX:].ravel()
            pair = (first >= 0) & (second >= 0) & (first != second)
            codes, counts = np.unique(first[pair] * 1000 + second[pair], return_counts=True)
            for code in codes[counts > 40]:
                a, b = divmod(int(code), 1000)
                touching[a].add(b)
                touching[b].add(a)
    out: set[int] = set()
    normals = [one.surface.normal for one in named]

    def bend(a: int, b: int) -> float:
        return float(np.arccos(np.clip(normals[a] @ normals[b], -1, 1)))

    for middle, around in touching.items():
        near = [index for index in around if _BEND_RAD[0] < bend(middle, index) < _BEND_RAD[1]]
        for i, a in enumerate(near):
            for b in near[i + 1 :]:
                first, second = np.cross(normals[a], normals[middle]), np.cross(normals[middle], normals[b])
                same = first @ second / max(float(np.linalg.norm(first) * np.linalg.norm(second)), 1e-12)
                if same > 0.9 and bend(a, b) > _ROUND_RAD:
                    out |= {a, middle, b}
    return out


def _through_walls(named: Sequence[Named], outlines: Sequence[Outline], sights: Sequence[Sight], poses: Sequence[Array]) -> set[int]:
    """Return the surfaces that every camera sees through a wall: another room, the sides of an opening, a mirror's picture."""
    out = set()
    walls = [
        (one.surface, reach_of(one.surface, outline.polygon_m, sights=sights, poses=poses), float(outline.polygon_m[:, 1].max()))
        for one, outline in zip(named, outlines, strict=True)
        if one.kind == "wall" and len(outline.polygon_m) and one.surface.confidence >= 0.5
    ]
    for index, (one, outline) in enumerate(zip(named, outlines, strict=True)):
        if not len(outline.polygon_m):
            continue
        targets = np.concatenate([outline.polygon_m, one.surface.centre_m[None]])
        eyes = [poses[member][:3, 3] for member, _ in one.surface.members]
        for wall, reach, top in walls:
            off = wall.height_m(targets)
            # The sides of an opening begin at the wall: all of them lies behind it.
            if wall is one.surface or off[-1] > -_BEHIND_M or (off < _BEHIND_M).mean() < _THROUGH:
                continue
            behind = off < -_BEHIND_M
            if all(_pierced(wall, reach, top, targets[behind], eye) > _THROUGH for eye in eyes):
                out.add(index)
    return out


def _on_walls(named: Sequence[Named], outlines: Sequence[Outline]) -> set[int]:
    """Return the walls that are only pictures and doors in a larger one: parallel, a few centimetres off, within its rectangle."""
    walls = [
        (index, one.surface, outline.polygon_m)
        for index, (one, outline) in enumerate(zip(named, outlines, strict=True))
        if one.kind == "wall" and len(outline.polygon_m)
    ]
    out = set()
    for index, small, corners in walls:
        for other, large, around in walls:
            if other == index or small.normal @ large.normal < np.cos(_PARALLEL_RAD) or np.ptp(corners[:, 1]) > np.ptp(around[:, 1]):
                continue
            along = np.cross((0.0, 1.0, 0.0), large.normal)
            place, whole = corners @ along, around @ along
            inside = whole.min() < place.mean() < whole.max() and np.ptp(place) < _PART_OF * np.ptp(whole)
            if inside and np.abs(large.height_m(corners)).max() < _HUNG_M:
                out.add(index)
    return out


def _pierced(wall: Surface, reach: Reach, top: float, targets: Array, eye: Array) -> float:
    """Return the share of lines of sight that go through a wall."""
    from_wall = float(wall.height_m(eye))
    if from_wall <= 0:
        return 0.0
    at = eye + (targets - eye) * (from_wall / (from_wall - wall.height_m(targets)))[:, None]
    return float((reach.covers(at, slack_m=_BEHIND_M) & (at[:, 1] < top + _BEHIND_M)).mean())
