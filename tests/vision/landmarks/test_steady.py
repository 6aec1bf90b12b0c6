"""Steady points: they keep what moves as one, and calm what trembles."""

from __future__ import annotations

import numpy as np

from arviz.core.face import face_template
from arviz.vision.landmarks.steady import Steady, steady

FACE_PX = 640 * face_template().points_m[:, :2] * (1, -1) / 0.5 + (320, 240)
RATE = 30.0


def film(frames: np.ndarray) -> np.ndarray:
    """Return what `steady` makes of (F, N, 2) points at 30 pictures a second."""
    state: Steady | None = None
    out = []
    for number, points in enumerate(frames):
        state = steady(points, number / RATE, state, rigid=face_template().rigid)
        out.append(state.points_px)
    return np.array(out)


def test_noise_is_calmed() -> None:
    rng = np.random.default_rng(1)
    noisy = FACE_PX + 0.25 * rng.normal(size=(60, *FACE_PX.shape))
    raw, calm = noisy[30:].std(axis=0).mean(), film(noisy)[30:].std(axis=0).mean()
    assert calm < 0.5 * raw


def test_it_begins_anew_after_a_gap_and_backwards() -> None:
    first = steady(FACE_PX, 1.0, None)
    for time_s in (0.5, 1.0, float("nan"), 3.0):
        again = steady(FACE_PX + 3, time_s, first)
        assert np.allclose(again.points_px, FACE_PX + 3)
