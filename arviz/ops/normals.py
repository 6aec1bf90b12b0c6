"""Make the normals that a file lacks: smooth where faces meet gently, split where they meet at a crease.

Each corner of a face takes the mean of the faces round its point that lie within the crease angle of its own face,
weighted by the angle that each spans there (Thuermer and Wuethrich, "Computing vertex normals from polygonal facets",
1998). Weighting by angle makes the result independent of how the faces were triangulated; Max ("Weights for computing
vertex normals", 1999) comes nearer on spheres but depends on it. Renderers shade flat without normals, which shows
every facet of a cushion.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.asset import TRIANGLES, Asset, Primitive
from arviz.core.frozen import Array
from arviz.core.triangles import corner_angles, face_vectors, sum_per, unit
from arviz.ops.weld import distinct_rows, take_vertices

CREASE_ANGLE_RAD = float(np.radians(40))
"""Between Blender's 30 degrees for "auto smooth" and the 45-60 of scan tools: 16-sided cylinders (22.5) turn smooth,
octagonal ones (45) keep their edges."""

_UP = np.array([0.0, 0.0, 1.0])
"""Any direction would do for a corner all of whose faces have no area."""

_MANY = 64
"""Faces round one point from which on they are first gathered by direction: pairs grow with the square."""

_CELL = 0.125
"""Edge of the cells of normal directions in which they are gathered: 7 degrees."""

_PAIRS_AT_ONCE = 4_000_000


def add_normals(asset: Asset, *, crease_angle_rad: float = CREASE_ANGLE_RAD) -> Asset:
    """Give every triangle primitive without NORMAL unit normals; existing ones stay as they are.

    Parameters
    ----------
    asset : Asset
    crease_angle_rad : float
        Faces that meet at less than this angle share a normal. 0 shades every face flat, pi smooths everything.

    Returns
    -------
    Asset
        Vertices are split only where the normals of their corners differ; unused ones are dropped. Strips and fans
        become triangle lists. Points and lines are left alone. `asset` itself if nothing is missing.
    """

    def with_normals(primitive: Primitive) -> Primitive:
        if "NORMAL" in primitive.attributes or not len(primitive.triangles):
            return primitive
        return _with_normals(primitive, crease_angle_rad)

    meshes = tuple(replace(m, primitives=tuple(map(with_normals, m.primitives))) for m in asset.meshes)
    same = all(a is b for old, new in zip(asset.meshes, meshes, strict=True) for a, b in zip(old.primitives, new.primitives, strict=True))
    return asset if same else replace(asset, meshes=meshes)


def _with_normals(primitive: Primitive, crease_angle_rad: float) -> Primitive:
    triangles = primitive.triangles
    # + 0.0 turns -0.0 into 0.0: here the place counts, not the bits.
    _, point_of = distinct_rows(np.ascontiguousarray(primitive.positions + np.float32(0)).view(np.uint32))
    normals = corner_normals(primitive.positions, triangles, point_of[triangles], crease_angle_rad=crease_angle_rad)
    flat = normals.reshape(-1, 3)
    vertex = triangles.reshape(-1)
    first, number = distinct_rows(np.c_[vertex[:, None], flat.view(np.uint32)])
    split = take_vertices(primitive, vertex[first], indices=number.astype(np.uint32))
    # Tangents are relative to normals: those of a primitive without are void (glTF 2.0, 3.7.2.1).
    attributes = {name: array for name, array in split.attributes.items() if name != "TANGENT"}
    return replace(split, attributes={**attributes, "NORMAL": flat[first]}, mode=TRIANGLES)


def corner_normals(positions: Array, triangles: Array, points: Array, *, crease_angle_rad: float) -> Array:
    """Compute a unit normal for every corner of every triangle.

    Parameters
    ----------
    positions : ndarray (V, 3)
    triangles : ndarray (T, 3) int
    points : ndarray (T, 3) int
        A number for the place of each corner, from 0; corners with the same number meet.
    crease_angle_rad : float

    Returns
    -------
    ndarray (T, 3, 3) float32
        Corners that average the same faces get the same bits.
    """
    facing = unit(face_vectors(positions, triangles))
    weights = (facing[:, None] * corner_angles(positions, triangles)[..., None]).reshape(-1, 3)
    own = np.repeat(facing, 3, axis=0)
    point = points.reshape(-1)
    count = int(point.max()) + 1
    everything = sum_per(weights, point, count=count)
    sums = everything[point]
    creased = ~_gentle(own, point, everything, crease_angle_rad)[point]
    if creased.any():
        order = np.flatnonzero(creased)[np.argsort(point[creased], kind="stable")]
        around = _Contributions(point[order], own[order], weights[order], count)
        sums[creased] = around.within(point[creased], own[creased], float(np.cos(crease_angle_rad)))
    # Opposed faces cancel to nothing (or to rounding noise): then the face's own normal stands.
    weak = np.einsum("ij,ij->i", sums, sums) < 1e-16
    sums[weak] = own[weak]
    lost = ~own.any(axis=1)
    if lost.any():
        sums[lost] = everything[point[lost]]
    out = unit(sums)
    out[~out.any(axis=1)] = _UP
    return (out.astype(np.float32) + np.float32(0)).reshape(-1, 3, 3)


def _gentle(direction: Array, point: Array, everything: Array, crease_angle_rad: float) -> Array:
    """Return (P,) bool: all faces round the point surely lie within the crease angle of each other.

    They do if none is further than half of it from their mean, which spares most points of a product the pairs.
    """
    if crease_angle_rad >= np.pi:
        return np.ones(len(everything), bool)
    towards = np.einsum("ij,ij->i", direction, unit(everything)[point])
    strays = (towards < np.cos(crease_angle_rad / 2)) & direction.any(axis=1)
    out = np.ones(len(everything), bool)
    out[point[strays]] = False
    return out


class _Contributions:
    """What the faces round each point add: a direction and a weighted normal each, sorted by point."""

    def __init__(self, point: Array, direction: Array, weighted: Array, count: int) -> None:
        self.count = count
        crowded = np.bincount(point, minlength=count)[point] > _MANY
        if crowded.any():
            point, direction, weighted = _gathered(point, direction, weighted, crowded, count)
        self.direction, self.weighted = direction, weighted
        self.many = np.bincount(point, minlength=count)
        self.start = np.cumsum(self.many) - self.many

    def within(self, point: Array, direction: Array, nearest: float) -> Array:
        """Return (C, 3): for each corner the sum of what lies round its point within the cosine `nearest` of it."""
        out = np.empty((len(point), 3))
        pairs = np.cumsum(self.many[point])
        at = 0
        while at < len(point):
            done = int(pairs[at - 1]) if at else 0
            stop = max(at + 1, int(np.searchsorted(pairs, done + _PAIRS_AT_ONCE, side="right")))
            out[at:stop] = self._some(point[at:stop], direction[at:stop], nearest)
            at = stop
        return out

    def _some(self, point: Array, direction: Array, nearest: float) -> Array:
        many = self.many[point]
        corner = np.repeat(np.arange(len(point)), many)
        step = np.arange(len(corner)) - np.repeat(np.cumsum(many) - many, many)
        other = np.repeat(self.start[point], many) + step
        cosine = np.einsum("ij,ij->i", direction[corner], self.direction[other])
        near = cosine >= nearest - 1e-7  # coplanar faces differ by rounding
        return sum_per(self.weighted[other[near]], corner[near], count=len(point))


def _gathered(point: Array, direction: Array, weighted: Array, crowded: Array, count: int) -> tuple[Array, Array, Array]:
    """Join contributions of crowded points that face nearly the same way, so that a fan of 10^6 faces stays cheap."""
    cells = np.floor((direction + 1) / _CELL).astype(np.int64)
    per_axis = int(2 / _CELL) + 1
    cell = (cells[:, 0] * per_axis + cells[:, 1]) * per_axis + cells[:, 2]
    key = np.where(crowded, point * per_axis**3 + cell, count * per_axis**3 + np.arange(len(point)))
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    sums = sum_per(weighted, number, count=len(first))
    joined = np.where(crowded[first][:, None], unit(sums), direction[first])
    order = np.argsort(point[first], kind="stable")
    return point[first][order], joined[order], sums[order]
