"""What surfaces are: floor, ceiling, walls, table tops; and which of them are not to be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import PlaneKind
from arviz.vision.room.sight import Sight, quarter_turns
from arviz.vision.room.surface import Surface

_LEVEL_RAD = np.radians(8.0)
_STEP_PX = 4
_BELOW_M = 0.10
_BELOW_SHARE = 0.04
"""So much of the picture may lie below a floor: noise, reflections, a stair."""
_FLOOR_SHARE = 0.15
"""Of the largest level surface: what is smaller and lower is a reflection or a step, not the floor."""
_FLOOR_LEVEL_M = 0.03
_EYE_M = (0.15, 3.5)
"""How high above the floor cameras are held; outside, the unit of the depth is doubtful."""
_TABLE_M = (0.25, 1.3)
_WALL_SHARE = 0.01
_WALL_HEIGHT_M = 0.5
_REACHING = 0.5
_FREE_M = 0.03
_NEARER_M = 0.03
_CEILING_M = 0.15
_BORDER_PX = 8
_COLUMN_PX = 4
_ONE_FLOOR_RAD = np.radians(3.0)


class Named(NamedTuple):
    """A surface and what it is."""

    kind: PlaneKind
    surface: Surface


def name_surfaces(surfaces: Sequence[Surface], *, sights: Sequence[Sight], poses: Sequence[Array]) -> list[Named]:
    """Return what each surface is, in the same order.

    Parameters
    ----------
    surfaces : sequence of Surface
        In a world whose +Y is up.
    """
    floor = floor_of(surfaces, sights=sights, poses=poses)
    eyes = np.array([pose[1, 3] for pose in poses])
    above = [s for s in surfaces if s.normal[1] < -np.cos(_LEVEL_RAD) and s.centre_m[1] > eyes.max() + 0.1]
    top = max((s.centre_m[1] for s in above), default=np.inf)
    out = []
    for surface in surfaces:
        kind: PlaneKind = "other"
        if surface.normal[1] > np.cos(_LEVEL_RAD):
            height = np.inf if floor is None else float(floor.height_m(surface.centre_m))
            if surface is floor or (floor is not None and same_floor(surface, floor)):
                kind = "floor"
            elif _TABLE_M[0] <= height <= _TABLE_M[1]:
                kind = "table"
        elif surface.normal[1] < -np.cos(_LEVEL_RAD):
            if surface.centre_m[1] > top - 0.1:
                kind = "ceiling"
        elif abs(surface.normal[1]) < np.sin(_LEVEL_RAD) and _is_wall(surface, surfaces, top, sights, poses):
            kind = "wall"
        out.append(Named(kind, surface))
    return out


def same_floor(surface: Surface, floor: Surface) -> bool:
    """Tell whether a surface is level with a floor, within a few centimetres."""
    sigma = float(np.hypot(surface.sigma_at_m(surface.centre_m), floor.sigma_at_m(surface.centre_m)))
    near = abs(float(floor.height_m(surface.centre_m))) < min(_FLOOR_LEVEL_M + 3 * sigma, 2 * _FLOOR_LEVEL_M)
    return bool(near and surface.normal @ floor.normal > np.cos(_ONE_FLOOR_RAD + 3 * min(surface.sigma_normal_rad, _ONE_FLOOR_RAD)))


def floor_of(surfaces: Sequence[Surface], *, sights: Sequence[Sight], poses: Sequence[Array]) -> Surface | None:
    """Return the lowest large level surface below the cameras, unless much of the picture lies below it."""
    eyes = np.array([pose[1, 3] for pose in poses])
    level = [s for s in surfaces if s.normal[1] > np.cos(_LEVEL_RAD) and s.centre_m[1] < eyes.min() - _EYE_M[0]]
    if not level:
        return None
    # Pixels weigh by the square of their distance: what counts is the area, not how near it is.
    area = {id(s): s.confidence * s.pixels * float(((s.centre_m - poses[s.members[0][0]][:3, 3]) ** 2).sum()) for s in level}
    large = [s for s in level if area[id(s)] > _FLOOR_SHARE * max(area.values())]
    floor = min(large, key=lambda s: float(s.centre_m[1]))
    below = known = 0
    for sight, pose in zip(sights, poses, strict=True):
        depth = sight.depth_m[::_STEP_PX, ::_STEP_PX]
        good = np.isfinite(depth)
        z = depth[good]
        points = sight.rays[::_STEP_PX, ::_STEP_PX][good] * z[:, None]
        height = points @ (pose[:3, :3].T @ floor.normal).astype(np.float32) + float(floor.height_m(pose[:3, 3]))
        below += int((height < -(_BELOW_M + 3 * sight.noise.sigma_m(z))).sum())
        known += len(z)
    return floor if below <= _BELOW_SHARE * known else None


def _is_wall(surface: Surface, surfaces: Sequence[Surface], top: float, sights: Sequence[Sight], poses: Sequence[Array]) -> bool:
    """Tell walls from the fronts and sides of furniture: above a wall comes the ceiling, something nearer, or the picture's edge."""
    open_, closed, share = 0, 0, 0.0
    lowest, highest = np.inf, -np.inf
    for index, label in surface.members:
        sight, pose = sights[index], poses[index]
        turns = quarter_turns(pose)
        labels, depth, rays = (np.rot90(array, turns) for array in (sight.field.labels, sight.depth_m, sight.rays))
        mask = labels == label
        there = np.flatnonzero(mask.sum(axis=0) > _COLUMN_PX)
        if not len(there):
            continue
        share = max(share, float(mask.mean()))
        first = mask[:, there].argmax(axis=0)
        last = len(mask) - 1 - mask[::-1, there].argmax(axis=0)
        height = (rays[first, there] * depth[first, there][:, None]) @ pose[1, :3] + pose[1, 3]
        low = (rays[last, there] * depth[last, there][:, None]) @ pose[1, :3] + pose[1, 3]
        lowest, highest = min(lowest, float(np.quantile(low, 0.1))), max(highest, float(np.quantile(height, 0.9)))
        above = _overhead(surface, surfaces, index)
        normal = (pose[:3, :3].T @ surface.normal).astype(np.float32)
        distance = float(surface.height_m(pose[:3, 3]))
        goes_on = (first < _BORDER_PX) | (height > top - _CEILING_M)
        ends = np.zeros(len(there), bool)
        known = np.isfinite(depth[:, there])
        nearest = np.maximum.accumulate(np.where(known, np.arange(len(depth))[:, None], -1), axis=0)
        for step in (3, 6):  # two looks above the upper edge, past what is unknown
            row = nearest[np.maximum(first - step, 0), np.arange(len(there))]
            z = np.where(row >= 0, depth[row, there], 0)
            off = (rays[row, there] * z[:, None]) @ normal + distance
            on = (row < 0) | above[labels[row, there]] | (off > _NEARER_M)
            goes_on |= on
            ends |= ~on
        closed += int(goes_on.sum())
        open_ += int((ends & ~goes_on).sum())
    tall = highest - lowest
    return bool(closed + open_ and share > _WALL_SHARE and tall > _WALL_HEIGHT_M and closed > _REACHING * (closed + open_))


def _overhead(surface: Surface, surfaces: Sequence[Surface], index: int) -> Array:
    """Return (256,) bool: the labels of a frame that a wall may end at or go on as: ceilings, slopes, parts of itself."""
    out = np.zeros(256, bool)
    for other in surfaces:
        sigma = float(np.hypot(surface.sigma_at_m(other.centre_m), other.sigma_at_m(other.centre_m)))
        # A radiator stands a few centimetres before its wall, and is none.
        off = abs(float(surface.height_m(other.centre_m)))
        same = other.normal @ surface.normal > np.cos(_LEVEL_RAD) and off < min(_FREE_M + 3 * sigma, 3 * _FREE_M)
        if same or other.normal[1] < -0.2:
            out[[label for member, label in other.members if member == index]] = True
    return out
