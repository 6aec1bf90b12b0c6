"""Casters with fewer triangles keep their place, their size and what is thin."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from arviz.render.gl.simpler_casters import Shape, compact, simplified, together


def _tube(radius: float, length: float, *, rings: int, sides: int) -> Shape:
    """An upright tube, open at both ends."""
    turn = np.arange(sides) * 2 * np.pi / sides
    ring = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
    points = np.concatenate([np.c_[ring, np.full(sides, z)] for z in np.linspace(0, length, rings)])
    at = np.arange((rings - 1) * sides).reshape(rings - 1, sides)
    beside = np.roll(at, -1, axis=1)
    quads = np.stack([at, beside, beside + sides, at + sides], axis=-1).reshape(-1, 4)
    return Shape(points.astype(np.float32), np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.uint32))


def _areas(shape: Shape) -> np.ndarray:
    a, b, c = (shape.positions[shape.indices[:, i]] for i in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def _seen_from_x(shape: Shape) -> float:
    """Area of the silhouette of a convex tube along x: half of all triangles' projected areas."""
    a, b, c = (shape.positions[shape.indices[:, i]] for i in range(3))
    return float(np.abs(np.cross(b - a, c - a)[:, 0]).sum() / 4)


def test_a_dense_shape_loses_most_triangles_and_stays_within_a_cell() -> None:
    whole = _tube(0.5, 1.0, rings=120, sides=240)
    cell = 0.05
    fewer = simplified(whole, cell)
    assert len(fewer.indices) < 0.15 * len(whole.indices)
    far, _ = cKDTree(whole.positions).query(fewer.positions)
    assert far.max() < cell
    assert np.abs(fewer.positions.min(axis=0) - whole.positions.min(axis=0)).max() < cell
    assert np.abs(fewer.positions.max(axis=0) - whole.positions.max(axis=0)).max() < cell
    assert abs(_seen_from_x(fewer) / _seen_from_x(whole) - 1) < 0.05


def test_a_wire_thinner_than_a_cell_keeps_its_width() -> None:
    for radius in (0.02, 0.006, 0.0015):
        wire = _tube(radius, 1.0, rings=400, sides=8)
        fewer = simplified(wire, 0.05)
        assert abs(_seen_from_x(fewer) / _seen_from_x(wire) - 1) < 0.25
        assert np.ptp(fewer.positions[:, 2]) > 0.95


def test_what_is_large_already_stays_as_it_is() -> None:
    board = Shape(np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]], np.float32), np.array([[0, 1, 2], [0, 2, 3]], np.uint32))
    assert simplified(board, 0.1) is board


def test_joined_shapes_are_all_there() -> None:
    one, other = _tube(0.1, 1, rings=3, sides=5), _tube(0.2, 2, rings=4, sides=6)
    both = together([one, other])
    np.testing.assert_allclose(np.sort(_areas(both)), np.sort(np.concatenate([_areas(one), _areas(other)])), rtol=1e-6)
    assert len(together([]).indices) == len(together([]).positions) == 0


def test_compact_drops_unused_vertices_only() -> None:
    tube = _tube(0.1, 1, rings=5, sides=6)
    part = compact(tube.positions, tube.indices[::3])
    np.testing.assert_array_equal(part.positions[part.indices], tube.positions[tube.indices[::3]])
    assert len(part.positions) == len(np.unique(tube.indices[::3]))
