"""What forbids a collapse: a surface that would pinch, fold over itself, or turn its picture inside out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array
from arviz.ops.collapse.edges import Edges
from arviz.ops.collapse.quadrics import Quadrics
from arviz.ops.collapse.surface import Surface, normals_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How far a face may turn (cosine), and whether its picture may turn over."""

    turn: float
    keep_uv: bool


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


def sound(surface: Surface, edges: Edges, ring: Ring, border: Array) -> Array:
    """Return (n,) bool: the collapse keeps the surface a surface.

    The link condition (Dey et al., "Topology preserving edge contraction", 1999): beside the triangles that vanish, the two ends have no common neighbour, and no triangle would double another; an edge across a
    sheet from border to border stays.
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
    out = np.bincount(common // total, minlength=count) == np.bincount(apexes // total, minlength=count)
    changed = ring.inside.sum(axis=1) == 1
    far = np.sort(np.where(ring.inside, -1, points)[changed], axis=1)[:, 1:]
    opposite = np.unique(np.c_[ring.edge[changed], far, at_second[changed, 0]], axis=0)
    doubled = (opposite[1:, :3] == opposite[:-1, :3]).all(axis=1)
    out[opposite[1:][doubled, 0]] = False
    return np.asarray(out & ~(border[edges.ends].all(axis=1) & (edges.faces != 1)))


def turned(surface: Surface, edges: Edges, ring: Ring, values: Array, rule: Rule) -> Array:
    """Return (n,) bool: a triangle would turn further than the rule allows; `values` (N, 3, k) are those after the collapse."""
    changed = np.flatnonzero(ring.inside.sum(axis=1) == 1)
    rows, edge = ring.rows[changed], ring.edge[changed]
    moving = ring.inside[changed]
    before = surface.points[surface.triangles[rows]]
    after = np.where(moving[:, :, None], edges.places[edge][:, None], before)
    old, new = normals_of(*before.transpose(1, 0, 2)), normals_of(*after.transpose(1, 0, 2))
    lengths = np.linalg.norm(old, axis=1) * np.linalg.norm(new, axis=1)
    bad = np.einsum("ti,ti->t", old, new) < rule.turn * lengths
    if rule.keep_uv:
        for columns in surface.uv:
            was = _signed(surface.values[surface.corners[rows]][:, :, columns])
            bad |= was * _signed(values[changed][:, :, columns]) < 0
    out = np.zeros(len(edges), bool)
    out[edge[bad]] = True
    return out


def merged(edges: Edges, state: Quadrics) -> tuple[Array, Array, Array, Array]:
    """Return what wedges become of `edges`: those that stay (M,), their functions (M, k, 4) and weights (M,), and (K, 2) gone -> into."""
    keep, gone = edges.pairs[:, 0, 0], edges.pairs[:, 0, 1]
    two = edges.pairs[:, 1, 0] >= 0
    one, other = edges.pairs[:, 1, 0], edges.pairs[:, 1, 1]
    # Where a seam ends, both pairs have a wedge in common: three become one.
    shared = two & ((one == keep) | (other == gone))
    third = np.where(one == keep, other, one)
    apart = two & ~shared
    stay = np.r_[keep, one[apart]]
    groups = [(keep, gone), (one[apart], other[apart])]
    sums = np.concatenate([_sum(state, group) for group in groups])
    weights = np.concatenate([state.weights[a] + state.weights[b] for a, b in groups])
    rows = np.flatnonzero(shared)
    sums[rows] += state.functions[third[rows]] * state.weights[third[rows]][:, None, None]
    weights[rows] += state.weights[third[rows]]
    known = weights > 0
    functions = state.functions[stay].copy()
    functions[known] = sums[known] / weights[known][:, None, None]
    into = np.concatenate([np.stack(pair, axis=1) for pair in ((gone, keep), (third[shared], keep[shared]), (other[apart], one[apart]))])
    return stay, functions, weights, into


def _sum(state: Quadrics, group: tuple[Array, Array]) -> Array:
    one, other = group
    out: Array = state.functions[one] * state.weights[one][:, None, None] + state.functions[other] * state.weights[other][:, None, None]
    return out


def _signed(uv: Array) -> Array:
    u, v = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    return np.asarray(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
