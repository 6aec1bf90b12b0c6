"""Pieces of one real surface become one: what furniture, noise or the bends of a real sensor keep apart.

Depth cameras bend wide surfaces by more than pixels scatter: the floor of one TUM RGB-D frame comes in two pieces 4 cm apart.
Repeatability is a few millimetres, absolute accuracy a few centimetres, and both differ between units (Boehm 2014, "Accuracy
Investigation for Structured-light Based Consumer 3D Sensors"; Teichman, Miller, Thrun 2013, "Unsupervised Intrinsic
Calibration of Depth Sensors via SLAM"). A room has one floor: pieces of it that far apart are joined, and their scatter becomes
the sigma. Walls and ceilings are joined only where their own uncertainty allows it: a door is no part of its wall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.room.fusion import scattered_surface
from arviz.vision.room.semantics import Named, floor_of, same_floor
from arviz.vision.room.sight import Sight
from arviz.vision.room.surface import Surface

_BEND = 0.01
"""How far a real sensor bends wide surfaces, as a share of the depth; our own estimate."""
_SIGMAS = 3.0
_LINE_M, _LINE_RAD = 0.003, np.radians(1.0)
_MOST_M = 0.02
"""However uncertain two walls are, farther apart they are two."""
_CONTRADICTS = 0.3
"""Confidence in a second floor a few centimetres above the first."""


def whole_floor(surfaces: Sequence[Surface], *, sights: Sequence[Sight], poses: Sequence[Array]) -> list[Surface]:
    """Return the surfaces with the pieces of the floor as one; what lies at its height and is none of it is less sure.

    Parameters
    ----------
    surfaces : sequence of Surface
        In a world whose +Y is up.
    """
    floor = floor_of(surfaces, sights=sights, poses=poses)
    if floor is None:
        return list(surfaces)
    eyes = np.array([pose[:3, 3] for pose in poses])
    bend = np.sqrt(2) * _BEND * float(np.median(floor.height_m(eyes)))

    near = [surface for surface in surfaces if surface is not floor and same_floor(surface, floor)]
    pieces = [floor, *(surface for surface in near if _of_floor(surface, floor, bend))]
    if len(pieces) > 1:
        floor = scattered_surface(pieces, weights=[_area(piece, poses) * max(piece.confidence, 0.05) for piece in pieces])
    out = [floor]
    for surface in surfaces:
        if any(surface is piece for piece in pieces):
            continue
        if any(surface is other for other in near):
            surface = replace(surface, confidence=min(surface.confidence, _CONTRADICTS))
        out.append(surface)
    return sorted(out, key=lambda surface: -surface.pixels)


def _of_floor(piece: Surface, floor: Surface, bend_m: float) -> bool:
    off = min(abs(float(floor.height_m(piece.centre_m))), abs(float(piece.height_m(floor.centre_m))))
    return off < _SIGMAS * float(np.hypot(bend_m, _sigma_between(floor, piece)))


def whole_walls(named: Sequence[Named], *, poses: Sequence[Array]) -> list[Named]:
    """Return walls and ceilings with those of one kind joined that lie in one plane, as far as their own uncertainty tells."""
    left = sorted(named, key=lambda one: -one.surface.pixels)
    done: list[Named] = []
    while left:
        kind, surface = left.pop(0)
        for other in [other for other in left if other.kind == kind and kind in ("wall", "ceiling")]:
            if _one_plane(surface, other.surface):
                both = [surface, other.surface]
                surface = scattered_surface(both, weights=[_area(part, poses) for part in both])
                left = [one for one in left if one is not other]
        done.append(Named(kind, surface))
    return done


def _one_plane(first: Surface, second: Surface) -> bool:
    turn = np.arccos(np.clip(first.normal @ second.normal, -1, 1))
    if turn > _LINE_RAD + _SIGMAS * min(np.hypot(first.sigma_normal_rad, second.sigma_normal_rad), _LINE_RAD):
        return False
    gate = _LINE_M + min(_SIGMAS * _sigma_between(first, second), _MOST_M)
    return abs(float(first.height_m(second.centre_m))) < gate and abs(float(second.height_m(first.centre_m))) < gate


def _area(surface: Surface, poses: Sequence[Array]) -> float:
    """Return about how large a surface is: pixels times the square of their distance."""
    return surface.pixels * float(((surface.centre_m - poses[surface.members[0][0]][:3, 3]) ** 2).sum())


def _sigma_between(first: Surface, second: Surface) -> float:
    middle = (first.centre_m + second.centre_m) / 2
    return float(np.hypot(first.sigma_at_m(middle), second.sigma_at_m(middle)))
