"""Outlines of surfaces: what was seen of them, as one polygon, with edges put where planes meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import Extent, PlaneKind
from arviz.vision.room.fusion import projected
from arviz.vision.room.reach import Reach, reach_of
from arviz.vision.room.semantics import Named
from arviz.vision.room.sight import Sight
from arviz.vision.room.surface import Surface, axes_of

_CELL_M = 0.01
_MOST_CELLS = 1200
_CLOSE_M = 0.08
"""Gaps this wide within a surface are closed: lost pixels, cables, the legs of chairs."""
_SIMPLE_M = 0.02
_SNAP_M = 0.12
"""An edge this near to where two planes meet lies there: sensors lose the last centimetres before an edge."""
_MEET_RAD = np.radians(30.0)
_NEAR_M = 0.3
_BEHIND_M = 0.02
_HIDDEN_M = 0.04
_PART = 0.03
"""Of its largest part: smaller ones are chance."""
_BOUNDED = 0.97
"""Share of an outline that lies on other planes for it to be complete."""


class Outline(NamedTuple):
    """A polygon on a surface."""

    polygon_m: Array
    """(N, 3) in the world, counter-clockwise against the normal; no rows where nothing is known."""
    extent: Extent


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sheet:
    """A surface's own coordinates: ``point = origin + u axes[0] + v axes[1]``."""

    origin_m: Array
    axes: Array

    @staticmethod
    def of(surface: Surface) -> Sheet:
        """Return coordinates around the surface's middle; v is up on walls."""
        return Sheet(origin_m=surface.centre_m, axes=axes_of(surface.normal))

    def flat(self, points_m: Array) -> Array:
        """Return (..., 2) u and v of points (..., 3)."""
        out: Array = (points_m - self.origin_m) @ self.axes.T
        return out

    def world(self, flat: Array) -> Array:
        """Return the points (..., 3) of (..., 2) u and v."""
        out: Array = self.origin_m + flat @ self.axes
        return out


def outlines_of(named: Sequence[Named], *, sights: Sequence[Sight], poses: Sequence[Array]) -> list[Outline]:
    """Return the outline of each surface."""
    sheets = [Sheet.of(one.surface) for one in named]
    raw = [seen_polygon(one.surface, sheet, one.kind, sights=sights, poses=poses) for one, sheet in zip(named, sheets, strict=True)]
    world = [sheet.world(polygon) for sheet, polygon in zip(sheets, raw, strict=True)]
    reaches = [
        reach_of(one.surface, corners, sights=sights, poses=poses) if one.kind == "wall" and len(corners) >= 3 else None
        for one, corners in zip(named, world, strict=True)
    ]
    out = []
    for index, (sheet, polygon) in enumerate(zip(sheets, raw, strict=True)):
        if len(polygon) < 3:
            out.append(Outline(np.zeros((0, 3)), "seen"))
            continue
        lines = _meeting_lines(index, named, sheet, world)
        cut = _cut(polygon, sheet, index, named, world, reaches)
        snapped, share = snap(cut, lines)
        out.append(Outline(sheet.world(snapped), "complete" if share >= _BOUNDED else "seen"))
    return out


def seen_polygon(surface: Surface, sheet: Sheet, kind: PlaneKind, *, sights: Sequence[Sight], poses: Sequence[Array]) -> Array:
    """Return the outer polygon (N, 2) in the sheet of what any frame saw of a surface: of its largest part.

    A floor goes on below furniture, so what is hidden between seen parts belongs to it. A wall goes on around its openings and
    behind furniture: it is the convex hull of its parts.
    """
    import cv2

    parts = [part for index, label in surface.members for part in _seen_parts(surface, sheet, sights[index], label, poses[index])]
    if not parts:
        return np.zeros((0, 2))
    if kind == "wall":
        areas = np.array([abs(signed_area(part)) for part in parts])
        points = np.concatenate([part for part, area in zip(parts, areas, strict=True) if area > _PART * areas.max()])
        return cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)
    everything = np.concatenate(parts)
    low, high = everything.min(axis=0) - _CLOSE_M, everything.max(axis=0) + _CLOSE_M
    cell = max(_CELL_M, float((high - low).max()) / _MOST_CELLS)
    size = np.ceil((high - low) / cell).astype(int) + 1
    raster = np.zeros((size[1], size[0]), np.uint8)
    for part in parts:
        one = np.zeros_like(raster) if len(parts) > 1 else raster
        cv2.fillPoly(one, [np.round((part - low) / cell * 16).astype(np.int32)], 1, shift=4)
        raster |= one
    if kind == "floor":
        raster |= _hidden_between(raster, sheet, low, cell, sights, poses)
    side = 2 * round(_CLOSE_M / cell / 2) + 1
    raster = cv2.morphologyEx(raster, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return _largest(raster, low, cell)


def _hidden_between(raster: Array, sheet: Sheet, low: Array, cell: float, sights: Sequence[Sight], poses: Sequence[Array]) -> Array:
    """Return the cells within the convex hull of a raster before which frames see something nearer."""
    import cv2

    hull = np.zeros_like(raster)
    cv2.fillConvexPoly(hull, cv2.convexHull(cv2.findNonZero(raster)), 1)
    step = max(round(_HIDDEN_M / cell), 1)
    v, u = np.indices((-(-raster.shape[0] // step), -(-raster.shape[1] // step)))
    points = sheet.world((np.stack([u, v], axis=-1) + 0.5) * step * cell + low).reshape(-1, 3)
    hidden = np.zeros(len(points), bool)
    for sight, pose in zip(sights, poses, strict=True):
        place, expected, inside = projected(points, np.linalg.inv(pose), sight)
        found = sight.depth_m[place[:, 1], place[:, 0]]
        hidden |= inside & (found < expected - _BEHIND_M)
    wide = np.kron(hidden.reshape(u.shape), np.ones((step, step), bool))[: raster.shape[0], : raster.shape[1]]
    out: Array = (wide & (hull > 0)).astype(np.uint8)
    return out


def _largest(raster: Array, low: Array, cell: float) -> Array:
    import cv2

    contours, _ = cv2.findContours(raster, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return np.zeros((0, 2))
    outer = max(contours, key=cv2.contourArea)
    simple = cv2.approxPolyDP(outer, max(_SIMPLE_M / cell, 1.0), True)[:, 0].astype(np.float64) * cell + low
    if len(simple) < 3:
        return np.zeros((0, 2))
    return simple if signed_area(simple) > 0 else simple[::-1]


def signed_area(polygon: Array) -> float:
    """Return the area of a polygon (N, 2), positive counter-clockwise."""
    x, y = polygon.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def _seen_parts(surface: Surface, sheet: Sheet, sight: Sight, label: int, pose: Array) -> list[Array]:
    """Return the polygons (N, 2) of what one frame saw: its pixels' contours, cast onto the plane."""
    import cv2

    labels = sight.field.labels
    mask = (labels == label).astype(np.uint8)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    mask = np.where(labels == 0, closed, mask)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_TC89_L1)
    least = max(0.0005 * mask.size, 20.0)
    normal = pose[:3, :3].T @ surface.normal
    distance = float(surface.height_m(pose[:3, 3]))
    parts = []
    for contour in contours:
        if len(contour) < 3 or cv2.contourArea(contour) < least:
            continue
        rays = sight.rays[contour[:, 0, 1], contour[:, 0, 0]].astype(np.float64)
        towards = rays @ normal
        good = towards < -1e-3
        if good.sum() < 3:
            continue
        z = np.minimum(-distance / towards[good], sight.noise.far_m)
        local = rays[good] * z[:, None]
        parts.append(sheet.flat(local @ pose[:3, :3].T + pose[:3, 3]))
    return parts


class _Line(NamedTuple):
    """Where another plane meets the sheet: ``across . p + off = 0``, and which part of it the other plane reaches."""

    across: Array
    off: float
    low: float
    high: float

    def distance(self, points: Array) -> Array:
        out: Array = np.abs(points @ self.across + self.off)
        return out

    def along(self, points: Array) -> Array:
        out: Array = points @ np.array([-self.across[1], self.across[0]])
        return out


def _meeting_lines(index: int, named: Sequence[Named], sheet: Sheet, world: Sequence[Array]) -> list[_Line]:
    surface = named[index].surface
    lines = []
    for other_index, (other, corners) in enumerate(zip(named, world, strict=True)):
        structural = other.kind in ("floor", "wall", "ceiling") or named[index].kind in ("other", "table")
        if other_index == index or not structural or len(corners) < 3:
            continue
        across = sheet.axes @ other.surface.normal
        length = float(np.linalg.norm(across))
        if length < np.sin(_MEET_RAD):
            continue
        near = corners[np.abs(surface.height_m(corners)) < _NEAR_M]
        if not len(near):
            continue
        line = _Line(across / length, float(other.surface.height_m(sheet.origin_m)) / length, 0.0, 0.0)
        along = line.along(sheet.flat(near))
        lines.append(line._replace(low=float(along.min()) - _NEAR_M, high=float(along.max()) + _NEAR_M))
    return lines


def snap(polygon: Array, lines: Sequence[_Line]) -> tuple[Array, float]:
    """Put the edges of a polygon (N, 2) that run along lines onto them; return it and the share of its length that lies on lines."""
    if not lines:
        return polygon, 0.0
    start, end = polygon, np.roll(polygon, -1, axis=0)
    owner = np.full(len(polygon), -1)
    best = np.full(len(polygon), _SNAP_M)
    for number, line in enumerate(lines):
        off = np.maximum(line.distance(start), line.distance(end))
        middle = line.along((start + end) / 2)
        nearer = (off < best) & (middle > line.low) & (middle < line.high)
        owner[nearer], best[nearer] = number, off[nearer]
    corners, kept = [], []
    for index in range(len(polygon)):
        before, after = owner[index - 1], owner[index]
        if before == after and before >= 0:
            continue  # along one line: no corner
        corners.append(_corner(polygon[index], [lines[k] for k in (before, after) if k >= 0]))
        kept.append(after)
    if len(corners) < 3:
        return polygon, 0.0
    moved = np.array(corners)
    if signed_area(moved) < 0.5 * signed_area(polygon):  # a sliver whose sides fell on one line
        return polygon, 0.0
    length = np.linalg.norm(np.roll(moved, -1, axis=0) - moved, axis=1)
    return moved, float(length[np.array(kept) >= 0].sum() / max(length.sum(), 1e-12))


def _corner(point: Array, lines: list[_Line]) -> Array:
    if len(lines) == 2:
        matrix = np.stack([line.across for line in lines])
        if abs(np.linalg.det(matrix)) > 0.3:
            crossing = np.linalg.solve(matrix, [-line.off for line in lines])
            if np.linalg.norm(crossing - point) < 3 * _SNAP_M:
                return np.asarray(crossing)
    if lines:
        line = lines[0]
        return np.asarray(point - line.across * float(point @ line.across + line.off))
    return point


def _corner_of_room(wall: Surface, other: Surface, corners: Array) -> bool:
    """Tell whether two walls end at each other: they meet, and each stands before the other (not so where a corner juts out)."""
    facing = wall.height_m(other.centre_m) > 0 and other.height_m(wall.centre_m) > 0
    return bool(facing and np.abs(wall.height_m(corners)).min() < _NEAR_M)


def _cut(
    polygon: Array, sheet: Sheet, index: int, named: Sequence[Named], world: Sequence[Array], reaches: Sequence[Reach | None]
) -> Array:
    """Return a polygon without what lies behind walls, floor and ceiling: seen through doors, or noise."""
    import cv2

    surface, kind = named[index].surface, named[index].kind
    if kind not in ("floor", "ceiling", "wall"):
        return polygon
    cutting = []
    for other, corners, reach in zip(named, world, reaches, strict=True):
        across = sheet.axes @ other.surface.normal
        if other.kind not in ("wall", "floor", "ceiling") or len(corners) < 3 or other.surface.confidence < 0.5:
            continue
        if np.linalg.norm(across) < np.sin(_MEET_RAD):
            continue
        if kind == other.kind == "wall" and not _corner_of_room(surface, other.surface, corners):
            continue
        off = float(other.surface.height_m(sheet.origin_m))
        if (polygon @ across + off < -_BEHIND_M).any():
            cutting.append((across, off, reach))
    if not cutting:
        return polygon
    low, high = polygon.min(axis=0) - 0.05, polygon.max(axis=0) + 0.05
    cell = max(_CELL_M, float((high - low).max()) / _MOST_CELLS)
    size = np.ceil((high - low) / cell).astype(int) + 1
    raster = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(raster, [np.round((polygon - low) / cell * 16).astype(np.int32)], 1, shift=4)
    grid = np.stack(np.meshgrid(np.arange(size[0]), np.arange(size[1])), axis=-1) * cell + low
    for across, off, reach in cutting:
        behind = grid @ across + off < -_BEHIND_M
        raster[behind if reach is None or kind == "wall" else behind & reach.covers(sheet.world(grid))] = 0
    cut = _largest(raster, low, cell)
    return cut if len(cut) >= 3 else polygon
