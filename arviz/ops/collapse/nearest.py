"""Distances between points and the triangles near them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array

_PAIRS_AT_ONCE = 1 << 18


class Nearest(NamedTuple):
    """For each point the nearest of its triangles (-1 where it has none), the squared distance, and weights of the corners there."""

    row: Array
    squared: Array
    weights: Array

    def of(self, chosen: Array) -> Nearest:
        """Return what was found for some of the points."""
        return Nearest(self.row[chosen], self.squared[chosen], self.weights[chosen])


class Groups:
    """Things gathered by the groups that they are in: `groups` (N * per,), below `count`, `per` of each thing in turn."""

    def __init__(self, groups: Array, *, count: int, per: int = 1) -> None:
        self.order = np.argsort(groups, kind="stable") // per
        self.many = np.bincount(groups, minlength=count)
        self.start = np.cumsum(self.many) - self.many


def nearest(points: Array, group: Array, triangles: Array, groups: Groups) -> Nearest:
    """Find for each point (N, 3) the nearest of the triangles (M, 3, 3) of its `group` (N,)."""
    out = Nearest(np.full(len(points), -1), np.full(len(points), np.inf), np.zeros((len(points), 3)))
    rows = np.flatnonzero(groups.many[group])
    pairs = np.cumsum(groups.many[group[rows]])
    at = 0
    while at < len(rows):
        done = int(pairs[at - 1]) if at else 0
        stop = max(at + 1, int(np.searchsorted(pairs, done + _PAIRS_AT_ONCE, side="right")))
        some = rows[at:stop]
        many = groups.many[group[some]]
        first = np.cumsum(many) - many
        step = np.arange(int(many.sum())) - np.repeat(first, many)
        candidate = groups.order[np.repeat(groups.start[group[some]], many) + step]
        squared, weights = _to_triangles(np.repeat(points[some], many, axis=0), triangles[candidate])
        least = np.minimum.reduceat(squared, first)
        hits = np.flatnonzero(squared == np.repeat(least, many))
        owner = np.repeat(np.arange(len(some)), many)[hits]
        hits = hits[np.r_[True, np.diff(owner) > 0]]
        out.row[some], out.squared[some], out.weights[some] = candidate[hits], least, weights[hits]
        at = stop
    return out


def _to_triangles(points: Array, triangles: Array) -> tuple[Array, Array]:
    """Return (N,) squared distances and (N, 3) weights of the corners at the nearest point.

    Inside when the foot on the plane is, else the nearest of the three sides (Ericson, "Real-Time Collision Detection", 5.1.5, without
    its branches).
    """
    a = triangles[:, 0]
    u, v, w = triangles[:, 1] - a, triangles[:, 2] - a, points - a
    uu, uv, vv = _dot(u, u), _dot(u, v), _dot(v, v)
    wu, wv = _dot(w, u), _dot(w, v)
    area = uu * vv - uv * uv
    solid = area > 1e-12 * uu * vv
    safe = np.where(solid, area, 1)
    s, t = (vv * wu - uv * wv) / safe, (uu * wv - uv * wu) / safe
    inside = solid & (s >= 0) & (t >= 0) & (s + t <= 1)
    # Along ab, ac and bc.
    ab, ac = _share(wu, uu), _share(wv, vv)
    bc = _share(wv - wu + uu - uv, uu - 2 * uv + vv)
    zero = np.zeros_like(ab)
    options_s, options_t = np.stack([ab, zero, 1 - bc]), np.stack([zero, ac, bc])
    squared = _squared(_dot(w, w), wu, wv, uu, uv, vv, options_s, options_t)
    best = squared.argmin(axis=0)
    row = np.arange(len(points))
    s, t = np.where(inside, s, options_s[best, row]), np.where(inside, t, options_t[best, row])
    off = w - s[:, None] * u - t[:, None] * v
    return _dot(off, off), np.stack([1 - s - t, s, t], axis=1)


def _share(dot: Array, length: Array) -> Array:
    return np.asarray(np.clip(np.divide(dot, length, out=np.zeros_like(dot), where=length > 0), 0, 1))


def _squared(ww: Array, wu: Array, wv: Array, uu: Array, uv: Array, vv: Array, s: Array, t: Array) -> Array:
    return np.asarray(ww - 2 * (s * wu + t * wv) + s * s * uu + 2 * s * t * uv + t * t * vv)


def _dot(a: Array, b: Array) -> Array:
    return np.asarray(np.einsum("ni,ni->n", a, b))
