"""Polygons to triangles, for every format that has them.

Quads are split along the diagonal from their first corner, as most tools do, unless that turns a concave one
inside out. Larger convex polygons are fanned. Concave ones, and those with corners on a straight edge (a fan would
leave slivers and so T-junctions), are ear-clipped (Meisters 1975) in their own plane. Ear clipping is quadratic
here, so polygons of more than `MOST_CORNERS` corners, and whatever comes after `MOST_TRIALS` tried ears in one
file, are fanned, which is wrong only where they are concave; `solid_triangles` says so in a finding.
mapbox-earcut would do the same for one more compiled dependency.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.formats.flat import degenerate_finding, has_area

MOST_CORNERS = 1000
MOST_TRIALS = 20_000
"""Some 100 us each."""

_STRAIGHT = 1e-9
"""Sine of the turn below which a corner counts as lying on a straight edge."""


class Triangulation(NamedTuple):
    """`corners` (T, 3): places in the flat corner list; `polygon` (T,): which polygon; `fanned`: polygons cut blindly."""

    corners: Array
    polygon: Array
    fanned: int


def solid_triangles(points: Array, corners: Array, lengths: Array, *, findings: list[Finding], where: str = "") -> Triangulation:
    """Return polygons as `triangulate` cuts them, without triangles that have no area; `findings` get what is to be said of that."""
    cut = triangulate(points, corners, lengths)
    if cut.fanned:
        message = f"{cut.fanned:,} large polygons were cut into fans; concave ones among them are drawn wrongly"
        hint = f"Triangulate polygons of more than {MOST_CORNERS} corners before exporting."
        findings.append(Finding(code="W_POLYGON_FANNED", severity="warning", where=where, message=message, hint=hint))
    kept = has_area(*(points[corners[cut.corners[:, i]]].astype(np.float64) for i in range(3)))
    if kept.all():
        return cut
    findings.append(degenerate_finding(int(np.count_nonzero(~kept)), total=len(kept)))
    return cut._replace(corners=cut.corners[kept], polygon=cut.polygon[kept])


def triangulate(points: Array, corners: Array, lengths: Array) -> Triangulation:
    """Cut polygons into triangles that use their corners and no others.

    Parameters
    ----------
    points : ndarray (V, 3)
    corners : ndarray (C,) int
        Vertex of each corner, polygon after polygon.
    lengths : ndarray (P,) int
        Corners per polygon; those with fewer than 3 give nothing.

    Returns
    -------
    Triangulation
        Triangles in the order of their polygons, with their orientation.
    """
    first = np.cumsum(lengths) - lengths
    parts: list[tuple[Array, Array]] = []
    fanned = 0
    three = np.flatnonzero(lengths == 3)
    parts.append((first[three, None] + np.arange(3), three))
    four = np.flatnonzero(lengths == 4)
    if four.size:
        parts.append((_split_quads(points, corners, first[four]), np.repeat(four, 2)))
    more = np.flatnonzero(lengths > 4)
    if more.size:
        difficult = more[~_convex(points, corners, first[more], lengths[more])]
        trials = MOST_TRIALS
        clipped: list[int] = []
        for polygon in difficult.tolist():
            count, start = int(lengths[polygon]), int(first[polygon])
            if count > MOST_CORNERS or trials < count:
                fanned += 1
                continue
            triangles, used = _clip_ears(points[corners[start : start + count]].astype(np.float64), most_trials=trials)
            trials -= used
            parts.append((start + triangles, np.full(len(triangles), polygon)))
            clipped.append(polygon)
        easy = np.setdiff1d(more, clipped, assume_unique=True)
        parts.append(_fan(first[easy], lengths[easy], easy))
    out, polygon_of = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    if len(three) != len(lengths):
        order = np.argsort(polygon_of, kind="stable")
        out, polygon_of = out[order], polygon_of[order]
    return Triangulation(out, polygon_of, fanned)


def _fan(first: Array, lengths: Array, polygons: Array) -> tuple[Array, Array]:
    counts = lengths - 2
    owner = np.repeat(np.arange(len(first)), counts)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    start = first[owner]
    return np.stack([start, start + step + 1, start + step + 2], axis=1), polygons[owner]


def _split_quads(points: Array, corners: Array, first: Array) -> Array:
    a, b, c, d = (points[corners[first + i]].astype(np.float64) for i in range(4))
    abc, acd = np.cross(b - a, c - a), np.cross(c - a, d - a)
    bcd, bda = np.cross(c - b, d - b), np.cross(d - b, a - b)
    usual = (np.einsum("ij,ij->i", abc, acd) > 0) & has_area(a, b, c) & has_area(a, c, d)
    other = (np.einsum("ij,ij->i", bcd, bda) > 0) & has_area(b, c, d) & has_area(b, d, a)
    cut = np.where((other & ~usual)[:, None], [1, 2, 3, 1, 3, 0], [0, 1, 2, 0, 2, 3])
    return (first[:, None] + cut).reshape(-1, 3)


def _convex(points: Array, corners: Array, first: Array, lengths: Array) -> Array:
    """Return (P,) bool: every corner turns the same way, visibly, and the turns go round once."""
    place = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    start, count = np.repeat(first, lengths), np.repeat(lengths, lengths)
    here = points[corners[start + place]].astype(np.float64)
    edge = points[corners[start + (place + 1) % count]] - here
    before = here - points[corners[start + (place - 1) % count]]
    turn = np.cross(before, edge)
    rows = np.cumsum(lengths) - lengths
    normal = np.add.reduceat(np.cross(here - np.repeat(here[rows], lengths, axis=0), edge), rows)  # Newell: twice the area vector
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), np.finfo(float).tiny)
    height = np.einsum("ij,ij->i", turn, np.repeat(normal, lengths, axis=0))
    scale = np.linalg.norm(before, axis=1) * np.linalg.norm(edge, axis=1)
    angle = np.arctan2(height, np.einsum("ij,ij->i", before, edge))
    once = np.abs(np.add.reduceat(angle, rows) - 2 * np.pi) < 1
    out: Array = np.logical_and.reduceat(height > _STRAIGHT * scale, rows) & once
    return out


def _clip_ears(points: Array, *, most_trials: int) -> tuple[Array, int]:
    """Return the triangles (T, 3) of one polygon (N, 3) and the ears that were tried."""
    flat = _in_its_plane(points)
    left = np.arange(len(flat))
    out: list[tuple[int, int, int]] = []
    trials = 0
    at = 0
    while len(left) > 3:
        ring = flat[left]
        before, after = np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0)
        turn = _cross(ring - before, after - ring)
        scale = np.hypot(*(ring - before).T) * np.hypot(*(after - ring).T)
        convex = np.flatnonzero(turn > _STRAIGHT * scale)
        ear = -1
        # Going on from the last ear spreads the cuts round the polygon and so avoids one fan of slivers.
        for i in np.roll(convex, -int(np.searchsorted(convex, at))).tolist():
            trials += 1
            if trials > most_trials:
                break
            if not _blocked(ring, before[i], ring[i], after[i]):
                ear = i
                break
        if ear < 0:  # self-crossing or spent: the rest is fanned
            out.extend((int(left[0]), int(left[j]), int(left[j + 1])) for j in range(1, len(left) - 1))
            return np.array(out), trials
        out.append((int(left[ear - 1]), int(left[ear]), int(left[(ear + 1) % len(left)])))
        left = np.delete(left, ear)
        at = ear + 1 if ear + 1 < len(left) else 0
    out.append((int(left[0]), int(left[1]), int(left[2])))
    return np.array(out), trials


def _blocked(ring: Array, a: Array, b: Array, c: Array) -> bool:
    """Say whether a corner of `ring` lies in triangle abc or on its new edge ca; corners at a, b or c do not count.

    Corners at the same place belong to keyhole polygons, in which a slit joins a hole to the outline.
    """
    inside = (_cross(b - a, ring - a) > 0) & (_cross(c - b, ring - b) > 0) & (_cross(a - c, ring - c) >= 0)
    inside &= (ring != a).any(axis=1) & (ring != c).any(axis=1)
    return bool(inside.any())


def _in_its_plane(points: Array) -> Array:
    """Return (N, 2): the polygon along the axes most square to its Newell normal, counter-clockwise."""
    centred = points - points[0]
    normal = np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0)
    axis = int(np.argmax(np.abs(normal)))
    flat: Array = centred[:, [(axis + 1) % 3, (axis + 2) % 3]]
    if normal[axis] < 0:
        flat = flat * [-1, 1]
    return flat


def _cross(u: Array, v: Array) -> Array:
    out: Array = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
    return out
