"""Openings in walls: where one looks through the wall's plane, and where depth is missing within it (weak evidence).

An opening is what is *not wall* around places that lie clearly behind the wall: so its edges are where the wall ends, not
where the reveal has become deep enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.core.room import Opening, OpeningKind
from arviz.vision.room.fusion import projected
from arviz.vision.room.outlines import Outline, Sheet
from arviz.vision.room.semantics import Named
from arviz.vision.room.sight import Sight
from arviz.vision.room.surface import Surface

_CELL_M = 0.02
_BEHIND_M = 0.15
_SIGMAS = 4.0
_LEAST_M = 0.35
"""Narrower and lower things are niches, sockets and noise."""
_FILL = 0.7
"""Of its rectangle: openings are rectangles."""
_REACHES_M = 0.12
_PASSAGE_M = 1.2
"""Wider ones are no doors."""
_CLOSED = 0.6
_GLASS_CONFIDENCE = 0.3
_MIRROR_CONFIDENCE = 0.5
_CUT_OFF = 0.5
"""An opening that the picture's edge cuts is there, but nobody knows how wide it is."""


class _Seen(NamedTuple):
    """What frames say about each cell of a wall's sheet."""

    wall: Array
    recessed: Array
    behind: Array
    hole: Array
    pitch_m: Array
    """How far neighbouring pixels are apart there."""


def openings_of(
    named: Sequence[Named], outlines: Sequence[Outline], *, sights: Sequence[Sight], poses: Sequence[Array]
) -> tuple[list[Opening], tuple[Finding, ...]]:
    """Return the openings of all walls, each with the index of its wall, and what is doubtful."""
    floor = next((one.surface for one in named if one.kind == "floor"), None)
    out: list[Opening] = []
    findings = []
    for index, (one, outline) in enumerate(zip(named, outlines, strict=True)):
        if one.kind != "wall" or len(outline.polygon_m) < 3:
            continue
        for opening in _of_wall(index, one.surface, outline, floor, sights, poses):
            out.append(opening)
            if opening.kind == "window" and opening.confidence <= _GLASS_CONFIDENCE:
                findings.append(_finding("W_GLASS", index, "no depth within a closed outline: glass, a mirror or something black"))
            elif opening.kind == "window":
                findings.append(_finding("W_MIRROR", index, "depth behind a wall within a closed outline: a window or a mirror"))
    return out, tuple(findings)


def _finding(code: str, wall: int, message: str) -> Finding:
    return Finding(code=code, severity="info", where=f"planes[{wall}]", message=message, hint="Look at the drawn picture.")


def _of_wall(
    index: int, surface: Surface, outline: Outline, floor: Surface | None, sights: Sequence[Sight], poses: Sequence[Array]
) -> list[Opening]:
    from scipy.ndimage import binary_closing, binary_opening, find_objects, label

    sheet = Sheet.of(surface)
    corners = sheet.flat(outline.polygon_m)
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = np.ceil((high - low) / _CELL_M).astype(int)
    if (size < _LEAST_M / _CELL_M).any():
        return []
    seen = _looked_at(sheet, low, size, surface, sights, poses)
    square = np.ones((3, 3))
    wide = binary_opening(seen.wall, np.ones((3, 6)))
    out = []
    taken = np.zeros(seen.wall.shape, bool)
    for evidence, certain in ((seen.behind, True), (seen.hole, False)):
        core = binary_opening(evidence & ~taken, square, iterations=2)
        # Bars of a window are no wall: what is narrower than 12 cm divides nothing; nor does a thread of lost pixels join.
        region = binary_closing(seen.recessed | seen.hole, np.ones((5, 7))) & ~wide & ~taken
        region = binary_opening(region, square, iterations=2)
        groups, _ = label(region)
        for number, part in enumerate(find_objects(groups), start=1):
            if part is None or not (core[part] & (groups[part] == number)).any():
                continue
            mask = groups[part] == number
            opening = _measured(mask, part, seen, low, sheet, surface, floor, index, certain)
            if opening is not None:
                out.append(opening)
                taken[part] |= mask
    return out


def _looked_at(sheet: Sheet, low: Array, size: Array, surface: Surface, sights: Sequence[Sight], poses: Sequence[Array]) -> _Seen:
    """Look through the middle of each cell with every frame."""
    u, v = np.meshgrid(low[0] + (np.arange(size[0]) + 0.5) * _CELL_M, low[1] + (np.arange(size[1]) + 0.5) * _CELL_M)
    points = sheet.world(np.stack([u, v], axis=-1)).reshape(-1, 3)
    wall, recessed, behind, hole = (np.zeros(len(points), bool) for _ in range(4))
    pitch = np.full(len(points), np.inf)
    for sight, pose in zip(sights, poses, strict=True):
        if surface.height_m(pose[:3, 3]) < 0.1:
            continue
        place, expected, inside = projected(points, np.linalg.inv(pose), sight)
        found = sight.depth_m[place[:, 1], place[:, 0]]
        # Beyond the sensor's range nothing would be seen of the wall either.
        inside &= expected < 0.95 * sight.noise.far_m
        ray = points - pose[:3, 3]
        steep = np.abs(ray @ surface.normal) / np.maximum(expected, 1e-6)
        sigma = sight.noise.sigma_m(expected) + sight.noise.smooth_share * expected + surface.sigma_at_m(points) / np.maximum(steep, 0.1)
        with np.errstate(invalid="ignore"):
            off = found - expected
            wall |= inside & (np.abs(off) < 0.01 + 3 * sigma)
            recessed |= inside & np.isfinite(found) & (off > 0.01 + 3 * sigma)
            behind |= inside & np.isfinite(found) & (off * steep > _BEHIND_M) & (off > _SIGMAS * sigma)
            hole |= inside & ~np.isfinite(found)
        pitch = np.where(inside, np.minimum(pitch, expected / sight.camera.k[0, 0] / np.maximum(steep, 0.1)), pitch)
    shape = (int(size[1]), int(size[0]))
    recessed &= ~wall
    behind &= ~wall
    hole &= ~wall & ~recessed
    return _Seen(*(array.reshape(shape) for array in (wall, recessed, behind, hole, pitch)))


def _measured(
    mask: Array,
    part: tuple[slice, slice],
    seen: _Seen,
    low: Array,
    sheet: Sheet,
    surface: Surface,
    floor: Surface | None,
    index: int,
    certain: bool,
) -> Opening | None:
    """Return the opening of a region, as a rectangle; None where it is too small, ragged, or not within the wall."""
    rows, columns = mask.sum(axis=1), mask.sum(axis=0)
    full_rows, full_columns = np.flatnonzero(rows > 0.5 * rows.max()), np.flatnonzero(columns > 0.5 * columns.max())
    box = (slice(full_rows[0], full_rows[-1] + 1), slice(full_columns[0], full_columns[-1] + 1))
    body = mask[box]
    height, width = np.array(body.shape) * _CELL_M
    if min(width, height) < _LEAST_M or body.mean() < _FILL:
        return None
    top, left = part[0].start + box[0].start, part[1].start + box[1].start
    bottom_row, right = top + body.shape[0], left + body.shape[1]
    sides = _wall_beside(seen, (top, bottom_row), (left, right))
    whole = left > 0 and right < seen.wall.shape[1] and np.isfinite(seen.pitch_m[top:bottom_row, [left - 1, right]]).mean() > _CLOSED
    if min(sides[:2]) < _CLOSED:
        return None  # the wall ends here: a corner of the room, not an opening
    edges, spread = _edges(mask[box])
    u = low[0] + (left + edges[:2]) * _CELL_M
    v = low[1] + np.array([top, bottom_row]) * _CELL_M
    reaches = False
    if floor is not None:
        ends = sheet.world(np.array([[u[0], v[0]], [u[1], v[0]]]))
        heights = floor.height_m(ends)
        reaches = bool(heights.max() < _REACHES_M)
        if reaches:
            v[0] -= float(heights.mean())
    if not certain and (reaches or min(sides) < _CLOSED):
        return None
    kind: OpeningKind = ("passage" if width > _PASSAGE_M else "door") if reaches else "window"
    pitch = seen.pitch_m[box]
    pitch_m = float(np.median(pitch[np.isfinite(pitch)])) if np.isfinite(pitch).any() else _CELL_M
    sigma = float(np.sqrt((_CELL_M**2 / 12) + (0.7 * pitch_m) ** 2 + (spread * _CELL_M) ** 2))
    corners = np.array([[u[0], v[0]], [u[1], v[0]], [u[1], v[1]], [u[0], v[1]]])
    if certain:
        confidence = 0.9 if reaches else _MIRROR_CONFIDENCE
        confidence *= min(1.0, float(np.mean(sides[:2])) + 0.1)
    else:
        confidence = _GLASS_CONFIDENCE
    if not whole:
        confidence *= _CUT_OFF
    return Opening(
        kind=kind, wall=index, outline_m=sheet.world(corners), sigma_m=sigma, source="depth", confidence=confidence * surface.confidence
    )


def _wall_beside(seen: _Seen, rows: tuple[int, int], columns: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return the share of wall, or of nothing seen, (left, right, below, above) in bands of 10 cm around a rectangle of cells."""
    band = 5

    def share(part: Array) -> float:
        return float(part.max(axis=1).mean()) if part.size else 1.0

    known = seen.wall | ~np.isfinite(seen.pitch_m)
    left = known[rows[0] : rows[1], max(columns[0] - band, 0) : columns[0]]
    right = known[rows[0] : rows[1], columns[1] : columns[1] + band]
    below = known[max(rows[0] - band, 0) : rows[0], columns[0] : columns[1]].T
    above = known[rows[1] : rows[1] + band, columns[0] : columns[1]].T
    return share(left), share(right), share(below), share(above)


def _edges(body: Array) -> tuple[Array, float]:
    """Return the columns where the left and right edge lie, and the standard deviation of their medians, in cells."""
    first = body.argmax(axis=1).astype(np.float64)
    last = body.shape[1] - body[:, ::-1].argmax(axis=1).astype(np.float64)
    good = body.any(axis=1)
    edges = np.array([np.median(first[good]), np.median(last[good])])
    spread = max(float(np.median(np.abs(side[good] - edge))) for side, edge in zip((first, last), edges, strict=True))
    return edges, 1.25 * 1.48 * spread / np.sqrt(max(good.sum() / 5, 1))
