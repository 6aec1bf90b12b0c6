"""The head that varies: ``assets/heads/head.npz``, subdivided once. What each array is says ``assets/heads/README.md``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np

from arviz.core.frozen import Array
from arviz.core.resources import resource


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Refinement:
    """One step of Catmull and Clark (1978) as a sparse matrix: fine point i is the sum of ``weight * coarse[point]`` of its row.

    Parameters
    ----------
    start : ndarray (N,) int64
        Where each fine point's row begins in `point` and `weight`.
    point, weight : ndarray (E,)
    """

    start: Array = field(repr=False)
    point: Array = field(repr=False)
    weight: Array = field(repr=False)

    def __call__(self, coarse: Array) -> Array:
        """Return values (N, ...) at the fine points, of values (V, ...) at the coarse ones."""
        weight = self.weight.reshape(-1, *[1] * (coarse.ndim - 1))
        out: Array = np.add.reduceat(coarse[self.point] * weight, self.start, axis=0)
        return out


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HeadModel:
    """The file's coarse mesh, and how to make it finer.

    The first of the fine points are the coarse ones, moved. A fine quad ``4 q + i`` is the quarter of the coarse quad q at its
    corner i: (corner, middle of the edge to the next corner, middle of q, middle of the edge before). Teeth are divided but not
    smoothed: as boxes of few faces they would shrink behind the lips.

    Parameters
    ----------
    points_m : ndarray (V, 3) float64
        The mean head.
    quads : ndarray (F, 4) int64
    part : ndarray (F,)
        Which of `parts` each quad belongs to.
    masks : mapping
        Name -> (V,), 0 to 1.
    targets : mapping
        Name -> points (P,) and how far these are shifted at weight 1, (P, 3).
    fit : tuple of str
        Targets that a fitted head may use, in the file's order.
    finer : Refinement
    fine_quads : ndarray (4 F, 4) int64
    landmark_quad, landmark_uv, landmark_scatter_m : ndarray (468,), (468, 2), (468,)
    """

    points_m: Array = field(repr=False)
    quads: Array = field(repr=False)
    part: Array = field(repr=False)
    parts: tuple[str, ...]
    masks: Mapping[str, Array] = field(repr=False)
    targets: Mapping[str, tuple[Array, Array]] = field(repr=False)
    fit: tuple[str, ...] = field(repr=False)
    finer: Refinement = field(repr=False)
    fine_quads: Array = field(repr=False)
    landmark_quad: Array = field(repr=False)
    landmark_uv: Array = field(repr=False)
    landmark_scatter_m: Array = field(repr=False)

    def fine_triangles(self, *parts: str) -> Array:
        """Return the corners (T, 3) of the fine triangles of some parts."""
        wanted = np.isin(self.part, [self.parts.index(part) for part in parts])
        corners = self.fine_quads[np.repeat(wanted, 4)]
        return np.concatenate([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]])

    def landmarks(self, fine: Array) -> Array:
        """Return values (468, ...) at the landmarks, of values (N, ...) at the fine points."""
        u, v = self.landmark_uv.T
        corner = np.where(v < 0.5, np.where(u < 0.5, 0, 1), np.where(u < 0.5, 3, 2))
        a = 2 * np.choose(corner, [u, v, 1 - u, 1 - v])
        b = 2 * np.choose(corner, [v, 1 - u, 1 - v, u])
        weights = np.stack([(1 - a) * (1 - b), a * (1 - b), a * b, (1 - a) * b], axis=1)
        at = fine[self.fine_quads[4 * self.landmark_quad + corner]]
        out: Array = (at * weights.reshape(*weights.shape, *[1] * (fine.ndim - 1))).sum(1)
        return out


@cache
def head_model() -> HeadModel:
    """Return the model of ``assets/heads/head.npz``."""
    with np.load(resource("assets", "heads", "head.npz")) as file:
        data = {name: file[name] for name in file.files}
    names = [str(name) for name in data["target_names"]]
    spans = [slice(a, b) for a, b in pairwise(data["target_start"])]
    index, shift = data["target_points"].astype(np.int64), data["target_steps"] * float(data["step_m"])
    quads, parts = data["quads"].astype(np.int64), tuple(str(name) for name in data["part_names"])
    teeth = np.unique(quads[np.isin(data["quads_part"], [parts.index("upper_teeth"), parts.index("lower_teeth")])])
    finer, fine_quads = refinement(quads, points=len(data["points_m"]), sharp=teeth)
    return HeadModel(
        points_m=data["points_m"].astype(np.float64),
        quads=quads,
        part=data["quads_part"],
        parts=parts,
        masks={str(name): mask / 255 for name, mask in zip(data["mask_names"], data["masks"], strict=True)},
        targets={name: (index[span], shift[span]) for name, span in zip(names, spans, strict=True)},
        fit=tuple(name for name, fit in zip(names, data["target_fit"], strict=True) if fit),
        finer=finer,
        fine_quads=fine_quads,
        landmark_quad=data["landmark_quad"].astype(np.int64),
        landmark_uv=data["landmark_uv"].astype(np.float64),
        landmark_scatter_m=data["landmark_scatter_m"].astype(np.float64),
    )


def refinement(quads: Array, *, points: int, sharp: Array | None = None) -> tuple[Refinement, Array]:
    """Return one step of Catmull and Clark (1978) of quads (F, 4), and the fine quads (4 F, 4).

    Points come as coarse points, edges, faces; rims follow the cubic spline of their own points. The points `sharp` (K,) stay where
    they are, and edges between two of them are divided in the middle.
    """
    faces = np.arange(len(quads))
    ends = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1)
    edges, edge_of, uses = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    edge_of = edge_of.reshape(-1, 4)
    fixed = np.zeros(points, bool)
    if sharp is not None:
        fixed[sharp] = True
    inner = (uses > 1) & ~fixed[edges].all(1)
    of_edge, of_face = points + np.arange(len(edges)), points + len(edges) + faces
    count = np.bincount(quads.ravel(), minlength=points).astype(np.float64)  # faces at each point: as many as edges, but on rims
    on_rim = np.zeros(points, bool)
    on_rim[edges[~inner]] = True
    on_rim |= fixed
    entries: list[tuple[Array, Array, Array]] = []

    def add(rows: Array, columns: Array, weights: Array | float) -> None:
        shape = np.broadcast_shapes(np.shape(rows), np.shape(columns))
        entries.append(tuple(np.broadcast_to(a, shape).ravel() for a in (rows, columns, weights)))  # type: ignore[arg-type]

    add(of_face[:, None], quads, 0.25)
    add(of_edge[:, None], edges, np.where(inner, 0.25, 0.5)[:, None])
    bordered = inner[edge_of]
    add(points + edge_of[bordered][:, None], quads[np.nonzero(bordered)[0]], 1 / 16)  # a quarter of each face's middle
    free, n = np.flatnonzero(~on_rim & (count > 0)), np.maximum(count, 1)
    add(free, free, (n[free] - 3) / n[free])
    for corner in range(4):
        rows = quads[:, corner]
        add(rows[:, None], quads, np.where(on_rim[rows], 0, 0.25 / n[rows] ** 2)[:, None])
    for end in range(2):
        rows, far = edges[:, end], edges[:, 1 - end]
        half = np.where(on_rim[rows], 0, 1 / n[rows] ** 2)  # twice the middle of each edge, over n squared
        add(rows, rows, half)
        add(rows, far, half)
        along = ~inner & ~fixed[rows]
        add(rows[along], far[along], 0.125)
    rest = np.flatnonzero(on_rim | (count == 0))
    add(rest, rest, np.where(on_rim[rest] & ~fixed[rest], 0.75, 1.0))
    row, column, weight = (np.concatenate(part) for part in zip(*entries, strict=True))
    keys, place = np.unique(row * points + column, return_inverse=True)
    total = np.bincount(place, weight)
    kept = total != 0
    rows, columns = np.divmod(keys[kept], points)
    start = np.searchsorted(rows, np.arange(points + len(edges) + len(quads)))
    around = np.stack([quads, points + edge_of, np.repeat(of_face[:, None], 4, axis=1), points + np.roll(edge_of, 1, axis=1)], axis=-1)
    return Refinement(start=start, point=columns, weight=total[kept]), around.reshape(-1, 4)
