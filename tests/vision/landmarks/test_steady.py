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
        state = steady(points, number / RATE, state, carriers=face_template().upper)
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


def test_what_moves_as_one_is_followed() -> None:
    time_s = np.arange(90) / RATE
    sway = 40 * np.sin(np.pi * time_s)
    moved = FACE_PX + np.stack([sway, 0 * sway], axis=1)[:, None]
    behind = (film(moved) - moved)[30:, :, 0].mean(axis=1)
    assert np.abs(behind).max() < 0.015 * 40 * np.pi  # 15 ms at the highest speed


def test_units_are_those_of_the_face() -> None:
    rng = np.random.default_rng(2)
    noisy = FACE_PX + 0.25 * rng.normal(size=(20, *FACE_PX.shape)) + 5 * np.sin(np.arange(20) / 5)[:, None, None]
    assert np.allclose(film(3 * noisy), 3 * film(noisy), atol=1e-6)


def test_an_opening_mouth_is_at_most_two_pictures_late() -> None:
    opened = FACE_PX.copy()
    opened[[13, 14, 17, 152], 1] += [0, 18, 18, 16]
    share = np.clip((np.arange(40) - 20) / 4, 0, 1)[:, None, None]  # within 130 ms, as in speech
    moved = FACE_PX + share * (opened - FACE_PX)
    true, calm = (points[:, 14, 1] - points[:, 13, 1] for points in (moved, film(moved)))
    half = (true[0] + true[-1]) / 2
    assert np.argmax(calm > half) - np.argmax(true > half) <= 2


def test_another_face_is_not_pulled_from_the_last_one() -> None:
    first = steady(FACE_PX, 0.0, None)
    assert np.allclose(steady(FACE_PX + 150, 1 / RATE, first).points_px, FACE_PX + 150)


def test_a_head_that_rolls_is_followed() -> None:
    time_s = np.arange(90) / RATE
    roll = np.radians(20) * np.sin(np.pi * time_s)
    middle = FACE_PX.mean(axis=0)
    turned = [middle + (FACE_PX - middle) @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) for a in roll]
    off = np.linalg.norm(film(np.array(turned)) - turned, axis=2)[30:]
    eyes = np.linalg.norm(FACE_PX[33] - FACE_PX[263])
    assert off.mean() < 0.004 * eyes


def test_a_head_that_sinks_slowly_is_not_left_behind() -> None:
    sunk = 4 * np.arange(150) / RATE  # pixels, of a head of which half a picture's width is seen
    moved = FACE_PX + np.stack([0 * sunk, sunk], axis=1)[:, None]
    behind = (moved - film(moved))[60:, :, 1].mean(axis=1)
    assert np.abs(behind).max() < 1.0
