"""The loop: in each round the cheapest edges that are not beside each other collapse together.

Taking one edge after the other from a queue is best and, in Python, hundreds of times slower. Here an edge collapses when it is the
cheapest of all edges that touch its ends' neighbours, and among the cheapest `_SHARE` of all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array
from arviz.ops.collapse.checks import Rule, merged, ring_of, sound, turned
from arviz.ops.collapse.edges import PLACES, Edges, edges_of, errors_of, price
from arviz.ops.collapse.quadrics import Quadrics, hold_edges, quadrics
from arviz.ops.collapse.surface import Surface

_SHARE = 0.25
_STEP = 0.34
"""Part of what is still to go that one round may take: the last rounds choose among few, so the order is nearly that of a queue."""
_LEAST = 32
RULES = (Rule(turn=0.3, keep_uv=True), Rule(turn=0.1, keep_uv=False), Rule(turn=-0.5, keep_uv=False))
"""Where nothing can collapse any more, the next rule holds: pictures may turn over, then faces."""


@dataclass(slots=True, kw_only=True)
class Progress:
    """A surface that is being simplified; `until` can be called again with fewer triangles."""

    surface: Surface
    state: Quadrics
    edges: Edges
    into: Array
    """(P,) the point that each point became part of."""
    source: Array
    """(W,) the wedge of the input that each wedge is nearest to."""
    changed: Array
    """(W,) bool: no longer as in the input."""
    rule: int = 0


def begin(surface: Surface) -> Progress:
    """Return a surface ready to be simplified."""
    state = quadrics(surface)
    edges = edges_of(surface, surface.corners)
    hold_edges(surface, state.errors, ends=edges.ends, pairs=edges.pairs, faces=edges.faces)
    price(edges, surface, state)
    wedges = len(surface.point_of)
    return Progress(
        surface=surface,
        state=state,
        edges=edges,
        into=np.arange(len(surface.points)),
        source=np.arange(wedges),
        changed=np.zeros(wedges, bool),
    )


def until(progress: Progress, *, count: int) -> None:
    """Collapse edges until at most `count` triangles are drawn, or nothing can collapse any more."""
    while (excess := progress.surface.count - count) > 0:
        chosen = _independent(progress, excess)
        if len(chosen):
            _collapse(progress, chosen)
        elif progress.rule + 1 < len(RULES):
            progress.rule += 1
            again = progress.edges.tried > 0
            progress.edges.tried[again] = 0
            retried = progress.edges.take(np.flatnonzero(again))
            price(retried, progress.surface, progress.state)
            progress.edges = progress.edges.take(np.flatnonzero(~again)).joined(retried)
        else:
            return


def _independent(progress: Progress, excess: int) -> Array:
    """Return the rows of edges that collapse together now, the cheapest first."""
    edges = progress.edges
    usable = np.flatnonzero(np.isfinite(edges.costs))
    if not len(usable):
        return usable
    costs = edges.costs[usable]
    most = max(int(_SHARE * len(usable)), _LEAST)
    if most < len(usable):
        some = np.argpartition(costs, most)[:most]
        usable, costs = usable[some], costs[some]
    usable = usable[np.lexsort((edges.ends[usable, 1], edges.ends[usable, 0], costs))]
    rank = np.arange(len(usable))
    nearest = np.full(len(progress.surface.points), len(usable))
    # Of several values for one place the last one stays: the cheapest.
    nearest[edges.ends[usable[::-1]]] = rank[::-1, None]
    ends = edges.ends[usable]
    local = (nearest[ends] == rank[:, None]).all(axis=1)
    around = nearest.copy()
    np.minimum.at(around, edges.ends[:, 0], nearest[edges.ends[:, 1]])
    np.minimum.at(around, edges.ends[:, 1], nearest[edges.ends[:, 0]])
    local &= (around[ends] == rank[:, None]).all(axis=1)
    chosen = usable[local]
    removed = np.cumsum(edges.faces[chosen])
    allowed = max(int(_STEP * excess), 2 * _LEAST)
    most = max(int(np.searchsorted(removed, min(allowed, excess), side="left")) + 1, 1)
    return np.asarray(chosen[:most])


def _collapse(progress: Progress, rows: Array) -> None:
    """Collapse those of the edges that may; the others wait for another place or another surface."""
    surface, state, edges = progress.surface, progress.state, progress.edges
    chosen = edges.take(rows)
    ring = ring_of(surface, chosen)
    border = np.zeros(len(surface.points), bool)
    border[edges.ends[edges.faces == 1]] = True
    whole = sound(surface, chosen, ring, border)
    stay, functions, weights, gone_into = merged(chosen, state)
    # The values of all corners of the ring as they would be.
    target = np.arange(len(surface.point_of), dtype=np.int32)
    target[gone_into[:, 0]] = gone_into[:, 1]
    corners = target[surface.corners[ring.rows]]
    at = np.full(len(target), -1, np.int32)
    moved = np.unique(corners[ring.inside])
    edge_of = np.zeros(len(target), np.int32)
    edge_of[corners[ring.inside]] = np.repeat(ring.edge[:, None], 3, axis=1)[ring.inside]
    linear = state.functions[moved]
    at[moved] = np.arange(len(moved))
    fresh = at[stay] >= 0
    linear[at[stay[fresh]]] = functions[fresh]
    places = chosen.places[edge_of[moved]]
    fitted = np.einsum("mki,mi->mk", linear[:, :, :3], places) + linear[:, :, 3]
    values = np.where(ring.inside[:, :, None], fitted[np.maximum(at[corners], 0)], surface.values[corners])
    folded = turned(surface, chosen, ring, values, RULES[progress.rule])
    good = whole & ~folded
    edges.tried[rows[~whole]] = PLACES
    edges.tried[rows[whole & folded]] += 1
    again = edges.take(rows[~good])
    price(again, surface, state)
    edges.places[rows[~good]], edges.costs[rows[~good]] = again.places, again.costs
    if not good.any():
        return
    done = chosen.take(np.flatnonzero(good))
    a, b = done.ends.T
    state.errors[a] = errors_of(done, state)
    later = np.square(done.places - surface.points[b]).sum(1) < np.square(done.places - surface.points[a]).sum(1)
    keeps = good[edge_of[stay]] & fresh
    state.functions[stay[keeps]], state.weights[stay[keeps]] = functions[keeps], weights[keeps]
    surface.points[a] = done.places
    progress.into[b] = a
    for i in range(2):
        pair = done.pairs[later & (done.pairs[:, i, 0] >= 0), i]
        progress.source[target[pair[:, 0]]] = progress.source[pair[:, 1]]
    touched = good[ring.edge]
    vanishing = touched & (ring.inside.sum(axis=1) > 1)
    living = touched & ~vanishing
    inside = ring.inside & living[:, None]
    surface.corners[ring.rows[touched]] = corners[touched]
    wedges = corners[inside]
    surface.point_of[wedges] = a[(np.cumsum(good) - 1)[edge_of[wedges]]]
    some = good[edge_of[moved]]
    surface.values[moved[some]] = fitted[some]
    progress.changed[moved[some]] = True
    fresh_corners = surface.corners[ring.rows[living]]
    kept = np.ones(len(surface.corners), bool)
    kept[ring.rows[vanishing]] = False
    for name in ("corners", "triangle", "uses", "part"):
        setattr(surface, name, getattr(surface, name)[kept])
    gone = np.zeros(len(surface.points), bool)
    gone[done.ends] = True
    near = np.zeros(len(surface.points), bool)
    near[a] = True
    added = edges_of(surface, fresh_corners, near)
    price(added, surface, state)
    progress.edges = edges.take(np.flatnonzero(~gone[edges.ends].any(axis=1))).joined(added)
