"""The head's mesh, made finer by one step of Catmull and Clark."""

from __future__ import annotations

import numpy as np

from arviz.core.head_model import head_model, refinement

CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


def test_a_closed_cube_keeps_its_middle_and_shrinks() -> None:
    finer, fine = refinement(QUADS, points=8)
    points = finer(CUBE)
    assert fine.shape == (24, 4)
    assert len(points) == 26
    assert np.abs(points.mean(0)).max() < 1e-12
    assert np.allclose(np.abs(points[:8]), 5 / 9)  # Catmull and Clark 1978: a cube's corner goes to 5/9
    assert np.allclose(np.sort(np.abs(points[-6:]), axis=1), [0, 0, 1])


def test_refinement_keeps_planes_and_has_four_times_the_quads() -> None:
    """Catmull and Clark's points are means: of a flat grid they stay in its plane, inside of its outline."""
    x, y = np.meshgrid(np.arange(5), np.arange(4), indexing="ij")
    points = np.stack([x.ravel(), y.ravel(), 2.0 * x.ravel() - y.ravel() + 1], axis=1)
    number = np.arange(20).reshape(5, 4)
    quads = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1).reshape(-1, 4)
    finer, fine = refinement(quads, points=len(points))
    moved = finer(points)
    assert len(fine) == 4 * len(quads)
    assert np.allclose(moved[:, 2], 2 * moved[:, 0] - moved[:, 1] + 1)
    assert (moved[:, 0] >= -1e-12).all()
    assert (moved[:, 0] <= 4 + 1e-12).all()
    assert np.allclose(moved[5], points[5]), "an inner point of an even grid stays"


def test_a_sharp_cube_stays_a_cube() -> None:
    finer, _ = refinement(QUADS, points=8, sharp=np.arange(8))
    points = finer(CUBE)
    assert np.array_equal(points[:8], CUBE)
    assert np.allclose(np.abs(points).max(1), 1)
    assert np.allclose(np.sort(np.abs(points[8:20]), axis=1), [0, 1, 1]), "middles of edges"


def test_rows_add_up_to_one_whatever_is_sharp() -> None:
    """What does not move keeps its place wherever the origin is: also beside a crease that ends."""
    for sharp in ([], [0], [0, 1], [0, 1, 3]):
        finer, _ = refinement(QUADS, points=8, sharp=np.array(sharp, int))
        assert np.allclose(finer(np.ones(8)), 1), sharp


def test_teeth_are_not_smoothed() -> None:
    model = head_model()
    teeth = np.unique(model.quads[np.isin(model.part, [model.parts.index(f"{row}_teeth") for row in ("upper", "lower")])])
    assert np.array_equal(model.finer(model.points_m)[teeth], model.points_m[teeth])
