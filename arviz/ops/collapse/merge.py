"""Which wedges become one when an edge collapses."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.ops.collapse.edges import Edges
from arviz.ops.collapse.quadrics import Quadrics


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
