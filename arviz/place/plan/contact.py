"""How far convex parts can move along a direction until they touch convex pieces: exact, for all pieces at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array

_BESIDE_M = 1e-5
"""What slides past each other with less in common does not meet."""
_TOUCHING_M = 1e-9
_FIRST = 8


class Contact(NamedTuple):
    """How far a part can move, the index of the piece that stops it, and where on the part they touch before the move, (2,)."""

    distance_m: float
    piece: int
    on_m: Array


def padded(outlines_m: Sequence[Array]) -> Array:
    """Return (N, K, 2) corners of polygons that may have different numbers of them: the last one is repeated."""
    most = max((len(outline) for outline in outlines_m), default=1)
    out = np.empty((len(outlines_m), most, 2))
    for row, outline in zip(out, outlines_m, strict=True):
        row[: len(outline)] = outline
        row[len(outline) :] = outline[-1]
    return out


def first_contact(part_m: Array, pieces_m: Array, *, direction: Array) -> Contact | None:
    """Return what a convex part meets first along a unit vector; None if nothing lies before it.

    Seen along the direction, the gap between the front of the part and the near side of a piece is a convex function of the
    place across: it is least at a corner of either, or where their common span ends.

    Parameters
    ----------
    part_m : ndarray (M, 2)
    pieces_m : ndarray (N, K, 2)
        As from `padded`; corners in any sense of rotation, repeated ones do no harm.
    direction : ndarray (2,)
        What the part already reaches into stops it at once.
    """
    if not len(pieces_m):
        return None
    frame = np.stack([np.array([-direction[1], direction[0]]), direction], axis=1)
    part, pieces = part_m @ frame, pieces_m @ frame
    low = np.maximum(pieces[..., 0].min(axis=1), part[:, 0].min())
    high = np.minimum(pieces[..., 0].max(axis=1), part[:, 0].max())
    before = np.flatnonzero((high - low > _BESIDE_M) & (pieces[..., 1].max(axis=1) > part[:, 1].min()))
    # No nearer than this; most pieces are farther than the nearest of the first few is.
    nearest = pieces[before, :, 1].min(axis=1) - part[:, 1].max()
    before, nearest = before[np.argsort(nearest)], np.sort(nearest)
    best = _closest(part, pieces, before[:_FIRST], low, high)
    rest = before[_FIRST:][nearest[_FIRST:] < (np.inf if best is None else best[0])]
    other = _closest(part, pieces, rest, low, high)
    found = min((each for each in (best, other) if each is not None), key=lambda each: each[:2], default=None)
    if found is None:
        return None
    return Contact(max(found[0], 0.0), found[2], frame @ found[3])


def _closest(part: Array, pieces: Array, which: Array, low: Array, high: Array) -> tuple[float, float, int, Array] | None:
    """Return the least gap to some of the pieces, how far from the part's middle it is, the piece, and the place on the part."""
    if not len(which):
        return None
    pieces, low, high = pieces[which], low[which, None], high[which, None]
    centre = (part[:, 0].min() + part[:, 0].max()) / 2
    own = np.broadcast_to(np.append(part[:, 0], centre), (len(which), len(part) + 1))
    places = np.clip(np.concatenate([pieces[..., 0], own], axis=1), low, high)  # the ends of the common span are among them
    near, far = _sides(pieces, places)
    back, front = (side.reshape(places.shape) for side in _sides(part[None], places.reshape(1, -1)))
    at_middle = np.argmin(((low + high) / 2 - places) ** 2, axis=1)[:, None]
    ahead = np.take_along_axis(near + far - back - front, at_middle, axis=1)[:, 0] > 0
    gaps = np.where(ahead[:, None], near - front, np.inf)
    least = float(gaps.min())
    if not np.isfinite(least):
        return None
    # Flat against flat they touch along a line: its place nearest to the part's middle is told.
    ties = np.where(gaps <= least + _TOUCHING_M, np.abs(places - centre), np.inf)
    row, column = np.unravel_index(int(np.argmin(ties)), ties.shape)
    return least, float(ties[row, column]), int(which[row]), np.array([places[row, column], front[row, column]])


def _sides(polygons: Array, places: Array) -> tuple[Array, Array]:
    """Return the least and the greatest second coordinate of convex polygons (N, K, 2) at first coordinates (N, P)."""
    edges = np.roll(polygons, -1, axis=1) - polygons
    run, rise = edges[..., 0, None], edges[..., 1, None]
    start = polygons[..., 0, None]
    steep = np.abs(run) < 1e-12
    share = (places[:, None] - start) / np.where(steep, 1.0, run)
    spans = ~steep & (share > -1e-9) & (share < 1 + 1e-9)
    heights = polygons[..., 1, None] + share * rise
    return np.where(spans, heights, np.inf).min(axis=1), np.where(spans, heights, -np.inf).max(axis=1)
