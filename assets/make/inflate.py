"""Cloth over a filling: lets a sewn cover find its creases, puckers and contacts (position-based dynamics, Mueller 2007)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from surfaces import Array
from upholstery import Cover


def relax(
    shape: Cover,
    *,
    fullness: float,
    gather: float,
    pressure_m: float,
    filling: float,
    contact: Callable[[Array], Array],
    steps: int = 160,
    rounds: int = 8,
    seed: int = 0,
    bending: float = 0.15,
    target: Array | None = None,
    band_fullness: float | None = None,
) -> Cover:
    """Return the cover at rest.

    Parameters
    ----------
    fullness : float
        Cloth length over pattern length: above 1 the cover is loose and wrinkles.
    gather : float
        Seam length over pattern length: below 1 the seam puckers the cloth beside it.
    pressure_m : float
        Outward push per step, in metres at the mean face size.
    filling : float
        Pull of every point towards `target` (the foam's own shape, default: where it starts), 0..1 per step.
    contact : callable
        Takes points (N, 3), returns them moved out of whatever the cover leans on.
    """
    from scipy.sparse import coo_matrix

    points = shape.points.copy()
    goal = shape.points if target is None else target
    first, second, rest, weight = _links(shape, fullness=fullness, gather=gather, bending=bending, band_fullness=band_fullness)
    count, rows = len(points), np.arange(len(first))
    ends = coo_matrix(
        (np.r_[np.ones(len(rows)), -np.ones(len(rows))], (np.r_[rows, rows], np.r_[second, first])), (len(rows), count)
    ).tocsr()
    degree = np.bincount(np.r_[first, second], weights=np.r_[weight, weight], minlength=count)[:, None]
    back = ends.T.tocsr()
    faces = np.concatenate([np.stack([i[:-1, :-1], i[:-1, 1:], i[1:, 1:], i[1:, :-1]], -1).reshape(-1, 4) for i in shape.panels])
    corners, numbers = faces.reshape(-1), np.repeat(np.arange(len(faces)), 4)
    gatherer = coo_matrix((np.full(len(corners), 0.25), (corners, numbers)), (count, len(faces))).tocsr()
    points = points + np.random.default_rng(seed).standard_normal(points.shape) * 2e-4
    before = points.copy()
    scale = None
    for step in range(steps):
        p = points[faces]
        area = gatherer @ np.cross(p[:, 2] - p[:, 0], p[:, 3] - p[:, 1])
        if scale is None:
            scale = pressure_m / np.linalg.norm(area, axis=1).mean()
        ease = min(1.0, step / (0.3 * steps))
        moved = points + 0.9 * (points - before) * (step < 0.8 * steps) + ease * scale * area + filling * (goal - points)
        before = points
        points = moved
        for _ in range(rounds):
            d = ends @ points
            length = np.linalg.norm(d, axis=1)
            pull = (weight * (length - rest) / np.maximum(length, 1e-9))[:, None] * d
            points = points - 0.8 * (back @ pull) / degree
        points = contact(points)
    return shape.at(points)


def _links(
    shape: Cover, *, fullness: float, gather: float, bending: float, band_fullness: float | None
) -> tuple[np.ndarray, np.ndarray, Array, Array]:
    """Return threads (warp, weft), bias and bending links: two point indices, rest length, stiffness."""
    parts = []
    for number, (index, flat) in enumerate(zip(shape.panels, shape.flat, strict=True)):
        loose = band_fullness if band_fullness is not None and number == 2 else fullness
        for a, b, w in (
            (np.s_[:, :-1], np.s_[:, 1:], 1.0),
            (np.s_[:-1, :], np.s_[1:, :], 1.0),
            (np.s_[:-1, :-1], np.s_[1:, 1:], 0.3),
            (np.s_[:-1, 1:], np.s_[1:, :-1], 0.3),
            (np.s_[:, :-2], np.s_[:, 2:], bending),
            (np.s_[:-2, :], np.s_[2:, :], bending),
        ):
            i, j = index[a].reshape(-1), index[b].reshape(-1)
            rest = np.linalg.norm(flat[a] - flat[b], axis=-1).reshape(-1) * loose
            parts.append((i, j, rest, np.full(len(i), w)))
    first, second, rest, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    # seam links occur once for each panel: the piping holds both to its own, shorter length
    for ring in shape.seams:
        follower = np.full(len(shape.points), -1)
        follower[ring] = np.roll(ring, -1)
        on = (follower[first] == second) | (follower[second] == first)
        rest = np.where(on, rest / fullness * gather, rest)
        weight = np.where(on, 3.0, weight)
    return first, second, rest, weight
