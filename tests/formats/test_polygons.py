"""Polygons become triangles that cover them once: all turn the polygon's way, and their areas sum up to its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.transforms import quaternion_matrix
from arviz.formats.polygons import solid_triangles, triangulate

radii = st.lists(st.floats(0.05, 1.0), min_size=4, max_size=40)
turns = st.tuples(*[st.floats(-1, 1)] * 3).map(lambda q: quaternion_matrix((*q, 1.0)))


def areas(points, corners):
    a, b, c = points[corners].transpose(1, 0, 2)
    return np.cross(b - a, c - a) / 2


def vector_area(ring):
    return np.cross(ring, np.roll(ring, -1, axis=0)).sum(axis=0) / 2


def covers(ring, corners):
    """Tell whether triangles (T, 3) of corners of a ring (N, 3) cover it once."""
    whole, each = vector_area(ring), areas(ring, corners)
    size = np.linalg.norm(whole)
    return np.allclose(each.sum(axis=0), whole, atol=1e-9) and (each @ whole > -1e-9 * size).all()


def star(radius, turn):
    """Return a polygon around the origin: its corners go round once, near and far."""
    angle = 2 * np.pi * np.arange(len(radius)) / len(radius)
    return np.c_[radius * np.cos(angle), radius * np.sin(angle), np.zeros(len(angle))] @ turn.T


def comb(teeth, turn):
    """Return a comb: teeth up, with straight edges that have corners on them between."""
    up = [(x, y) for i in range(teeth) for x, y in ((2 * i, 0), (2 * i, 3), (2 * i + 1, 3), (2 * i + 1, 0))]
    ring = [*up, (2 * teeth - 1, -1), (teeth - 0.5, -1), (0, -1)]
    return np.c_[np.array(ring[::-1], float), np.zeros(len(ring))] @ turn.T


@given(radii, turns)
def test_stars_are_covered_once(radius, turn):
    ring = star(np.array(radius), turn) + np.array([3.0, -2.0, 5.0])
    cut = triangulate(ring, np.arange(len(ring)), np.array([len(ring)]))
    assert cut.fanned == 0
    assert len(cut.corners) == len(ring) - 2
    assert covers(ring, cut.corners)


@given(st.integers(1, 12), turns)
def test_combs_are_covered_once_without_triangles_that_have_no_area(teeth, turn):
    ring = comb(teeth, turn)
    cut = solid_triangles(ring, np.arange(len(ring)), np.array([len(ring)]), findings=[])
    assert covers(ring, cut.corners)
    assert (np.linalg.norm(areas(ring, cut.corners), axis=1) > 1e-9).all()


@given(st.lists(radii, min_size=1, max_size=5))
def test_polygons_of_one_file_are_told_apart(several):
    rings = [star(np.array(radius), np.eye(3)) for radius in several]
    order = np.random.default_rng(len(rings)).permutation(sum(map(len, rings)))  # places of corners say nothing
    points = np.empty((len(order), 3))
    points[order] = np.concatenate(rings)
    lengths = np.array([len(ring) for ring in rings])
    cut = triangulate(points, order, lengths)
    first = np.cumsum(lengths) - lengths
    for number, ring in enumerate(rings):
        assert covers(ring, cut.corners[cut.polygon == number] - first[number])


@pytest.mark.parametrize("deepest", [0.2, 0.49, 0.8])
def test_arrowheads_are_cut_at_their_notch(deepest):
    for start in range(4):
        ring = np.roll([[0.0, 0, 0], [1, 0, 0], [0.5 * deepest, 0.5 * deepest, 0], [0, 1, 0]], start, axis=0)
        assert covers(ring, triangulate(ring, np.arange(4), np.array([4])).corners)
