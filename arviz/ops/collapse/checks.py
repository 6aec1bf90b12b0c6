"""What forbids a collapse: a surface that would pinch, fold over itself, or turn its picture inside out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array
from arviz.ops.collapse.edges import Edges
from arviz.ops.collapse.surface import Surface, normals_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How far a face may turn (cosine), whether its picture may turn over, and whether a closed shell may end as two faces back to back."""

    turn: float
    keep_uv: bool
    keep_shells: bool


RULES = (
    Rule(turn=0.3, keep_uv=True, keep_shells=True),
    Rule(turn=0.1, keep_uv=False, keep_shells=True),
    Rule(turn=-1.0, keep_uv=False, keep_shells=False),
)
"""Where nothing can collapse any more, the next rule holds: pictures may turn over, then faces."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ring:
    """The triangles round edges of which none has a point beside another's.

    Parameters
    ----------
    rows : ndarray (N,)
        Triangles that have an end of an edge.
    edge : ndarray (N,)
        Which edge.
    inside : ndarray (N, 3) bool
        Corners that are ends of it.
    """

    rows: Array
    edge: Array
    inside: Array


def ring_of(surface: Surface, edges: Edges) -> Ring:
    """Return the triangles round `edges`."""
    edge_at = np.full(len(surface.points), -1, np.int32)
    edge_at[edges.ends] = np.arange(len(edges), dtype=np.int32)[:, None]
    at = edge_at[surface.triangles]
    rows = np.flatnonzero(at.max(axis=1) >= 0)
    return Ring(rows=rows, edge=at[rows].max(axis=1), inside=at[rows] >= 0)


def sound(surface: Surface, edges: Edges, ring: Ring, border: Array, rule: Rule) -> Array:
    """Return (n,) bool: the collapse keeps the surface a surface.

    The link condition (Dey et al., "Topology preserving edge contraction", 1999): beside the triangles that vanish, the
    two ends have no common neighbour, and no triangle would double another; an edge across a sheet from border to border stays.
    """
    points = surface.triangles[ring.rows]
    count, total = len(edges), np.int64(len(surface.points))
    second = ring.inside & (points == edges.ends[ring.edge, 1][:, None])
    edge = np.repeat(ring.edge[:, None], 3, axis=1).astype(np.int64) * total
    outer = ~ring.inside
    at_second = np.repeat(second.any(axis=1)[:, None], 3, axis=1)
    vanishing = np.repeat((ring.inside.sum(axis=1) > 1)[:, None], 3, axis=1)
    key = edge + points
    apexes = np.unique(key[outer & vanishing])
    ones = np.unique(key[outer & ~at_second])
    ones = np.union1d(ones, apexes)
    others = np.union1d(np.unique(key[outer & at_second]), apexes)
    common = np.intersect1d(ones, others, assume_unique=True)
    out: Array = np.bincount(common // total, minlength=count) == np.bincount(apexes // total, minlength=count)
    out &= ~(border[edges.ends].all(axis=1) & (edges.faces != 1))
    if not rule.keep_shells:
        return out
    changed = ring.inside.sum(axis=1) == 1
    far = np.sort(np.where(ring.inside, -1, points)[changed], axis=1)[:, 1:]
    opposite = np.unique(np.c_[ring.edge[changed], far, at_second[changed, 0]], axis=0)
    doubled = (opposite[1:, :3] == opposite[:-1, :3]).all(axis=1)
    out[opposite[1:][doubled, 0]] = False
    return out


def turned(before: Array, after: Array, rule: Rule) -> Array:
    """Return (N,) bool: triangles (N, 3, 3) that turn further than the rule allows."""
    old, new = normals_of(*before.transpose(1, 0, 2)), normals_of(*after.transpose(1, 0, 2))
    lengths = np.linalg.norm(old, axis=1) * np.linalg.norm(new, axis=1)
    return np.asarray(np.einsum("ti,ti->t", old, new) < rule.turn * lengths)


def turned_over(before: Array, after: Array) -> Array:
    """Return (N,) bool: triangles whose picture (N, 3, 2) turns over."""
    return np.asarray(_signed(before) * _signed(after) < 0)


def _signed(uv: Array) -> Array:
    u, v = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    return np.asarray(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
