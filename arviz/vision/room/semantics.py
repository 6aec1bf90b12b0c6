"""What surfaces are: floor, ceiling, walls, table tops; and which of them are not to be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import PlaneKind
from arviz.vision.room.sight import Sight
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
_REACHING = 0.3
_FREE_M = 0.12
_DOUBTFUL = 0.3
_BEND_RAD = (np.radians(3.0), np.radians(40.0))


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
    ground = -np.inf if floor is None else floor.centre_m[1]
    eyes = np.array([pose[1, 3] for pose in poses])
    above = [s for s in surfaces if s.normal[1] < -np.cos(_LEVEL_RAD) and s.centre_m[1] > eyes.max() + 0.1]
    top = max((s.centre_m[1] for s in above), default=np.inf)
    out = []
    for surface in surfaces:
        kind: PlaneKind = "other"
        if surface.normal[1] > np.cos(_LEVEL_RAD):
            height = np.inf if floor is None else float(floor.height_m(surface.centre_m))
            slack = _FLOOR_LEVEL_M + 3 * float(
                np.hypot(surface.sigma_at_m(surface.centre_m), 0.0 if floor is None else floor.sigma_at_m(surface.centre_m))
            )
            if surface is floor or abs(height) < min(slack, 0.06):
                kind = "floor"
            elif _TABLE_M[0] <= height <= _TABLE_M[1]:
                kind = "table"
        elif surface.normal[1] < -np.cos(_LEVEL_RAD):
            if surface.centre_m[1] > top - 0.1:
                kind = "ceiling"
        elif abs(surface.normal[1]) < np.sin(_LEVEL_RAD) and _is_wall(surface, ground, top, sights, poses):
            kind = "wall"
        out.append(Named(kind, surface))
    return out


def floor_of(surfaces: Sequence[Surface], *, sights: Sequence[Sight], poses: Sequence[Array]) -> Surface | None:
    """Return the lowest large level surface below the cameras, unless much of the picture lies below it."""
    eyes = np.array([pose[1, 3] for pose in poses])
    level = [s for s in surfaces if s.normal[1] > np.cos(_LEVEL_RAD) and s.centre_m[1] < eyes.min() - _EYE_M[0]]
    if not level:
        return None
    # Pixels weigh by the square of their distance: what counts is the area, not how near it is.
    area = {id(s): s.pixels * float(((s.centre_m - poses[s.members[0][0]][:3, 3]) ** 2).sum()) for s in level}
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


def _is_wall(surface: Surface, ground: float, top: float, sights: Sequence[Sight], poses: Sequence[Array]) -> bool:
    """Tell walls from the fronts and sides of furniture: above a wall comes the ceiling, something nearer, or the picture's edge."""
    columns = reaching = 0
    lowest, highest = np.inf, -np.inf
    share = 0.0
    for index, label in surface.members:
        sight, pose = sights[index], poses[index]
        turns = quarter_turns(pose)
        labels, depth = np.rot90(sight.field.labels, turns), np.rot90(sight.depth_m, turns)
        rays = np.rot90(sight.rays, turns)
        mask = labels == label
        share = max(share, float(mask.mean()))
        there = np.flatnonzero(mask.sum(axis=0) > 4)
        first = mask[:, there].argmax(axis=0)
        last = len(mask) - 1 - mask[::-1, there].argmax(axis=0)
        height = (rays[first, there] * depth[first, there][:, None]) @ pose[1, :3] + pose[1, 3]
        low = (rays[last, there] * depth[last, there][:, None]) @ pose[1, :3] + pose[1, 3]
        if not len(there):
            continue
        lowest, highest = min(lowest, float(np.quantile(low, 0.1))), max(highest, float(np.quantile(height, 0.9)))
        normal = (pose[:3, :3].T @ surface.normal).astype(np.float32)
        distance = float(surface.height_m(pose[:3, 3]))
        free = np.zeros(len(there), bool)
        for step in (4, 8):  # two looks above the upper edge
            row = first - step
            inside = row >= 0
            row = np.maximum(row, 0)
            z = depth[row, there]
            off = np.where(np.isfinite(z), (rays[row, there] * np.where(np.isfinite(z), z, 0)[:, None]) @ normal + distance, 0.0)
            free |= inside & (off < -_FREE_M)
        columns += len(there)
        reaching += int((~free | (height > top - 0.15)).sum())
    tall = highest - lowest
    return bool(columns and share > _WALL_SHARE and tall > _WALL_HEIGHT_M and reaching > _REACHING * columns)


def quarter_turns(pose: Array) -> int:
    """Return by how many quarter turns `numpy.rot90` brings a frame's upper side to the top of its array."""
    up = pose[1, :2]  # the world's +Y in the camera's x and y
    if abs(up[1]) >= abs(up[0]):
        return 0 if up[1] < 0 else 2
    return 1 if up[0] > 0 else 3
