"""Edges put where planes meet."""

from __future__ import annotations

import numpy as np
import pytest

from arviz.vision.room.outlines import _Line, signed_area, snap
from arviz.vision.room.surface import axes_of


def _square_lines(side: float):
    half = side / 2
    return [_Line(np.array(across), half, -side, side) for across in ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0))]


def test_a_frayed_square_becomes_the_square_of_its_walls():
    rng = np.random.default_rng(0)
    t = np.linspace(-1.45, 1.45, 12)
    edge = np.full_like(t, 1.5)
    frayed = np.concatenate([np.stack(pair, axis=1) for pair in ((t, -edge), (edge, t), (t[::-1], edge), (-edge, t[::-1]))]) + rng.uniform(
        -0.03, 0.03, (48, 2)
    )
    snapped, share = snap(frayed, _square_lines(3.0))
    assert share == pytest.approx(1.0)
    assert signed_area(snapped) == pytest.approx(9.0)
    assert sorted(np.abs(snapped).round(6).ravel().tolist()) == [1.5] * 8


def test_edges_away_from_walls_stay():
    small = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    snapped, share = snap(small, _square_lines(3.0))
    assert share == 0
    np.testing.assert_array_equal(snapped, small)


@pytest.mark.parametrize("normal", [(0, 1, 0), (0, -1, 0), (1, 0, 0), (0, 0, -1), (0.6, 0.0, 0.8), (0.0, 0.6, 0.8)])
def test_axes_in_a_plane_turn_with_its_normal(normal):
    u, v = axes_of(np.array(normal, float))
    np.testing.assert_allclose(np.cross(u, v), normal, atol=1e-12)
    assert u @ v == pytest.approx(0, abs=1e-12)
