"""The loop: in each round the cheapest edges that are not beside each other collapse together.

Taking one edge after the other from a queue is best and, in Python, hundreds of times slower. Here an edge collapses when it is the
cheapest of all edges that touch its ends' neighbours, and among the cheapest `_SHARE` of all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array
from arviz.ops.collapse.checks import RULES
from arviz.ops.collapse.edges import PLACES, Edges, edges_of, price
from arviz.ops.collapse.quadrics import Quadrics, hold_edges, quadrics
from arviz.ops.collapse.step import Step
from arviz.ops.collapse.surface import Surface
from arviz.ops.collapse.watch import Watch

_SHARE = 0.1
_STEP = 0.34
"""Part of what is still to go that one round may take: the last rounds choose among few, so the order is nearly that of a queue."""
_LEAST = 32
_SPARSE = 0.7
"""Edges are packed when less of them than this are left."""


@dataclass(slots=True, kw_only=True)
class Progress:
    """A surface that is being simplified; `until` can be called again with fewer triangles.

    Parameters
    ----------
    into, wedge_into : ndarray (P,), (W,)
        What each point and wedge became part of; itself where it stands.
    origin : ndarray (P,)
        The point of the input that each point is nearest to.
    source : ndarray (W,)
        The same for wedges.
    changed : ndarray (W,) bool
        No longer as in the input.
    input_points, input_point_of, input_uv, used_wedges
        Of the input: places, the point of each wedge, weighted texture coordinates of the first set, wedges that triangles use.
    rule : int
        Which of `RULES` holds.
    """

    surface: Surface
    state: Quadrics
    edges: Edges
    into: Array
    wedge_into: Array
    origin: Array
    source: Array
    changed: Array
    input_points: Array
    input_point_of: Array
    input_uv: Array
    used_wedges: Array
    watch: Watch | None = None
    rule: int = 0


def begin(surface: Surface, *, watched: bool = False) -> Progress:
    """Return a surface ready to be simplified; `watched` where there will be a bound on its error."""
    state = quadrics(surface)
    edges = edges_of(surface, surface.corners)
    hold_edges(surface, state.errors, ends=edges.ends, pairs=edges.pairs, faces=edges.faces)
    price(edges, surface, state)
    points, wedges = np.arange(len(surface.points)), np.arange(len(surface.point_of))
    return Progress(
        surface=surface,
        state=state,
        edges=edges,
        into=points,
        wedge_into=wedges,
        origin=points.copy(),
        source=wedges.copy(),
        changed=np.zeros(len(wedges), bool),
        input_points=surface.points.copy(),
        input_point_of=surface.point_of.copy(),
        input_uv=surface.values[:, surface.uv[0] if surface.uv else slice(0, 0)].copy(),
        used_wedges=np.unique(surface.corners),
        watch=Watch(surface) if watched else None,
    )


def until(progress: Progress, *, count: int, error: float | None = None) -> None:
    """Collapse edges until at most `count` triangles are drawn, or nothing can collapse any more.

    With `error`, of a surface that is watched, no point of the input will be further from what it becomes.
    """
    if progress.watch is not None and error is not None:
        progress.watch.error = error
        _try_again(progress)
    while (excess := progress.surface.count - count) > 0:
        chosen = _independent(progress, excess)
        if len(chosen):
            _collapse(progress, chosen)
        elif progress.rule + 1 < len(RULES) and progress.watch is None:
            progress.rule += 1
            _try_again(progress)
        else:
            return


def _try_again(progress: Progress) -> None:
    """Give the edges that were refused another chance."""
    again = np.flatnonzero((progress.edges.tried > 0) & (progress.edges.faces > 0))
    progress.edges.tried[again] = 0
    _price_again(progress, again)


def _price_again(progress: Progress, rows: Array) -> None:
    some = progress.edges.take(rows)
    price(some, progress.surface, progress.state)
    progress.edges.put(rows, some)


def _independent(progress: Progress, excess: int) -> Array:
    """Return the rows of edges that collapse together now, the cheapest first."""
    edges = progress.edges
    usable = np.flatnonzero(np.isfinite(edges.costs))
    if progress.watch is not None:
        behind = progress.state.areas[edges.ends[usable]].sum(axis=1)
        usable = usable[edges.costs[usable] <= progress.watch.error**2 * behind]
    if not len(usable):
        return usable
    costs = edges.costs[usable]
    most = max(int(_SHARE * len(usable)), _LEAST)
    if most < len(usable):
        some = np.argpartition(costs, most)[:most]
        usable, costs = usable[some], costs[some]
    usable = usable[np.lexsort((edges.ends[usable, 1], edges.ends[usable, 0], costs))]
    rank = np.arange(len(usable))
    cheapest = np.full(len(progress.surface.points), len(usable))
    # Of several values for one place the last one stays: the cheapest.
    cheapest[edges.ends[usable[::-1]]] = rank[::-1, None]
    ends = edges.ends[usable]
    local = (cheapest[ends] == rank[:, None]).all(axis=1)
    around = cheapest.copy()
    np.minimum.at(around, edges.ends[:, 0], cheapest[edges.ends[:, 1]])
    np.minimum.at(around, edges.ends[:, 1], cheapest[edges.ends[:, 0]])
    local &= (around[ends] == rank[:, None]).all(axis=1)
    chosen = usable[local]
    removed = np.cumsum(edges.faces[chosen] * progress.surface.uses[edges.ends[chosen, 0]])
    allowed = min(max(int(_STEP * excess), 2 * _LEAST), excess)
    return np.asarray(chosen[: int(np.searchsorted(removed, allowed)) + 1])


def _collapse(progress: Progress, rows: Array) -> None:
    """Collapse those of the edges that may; the others wait for another place or another surface."""
    surface, state, edges = progress.surface, progress.state, progress.edges
    border = np.zeros(len(surface.points), bool)
    border[edges.ends[edges.faces == 1]] = True
    step = Step(surface, state, edges.take(rows))
    rule = RULES[progress.rule]
    whole = step.sound(border, rule)
    good = whole & ~step.turned(rule) & ~step.ends_part()
    if progress.watch is not None:
        good &= progress.watch.near(surface, step, good)
    edges.tried[rows[~whole]] = PLACES
    edges.tried[rows[whole & ~good]] += 1
    _price_again(progress, rows[~good])
    if not good.any():
        return
    done = edges.take(rows[good])
    later = np.square(done.places - surface.points[done.ends[:, 1]]).sum(1) < np.square(done.places - surface.points[done.ends[:, 0]]).sum(
        1
    )
    for i in range(2):
        pair = done.pairs[later & (done.pairs[:, i, 0] >= 0), i]
        progress.source[step.target[pair[:, 0]]] = progress.source[pair[:, 1]]
    a, b = done.ends.T
    progress.origin[a] = np.where(later, progress.origin[b], progress.origin[a])
    progress.into[b] = a
    corners = step.apply(good, progress.wedge_into, progress.changed)
    gone, near = np.zeros((2, len(surface.points)), bool)
    gone[done.ends] = True
    near[done.ends[:, 0]] = True
    added = edges_of(surface, corners, near)
    price(added, surface, state)
    # Each collapse ends more edges than it makes.
    freed = np.flatnonzero(gone[edges.ends].any(axis=1) & (edges.faces > 0))
    edges.put(freed[: len(added)], added)
    edges.remove(freed[len(added) :])
    living = edges.faces > 0
    if living.mean() < _SPARSE:
        progress.edges = edges.take(living)
