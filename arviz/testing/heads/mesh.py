"""The head's mesh and how it varies: ``assets/heads/head.npz``, subdivided once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.head_model import head_model
from arviz.core.resources import resource


@dataclass(frozen=True, eq=False)
class HeadMesh:
    """The file's coarse mesh, and its finer form by one step of Catmull and Clark (1978).

    Fine points are `finer` @ coarse points; the first of them are the coarse ones, moved. A fine quad ``4 q + i`` is the quarter
    of the coarse quad q at its corner i: (corner, middle of the edge to the next corner, middle of q, middle of the edge before).
    """

    points_m: Array
    quads: Array
    part: Array
    parts: tuple[str, ...]
    masks: Mapping[str, Array]
    finer: Any
    fine_quads: Array
    fine_uv: Array
    targets: Mapping[str, tuple[Array, Array]]
    fit: frozenset[str]
    landmark_quad: Array
    landmark_uv: Array
    landmark_scatter_m: Array

    def shaped(self, weights: Mapping[str, float]) -> Array:
        """Return the coarse points (V, 3) with targets applied, name -> weight."""
        points = self.points_m.copy()
        for name, weight in weights.items():
            index, shift = self.targets[name]
            points[index] += weight * shift
        return points

    def fine_triangles(self, part: str) -> tuple[Array, Array]:
        """Return (T, 3) corners and the fine quad (T,) of the triangles of a part."""
        quads = np.flatnonzero(np.repeat(self.part == self.parts.index(part), 4))
        corners = self.fine_quads[quads]
        return np.concatenate([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]]), np.concatenate([quads, quads])


def shares(**words: float) -> dict[str, float]:
    """Return weights of targets of one end or two: ``nose-hump=-.5`` also bends, as MakeHuman's own ends are not opposite."""
    mesh = head_mesh()
    out: dict[str, float] = {}
    for name, weight in words.items():
        out[name] = weight
        if f"{name}.bend" in mesh.targets:
            out[f"{name}.bend"] = abs(weight)
    return out


@cache
def head_mesh() -> HeadMesh:
    """Return the mesh of ``assets/heads/head.npz``, as `head_model` reads it; divided otherwise, and with texture coordinates."""
    model = head_model()
    with np.load(resource("assets", "heads", "head.npz")) as file:
        uv = file["uv"].astype(np.float64)[file["quads_uv"]]
    teeth = np.zeros(len(model.points_m), bool)  # boxes of few faces, which smoothing would shrink behind the lips
    teeth[model.quads[np.isin(model.part, [model.parts.index("upper_teeth"), model.parts.index("lower_teeth")])]] = True
    finer, fine_quads = subdivision(model.quads, len(model.points_m), sharp=teeth)
    return HeadMesh(
        points_m=model.points_m,
        quads=model.quads,
        part=model.part,
        parts=model.parts,
        masks=model.masks,
        finer=finer,
        fine_quads=fine_quads,
        fine_uv=_fine_corners(uv),
        targets=model.targets,
        fit=frozenset(model.fit),
        landmark_quad=model.landmark_quad,
        landmark_uv=model.landmark_uv,
        landmark_scatter_m=model.landmark_scatter_m,
    )


def subdivision(quads: Array, points: int, *, sharp: Array | None = None) -> tuple[Any, Array]:
    """Return the sparse matrix (fine, coarse) and the fine quads (4 F, 4) of one step of Catmull and Clark (1978).

    Rims follow the cubic spline of their own points. Faces of `sharp` points (points,) are divided as they are, not smoothed.
    """
    from scipy.sparse import coo_array, csr_array, diags_array, vstack

    faces = len(quads)
    ends = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1)
    edges, edge_of, uses = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    edge_of = edge_of.reshape(faces, 4)

    def matrix(rows: Array, columns: Array, shape: tuple[int, int]) -> Any:
        return coo_array((np.ones(rows.size), (rows.ravel(), columns.ravel())), shape=shape).tocsr()

    middle = matrix(np.repeat(np.arange(faces), 4), quads, (faces, points)) * 0.25
    between = matrix(np.repeat(np.arange(len(edges)), 2), edges, (len(edges), points)) * 0.5
    edge_faces = matrix(edge_of, np.repeat(np.arange(faces), 4).reshape(faces, 4), (len(edges), faces))
    hard = np.zeros(points, bool) if sharp is None else sharp
    rim = (uses == 1) | hard[edges].any(1)
    inner = diags_array((~rim).astype(float))
    edge_points = diags_array(np.where(rim, 1.0, 0.5)) @ between + 0.25 * inner @ edge_faces @ middle
    point_faces = matrix(quads, np.repeat(np.arange(faces), 4).reshape(faces, 4), (points, faces))
    point_edges = matrix(edges, np.repeat(np.arange(len(edges)), 2).reshape(-1, 2), (points, len(edges)))
    n = np.maximum(np.asarray(point_faces.sum(axis=1)).ravel(), 1)
    on_rim = np.asarray(point_edges @ rim.astype(float)).ravel() > 0
    smooth = diags_array(1 / n**2) @ (point_faces @ middle) + diags_array(2 / n**2) @ (point_edges @ between) + diags_array((n - 3) / n)
    spline = 0.5 * diags_array(np.ones(points)) + 0.25 * point_edges @ diags_array(rim.astype(float)) @ between
    kinds = (~on_rim & ~hard, on_rim & ~hard, hard)
    rules = (smooth, spline, diags_array(np.ones(points)))
    corner_points = sum(diags_array(kind.astype(float)) @ rule for kind, rule in zip(kinds, rules, strict=True))
    centre = points + len(edges) + np.arange(faces)
    edge = points + edge_of
    fine = np.stack([quads, edge, np.repeat(centre[:, None], 4, axis=1), np.roll(edge, 1, axis=1)], axis=-1).reshape(-1, 4)
    return csr_array(vstack([corner_points, edge_points, middle])), fine


def _fine_corners(values: Array) -> Array:
    """Return values at the corners of coarse quads (F, 4, C) at those of the fine quads (4 F, 4, C), linearly."""
    following = np.roll(values, -1, axis=1)
    edge = (values + following) / 2
    centre = np.repeat(values.mean(1, keepdims=True), 4, axis=1)
    return np.stack([values, edge, centre, np.roll(edge, 1, axis=1)], axis=2).reshape(-1, 4, values.shape[-1])
