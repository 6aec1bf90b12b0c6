"""Flat surfaces in a sparse cloud of points of which each has its own sigma."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array

_MOST = 8
_LEAST_POINTS = 25
_LEAST_SHARE = 0.025
_TRIALS = 600
_NEIGHBOURS = 24
"""A sample of three is drawn among this many nearest points: surfaces are in one piece."""
_GATE = 2.5
_APART = 3.0
"""Points of one surface are linked up to this many times the usual distance to the sixth nearest."""
_ROUGH = 0.002
"""No surface of a room is flatter than this share of the distance to the cameras: skirting, folds, paper."""
_SHARED = 0.1
"""Share of the points' variance that they have in common and that does not average out: the cameras' own errors."""


class CloudPlane(NamedTuple):
    """A plane through points: ``normal . x + offset = 0``, normal towards the cameras."""

    normal: Array
    offset: float
    members: Array
    """(N,) indices of points."""
    sigma_normal_rad: float
    sigma_offset: float
    """At the middle of the members."""


def planes(points: Array, sigma: Array, eyes: Array) -> list[CloudPlane]:
    """Return up to eight planes, the one with the most points first.

    Parameters
    ----------
    points : (P, 3)
    sigma : (P,)
        Of each point along each axis.
    eyes : (C, 3)
        Where the cameras are: normals look to their middle.
    """
    from scipy.spatial import cKDTree

    middle = eyes.mean(axis=0)
    noise = np.hypot(sigma, _ROUGH * np.linalg.norm(points - middle, axis=1))
    usable = np.flatnonzero(noise < 4 * np.median(noise)) if len(noise) else np.empty(0, int)
    least = max(_LEAST_POINTS, round(_LEAST_SHARE * len(usable)))
    out: list[CloudPlane] = []
    rng = np.random.default_rng(0)  # the same cloud gives the same planes
    while len(out) < _MOST and len(usable) >= least:
        at, spread = points[usable], noise[usable]
        near = cKDTree(at).query(at, k=min(_NEIGHBOURS, len(at)))[1]
        first = rng.integers(len(at), size=_TRIALS)
        others = near[first[:, None], rng.integers(1, near.shape[1], (_TRIALS, 2))]
        a, b, c = at[first], at[others[:, 0]], at[others[:, 1]]
        normal = np.cross(b - a, c - a)
        length = np.linalg.norm(normal, axis=1)
        good = length > 1e-9
        normal, a = normal[good] / length[good, None], a[good]
        if not len(normal):
            break
        off = np.abs(normal @ at.T - (normal * a).sum(axis=1)[:, None]) / spread
        score = np.maximum(1 - (off / _GATE) ** 2, 0).sum(axis=1)  # MSAC (Torr & Zisserman 2000)
        best = int(score.argmax())
        members = _refined(at, spread, _in_one_piece(at, off[best] < _GATE))
        if members.sum() < least:
            break
        out.append(_fitted(points, noise, usable[members], middle))
        usable = usable[~members]
    return out


def _refined(at: Array, spread: Array, members: Array) -> Array:
    for _ in range(5):
        if members.sum() < 3:
            break
        normal, offset = _fit(at[members], spread[members])
        again = np.abs(at @ normal + offset) < _GATE * spread
        if np.array_equal(again, members):
            break
        members = again
    return _in_one_piece(at, members)


def _in_one_piece(at: Array, members: Array) -> Array:
    """Return the largest connected part of the members: far ones lie on the plane by chance."""
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    rows = np.flatnonzero(members)
    if len(rows) < 8:
        return members
    tree = cKDTree(at[rows])
    reach = _APART * float(np.median(tree.query(at[rows], k=7)[0][:, -1]))
    _, label = connected_components(tree.sparse_distance_matrix(tree, reach), directed=False)
    out = np.zeros(len(at), bool)
    out[rows[label == np.bincount(label).argmax()]] = True
    return out


def _fit(at: Array, spread: Array) -> tuple[Array, float]:
    weight = 1 / spread**2
    middle = weight @ at / weight.sum()
    apart = (at - middle) * np.sqrt(weight)[:, None]
    normal: Array = np.linalg.eigh(apart.T @ apart)[1][:, 0]
    return normal, -float(normal @ middle)


def _fitted(points: Array, noise: Array, members: Array, eye: Array) -> CloudPlane:
    at, spread = points[members], noise[members]
    normal, offset = _fit(at, spread)
    if normal @ eye + offset < 0:
        normal, offset = -normal, -offset
    weight = 1 / spread**2
    middle = at.mean(axis=0)
    apart = at - weight @ at / weight.sum()
    # Information about tilts is the weighted second moment along the plane's own axes; the lesser of the two counts.
    along = np.linalg.eigvalsh((apart * weight[:, None]).T @ apart)[1]
    misfit = max(1.0, float(np.sqrt(np.mean((at @ normal + offset) ** 2 * weight))))
    reach = float(np.sqrt(np.linalg.eigvalsh(np.cov((at - middle).T))[1]))
    shared = np.sqrt(_SHARED) * float(np.median(spread))
    tilt = np.hypot(misfit / np.sqrt(max(along, 1e-12)), shared / max(reach, 1e-9))
    return CloudPlane(normal, offset, members, float(tilt), float(np.hypot(misfit / np.sqrt(weight.sum()), shared)))
