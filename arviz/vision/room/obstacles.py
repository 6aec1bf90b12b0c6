"""`height_grid`: what stands on the floor, on a 25 mm raster.

A cell is free where a frame sees the floor there, occupied where depth points or a level surface lie above it, and unseen
otherwise: nothing is assumed about what is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import HeightGrid
from arviz.vision.room.fusion import projected
from arviz.vision.room.outlines import Outline
from arviz.vision.room.reach import reach_of
from arviz.vision.room.semantics import Named
from arviz.vision.room.sight import Sight
from arviz.vision.room.surface import Surface

CELL_M = 0.025
LEAST_M = 0.05
"""Above the floor; lower things are rugs and noise."""
_MOST_SIDE_M = 20.0
_SIGMAS = 3.0
_WALL_M = 0.03
"""In front of a wall: skirting boards and noise."""
_TOP_M = 0.02
"""How thick a surface is taken that is only seen from above."""
_CEILING_M = 0.10
_JUMP = 0.02
"""Of the depth, beside what the surface's slope explains: pixels that differ so from both neighbours float between surfaces."""
_LEAST_POINTS = 2
_GAP_CELLS = 2
_SPARSE = 8.0
"""Pixels of a cell, all frames together: fewer may leave it without a pixel of a top that lies in it."""
_STANDING_M = 0.12
_UNDER_VOTES = 8


def height_grid(
    named: Sequence[Named], outlines: Sequence[Outline], *, floor: Surface, sights: Sequence[Sight], poses: Sequence[Array]
) -> HeightGrid | None:
    """Return what stands on the floor; None where neither floor nor obstacle was seen.

    Parameters
    ----------
    named, outlines
        The surfaces, what they are, and their polygons.
    floor : Surface
    """
    clouds = [_standing(index, named, outlines, floor, sights, poses) for index in range(len(sights))]
    points = np.concatenate([cloud for cloud, _ in clouds])
    spread = np.concatenate([sigma for _, sigma in clouds])
    corners = [outline.polygon_m for one, outline in zip(named, outlines, strict=True) if one.kind == "floor" and len(outline.polygon_m)]
    where = np.concatenate([points[:, [0, 2]], *(polygon[:, [0, 2]] for polygon in corners)])
    if not len(where):
        return None
    eye = poses[0][[0, 2], 3]
    low = np.maximum(where.min(axis=0), eye - _MOST_SIDE_M / 2)
    high = np.minimum(where.max(axis=0), eye + _MOST_SIDE_M / 2)
    low = np.floor(low / CELL_M) * CELL_M
    columns, rows = (np.ceil((high - low) / CELL_M).astype(int) + 1).tolist()
    bottom, top = _heights(points, low, rows, columns)
    x, z = np.meshgrid(low[0] + (np.arange(columns) + 0.5) * CELL_M, low[1] + (np.arange(rows) + 0.5) * CELL_M)
    bottom, top = _closed(bottom, top, x, z, floor, sights, poses)
    free = np.zeros((rows, columns), bool)
    for one in named:
        if one.surface.normal[1] < 0.9 or one.kind not in ("floor", "table", "other"):
            continue
        covered = _covered(one.surface, x, z, sights, poses)
        height = float(floor.height_m(one.surface.centre_m))
        if one.kind == "floor":
            free |= covered
        elif height > LEAST_M:
            level = (-one.surface.offset_m - x * one.surface.normal[0] - z * one.surface.normal[2]) / one.surface.normal[1]
            level = level * floor.normal[1] + x * floor.normal[0] + z * floor.normal[2] + floor.offset_m
            new = covered & (top == 0)
            bottom = np.where(new, np.maximum(level - _TOP_M, 0), bottom)
            top = np.where(covered, np.maximum(top, level), top)
    bottom = np.where(bottom < _STANDING_M, 0.0, bottom)
    bottom = _filled_below(bottom, top, x, z, floor, sights, poses)
    sigma = float(np.sqrt(np.median(spread**2) + CELL_M**2 / 12)) if len(spread) else CELL_M / np.sqrt(12)
    return HeightGrid(
        origin_m=(float(low[0]), float(low[1])),
        cell_m=CELL_M,
        seen=free | (top > 0),
        bottom_m=bottom.astype(np.float32),
        top_m=np.maximum(top, bottom).astype(np.float32),
        sigma_m=sigma,
    )


def _standing(
    index: int, named: Sequence[Named], outlines: Sequence[Outline], floor: Surface, sights: Sequence[Sight], poses: Sequence[Array]
) -> tuple[Array, Array]:
    """Return the points (N, 3) of one frame as (x, height above the floor, z) that belong to obstacles, and their sigmas (N,)."""
    sight, pose = sights[index], poses[index]
    structure, flat_thing = np.zeros(256, bool), np.zeros(256, bool)
    for one in named:
        if one.kind in ("floor", "wall", "ceiling"):
            structure[[label for member, label in one.surface.members if member == index]] = True
        elif one.surface.confidence >= 0.5:
            flat_thing[[label for member, label in one.surface.members if member == index]] = True
    good = sight.known & ~structure[sight.field.labels] & ~floating(sight.depth_m)
    z = sight.depth_m[good]
    local = sight.rays[good] * z[:, None]
    turn = pose[:3, :3].astype(np.float32)
    points = local @ turn.T + pose[:3, 3].astype(np.float32)
    sigma = sight.noise.sigma_m(z) + sight.noise.smooth_share * z
    height = points @ floor.normal.astype(np.float32) + np.float32(floor.offset_m)
    # Along the ray, as high as the ray is steep: far floors are noisy along the view, hardly in height.
    steep = np.abs(local @ (turn.T @ floor.normal.astype(np.float32))) / np.maximum(z, 1e-6)
    keep = height > np.maximum(LEAST_M, _SIGMAS * sigma * steep)
    for one, outline in zip(named, outlines, strict=True):
        if one.kind not in ("wall", "ceiling") or one.surface.confidence < 0.5 or not len(outline.polygon_m):
            continue
        normal = one.surface.normal.astype(np.float32)
        off = points @ normal + np.float32(one.surface.offset_m)
        if one.kind == "ceiling":
            keep &= off > _CEILING_M
            continue
        # A surface of its own, such as a radiator's front, is surer than its pixels.
        slack = _WALL_M + ~flat_thing[sight.field.labels[good]] * _SIGMAS * sigma * np.abs(local @ (turn.T @ normal)) / np.maximum(z, 1e-6)
        # Behind a wall, as far as it reaches, is another room, or a mirror; beside it the room may go on.
        reach = reach_of(one.surface, outline.polygon_m, sights=sights, poses=poses)
        beside = ~reach.covers(points, slack_m=_WALL_M)
        keep &= (off > slack) | (beside & (off < -slack))
    flat = np.stack([points[keep, 0], height[keep], points[keep, 2]], axis=1)
    return flat, np.hypot(sigma[keep], sight.noise.lateral_px * z[keep] / sight.camera.k[0, 0])


def floating(depth_m: Array) -> Array:
    """Return (H, W) bool: pixels that float between a near and a far surface.

    A pixel's inverse depth is linear along a row or column on any plane; one that departs from both neighbours in the same
    sense of a jump - one nearer, one farther - lies on neither.
    """
    w = 1 / np.asarray(depth_m, np.float32)
    out = np.zeros(w.shape, bool)
    for axis in (0, 1):
        before, here, after = (np.moveaxis(w, axis, 0)[part] for part in (slice(None, -2), slice(1, -1), slice(2, None)))
        jump = _JUMP * here
        first, second = here - before, after - here
        between = (first * second > 0) & (np.abs(first) > jump) & (np.abs(second) > jump) & (here > 0)
        np.moveaxis(out, axis, 0)[1:-1] |= between
    return out


def _heights(points: Array, low: Array, rows: int, columns: int) -> tuple[Array, Array]:
    """Return the lowest and highest point of each cell, 0 in cells with too few."""
    cell = np.floor((points[:, [0, 2]] - low) / CELL_M).astype(np.int64)
    inside = ((cell >= 0) & (cell < (columns, rows))).all(axis=1)
    flat = cell[inside, 1] * columns + cell[inside, 0]
    height = points[inside, 1]
    count = np.bincount(flat, minlength=rows * columns)
    least, most = np.full(rows * columns, np.inf, np.float32), np.zeros(rows * columns, np.float32)
    np.minimum.at(least, flat, height)
    np.maximum.at(most, flat, height)
    good = count >= _LEAST_POINTS
    bottom, top = np.where(good, least, 0.0).reshape(rows, columns), np.where(good, most, 0.0).reshape(rows, columns)
    thin = good.reshape(rows, columns) & (top - bottom < _TOP_M)
    return np.where(thin, np.maximum(top - _TOP_M, 0), bottom), top


def _closed(
    bottom: Array, top: Array, x: Array, z: Array, floor: Surface, sights: Sequence[Sight], poses: Sequence[Array]
) -> tuple[Array, Array]:
    """Return the heights without gaps between cells where pixels are too sparse to meet every cell of a level top.

    A pixel covers z^3 / (f^2 h) of a level surface h below the camera: three metres away more than a cell.
    """
    from scipy.ndimage import binary_closing, grey_dilation, grey_erosion

    side = 2 * _GAP_CELLS + 1
    around = np.ones((side, side), bool)
    near = np.hypot(*np.mgrid[-_GAP_CELLS : _GAP_CELLS + 1, -_GAP_CELLS : _GAP_CELLS + 1]) <= _GAP_CELLS
    occupied = top > 0
    gap = binary_closing(np.pad(occupied, side), near)[side:-side, side:-side] & ~occupied
    level = grey_dilation(top, footprint=around)
    lowest = grey_erosion(np.where(occupied, bottom, np.inf), footprint=around)
    pixels = np.zeros(top.shape)
    y = level - (floor.offset_m + x * floor.normal[0] + z * floor.normal[2]) / floor.normal[1]
    points = np.stack([x, y, z], axis=-1)
    for sight, pose in zip(sights, poses, strict=True):
        away = (points - pose[:3, 3]) @ pose[:3, 2]
        below = np.maximum((pose[:3, 3] - points) @ floor.normal, 0)
        k = sight.camera.k
        pixels += np.where(away > 0.1, k[0, 0] * k[1, 1] * below * CELL_M**2 / np.maximum(away, 0.1) ** 3, 0)
    gap &= pixels < _SPARSE
    return np.where(gap, lowest, bottom), np.where(gap, level, top)


def _covered(surface: Surface, x: Array, z: Array, sights: Sequence[Sight], poses: Sequence[Array]) -> Array:
    """Return (rows, columns) bool: the cells at whose middle a frame sees this level surface."""
    y = -(surface.offset_m + x * surface.normal[0] + z * surface.normal[2]) / surface.normal[1]
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    out = np.zeros(x.size, bool)
    for index in {index for index, _ in surface.members}:
        labels = [label for member, label in surface.members if member == index]
        place, _, inside = projected(points, np.linalg.inv(poses[index]), sights[index])
        wanted = np.zeros(256, bool)
        wanted[labels] = True
        out |= inside & wanted[sights[index].field.labels[place[:, 1], place[:, 0]]]
    return out.reshape(x.shape)


def _filled_below(bottom: Array, top: Array, x: Array, z: Array, floor: Surface, sights: Sequence[Sight], poses: Sequence[Array]) -> Array:
    """Return the bottoms, 0 where things seen from above stand on the floor as far as one can see.

    A look at the middle of the air below a seen top: what is nearer and lower than the top is a front that closes it; what is
    farther shows that it is open. Things that belong together (that touch) vote together; without a vote a top is a table.
    """
    from scipy.ndimage import label

    hanging = (top > 0) & (bottom > _STANDING_M)
    if not hanging.any():
        return bottom
    groups, count = label(top > 0, structure=np.ones((3, 3)))
    y = -(floor.offset_m + x * floor.normal[0] + z * floor.normal[2]) / floor.normal[1]
    points = np.stack([x, y + bottom / 2, z], axis=-1)[hanging]
    group, ceiling = groups[hanging], bottom[hanging]
    closed, open_ = np.zeros(count + 1), np.zeros(count + 1)
    for sight, pose in zip(sights, poses, strict=True):
        place, expected, inside = projected(points, np.linalg.inv(pose), sight)
        found = sight.depth_m[place[:, 1], place[:, 0]]
        inside &= np.isfinite(found)
        height = (sight.rays[place[:, 1], place[:, 0]] * np.where(inside, found, 0)[:, None]) @ (pose[:3, :3].T @ floor.normal)
        height = height + float(floor.height_m(pose[:3, 3]))
        slack = 0.05 + _SIGMAS * sight.noise.sigma_m(expected)
        front = inside & (found < expected - slack) & (height < ceiling - 0.08) & (height > LEAST_M)
        through = inside & (found > expected + slack)
        closed += np.bincount(group[front], minlength=count + 1)
        open_ += np.bincount(group[through], minlength=count + 1)
    solid = (closed > open_) & (closed >= _UNDER_VOTES)
    return np.where(hanging & solid[groups], 0.0, bottom)
